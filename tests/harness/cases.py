"""Language cases as plain data: a file of `### title` blocks, each a script and what it must print and return.

    ### a title
    the script
    --- stdout
    the expected lines
    --- status 3
    --- shells bash

``--- status`` is 0 unless given. ``--- shells`` names the oracles that must agree (dash and bash unless given;
``none`` for what is ours alone). Further parts: ``--- stdin`` (lines), ``--- args`` (the positional parameters, on the
same line), ``--- forms`` (of ``-c file stdin``, where a case makes sense in some only), ``--- stderr`` (regular
expressions, one a line, that azos's messages must hold; oracles word theirs differently) and ``--- bytes b'…'`` in
place of ``--- stdout`` for output that is no UTF-8 or does not end in a newline.
"""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMS = ("-c", "file", "stdin")
ORACLES = ("dash", "bash")

_PART = re.compile(r"^--- (\w+) ?(.*)\n?$")
_ONE_LINE = {"status", "shells", "args", "forms", "bytes"}
_LINES = {"stdout", "stdin", "stderr"}


@dataclass(frozen=True, slots=True)
class Case:
    """One language case. ``where`` is ``file:line`` of its title."""

    where: str
    title: str
    script: str
    stdout: bytes
    status: int = 0
    shells: tuple[str, ...] = ORACLES
    forms: tuple[str, ...] = FORMS
    args: tuple[str, ...] = ()
    stdin: bytes = b""
    stderr: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.where} {self.title}"


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file, in order. Raises ValueError, with the line, for a file that is not in the format."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith("### ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _case(f"{path.stem}:{start + 1}", lines[start:end])


def _case(where: str, lines: list[str]) -> Case:
    script: list[str] = []
    parts: dict[str, list[str]] = {}
    target = script
    for line in lines[1:]:
        part = _PART.match(line)
        if part is None:
            target.append(line)
            continue
        name, rest = part.groups()
        if name not in _ONE_LINE | _LINES or name in parts or bool(rest) != (name in _ONE_LINE):
            raise ValueError(f"{where}: what is {line!r}?")
        target = parts[name] = [rest] if name in _ONE_LINE else []
    if not script:
        raise ValueError(f"{where}: no script")
    return _made(where, lines[0][4:].strip(), script, parts)


def _made(where: str, title: str, script: list[str], parts: dict[str, list[str]]) -> Case:
    _drop_blank_end(next(reversed(parts.values()), script))
    words = {name: parts[name][0].split() for name in ("shells", "forms") if name in parts}
    stdout = "".join(parts.get("stdout", [])).encode()
    if "bytes" in parts:
        stdout = ast.literal_eval(parts["bytes"][0])
    shells = words.get("shells", ORACLES)
    return Case(
        where,
        title,
        "".join(script),
        stdout,
        int(parts["status"][0]) if "status" in parts else 0,
        () if shells == ["none"] else tuple(shells),
        tuple(words.get("forms", FORMS)),
        tuple(shlex.split(parts["args"][0])) if "args" in parts else (),
        "".join(parts.get("stdin", [])).encode(),
        tuple(line.rstrip("\n") for line in parts.get("stderr", [])),
    )


def _drop_blank_end(lines: list[str]) -> None:
    """The blank line between two cases belongs to neither."""
    if len(lines) > 1 and lines[-1] == "\n":
        lines.pop()
