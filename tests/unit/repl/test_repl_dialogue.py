"""The line editor of a command that is talked with."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.repl_host import FakeHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from azos_shell.bus.dialogue import Completion, Completions
from azos_shell.plugin import Services
from azos_shell.repl.dialogue import DialogueHost, TerminalLines
from azos_shell.repl.dialogue_editor import DialogueEditor
from azos_shell.repl.line_source import Ended
from azos_shell.repl.prompt_text import PromptText
from azos_shell.repl.recall import Recall
from azos_shell.shell.runtime import Runtime
from azos_shell.storage.history import HistoryStore
from azos_shell.storage.state import StateDatabase

PROMPT = PromptText([("", "> ")], [("", "… ")], [])


class Talk:
    """A command that wants a semicolon and knows two words."""

    name = "talk"
    prompt = "talk> "

    def is_unfinished(self, text):
        return not text.endswith(";")

    def completions(self, before, after):
        start = before.rfind(" ") + 1
        words = ["apple", "apricot", "it's"]
        return Completions(
            start, [Completion(word, ";", "fruit") for word in words if word.startswith(before[start:])]
        )


class Typed:
    """A source of lines that are there already."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.shown = []

    async def read(self, prompt, *, after_output):
        self.shown.append((prompt.plain(), after_output))
        return self.lines.pop(0) if self.lines else Ended.END_OF_INPUT


@pytest.fixture
def host():
    return DialogueHost(FakeCall("/here"), Talk(), FakeHistory(["old one;"]))


@pytest.fixture
def runtime():
    services = Services({}, clock=FakeClock())
    return Runtime(services, SimpleNamespace(), process_cwd="/")


def lines_of(runtime, host, *lines):
    source = Typed(*lines)
    return TerminalLines(runtime, host, Recall(host.history), source, (lambda: 7.0, lambda: 0.0)), source


async def test_a_line_is_given_and_remembered(runtime, host):
    lines, source = lines_of(runtime, host, "one;\n", " hidden;", "one;", "two;")
    assert [await lines.read() for _ in range(5)] == ["one;\n", " hidden;", "one;", "two;", None]
    assert [added["line"] for added in host.history.added] == ["one;", "two;"]
    assert source.shown[0] == ("talk> ", True)


async def test_ctrl_c_at_the_line_asks_again(runtime, host):
    lines, source = lines_of(runtime, host, Ended.INTERRUPTED, Ended.INTERRUPTED, "x;")
    assert await lines.read() == "x;"
    assert len(source.shown) == 3
    assert (await lines_of(runtime, host, Ended.HANG_UP)[0].read()) is None


async def test_ctrl_c_ends_the_work_and_only_that(runtime, host):
    lines, _ = lines_of(runtime, host)
    ended = []

    async def work():
        try:
            assert runtime.interrupt_is_taken()
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    assert not await lines.interruptible(work())
    assert ended
    assert host.figures().last_status == 130
    assert runtime.interrupt_is_taken()  # and at rest it means nothing
    lines.close()
    assert not runtime.interrupt_is_taken()


async def test_ctrl_c_just_before_the_work_begins_ends_it_before_it_does_anything(runtime, host):
    lines, _ = lines_of(runtime, host, "one;", "two;")
    begun = []

    async def work():
        begun.append(True)

    await lines.read()
    assert runtime.interrupt_is_taken()
    assert not await lines.interruptible(work())
    assert not begun
    assert await lines.interruptible(work())
    assert runtime.interrupt_is_taken()
    await lines.read()  # what was pressed before the prompt came means nothing behind it
    assert await lines.interruptible(work())


async def test_work_that_ends_or_fails_does_so(runtime, host):
    lines, _ = lines_of(runtime, host)
    assert await lines.interruptible(asyncio.sleep(0))
    assert host.figures().last_status == 0

    async def failing():
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        await lines.interruptible(failing())
    assert host.figures().last_status == 1


async def test_when_the_command_is_ended_its_work_ends_first(runtime, host):
    lines, _ = lines_of(runtime, host)
    ended = asyncio.Event()

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    task = asyncio.create_task(lines.interruptible(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_ctrl_c_is_the_dialogues_only_while_its_job_is_in_the_foreground(runtime, host):
    job, other = object(), object()
    runtime.foreground.append(job)
    lines, _ = lines_of(runtime, host)
    assert runtime.interrupt_is_taken()
    runtime.foreground[:] = [other]  # it was stopped, and something else runs
    assert not runtime.interrupt_is_taken()
    runtime.foreground[:] = [job]
    assert runtime.interrupt_is_taken()
    lines.close()


async def test_tab_and_enter_are_the_commands(host):
    with create_pipe_input() as keyboard:
        editor = DialogueEditor(host, Recall(host.history), input=keyboard, output=DummyOutput())

        async def read(keys):
            keyboard.send_text(keys)
            return await asyncio.wait_for(editor.read(PROMPT), 10)

        assert await read("i\t\r") == "it's;"  # as it is: nothing is quoted as for a shell
        assert await read("a\tr\t\r") == "apricot;"
        assert await read("no end\r;\r") == "no end\n;"
        assert await read("\x04") is Ended.END_OF_INPUT


def test_histories_of_commands_are_kept_apart(tmp_path):
    state = StateDatabase(str(tmp_path / "state.db"), FakeClock())
    shell, sql = HistoryStore(state), HistoryStore(state, table="sql_history")
    assert shell.add("ls")
    assert sql.add("select 1;")
    assert sql.add("select 2;")
    assert [entry.line for entry in sql.recent(9)] == ["select 2;", "select 1;"]
    assert [entry.line for entry in shell.recent(9)] == ["ls"]
    assert [entry.line for entry in sql.search("1", 9)] == ["select 1;"]
    assert sql.clear() == 2
    assert shell.count() == 1
    state.close()
