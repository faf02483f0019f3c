"""sleep: wait."""

from __future__ import annotations

import math

from azos_shell.plugin import Call, command, loop_running

_LONGEST_SECONDS = 1e9  # some 30 years, which every platform's sleep takes
_UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@command("sleep", raw=True, waits=True, usage="sleep TIME…", category="Jobs")
async def sleep(call: Call) -> int:
    """Wait for so long.

    A time is a number, with a fraction if wanted, of seconds, or of what is written after it: `s` seconds,
    `m` minutes, `h` hours, `d` days. Several times are added up. `infinity` waits until it is interrupted.

    Examples:
        $ sleep 0.01 && echo rested
        rested

    Exit status:
        0, or 1 if a word is no time.
    """
    words = call.args[1:] if call.args[:1] == ["--"] else call.args
    if not words:
        return call.error("a time is missing (usage: sleep TIME…)", 1)
    total_seconds = 0.0
    for word in words:
        seconds = parse_interval(word)
        if seconds is None:
            return call.error(f"'{word}': not a time", 1)
        total_seconds += seconds
    if total_seconds <= 0.0:
        return 0
    if loop_running():
        import asyncio

        await asyncio.sleep(total_seconds)
    else:  # nothing else of this shell is under way
        import time

        time.sleep(min(total_seconds, _LONGEST_SECONDS))  # noqa: ASYNC251 - there is no loop to block
    return 0


def parse_interval(word: str) -> float | None:
    """The seconds of ``1``, ``.5``, ``1e3``, ``2m``, ``0x1p2``, ``inf``; None if it is no time."""
    if word[:1] in ("", "-") or "_" in word or word.strip() != word or not word.isascii():
        return None
    number = word.lower()
    hexadecimal = number.lstrip("+").startswith("0x")
    unit = 1.0
    if number[-1] in _UNIT_SECONDS and not (hexadecimal and number[-1] == "d" and "p" not in number):
        unit, number = _UNIT_SECONDS[number[-1]], number[:-1]
    try:
        seconds = float.fromhex(number) if hexadecimal else float(number)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(seconds) else seconds * unit


COMMANDS = (sleep,)
