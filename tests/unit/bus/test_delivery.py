"""The delivery to a terminal: whatever records hold, it is not obeyed; to a pipe it goes as it is."""

from __future__ import annotations

import random
import re
from types import SimpleNamespace

import pytest
from fakes.builtin_call import MemoryOutput

from azos_shell.bus.delivery import Delivery
from azos_shell.core.values import Records

OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls but the tab and the line end, C1 controls, and what turns the direction of text round."""
OWN_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NASTY = [
    "\x1b]0;owned\x07",
    "\x1b[2J",
    "\x9b31m",
    "a\rb",
    "\u202egnp",
    "\x7f",
    "\udc9b2J",
    "\x1bP\x1b\\",
    "x\x00y",
]


def delivered(format_name: str | None, rows: list[tuple[object, ...]], *, terminal: bool) -> bytes:
    """What arrives of records in this format."""
    output = MemoryOutput(terminal=terminal)
    shell = SimpleNamespace(get=lambda name: None)
    delivery = Delivery(SimpleNamespace(stdout=output, shell=shell), format_name)  # type: ignore[arg-type]

    async def work() -> None:
        columns = tuple(f"c\x1b[{number}" for number in range(len(rows[0])))
        await delivery.put(Records(columns, rows))
        await delivery.finish(0.1)

    try:
        work().send(None)
    except StopIteration:
        pass
    return bytes(output.data)


def text_of(seed: int) -> str:
    chance = random.Random(seed)
    data = bytes(
        chance.choice((chance.randrange(256), 0x1B, 0x9B, 0x0D)) for _ in range(chance.randrange(1, 40))
    )
    return data.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("format_name", [None, "table", "json", "jsonl", "csv", "tsv", "markdown"])
def test_nothing_in_records_is_obeyed_by_a_terminal(format_name: str | None) -> None:
    for seed in range(150):
        value = NASTY[seed] if seed < len(NASTY) else text_of(seed)
        shown = delivered(
            format_name, [(value, value.encode("utf-8", "surrogateescape"), [value])], terminal=True
        )
        text = OWN_COLOURS.sub("", shown.decode("utf-8"))
        assert OBEYED.search(text) is None, (seed, text)


@pytest.mark.parametrize("format_name", ["csv", "tsv", "jsonl"])
def test_a_pipe_gets_what_there_is(format_name: str) -> None:
    assert b"\xff" in delivered(format_name, [("\udcff",)], terminal=False) or format_name == "jsonl"
    assert b"\x9b" in delivered(format_name, [("\x9b",)], terminal=False)


def test_text_of_people_stays_as_it_is() -> None:
    assert "é☃\t".encode() in delivered("csv", [("é☃\t",)], terminal=True)
