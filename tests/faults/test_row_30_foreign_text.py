"""Row 30: bytes of others that a terminal would act on, in every place where azos's commands show them.

What reaches the terminal is read by a parser: it must be valid UTF-8 and hold no control character but line ends, tabs
and azos's own colours.
"""

from __future__ import annotations

import json
import os
import random
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from fakes.call import FakeCall, FakeOutput

from azos_shell.bus.delivery import Delivery
from azos_shell.bus.trace import Stage
from azos_shell.core.values import Records
from azos_shell.language.quoting import quote
from azos_shell.rendering import FORMATS
from azos_shell.rendering.harmless import HarmlessBytes
from azos_shell.rendering.tree import trace_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.processes import Azos

BATCH = 50
FRAGMENTS = [
    *(
        b"\x1b",
        b"\x1b[2J",
        b"\x1b[31m",
        b"\x1b]0;title\x07",
        b"\x1b]52;c;cHduZWQ=\x1b\\",
        b"\x1bPq",
        b"\x1b[6n",
    ),
    *(b"\x9b31m", b"\xc2\x9b6n", b"\xc2\x9d0;title\xc2\x9c", b"\x90", b"\xc2\x85"),
    *(b"\r", b"\r\n", b"\n", b"\t", b"\x08", b"\x0e", b"\x0f", b"\x0b", b"\x0c", b"\x05", b"\x7f", b"\x00"),
    *("\u202e", "\u2066", "\u2069", "\u200e", "\u061c", "\u2028", "\ufeff", "\u00ad", "\U000e0041"),
    *(b"\xff", b"\xc3", b"\xe2\x80", b"\xf0\x9f\x91", b"\xed\xa0\x80", b"\xc0\x9b"),
    *("plain", "é", "漢", "👩\u200d🔧", '"', "\\", "|", ",", " "),
]
COUNTS = [1_000, pytest.param(10_000, marks=pytest.mark.slow)]
OWN_COLOURS = re.compile("\x1b\\[(?:[0-9]{1,3}(?:;[0-9]{1,3})*)?m")


def foreign_bytes(count: int, seed: int = 30) -> Iterator[bytes]:
    """Random strings, half of random bytes and half of what is known to drive terminals."""
    chance = random.Random(seed)
    pieces = [piece.encode() if isinstance(piece, str) else piece for piece in FRAGMENTS]
    for number in range(count):
        if number % 2:
            yield chance.randbytes(chance.randrange(24))
        else:
            yield b"".join(chance.choices(pieces, k=chance.randrange(1, 8)))


def in_batches(count: int) -> Iterator[list[str]]:
    texts = [data.decode("utf-8", "surrogateescape") for data in foreign_bytes(count)]
    for at in range(0, len(texts), BATCH):
        yield texts[at : at + BATCH]


def controls_in(shown: bytes) -> set[str]:
    """The control characters in what a terminal gets, besides line ends and tabs."""
    text = shown.decode()
    return {
        char
        for char in set(text)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in "\n\t\u200c\u200d"
    }


class Screen(FakeOutput):
    """A terminal that keeps what it gets."""

    def is_terminal(self) -> bool:
        return True


async def delivered(batch: Records, format_name: str, *, colour: bool) -> bytes:
    """What a terminal gets of these records."""
    call = FakeCall()
    screen = Screen()
    call.stdout = screen
    call.shell.set("NO_COLOR", "" if colour else "1")
    delivery = Delivery(call, format_name)
    await delivery.put(batch)
    await delivery.finish(0.012)
    return bytes(screen.data)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("format_name", FORMATS)
async def test_values_and_columns_of_records(format_name: str, count: int) -> None:
    for texts in in_batches(count):
        rows = [(text, [text, {text: 1}], text.encode("utf-8", "surrogateescape")) for text in texts]
        by_rows = Records((texts[0], "nested", "bytes"), rows)
        by_columns = Records(tuple(texts), [tuple(texts)])
        for batch in (by_rows, by_columns):
            assert controls_in(await delivered(batch, format_name, colour=False)) == set()


@pytest.mark.parametrize("count", COUNTS)
async def test_colours_of_a_table_are_all_its_own(count: int) -> None:
    for texts in in_batches(count):
        batch = Records(("a", texts[0]), [(text, None) for text in texts])
        shown = (await delivered(batch, "table", colour=True)).decode()
        plain = (await delivered(batch, "table", colour=False)).decode()
        assert OWN_COLOURS.sub("", shown) == plain
        assert len(OWN_COLOURS.findall(shown)) == 2 * (2 + len(texts) + 1)  # header, rule, NULLs, footer


@pytest.mark.parametrize("count", COUNTS)
async def test_json_on_a_terminal_still_says_the_same(count: int) -> None:
    for texts in in_batches(count):
        shown = await delivered(Records(("text",), [(text,) for text in texts]), "json", colour=False)
        assert [row["text"] for row in json.loads(shown)] == texts


@pytest.mark.parametrize("count", COUNTS)
def test_bodies_that_come_in_pieces(count: int) -> None:
    chance = random.Random(count)
    stream = HarmlessBytes()
    shown = bytearray()
    for body in foreign_bytes(count):
        cut = chance.randrange(len(body) + 1)
        shown += stream.feed(body[:cut]) + stream.feed(body[cut:])
    shown += stream.finish()
    assert controls_in(bytes(shown)) == set()


@pytest.mark.parametrize("count", COUNTS)
def test_messages_and_traces(count: int) -> None:
    call = FakeCall()
    for data in foreign_bytes(count):
        text = data.decode("utf-8", "surrogateescape")
        call.name = text
        call.error(f"the server says: {text}")
        tree = trace_tree([Stage("run", 0.1, text)], title=text)
        assert controls_in(tree) == set()
        assert tree.count(b"\n") == 2
    assert controls_in(bytes(call.errors.data)) == set()
    assert call.errors.data.count(b"\n") == count


def write_foreign_records(azos: Azos, count: int) -> None:
    """``foreign.jsonl`` with columns text, number and one whose name is foreign."""
    rows = [
        {"text": text.encode("utf-8", "replace").decode(), "number": number, "\x9b1m\x1b[2J": number % 7}
        for number, text in enumerate(text for batch in in_batches(count) for text in batch)
    ]
    (azos.cwd / "foreign.jsonl").write_text("\n".join(map(json.dumps, rows)))


def shown_at_a_terminal(azos: Azos, line: str) -> bytes:
    """What a terminal gets while azos runs the line, its driver's carriage returns left out."""
    from harness.processes import shell_under_test
    from harness.terminal import Terminal

    env = {**azos.environment, "TERM": "xterm", "AZOS_PAGER": "cat"}
    terminal = Terminal([*shell_under_test(), "run", f"{line}; echo the-end"], cwd=azos.cwd, env=env)
    try:
        terminal.wait_for("the-end")
        return bytes(terminal.output).replace(b"\r\n", b"\n")
    finally:
        terminal.close()


@pytest.mark.azos_only
@pytest.mark.parametrize("format_name", FORMATS)
def test_a_query_at_a_real_terminal(azos: Azos, format_name: str) -> None:
    write_foreign_records(azos, 200)
    shown = shown_at_a_terminal(azos, f"sql --{format_name} \"select * from 'foreign.jsonl'\"")
    if format_name == "table":
        shown = OWN_COLOURS.sub("", shown.decode()).encode()
    assert shown.count(b"\n") > 200
    assert controls_in(shown) == set()


@pytest.mark.azos_only
@pytest.mark.parametrize(
    "line",
    [
        "plot bar -x text -y number --title {title}",
        "plot line -x number -y number --by text",
        "plot hist -x text",
        "first 50 | count --by text",
        "where 'text > 1 and nothing'",
        "map 'echo {{number}}; nothing-of-that-name{{text}}'",
        "save /nonexistent/{title}",
    ],
)
def test_what_becomes_of_records_at_a_real_terminal(azos: Azos, line: str) -> None:
    write_foreign_records(azos, 60)
    title = quote("\x1b]0;title\x07\u202e\x9b2J")
    shown = shown_at_a_terminal(azos, f"open foreign.jsonl | {line.format(title=title)}")
    assert controls_in(OWN_COLOURS.sub("", shown.decode()).encode()) == set()


@pytest.mark.azos_only
def test_names_of_directories_at_a_real_terminal(azos: Azos) -> None:
    names = {b"d" + data.translate(None, b"\0/") for data in foreign_bytes(100)}
    for name in names:
        os.mkdir(os.fsencode(azos.cwd) + b"/" + name)
    walk = 'for d in d*; do cd "$d"; pwd; dirs -v; cd ..; cd -; pushd ..; popd; cd ..; done'
    shown = shown_at_a_terminal(azos, f"{walk}; echo - | {{ select d in d*; do break; done; }}")
    assert shown.count(b"\n") > 5 * len(names)
    assert controls_in(shown) == set()


@pytest.mark.azos_only
def test_into_a_pipe_everything_goes_as_it_came(azos: Azos) -> None:
    (azos.cwd / "foreign.json").write_text(json.dumps([{"text": "\x9b1m\x1b[2J\u202e"}]))
    done = azos.run("""sql --tsv "select text from 'foreign.json'" """)
    assert done.stdout == "text\n\x9b1m\x1b[2J\u202e\n".encode()
