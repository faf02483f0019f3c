"""The menu: ``select NAME in WORDS`` (ksh, bash)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.language.visible import visible
from azos_shell.shell.control import LoopExit
from azos_shell.shell.lines import read_line

if TYPE_CHECKING:
    from azos_shell.language import tree
    from azos_shell.shell.interpreter import Interpreter

_DEFAULT_PROMPT = "#? "
_USUAL_COLUMNS = 80
_AFTER_NUMBER = ") "
_GAP = 2


async def run_select(shell: Interpreter, node: tree.Select) -> int:
    """Offer the words on standard error and run the body for each choice read, until its end or ``break``."""
    words = list(shell.state.positional) if node.words is None else await shell.expander.fields(node.words)
    if not words:
        return 0
    if shell.state.options.xtrace:
        from azos_shell.shell.tracing import trace_loop

        await trace_loop(shell, node.name, node.words, "select")
    shell.loops += 1
    shows_menu = True
    try:
        while True:
            choice = await _choice(shell, words, shows_menu)
            if choice is None:
                shell.state.files.get(1).write(b"\n")
                return 1
            shell.assign_now(node.name, choice)
            try:
                await shell.run_list(node.body)
            except LoopExit as end:
                if end.levels > 1:
                    end.levels -= 1
                    raise
                if not end.resume:
                    return end.status
            shows_menu = not shell.get("REPLY")
    finally:
        shell.loops -= 1


async def _choice(shell: Interpreter, words: list[str], shows_menu: bool) -> str | None:
    """The word chosen, empty for what is no number of one; None at the end of the input."""
    files = shell.state.files
    prompt = shell.get("PS3")
    prompt = _DEFAULT_PROMPT if prompt is None else prompt
    while True:
        columns = shell.get("COLUMNS") or ""
        menu = menu_text(words, int(columns) if columns.isdecimal() else _USUAL_COLUMNS) if shows_menu else ""
        if not menu.isprintable() and files.get(2).is_terminal():
            menu = "\n".join(map(visible, menu.split("\n")))
        files.get(2).write((menu + prompt).encode("utf-8", "surrogateescape"))
        data, complete = await read_line(files.get(0))
        line = data.replace(b"\0", b"").decode("utf-8", "surrogateescape").strip(" \t")
        if not complete and not line:
            return None
        shell.assign_now("REPLY", line)
        if line:
            number = int(line) if line.isdecimal() and len(line) < 10 else 0
            return words[number - 1] if 1 <= number <= len(words) else ""
        shows_menu = True


def menu_text(words: list[str], columns: int) -> str:
    """The numbered words, down the columns that fit; those of a single row one below the other."""
    digits = len(str(len(words)))
    widest = max(map(len, words)) + digits + len(_AFTER_NUMBER) + _GAP
    across = max(columns // widest, 1)
    rows = -(-len(words) // across)
    if rows == 1:
        rows = len(words)
    lines = []
    for row in range(rows):
        cells = []
        for index in range(row, len(words), rows):
            width = len(str(rows)) if index < rows else digits
            cells.append(f"{index + 1:>{width}}{_AFTER_NUMBER}{words[index]}")
        lines.append("".join(cell.ljust(widest) for cell in cells).rstrip())
    return "\n".join(lines) + "\n"
