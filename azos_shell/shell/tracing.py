"""Tracing: what ``set -x`` shows of each command before it is run (POSIX XCU set; the lines are bash's)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azos_shell.language import tree
from azos_shell.language.quoting import quote_always
from azos_shell.language.unparse import unparse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azos_shell.shell.interpreter import Interpreter

_SPECIAL = re.compile(r"[\s'\"\\|&;()<>!{}*\[\]?^$`]|\A[#~]|[=:]~").search
_EXPANDS = re.compile(r"[$`\\]").search


async def trace(shell: Interpreter, text: str) -> None:
    """Write one line: PS4, expanded, and ``text``. PS4's first character says how deep in substitutions that is."""
    prefix = shell.get("PS4")
    prefix = "+ " if prefix is None else prefix
    if _EXPANDS(prefix):
        prefix = await _expanded(shell, prefix)
    try:
        line = f"{prefix[:1] * shell.trace_depth}{prefix}{text}\n"
        shell.state.files.get(2).write(line.encode("utf-8", "surrogateescape"))
    except OSError:
        pass


async def _expanded(shell: Interpreter, prefix: str) -> str:
    from azos_shell.language.parser import Parser

    state = shell.state
    status, substituted = state.last_status, state.substitution_status
    state.options.xtrace = False
    try:
        parts = Parser("", final=True).here_document_text(prefix, 0)
        return await shell.expander.text(tree.Word(parts, None, 0, 0))
    finally:
        state.options.xtrace = True
        state.last_status, state.substitution_status = status, substituted


async def trace_words(shell: Interpreter, words: Iterable[str]) -> None:
    """Show a command's words."""
    await trace(shell, " ".join(map(traced, words)))


def traced(word: str) -> str:
    """A word as it is shown: in quotes where it means more than itself."""
    if not word or _SPECIAL(word):
        return "'" + word.replace("'", "'\\''") + "'"
    return word if word.isprintable() else quote_always(word)


async def trace_assignment(shell: Interpreter, node: tree.Assignment, before: str) -> None:
    """Show an assignment that was made; ``before`` is what the variable held."""
    if isinstance(node.value, tree.ArrayValue) or node.subscript is not None:
        await trace(shell, unparse(node))
        return
    value = shell.state.variables.get(node.name) or ""
    sign = "="
    if node.append and value.startswith(before):
        sign, value = "+=", value[len(before) :]
    await trace(shell, f"{node.name}{sign}{traced(value) if value else ''}")


async def trace_loop(
    shell: Interpreter, name: str, words: tuple[tree.Word, ...] | None, keyword: str = "for"
) -> None:
    """Show the head of a ``for`` or ``select`` loop."""
    shown = '"$@"' if words is None else " ".join(map(unparse, words))
    await trace(shell, f"{keyword} {name} in {shown}")


async def trace_test(
    shell: Interpreter, operator: str, operands: list[str], *, negated: bool = False
) -> None:
    """Show one test of ``[[ … ]]``."""
    shown = [operand or "''" for operand in operands]
    words = [operator, *shown] if len(shown) == 1 else [shown[0], operator, *shown[1:]]
    await trace(shell, f"[[ {'! ' if negated else ''}{' '.join(words)} ]]")


__all__ = ["trace", "trace_assignment", "trace_loop", "trace_test", "trace_words", "traced"]
