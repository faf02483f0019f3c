"""Keys at the prompt, through a pipe instead of a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fakes.repl_host import FakeHost
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from azos_shell.repl.editor import Editor, fresh_line
from azos_shell.repl.line_source import Ended
from azos_shell.repl.prompt_text import PromptText
from azos_shell.repl.recall import Recall

PROMPT = PromptText([("", "$ ")], [("", "> ")], [])
UP, DOWN, RIGHT, TAB, ENTER, NEWLINE = "\x1b[A", "\x1b[B", "\x1b[C", "\t", "\r", "\x1b\r"


class Screen(DummyOutput):
    """Shows nothing, counts bells."""

    def __init__(self) -> None:
        self.bells = 0

    def bell(self) -> None:
        self.bells += 1


class Desk:
    """An editor with its keyboard."""

    def __init__(self, host: FakeHost, keyboard: PipeInput, *, vi: bool = False) -> None:
        self.host = host
        self.recall = Recall(host.history)
        self.screen = Screen()
        self.editor = Editor(host, self.recall, input=keyboard, output=self.screen, vi=vi)
        self._keyboard = keyboard

    async def read(self, keys: str) -> str | Ended:
        """Type and return what the prompt gives."""
        self._keyboard.send_text(keys)
        return await asyncio.wait_for(self.editor.read(PROMPT), 10)

    async def read_slowly(self, *parts: str | Callable[[], bool]) -> str | Ended:
        """Type part after part; a callable is waited for until it is true."""
        reading = asyncio.create_task(self.editor.read(PROMPT))
        await asyncio.sleep(0)
        for part in parts:
            if callable(part):
                await self._until(part)
            else:
                self._keyboard.send_text(part)
        return await asyncio.wait_for(reading, 10)

    async def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(500):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"never came true: {self.editor!r}")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    host = FakeHost(["git status", "ls -l 'my file'", "echo one\necho two"])
    host.cwd = str(tmp_path)
    with create_pipe_input() as keyboard:
        yield Desk(host, keyboard)


async def test_enter_accepts_a_line(desk: Desk) -> None:
    assert await desk.read("echo hi\r") == "echo hi"
    assert await desk.read("echo typed ahead\n") == "echo typed ahead"


async def test_what_is_typed_ahead_is_kept_for_the_next_prompts(desk: Desk) -> None:
    assert await desk.read("one\rtwo\rthr") == "one"
    assert await desk.read("") == "two"
    assert await desk.read("ee\r") == "three"


async def test_unfinished_input_goes_on_in_another_line(desk: Desk) -> None:
    assert await desk.read("echo 'a\rb'\r") == "echo 'a\nb'"


async def test_alt_enter_always_makes_a_new_line(desk: Desk) -> None:
    assert await desk.read(f"echo a{NEWLINE}echo b\r") == "echo a\necho b"


async def test_a_paste_of_several_lines_waits_for_enter(desk: Desk) -> None:
    assert await desk.read("\x1b[200~echo a\r\necho b\n\x1b[201~echo c\r") == "echo a\necho b\necho c"


async def test_ctrl_c_gives_the_line_up(desk: Desk) -> None:
    assert await desk.read("rm -rf\x03") is Ended.INTERRUPTED
    assert await desk.read("ls\r") == "ls"


async def test_ctrl_d_ends_only_on_an_empty_line(desk: Desk) -> None:
    assert await desk.read("ab\x01\x04\r") == "b"
    assert await desk.read("\x04") is Ended.END_OF_INPUT


async def test_keys_of_job_control_do_nothing_at_the_prompt(desk: Desk) -> None:
    assert await desk.read("a\x1a\x1cb\r") == "ab"


async def test_up_and_down_walk_through_history(desk: Desk) -> None:
    assert await desk.read(UP * 3 + ENTER) == "ls -l 'my file'"
    assert await desk.read(UP * 99 + ENTER) == "git status"
    assert await desk.read(f"dra{UP}{UP}{UP}{DOWN}{DOWN}{DOWN}{DOWN}ft\r") == "draft"


async def test_a_line_of_several_rows_is_walked_through_by_rows(desk: Desk) -> None:
    assert await desk.read(f"{UP}{UP}X\r") == "echo oneX\necho two"


async def test_what_was_changed_in_a_recalled_line_is_kept_until_enter(desk: Desk) -> None:
    assert await desk.read(f"{UP}{UP}{UP}X{UP}{DOWN}\r") == "ls -l 'my file'X"
    assert await desk.read(f"{UP}{UP}{UP}\r") == "ls -l 'my file'"


async def test_alt_less_goes_to_the_oldest_line_and_back(desk: Desk) -> None:
    editor = desk.editor
    assert await desk.read_slowly("\x1b<", lambda: editor.buffer.text == "git status", "\r") == "git status"
    assert await desk.read(f"new{UP}\x1b>\r") == "new"


async def test_alt_dot_inserts_last_words_one_line_further_back_each_time(desk: Desk) -> None:
    assert await desk.read("cat \x1b.\r") == "cat two"
    assert await desk.read("cat \x1b.\x1b.\r") == "cat 'my file'"
    assert await desk.read("cat \x1b.\x1b.\x1b.!\r") == "cat status!"


async def test_ctrl_o_runs_a_line_and_offers_the_next(desk: Desk) -> None:
    line = await desk.read(f"{UP}{UP}{UP}{UP}\x0f")
    assert line == "git status"
    desk.recall.remember("git status")
    assert await desk.read("\r") == "ls -l 'my file'"


async def test_ctrl_r_finds_what_is_typed(desk: Desk) -> None:
    assert await desk.read("\x12git\r") == "git status"
    assert await desk.read("x\x12nosuch\x07y\r") == "xy"


async def test_ctrl_r_again_finds_an_older_line(desk: Desk) -> None:
    desk.recall.remember("git push")
    assert await desk.read("\x12git\x12\r") == "git status"
    assert await desk.read("\x12git\x12\x13\r") == "git push"


async def test_another_key_takes_the_line_found_and_edits_it(desk: Desk) -> None:
    assert await desk.read("\x12stat\x05 -s\r") == "git status -s"
    assert await desk.read("\x12push\x7f\x7f\x7f\x7fstatus\x01!\r") == "!git status"


async def test_ctrl_r_finds_lines_that_are_not_loaded(tmp_path: Path) -> None:
    host = FakeHost(["needle", *(f"line {n}" for n in range(5000))])
    with create_pipe_input() as keyboard:
        desk = Desk(host, keyboard)
        found = await desk.read_slowly("\x12needle", lambda: desk.editor.buffer.text == "needle", "\r")
    assert found == "needle"


async def test_tab_inserts_the_only_candidate(desk: Desk) -> None:
    Path(desk.host.cwd, "azfile_unique.txt").touch()
    Path(desk.host.cwd, "two words").mkdir()
    assert await desk.read(f"cat azfile_u{TAB}x\r") == "cat azfile_unique.txt x"
    assert await desk.read(f"ls tw{TAB}x\r") == "ls two\\ words/x"
    assert await desk.read(f'cat "az{TAB}x\r') == 'cat "azfile_unique.txt" x'
    assert await desk.read(f"echo ${{TER{TAB}\r") == "echo ${TERM}"


async def test_tab_inserts_what_all_candidates_have_in_common_then_goes_through_them(desk: Desk) -> None:
    for name in ("report_a", "report_b"):
        Path(desk.host.cwd, name).touch()
    assert await desk.read(f"cat r{TAB}\r") == "cat report_"
    assert await desk.read(f"cat r{TAB}{TAB}{TAB}\r\r") == "cat report_a"
    assert await desk.read(f"cat r{TAB}{TAB}{TAB}{TAB}\r\r") == "cat report_b"
    assert await desk.read(f"cat r{TAB}{TAB}{TAB}{TAB}{TAB} x\r") == "cat report_a x"
    assert await desk.read(f"cat r{TAB}{TAB}\x1b[Z\r\r") == "cat report_b"
    assert not desk.editor.menu.shown


async def test_tab_completes_inside_a_line(desk: Desk) -> None:
    Path(desk.host.cwd, "inside").touch()
    assert await desk.read('cat "in" x\x01' + RIGHT * 7 + TAB + ENTER) == 'cat "inside" x'


async def test_a_slow_file_system_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from azos_shell.repl import background, candidates

    release = threading.Event()
    listed = candidates.Listing.candidates

    def slow(listing: candidates.Listing) -> list[candidates.Candidate]:
        release.wait(5)
        return listed(listing)

    Path(desk.host.cwd, "slowfile").touch()
    monkeypatch.setattr(candidates.Listing, "candidates", slow)
    monkeypatch.setattr(background, "PATIENCE_SECONDS", 0.001)
    editor = desk.editor

    def typed() -> bool:
        if editor.buffer.text == "cat slo":
            release.set()
        return editor.buffer.text == "cat slowfile "

    assert await desk.read_slowly(f"cat slo{TAB}", typed, "\r") == "cat slowfile "


async def test_vi_keys(tmp_path: Path) -> None:
    host = FakeHost(["git status"])
    with create_pipe_input() as keyboard:
        desk = Desk(host, keyboard, vi=True)
        editor = desk.editor
        line = await desk.read_slowly(
            "abc",
            lambda: editor.buffer.text == "abc",
            "\x1b",
            lambda: editor.buffer.cursor_position == 2,
            "0x\r",
        )
        assert line == "bc"


async def test_a_key_that_trips_prompt_toolkit_does_nothing(desk: Desk) -> None:
    editor = desk.editor
    line = await desk.read_slowly(
        f"a{NEWLINE}b",
        lambda: editor.buffer.text == "a\nb",
        "\x1b-\x1b[A",  # a negative count for Up: an assertion of prompt_toolkit's
        lambda: desk.screen.bells == 1,
        "c",
        lambda: "c" in editor.buffer.text,
        "\r",
    )
    assert line == "a\nbc"


async def test_closed_input_is_a_hang_up(desk: Desk) -> None:
    desk._keyboard.close()
    assert await desk.read_slowly() is Ended.HANG_UP


@pytest.mark.parametrize("columns", [1, 2, 80])
def test_a_fresh_line_fills_exactly_one_row(columns: int) -> None:
    text = fresh_line(columns, colour=False)
    assert len(text.partition("\r")[0]) == columns


async def test_editors_tell_their_state(desk: Desk) -> None:
    await desk.read("ls\r")
    assert "<LineSearch at rest>" in repr(desk.editor)
