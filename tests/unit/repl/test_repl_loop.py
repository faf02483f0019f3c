"""The loop around the prompt."""

from __future__ import annotations

import asyncio

import pytest
from fakes.repl_host import FakeHost

from azos_shell.repl.host import Figures
from azos_shell.repl.line_source import Ended
from azos_shell.repl.loop import HANG_UP_STATUS, PromptLoop
from azos_shell.repl.prompt_text import PromptText
from azos_shell.repl.recall import Recall


class Script:
    """A line source that gives what it was told."""

    def __init__(self, *lines: str | Ended) -> None:
        self._lines = list(lines)
        self.after_output: list[bool] = []
        self.prompts: list[PromptText] = []

    async def read(self, prompt: PromptText, *, after_output: bool) -> str | Ended:
        self.prompts.append(prompt)
        self.after_output.append(after_output)
        return self._lines.pop(0)


async def run(host: FakeHost, *lines: str | Ended) -> tuple[int, Script]:
    script = Script(*lines)
    loop = PromptLoop(host, script, Recall(host.history), lambda: 1000.0)
    return await asyncio.wait_for(loop.run(), 10), script


async def test_lines_are_executed_until_exit_ran() -> None:
    host = FakeHost()
    status, _ = await run(host, "one", "two", "exit 3", "never")
    assert (status, host.executed) == (3, ["one", "two", "exit 3"])


async def test_ctrl_d_gives_the_last_status() -> None:
    assert (await run(FakeHost(), "false", Ended.END_OF_INPUT))[0] == 1


async def test_ctrl_c_and_empty_lines_run_nothing() -> None:
    host = FakeHost()
    assert (await run(host, Ended.INTERRUPTED, "", "  \n ", Ended.END_OF_INPUT))[0] == 0
    assert host.executed == []


async def test_a_hang_up_ends_the_loop() -> None:
    assert (await run(FakeHost(), Ended.HANG_UP))[0] == HANG_UP_STATUS


async def test_lines_are_recorded_before_they_run() -> None:
    host = FakeHost(["ls"])
    await run(host, "ls", "true", "true", " secret", "cat <<E\nx\nE\n", Ended.END_OF_INPUT)
    assert [entry["line"] for entry in host.history.added] == ["true", "cat <<E\nx\nE"]
    assert host.history.added[0] == {"line": "true", "cwd": host.cwd, "started_wall": 1000.0}
    assert host.executed == ["ls", "true", "true", " secret", "cat <<E\nx\nE\n"]


async def test_the_cursor_is_only_suspected_elsewhere_after_output() -> None:
    _, script = await run(FakeHost(), Ended.INTERRUPTED, "", "true", Ended.END_OF_INPUT)
    assert script.after_output == [True, False, False, True]


async def test_the_prompt_shows_failure() -> None:
    _, script = await run(FakeHost(), "false", Ended.END_OF_INPUT)
    assert [prompt.line[-1][0] for prompt in script.prompts] == ["class:prompt.mark", "class:prompt.failed"]


async def test_stopped_jobs_are_told_once_before_leaving(capsys: pytest.CaptureFixture[str]) -> None:
    host = FakeHost()
    host.shown = Figures(stopped_jobs=1)
    await run(host, Ended.END_OF_INPUT, Ended.END_OF_INPUT)
    assert capsys.readouterr().err == "There are stopped jobs.\n"


async def test_notices_are_shown_escaped_before_the_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    host = FakeHost()
    host.pending_notices = ["[1]+  Done\tsleep \x1b[2J"]
    await run(host, Ended.END_OF_INPUT)
    assert capsys.readouterr().err == "[1]+  Done\tsleep ^[[2J\n"


async def test_a_line_is_expanded_from_the_history_shown_and_recorded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    host = FakeHost(["make all"])
    await run(host, "sudo !!", "!su", Ended.END_OF_INPUT)
    assert host.executed == ["sudo make all", "sudo make all"]
    assert [entry["line"] for entry in host.history.added] == ["sudo make all"]
    assert capsys.readouterr().err == "sudo make all\nsudo make all\n"


async def test_a_line_that_asks_for_what_is_not_there_is_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    host = FakeHost()
    status, _ = await run(host, "!nosuch", Ended.END_OF_INPUT)
    assert (status, host.executed, host.history.added) == (1, [], [])
    assert capsys.readouterr().err == "azos: !nosuch: event not found\n"


async def test_a_line_is_only_shown_and_recorded_with_the_modifier_p() -> None:
    host = FakeHost(["rm -r x"])
    await run(host, "!rm:p", "!!", Ended.END_OF_INPUT)
    assert host.executed == ["rm -r x"]


async def test_a_number_names_a_line_of_the_history() -> None:
    host = FakeHost(["one", "two", "three"])
    await run(host, "!2", "!7", Ended.END_OF_INPUT)
    assert host.executed == ["two"]


async def test_nothing_is_expanded_in_pasted_lines_or_where_it_is_turned_off() -> None:
    host = FakeHost(["one"])
    await run(host, "cat <<E\n#!/bin/sh\nE", Ended.END_OF_INPUT)
    host.expands_history = False
    await run(host, "echo !!", Ended.END_OF_INPUT)
    assert host.executed == ["cat <<E\n#!/bin/sh\nE", "echo !!"]
