"""history: listing, storing, forgetting, importing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.builtin_call import BuiltinCall, FakeShell, builtin_call, run_typed
from fakes.clock import FakeClock

from azos_shell.commands.history import history
from azos_shell.commands.history_files import typed_lines
from azos_shell.core.errors import AzosError, UsageError
from azos_shell.storage.history import HistoryStore
from azos_shell.storage.state import StateDatabase


def ignore(message: str) -> None:
    """Warnings are another test's."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HistoryStore]:
    state = StateDatabase(str(tmp_path / "state" / "state.db"), FakeClock(), warn=ignore)
    store = HistoryStore(state)
    yield store
    store.close(1.0)
    state.close()


@pytest.fixture
def three(store: HistoryStore) -> HistoryStore:
    for line in ("echo one", "git log", "echo Three"):
        assert store.add(line)
    return store


async def run(
    store: HistoryStore, *words: str, cwd: str = "/", terminal: bool = False
) -> tuple[BuiltinCall, int]:
    call = builtin_call("history", *words, shell=FakeShell(cwd), terminal=terminal, history=store)
    status, _ = await run_typed(history, call)
    return call, status


async def test_lines_are_listed_as_bash_lists_them(three: HistoryStore) -> None:
    call, status = await run(three)
    assert (call.out, status) == (b"    1  echo one\n    2  git log\n    3  echo Three\n", 0)


async def test_a_number_limits_the_list_to_the_last_ones(three: HistoryStore) -> None:
    assert (await run(three, "2"))[0].out == b"    2  git log\n    3  echo Three\n"
    assert (await run(three, "0"))[0].out == b""
    assert (await run(three, "9" * 30))[0].out.count(b"\n") == 3


@pytest.mark.parametrize("words", [["x"], ["1", "2"], ["-d", "x"], ["--nosuch"]])
async def test_wrong_words_are_refused(three: HistoryStore, words: list[str]) -> None:
    with pytest.raises(UsageError):
        await run(three, *words)


async def test_s_stores_its_words_as_one_line_even_when_they_look_like_options(store: HistoryStore) -> None:
    call, status = await run(store, "-s", "ls", "-l", "--json", cwd="/tmp")
    assert (status, call.out, call.err) == (0, b"", b"")
    (entry,) = store.recent(10)
    assert (entry.line, entry.cwd) == ("ls -l --json", "/tmp")


async def test_s_says_when_the_line_is_not_safe(tmp_path: Path) -> None:
    state = StateDatabase(None, FakeClock(), warn=ignore)
    call, status = await run(HistoryStore(state), "-s", "x")
    assert status == 1
    assert call.err.startswith(
        b"azos: history: the line could not be stored: the state database has no place"
    )
    state.close()


async def test_lines_still_on_their_way_are_listed(store: HistoryStore) -> None:
    store.add_later("quick")
    assert (await run(store))[0].out == b"    1  quick\n"


async def test_d_forgets_one_line_by_its_number_or_from_the_end(three: HistoryStore) -> None:
    assert (await run(three, "-d", "2"))[1] == 0
    assert [entry.line for entry in three.recent(9)] == ["echo Three", "echo one"]
    assert (await run(three, "-d", "-2"))[1] == 0
    assert [entry.line for entry in three.recent(9)] == ["echo Three"]
    for number in ("2", "0", "-2"):
        call, status = await run(three, "-d", number)
        assert (status, call.err) == (1, b"azos: history: there is no line of that number\n")


async def test_c_forgets_everything(three: HistoryStore) -> None:
    assert (await run(three, "-c"))[1] == 0
    assert three.count() == 0


async def test_search_finds_lines_that_hold_the_text(three: HistoryStore) -> None:
    assert (await run(three, "--search", "echo"))[0].out == b"    1  echo one\n    3  echo Three\n"
    assert (await run(three, "--search", "three"))[0].out == b"    3  echo Three\n"


async def test_control_characters_are_shown_on_a_terminal_and_kept_in_a_pipe(store: HistoryStore) -> None:
    store.add("printf '\x1b]0;owned\x07'\necho \udcff")
    assert (await run(store))[0].out == b"    1  printf '\x1b]0;owned\x07'\necho \xff\n"
    assert (await run(store, terminal=True))[0].out == b"    1  printf '\\x1b]0;owned\\x07'\necho \\xff\n"


async def test_import_adds_the_lines_of_a_file(store: HistoryStore, tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"#1600000000\necho one\n\nls \xff\r\n")
    call, status = await run(store, "--import", "old", cwd=str(tmp_path))
    assert (status, call.err) == (0, b"azos: history: 2 lines added\n")
    assert [entry.line for entry in store.recent(9)] == ["ls \udcff\r", "echo one"]


async def test_importing_what_is_not_there_is_told(store: HistoryStore) -> None:
    with pytest.raises(AzosError, match="nowhere: No such file or directory"):
        await run(store, "--import", "nowhere", cwd="/nonexistent")
    with pytest.raises(AzosError, match="Is a directory"):
        await run(store, "--import", "/")


def test_zsh_entries_lose_their_times_and_keep_their_lines() -> None:
    lines = [": 1600000000:0;echo one\n", ": 1600000001:5;for x in a\\\n", "do echo $x; done\n", "plain\n"]
    assert list(typed_lines(lines)) == ["echo one", "for x in a\ndo echo $x; done", "plain"]


def test_a_trailing_backslash_means_nothing_in_a_bash_file() -> None:
    assert list(typed_lines(["echo \\\n", "two\n"])) == ["echo \\", "two"]
    assert list(typed_lines([": 1:0;cut off\\\n"])) == ["cut off"]
