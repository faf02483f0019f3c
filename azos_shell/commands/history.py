"""history: the lines that were typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from azos_shell.plugin import Argument, AzosError, Call, Option, UsageError, command

if TYPE_CHECKING:
    from azos_shell.storage.history import HistoryEntry, HistoryStore

_PATIENCE_SECONDS = 0.05
"""How long lines still on their way to the disk are waited for: what may be felt at a prompt, but hardly."""

_ALL = 2**31


@command(
    "history",
    options_first=True,
    usage="history [N] | -c | -d ID | -s WORD… | --search TEXT | --import FILE",
    category="History",
)
def history(
    call: Call,
    *words: Annotated[str, Argument(help="how many lines to list; with -s the words to store", metavar="N")],
    clear: Annotated[bool, Option("-c", help="forget every line")] = False,
    delete: Annotated[
        int | None, Option("-d", help="forget the line of that number; -1 is the last one", metavar="ID")
    ] = None,
    store: Annotated[bool, Option("-s", help="store the words as one line, without running it")] = False,
    search: Annotated[str | None, Option(help="list the lines that hold TEXT")] = None,
    import_: Annotated[
        str | None, Option(help="add the lines of a history file of bash or zsh", metavar="FILE")
    ] = None,
) -> int:
    """List the lines that were typed, oldest first, each after its number.

    With a number, only so many of the last ones. `-s` returns when the line is safe on disk: whatever
    happens then, it is not lost. In `--search` capitals only matter if TEXT has any.

    Examples:
        $ history -s echo hello && echo stored
        stored

    Exit status:
        0; 1 if the line was not stored or there is none of that number; 2 if it was called wrongly.
    """
    lines = call.services.history
    if store:
        return _store(call, lines, words)
    if clear:
        lines.clear()
        return 0
    if delete is not None:
        return _delete(call, lines, delete)
    if import_ is not None:
        return _import(call, lines, import_)
    lines.flush(_PATIENCE_SECONDS)
    limit = _limit(words)
    found = lines.recent(limit) if search is None else lines.search(search, limit)
    call.write(_listing(found, visible=call.stdout.is_terminal()))
    return 0


def _limit(words: Sequence[str]) -> int:
    if len(words) > 1:
        raise UsageError(f"unexpected operand {words[1]!r}")
    if not words:
        return _ALL
    if not (words[0].isascii() and words[0].isdigit()):
        raise UsageError(f"'{words[0]}': expected a number")
    return min(int(words[0][:10]), _ALL)


def _store(call: Call, lines: HistoryStore, words: Sequence[str]) -> int:
    if not words:
        return 0
    if lines.add(" ".join(words), cwd=call.shell.cwd):
        return 0
    return call.error(f"the line could not be stored: {lines.problem}", 1)


def _delete(call: Call, lines: HistoryStore, number: int) -> int:
    lines.flush(_PATIENCE_SECONDS)
    if number < 0:
        last = lines.recent(min(-number, _ALL))
        number = last[-1].id if len(last) == -number else 0
    if number > 0 and lines.delete(number):
        return 0
    return call.error("there is no line of that number", 1)


def _import(call: Call, lines: HistoryStore, path: str) -> int:
    from azos_shell.commands.history_files import typed_lines

    resolved = call.shell.resolve_path(path).encode("utf-8", "surrogateescape")
    try:
        with open(resolved, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            count = lines.import_lines(typed_lines(file))
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error
    call.stderr.write(f"azos: history: {count} lines added\n".encode())
    return 0


def _listing(newest_first: Sequence[HistoryEntry], *, visible: bool) -> str:
    """Numbered lines, oldest first; ``visible`` shows control characters instead of sending them."""
    return "".join([f"{entry.id:5d}  {_shown(entry.line, visible)}\n" for entry in reversed(newest_first)])


def _shown(line: str, visible: bool) -> str:
    if not visible or line.isprintable():
        return line
    from azos_shell.rendering.text import escape_control

    return "\n".join(escape_control(part) for part in line.split("\n"))


COMMANDS = (history,)
