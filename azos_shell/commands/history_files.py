"""History files of other shells, read into the lines that were typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_BASH_TIME = re.compile(r"#\d+$")
_ZSH_PREFIX = re.compile(r": \d+:\d+;")


def typed_lines(text_lines: Iterable[str]) -> Iterator[str]:
    """The entries of a bash or zsh history file, oldest first; empty ones are left out.

    bash writes a line an entry, a ``#TIME`` line before it if it keeps times. zsh begins an entry with
    ``: TIME:SECONDS;`` if told to, and ends the lines of one entry but the last with a backslash.
    """
    pending: list[str] = []
    is_zsh = False
    for text in text_lines:
        line = text.rstrip("\n")
        if not pending:
            if _BASH_TIME.match(line):
                continue
            prefix = _ZSH_PREFIX.match(line)
            is_zsh = is_zsh or prefix is not None
            line = line[prefix.end() :] if prefix else line
        if is_zsh and line.endswith("\\"):
            pending.append(line[:-1])
            continue
        entry = "\n".join([*pending, line])
        pending = []
        if entry.strip():
            yield entry
    if pending:
        yield "\n".join(pending)
