"""Dispatch: the stages of one call, and what each of them promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from fakes.builtin_call import MemoryOutput
from fakes.bus import ROWS, BrokenOutput, BusUnderTest, Changeable, Source, kept

from azos_shell.bus import flight
from azos_shell.bus import run as run_module
from azos_shell.bus.command import CachePolicy, Plan, command
from azos_shell.bus.trace import STAGES
from azos_shell.core import drive
from azos_shell.core.errors import AzosError, DependencyError, UsageError
from azos_shell.core.values import LaneName, Priority, Records
from azos_shell.plugin import Call
from azos_shell.resilience.breaker import CircuitState

pytestmark = pytest.mark.usefixtures("on_the_loop")


async def _until(condition: object) -> None:
    """Give the other tasks their turns until the condition holds."""
    for _ in range(200):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


# -- the stages -------------------------------------------------------------------------------------------------------


async def test_a_traced_call_passes_the_stages_in_order(bus: BusUnderTest) -> None:
    source = Source([ROWS])
    answer = source.command(Plan(lane=LaneName.THREAD, cache=CachePolicy("k")))
    call = bus.call(answer, traced=True)
    assert await bus.bus.dispatch(answer, call) == 0
    assert call.trace is not None
    names = [stage.name for stage in call.trace.stages]
    assert names == [name for name in STAGES if name != "resolve"]  # the shell resolves
    details = {stage.name: stage.detail for stage in call.trace.stages}
    assert details["plan"] == "thread, NORMAL"
    assert details["cache"].startswith("miss")
    assert details["admit"] == "lane thread"
    assert details["record"] == "stored"
    assert details["deliver"] == "2 rows, 16 bytes"


async def test_a_traced_hit_ends_in_the_cache_and_is_delivered(bus: BusUnderTest) -> None:
    answer = Source([ROWS]).command(kept())
    await bus.dispatch(answer)
    call = bus.call(answer, traced=True)
    await bus.bus.dispatch(answer, call)
    assert call.trace is not None
    assert [(stage.name, stage.ended) for stage in call.trace.stages] == [
        ("plan", False),
        ("cache", True),
        ("deliver", False),
    ]


async def test_an_inline_command_costs_one_counter_and_no_stage(bus: BusUnderTest) -> None:
    @command("plain", raw=True)
    def plain(call: Call) -> int:
        return 3

    assert await bus.dispatch(plain) == (3, b"", b"")
    assert bus.services.counters.total == 1
    assert "lanes" not in vars(bus.services)


async def test_a_wrong_call_tells_its_usage_and_runs_nothing(bus: BusUnderTest) -> None:
    source = Source()
    status, out, err = await bus.dispatch(source.command(kept()), "--nonsense")
    assert (status, out, source.started) == (2, b"", 0)
    assert b"unknown option --nonsense" in err
    assert b"usage: answer" in err


async def test_help_runs_nothing_and_goes_to_standard_output(bus: BusUnderTest) -> None:
    source = Source()
    status, out, err = await bus.dispatch(source.command(kept()), "--help")
    assert (status, err, source.started) == (0, b"", 0)
    assert b"Answer" in out


async def test_an_error_of_the_command_is_told_with_its_status(bus: BusUnderTest) -> None:
    answer = Source([b"part\n", AzosError("it broke", status=9)]).command(Plan())
    assert await bus.dispatch(answer) == (9, b"part\n", b"azos: answer: it broke\n")


async def test_a_usage_error_of_a_raw_command_off_the_fast_path_is_told_without_a_usage_line(
    bus: BusUnderTest,
) -> None:
    @command("plain", raw=True)
    def plain(call: Call) -> int:
        raise UsageError("no such thing")

    call = bus.call(plain, traced=True)
    assert await bus.bus.dispatch(plain, call) == 2
    assert call.stderr.data == b"azos: plain: no such thing\n"  # type: ignore[attr-defined]


# -- the cache --------------------------------------------------------------------------------------------------------


async def test_a_hit_replays_chunks_and_status_without_running(bus: BusUnderTest) -> None:
    source = Source([b"one\n", ROWS, b"two\n"], status=4)
    answer = source.command(Plan(cache=CachePolicy("k", codes=frozenset({0, 4}))))
    first = await bus.dispatch(answer)
    assert first == (4, b'one\n{"n":1}\n{"n":2}\ntwo\n', b"")
    assert await bus.dispatch(answer) == first
    assert source.started == 1


async def test_a_hit_is_formatted_for_the_one_who_asks_now(bus: BusUnderTest) -> None:
    source = Source([ROWS])
    answer = source.command(kept())
    assert (await bus.dispatch(answer))[1] == b'{"n":1}\n{"n":2}\n'
    assert (await bus.dispatch(answer, "--csv"))[1] == b"n\n1\n2\n"
    assert source.started == 1


async def test_a_validator_that_no_longer_holds_runs_anew(bus: BusUnderTest) -> None:
    source, validator = Source(), Changeable()
    answer = source.command(kept(validator))
    await bus.dispatch(answer)
    validator.broken = "the file changed"
    await bus.dispatch(answer)
    assert source.started == 2
    validator.broken = None
    await bus.dispatch(answer)
    assert source.started == 2  # the second result was stored


async def test_a_result_past_its_time_to_live_runs_anew(bus: BusUnderTest) -> None:
    source = Source()
    answer = source.command(Plan(cache=CachePolicy("k", ttl_seconds=10)))
    await bus.dispatch(answer)
    bus.clock.advance(9.9)
    await bus.dispatch(answer)
    assert source.started == 1
    bus.clock.advance(0.2)
    await bus.dispatch(answer)
    assert source.started == 2


async def test_keys_and_commands_are_told_apart(bus: BusUnderTest) -> None:
    source = Source()
    for plan, name in ((kept(key="a"), "x"), (kept(key="b"), "x"), (kept(key="a"), "y")):
        await bus.dispatch(source.command(plan, name=name))
    assert source.started == 3


@pytest.mark.parametrize("way", ["--fresh", "AZOS_NO_CACHE", "quoted name"])
async def test_three_ways_go_round_the_cache(bus: BusUnderTest, way: str) -> None:
    source = Source()
    answer = source.command(kept())
    await bus.dispatch(answer)
    if way == "AZOS_NO_CACHE":
        bus.shell.variables["AZOS_NO_CACHE"] = "1"
    words = ["--fresh"] if way == "--fresh" else []
    await bus.dispatch(answer, *words, fresh=way == "quoted name")
    assert source.started == 2


@pytest.mark.parametrize("value", ["", "0"])
async def test_no_cache_that_is_empty_or_0_does_not_go_round_it(bus: BusUnderTest, value: str) -> None:
    source = Source()
    bus.shell.variables["AZOS_NO_CACHE"] = value
    for _ in range(2):
        await bus.dispatch(source.command(kept()))
    assert source.started == 1


@pytest.mark.parametrize("ending", ["status", "error", "broken pipe", "cancelled"])
async def test_what_did_not_end_well_is_not_stored(bus: BusUnderTest, ending: str) -> None:
    source = Source([b"part\n"], status=1 if ending == "status" else 0)
    if ending == "error":
        source.chunks.append(AzosError("no"))
    if ending == "cancelled":
        source.chunks.append(asyncio.CancelledError())
    answer = source.command(kept())
    if ending == "broken pipe":
        with pytest.raises(BrokenPipeError):
            await bus.dispatch(answer, stdout=BrokenOutput(0))
    elif ending == "cancelled":
        with pytest.raises(asyncio.CancelledError):
            await bus.dispatch(answer)
    else:
        await bus.dispatch(answer)
    assert len(bus.services.results) == 0


async def test_a_result_too_large_to_keep_is_delivered_whole_and_not_stored(bus: BusUnderTest) -> None:
    room = bus.services.results.max_entry_bytes
    chunk = b"x" * (room // 4 + 1)
    source = Source([chunk] * 5)
    answer = source.command(kept())
    assert len((await bus.dispatch(answer))[1]) == 5 * len(chunk)
    assert len(bus.services.results) == 0
    await bus.dispatch(answer)
    assert source.started == 2


async def test_a_cached_command_that_writes_by_itself_is_not_replayed_as_nothing(bus: BusUnderTest) -> None:
    @command("writes", planner=lambda call: kept())
    async def writes(call: Call) -> int:
        call.write("said\n")
        return 0

    first = await bus.dispatch(writes)
    assert await bus.dispatch(writes) == first


async def test_a_hit_replays_standard_error(bus: BusUnderTest) -> None:
    @command("warns", planner=lambda call: kept())
    async def warns(call: Call) -> AsyncIterator[bytes]:
        call.stderr.write(b"careful\n")
        yield b"data\n"

    first = await bus.dispatch(warns)
    assert await bus.dispatch(warns) == first


@pytest.mark.parametrize("how", ["writes", "takes the descriptor"])
async def test_a_stream_that_also_writes_past_the_bus_is_not_stored(bus: BusUnderTest, how: str) -> None:
    @command("mixes", planner=lambda call: kept())
    async def mixes(call: Call) -> AsyncIterator[bytes]:
        if how == "writes":
            call.write("head\n")
        else:
            with pytest.raises(OSError, match="no descriptor"):
                call.stderr.fileno()
        yield b"data\n"

    first = await bus.dispatch(mixes)
    assert await bus.dispatch(mixes) == first
    assert len(bus.services.results) == 0


async def test_standard_error_counts_within_the_room_of_a_result(bus: BusUnderTest) -> None:
    complaint = b"x" * (bus.services.results.max_entry_bytes + 1)

    @command("complains", planner=lambda call: kept())
    async def complains(call: Call) -> AsyncIterator[bytes]:
        call.stderr.write(complaint)
        yield b"data\n"

    assert await bus.dispatch(complains) == (0, b"data\n", complaint)
    assert len(bus.services.results) == 0


async def test_after_the_run_the_call_has_its_own_outputs_again(bus: BusUnderTest) -> None:
    answer = Source([AzosError("no")]).command(kept())
    call = bus.call(answer)
    outputs = (call.stdout, call.stderr)
    await bus.bus.dispatch(answer, call)
    assert (call.stdout, call.stderr) == outputs


def test_what_ran_without_an_event_loop_is_stored_too(
    bus: BusUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drive, "_in_loop", False)
    source = Source()
    for _ in range(2):
        assert drive.run(bus.dispatch(source.command(kept()))) == (0, b"data\n", b"")
    assert source.started == 1


# -- the same work in flight ------------------------------------------------------------------------------------------


async def test_two_identical_calls_at_once_run_once(bus: BusUnderTest) -> None:
    gate = asyncio.Event()
    source = Source([ROWS], before=gate.wait)
    answer = source.command(kept())
    calls = [asyncio.create_task(bus.dispatch(answer)) for _ in range(5)]
    await _until(lambda: source.started)
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*calls)
    assert source.started == 1
    assert len(set(results)) == 1


async def test_when_the_first_of_two_is_cancelled_the_second_runs_itself(bus: BusUnderTest) -> None:
    gate = asyncio.Event()
    source = Source([ROWS], before=gate.wait)
    answer = source.command(kept())
    first = asyncio.create_task(bus.dispatch(answer))
    await _until(lambda: source.started)
    second = asyncio.create_task(bus.dispatch(answer))
    await asyncio.sleep(0)
    first.cancel()
    await _until(lambda: source.started == 2)
    gate.set()
    assert (await second)[0] == 0
    with pytest.raises(asyncio.CancelledError):
        await first
    assert len(bus.bus._flights) == 0


async def test_cancelling_one_who_waits_for_the_same_work_leaves_it_running(bus: BusUnderTest) -> None:
    gate = asyncio.Event()
    source = Source([ROWS], before=gate.wait)
    answer = source.command(kept())
    first = asyncio.create_task(bus.dispatch(answer))
    await _until(lambda: source.started)
    second = asyncio.create_task(bus.dispatch(answer))
    await asyncio.sleep(0)
    second.cancel()
    gate.set()
    assert (await first)[0] == 0
    assert source.started == 1


async def test_when_the_first_of_many_fails_just_one_of_the_others_runs_it(bus: BusUnderTest) -> None:
    gate = asyncio.Event()
    source = Source([ROWS], before=gate.wait)
    answer = source.command(kept())
    first = asyncio.create_task(bus.dispatch(answer))
    await _until(lambda: source.started)
    others = [asyncio.create_task(bus.dispatch(answer)) for _ in range(4)]
    await asyncio.sleep(0)
    first.cancel()
    await _until(lambda: source.started >= 2)
    await asyncio.sleep(0.01)
    gate.set()
    await asyncio.gather(*others)
    assert source.started == 2


async def test_what_changed_while_it_ran_is_not_answered_by_the_run_in_flight(bus: BusUnderTest) -> None:
    gate = asyncio.Event()
    validator = Changeable()
    source = Source([b"old\n"], before=gate.wait)
    answer = source.command(kept(validator))
    first = asyncio.create_task(bus.dispatch(answer))
    await _until(lambda: source.started)
    validator.broken = "the database changed"  # committed before the second call began
    second = asyncio.create_task(bus.dispatch(answer))
    await asyncio.sleep(0)
    source.chunks = [b"new\n"]
    gate.set()
    await first
    await second
    assert source.started == 2


async def test_of_many_who_waited_for_what_then_changed_one_runs_and_the_others_join(
    bus: BusUnderTest,
) -> None:
    gate, second = asyncio.Event(), asyncio.Event()
    validator = Changeable()
    source = Source([b"old\n"], before=gate.wait)
    answer = source.command(kept(validator))
    first = asyncio.create_task(bus.dispatch(answer))
    await _until(lambda: source.started)
    others = [asyncio.create_task(bus.dispatch(answer)) for _ in range(4)]
    await asyncio.sleep(0)
    validator.broken = "the database changed"  # and stays so: the second flight began after all of them did
    source.chunks, source.before = [b"new\n"], second.wait
    gate.set()
    await first
    await _until(lambda: source.started == 2)
    for _ in range(10):
        await asyncio.sleep(0)
    second.set()
    assert {ended[1] for ended in await asyncio.gather(*others)} == {b"new\n"}
    assert source.started == 2


async def test_nobody_queues_for_a_result_that_cannot_be_shared(bus: BusUnderTest) -> None:
    gate, running = asyncio.Event(), asyncio.Event()
    source = Source([b"x" * (bus.services.results.max_entry_bytes + 1)], before=gate.wait)
    answer = source.command(kept())
    calls = [asyncio.create_task(bus.dispatch(answer))]
    await _until(lambda: source.started)
    calls += [asyncio.create_task(bus.dispatch(answer)) for _ in range(3)]
    await asyncio.sleep(0)
    source.before = running.wait
    gate.set()
    await _until(lambda: source.started == 4)  # the three run side by side
    running.set()
    assert {ended[0] for ended in await asyncio.gather(*calls)} == {0}


async def test_a_leader_whose_reader_waits_for_the_same_work_does_not_wait_for_ever(
    bus: BusUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in ``sql … | while read x; do sql …; done``, with more in the pipe than it holds."""
    monkeypatch.setattr(flight, "PATIENCE_SECONDS", 0.001)
    taken = asyncio.Event()

    class FullPipe(MemoryOutput):
        async def drain(self) -> None:
            await taken.wait()

    source = Source()
    answer = source.command(kept())
    first = asyncio.create_task(bus.dispatch(answer, stdout=FullPipe()))
    await _until(lambda: source.started)
    assert (await bus.dispatch(answer))[1] == b"data\n"
    taken.set()
    assert (await first)[1] == b"data\n"
    assert source.started == 2


# -- circuits and limits ----------------------------------------------------------------------------------------------


async def test_five_failures_of_the_dependency_open_its_circuit(bus: BusUnderTest) -> None:
    source = Source([DependencyError("refused")])
    answer = source.command(Plan(circuit="http:example"))
    for _ in range(5):
        assert (await bus.dispatch(answer))[0] == 1
    status, out, err = await bus.dispatch(answer)
    assert (status, out, source.started) == (69, b"", 5)
    assert err == b"azos: answer: example failed repeatedly; next try in 60 s\n"


async def test_errors_that_are_not_the_dependencys_do_not_open_it(bus: BusUnderTest) -> None:
    answer = Source([AzosError("no such table")]).command(Plan(circuit="sqlite:x"))
    for _ in range(10):
        await bus.dispatch(answer)
    assert bus.services.breaker("sqlite:x").state(bus.clock.monotonic()) is CircuitState.CLOSED


async def _open_circuit(bus: BusUnderTest, name: str) -> None:
    answer = Source([DependencyError("refused")]).command(Plan(circuit=name))
    for _ in range(5):
        await bus.dispatch(answer)
    assert bus.services.breaker(name).state(bus.clock.monotonic()) is CircuitState.OPEN


async def test_after_a_minute_exactly_one_call_probes(bus: BusUnderTest) -> None:
    await _open_circuit(bus, "http:x")
    bus.clock.advance(60)
    gate = asyncio.Event()
    source = Source([b"ok\n"], before=gate.wait)
    answer = source.command(Plan(circuit="http:x"))
    calls = [asyncio.create_task(bus.dispatch(answer)) for _ in range(10)]
    await _until(lambda: sum(call.done() for call in calls) == 9)
    gate.set()
    statuses = sorted(ended[0] for ended in await asyncio.gather(*calls))
    assert (statuses, source.started) == ([0] + [69] * 9, 1)
    assert bus.services.breaker("http:x").state(bus.clock.monotonic()) is CircuitState.CLOSED


@pytest.mark.parametrize("how", ["cancelled", "broken pipe", "error"])
async def test_a_probe_that_says_nothing_gives_its_slot_back(bus: BusUnderTest, how: str) -> None:
    await _open_circuit(bus, "http:x")
    bus.clock.advance(60)
    gate = asyncio.Event()
    source = Source([b"some bytes\n"], before=gate.wait)
    if how == "error":
        source.chunks = [AzosError("not a request")]
    probe = asyncio.create_task(bus.dispatch(source.command(Plan(circuit="http:x")), stdout=BrokenOutput(0)))
    await _until(lambda: source.started)
    if how == "cancelled":
        probe.cancel()
    gate.set()
    await asyncio.gather(probe, return_exceptions=True)
    assert (await bus.dispatch(Source().command(Plan(circuit="http:x"))))[0] == 0


async def test_a_call_that_marks_its_dependency_as_failed_counts_against_the_circuit(
    bus: BusUnderTest,
) -> None:
    @command("asks", planner=lambda call: Plan(circuit="http:x"))
    async def asks(call: Call) -> int:
        call.dependency_failed = True
        return 5

    for _ in range(5):
        assert (await bus.dispatch(asks))[0] == 5
    assert (await bus.dispatch(asks))[0] == 69


async def test_a_call_past_its_time_limit_ends_with_124_and_closes_its_source(bus: BusUnderTest) -> None:
    async def for_ever() -> None:
        await asyncio.Event().wait()

    source = Source([b"first\n", for_ever])
    status, out, err = await bus.dispatch(source.command(Plan(time_limit_seconds=0.02)))
    assert (status, out) == (124, b"first\n")
    assert err == b"azos: answer: ran longer than its limit of 0.02 s\n"
    assert source.closed == 1


async def test_a_connection_that_timed_out_is_not_the_time_limit(bus: BusUnderTest) -> None:
    answer = Source([TimeoutError(110, "Connection timed out")]).command(Plan(time_limit_seconds=60))
    with pytest.raises(TimeoutError):
        await bus.dispatch(answer)


async def test_a_run_past_its_time_limit_counts_as_failed_not_as_interrupted(bus: BusUnderTest) -> None:
    async def for_ever() -> None:
        await asyncio.Event().wait()

    await bus.dispatch(Source([for_ever]).command(Plan(time_limit_seconds=0.01)))
    measured = bus.services.monitor.statistics("answer")
    assert (measured.count, measured.failures, measured.interrupted) == (1, 1, 0)


# -- lanes ------------------------------------------------------------------------------------------------------------


async def test_a_person_goes_before_bulk_work_while_the_lane_is_full(bus: BusUnderTest) -> None:
    gate = asyncio.Event()
    order: list[str] = []
    plan = Plan(lane=LaneName.CPU)  # two wide, one of them kept for INTERACTIVE

    def work(name: str, priority: Priority) -> asyncio.Task[tuple[int, bytes, bytes]]:
        async def before() -> None:
            order.append(name)
            await gate.wait()

        return asyncio.create_task(bus.dispatch(Source(before=before).command(plan), priority=priority))

    tasks = [work("bulk 1", Priority.BULK), work("person 1", Priority.INTERACTIVE)]
    await _until(lambda: len(order) == 2)
    tasks += [
        work("bulk 2", Priority.BULK),
        work("normal", Priority.NORMAL),
        work("person 2", Priority.INTERACTIVE),
    ]
    for _ in range(10):
        await asyncio.sleep(0)
    bus.clock.advance(0.5)
    assert order == ["bulk 1", "person 1"]
    gate.set()
    await asyncio.gather(*tasks)
    assert order == ["bulk 1", "person 1", "person 2", "normal", "bulk 2"]
    assert bus.services.lanes.running == 0


async def test_a_call_that_is_cancelled_in_the_queue_leaves_no_trace(bus: BusUnderTest) -> None:
    gate = asyncio.Event()
    source = Source(before=gate.wait)
    answer = source.command(Plan(lane=LaneName.CPU))
    running = asyncio.create_task(bus.dispatch(answer))
    await _until(lambda: source.started)
    waiting = asyncio.create_task(bus.dispatch(answer))
    await _until(lambda: bus.services.lanes.waiting)
    waiting.cancel()
    gate.set()
    await asyncio.gather(running, waiting, return_exceptions=True)
    assert (source.started, bus.services.lanes.running, bus.services.lanes.waiting) == (1, 0, 0)


# -- delivery ---------------------------------------------------------------------------------------------------------


async def test_the_first_chunk_is_out_before_the_second_is_made(bus: BusUnderTest) -> None:
    out = MemoryOutput()
    seen: list[bytes] = []

    async def look() -> None:
        seen.append(bytes(out.data))

    await bus.dispatch(Source([ROWS, look, ROWS]).command(Plan()), stdout=out)
    assert seen == [b'{"n":1}\n{"n":2}\n']


async def test_a_table_held_back_is_shown_when_the_source_stalls(
    bus: BusUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "STALL_SECONDS", 0.01)
    out = MemoryOutput(terminal=True)
    seen: list[bytes] = []

    async def stall() -> None:
        for _ in range(50):
            if out.data:
                break
            await asyncio.sleep(0.01)
        seen.append(bytes(out.data))

    await bus.dispatch(
        Source([Records(("n",), [(41,)]), stall, Records(("n",), [(42,)])]).command(Plan()), stdout=out
    )
    assert b"41" in seen[0]
    assert b"42" not in seen[0]
    assert b"42" in out.data


@pytest.mark.parametrize("form", ["--jsonl", "--table"])
async def test_a_broken_pipe_closes_the_source_at_once(bus: BusUnderTest, form: str) -> None:
    source = Source([Records(("n",), [(n,) for n in range(500)])] * 50)
    caught = None
    try:
        await bus.dispatch(source.command(Plan()), form, stdout=BrokenOutput(100))
    except BrokenPipeError as error:
        caught = error  # its traceback keeps every frame alive: nothing is closed by chance
        for _ in range(5):
            await asyncio.sleep(0)
        assert source.closed == 1
    assert caught is not None


async def test_a_broken_pipe_while_a_stalled_table_is_shown_is_just_a_broken_pipe(
    bus: BusUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "STALL_SECONDS", 0.001)

    async def stall() -> None:
        await asyncio.sleep(0.05)

    source = Source([ROWS, stall, ROWS])
    with pytest.raises(BrokenPipeError):
        await bus.dispatch(source.command(Plan()), "--table", stdout=BrokenOutput(0))
    await asyncio.sleep(0.06)
    assert source.closed == 1


async def test_cancelling_a_stalled_table_is_a_cancellation_whatever_the_source_says_to_it(
    bus: BusUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "STALL_SECONDS", 0.001)

    async def interruptible() -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            raise AzosError("interrupted") from None  # as a database does

    source = Source([ROWS, interruptible])
    call = asyncio.create_task(bus.dispatch(source.command(Plan()), "--table"))
    await asyncio.sleep(0.02)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_every_call_is_measured_hits_apart(bus: BusUnderTest) -> None:
    answer = Source().command(kept())
    await bus.dispatch(answer)
    await bus.dispatch(answer)
    await bus.dispatch(Source([AzosError("no")]).command(Plan()))
    measured = bus.services.monitor.statistics("answer")
    assert (measured.count, measured.hits, measured.failures) == (3, 1, 1)


@pytest.mark.parametrize("where", ["running", "in the queue", "joined"])
async def test_a_call_that_is_cancelled_counts_as_interrupted_and_is_not_timed(
    bus: BusUnderTest, where: str
) -> None:
    gate = asyncio.Event()
    plan = kept() if where == "joined" else Plan(lane=LaneName.CPU)
    source = Source(before=gate.wait)
    first = asyncio.create_task(bus.dispatch(source.command(plan)))
    await _until(lambda: source.started)
    stopped = first
    if where != "running":
        stopped = asyncio.create_task(bus.dispatch(source.command(plan)))
        for _ in range(10):
            await asyncio.sleep(0)
    stopped.cancel()
    gate.set()
    await asyncio.gather(first, stopped, return_exceptions=True)
    measured = bus.services.monitor.statistics("answer")
    others = 0 if where == "running" else 1
    assert (measured.interrupted, measured.count, measured.failures) == (1, others, 0)


async def test_cancelling_twice_while_a_stalled_source_still_cleans_up_is_a_cancellation(
    bus: BusUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "STALL_SECONDS", 0.001)
    cleaning = asyncio.Event()

    async def slow_to_end() -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            cleaning.set()
            await asyncio.sleep(0.02)
            raise

    source = Source([ROWS, slow_to_end])
    call = asyncio.create_task(bus.dispatch(source.command(Plan()), "--table"))
    await asyncio.sleep(0.02)
    call.cancel()
    await cleaning.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert source.closed == 1
