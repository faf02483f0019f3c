"""Signals by name and number, as ``kill`` and ``trap`` know them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.plugin import Call


def list_signals(call: Call, words: list[str]) -> int:
    """``kill -l``: all signals, or the names and numbers of some. Returns the exit status."""
    if not words:
        names = [f"{number.value:2}) {number.name}" for number in sorted(signal.Signals)]
        for start in range(0, len(names), 5):
            call.write("\t".join(f"{name:<14}" for name in names[start : start + 5]).rstrip() + "\n")
        return 0
    for word in words:
        if word.isdecimal():
            number = int(word) - 128 if int(word) > 128 else int(word)
            name = signal_name(number)
            if name is None:
                return call.error(f"{word}: no such signal")
            call.write(f"{name}\n")
        else:
            chosen = signal_number(word)
            if chosen is None:
                return call.error(f"{word}: no such signal")
            call.write(f"{chosen}\n")
    return 0


def signal_number(text: str) -> int | None:
    """The number that ``15``, ``TERM`` or ``SIGTERM`` names; 0 and EXIT are 0."""
    if text.isdecimal():
        return int(text) if int(text) <= signal.NSIG else None
    name = text.upper().removeprefix("SIG")
    if name == "EXIT":
        return 0
    found = getattr(signal, "SIG" + name, None)
    return int(found) if isinstance(found, signal.Signals) else None


def signal_name(number: int) -> str | None:
    """``TERM`` for 15."""
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return "EXIT" if number == 0 else None
