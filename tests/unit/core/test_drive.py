"""Driving coroutines: no event loop before one is wanted, and the very same coroutine goes on inside it."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from azos_shell.core import drive
from azos_shell.core.drive import ensure_loop, loop_running, run


async def _value(value: int) -> int:
    return value


def test_a_coroutine_that_never_waits_is_a_plain_call() -> None:
    async def work() -> tuple[int, bool]:
        return await _value(3), loop_running()

    assert run(work()) == (3, False)


def test_asking_for_a_loop_in_the_middle_keeps_what_was_done_before() -> None:
    async def work() -> tuple[list[bool], str]:
        seen = [loop_running()]
        await ensure_loop()
        seen.append(loop_running())
        await ensure_loop()
        return seen, await asyncio.wait_for(asyncio.sleep(0, "slept"), 5)

    assert run(work()) == ([False, True], "slept")
    assert not loop_running()


def test_the_loop_is_asked_for_through_any_depth_of_calls() -> None:
    async def deep(levels: int) -> bool:
        if levels:
            return await deep(levels - 1)
        await ensure_loop()
        await asyncio.sleep(0)
        return loop_running()

    assert run(deep(50))


def test_with_loop_starts_one_at_once() -> None:
    async def work() -> bool:
        return loop_running()

    assert run(work(), with_loop=True)


def test_on_loop_is_called_once_before_the_coroutine_goes_on() -> None:
    order: list[str] = []

    async def work() -> None:
        order.append("begun")
        await ensure_loop()
        order.append("goes on")
        await ensure_loop()

    run(work(), on_loop=lambda: order.append("on loop"))
    assert order == ["begun", "on loop", "goes on"]


def test_on_loop_is_not_called_where_no_loop_was_wanted() -> None:
    def never() -> None:
        raise AssertionError

    assert run(_value(1), on_loop=never) == 1


@pytest.mark.parametrize("wants_loop", [False, True])
def test_an_exception_comes_out_as_it_was_raised(wants_loop: bool) -> None:
    async def work() -> None:
        if wants_loop:
            await ensure_loop()
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run(work())
    assert not loop_running()


def test_a_coroutine_may_catch_and_go_on_around_the_upgrade() -> None:
    async def fails() -> None:
        await ensure_loop()
        raise OSError("gone")

    async def work() -> str:
        try:
            await fails()
        except OSError as error:
            return str(error)
        return "not caught"

    assert run(work()) == "gone"


def test_waiting_without_asking_for_a_loop_is_a_clear_error() -> None:
    class Waits:
        def __await__(self):  # type: ignore[no-untyped-def]
            yield "something"

    closed: list[bool] = []

    async def work() -> None:
        try:
            await Waits()
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="without asking for an event loop"):
        run(work())
    assert closed == [True]


def test_cancellation_runs_the_coroutines_cleanup_and_comes_out() -> None:
    cleaned: list[str] = []

    async def work() -> None:
        await ensure_loop()
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_soon(task.cancel)
        try:
            await asyncio.sleep(5)
        finally:
            cleaned.append("cleaned")

    with pytest.raises(asyncio.CancelledError):
        run(work())
    assert cleaned == ["cleaned"]
    assert not drive.loop_running()


def test_one_run_after_another_each_with_a_loop_of_its_own() -> None:
    async def work() -> int:
        await ensure_loop()
        await asyncio.sleep(0)
        return 1

    assert [run(work()) for _ in range(3)] == [1, 1, 1]


FOREIGN = (
    "asyncio",
    "rich",
    "typer",
    "httpx",
    "prompt_toolkit",
    "sqlite3",
    "psutil",
    "msgspec",
    "pluggy",
    "dataclasses",
    "inspect",
)


@pytest.mark.parametrize(
    "line",
    [
        "true",
        "echo hi; x=$(echo a); [ 1 = 1 ] && /bin/true | cat",
        "echo one | cat; (cd /; pwd); for i in 1 2; do echo $i; done",
        "f() { return 3; }; f; x=$(echo text); trap 'echo bye' EXIT; read y < /dev/null || true",
        "/bin/true & wait; /bin/echo a b | { read x; echo $x; }; echo a | /bin/cat",
        "x=$(/bin/echo program); /bin/cat <<< $x",
    ],
)
def test_a_simple_command_line_imports_neither_asyncio_nor_anything_foreign(line: str) -> None:
    program = (
        "import sys\n"
        "from azos_shell.app import App, Invocation\n"
        f"status = App.compose(Invocation()).run_command({line!r})\n"
        f"print(sorted(set({FOREIGN!r}) & set(sys.modules)), file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "[]\n")


def test_azos_run_of_a_program_imports_none_of_them_either() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "azos_shell", "run", "/bin/true"],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "azos_shell.observability.monitor" in imported
    assert imported & set(FOREIGN) == set()
