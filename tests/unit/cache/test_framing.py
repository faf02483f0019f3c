"""Framing: what is packed comes back as it was, and what is damaged is an error or something whole, never a crash."""

from __future__ import annotations

import datetime
import decimal
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.cache.entry import STDERR, STDOUT
from azos_shell.cache.framing import joined, pack, unpack
from azos_shell.core.values import Records

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
records = st.builds(
    lambda rows: Records(("a", "b"), rows), st.lists(st.tuples(plain, plain), min_size=0, max_size=4)
)
outputs = st.lists(st.tuples(st.sampled_from([STDOUT, STDERR]), st.binary() | records), max_size=6)


@given(outputs.map(tuple))
def test_an_output_comes_back_as_it_was(output) -> None:
    packed = pack(output)
    assert packed is not None
    back = unpack(packed)
    assert back == output
    assert repr(back) == repr(output)  # 1, 1.0 and True are equal, and not the same


def test_a_value_that_is_no_number_comes_back_as_such() -> None:
    packed = pack([(STDOUT, Records(("a",), [(math.nan,), (math.inf,), (-0.0,)]))])
    assert packed is not None
    ((_, back),) = unpack(packed)
    assert isinstance(back, Records)
    assert repr(back.rows) == "[(nan,), (inf,), (-0.0,)]"


class Word(str):
    """A text of a kind of its own."""


deep: list[object] = []
for _ in range(100_000):
    deep = [deep]


@pytest.mark.parametrize(
    "value",
    [
        2**64,
        -(2**63) - 1,
        decimal.Decimal("1.10"),
        datetime.datetime(2020, 1, 1),
        datetime.date(2020, 1, 1),
        datetime.timedelta(1),
        {1},
        (1, 2),
        bytearray(b"a"),
        Word("a"),
        "no UTF-8: \udcff",
        object(),
        [decimal.Decimal(1)],
        {"a": decimal.Decimal(1)},
        {decimal.Decimal(1): "a"},
        deep,
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_would_not_come_back_the_same_is_not_packed(value) -> None:
    assert pack([(STDOUT, Records(("a",), [(1,), (value,)]))]) is None


@given(outputs, st.data())
def test_damaged_frames_are_an_error_or_whole(output, data) -> None:
    packed = bytearray(pack(output) or b"")
    if packed:
        packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    cut = packed[: data.draw(st.integers(0, len(packed)))]
    for damaged in (packed, cut):
        try:
            unpack(bytes(damaged))
        except ValueError:
            pass


def test_random_bytes_never_raise_another_error() -> None:
    chance = random.Random(1)
    for _ in range(5000):
        body = chance.randbytes(chance.randrange(40))
        for data in (body, b"\x11" + len(body).to_bytes(4, "big") + body):
            try:
                unpack(data)
            except ValueError:
                pass


def test_neighbours_on_one_stream_are_joined_and_the_order_stays() -> None:
    table = Records(("a",), [(1,)])
    said = [(STDOUT, b"a"), (STDOUT, b"b"), (STDERR, b"c"), (STDOUT, b"d"), (STDOUT, table), (STDOUT, b"e")]
    assert joined(said) == (
        (STDOUT, b"ab"),
        (STDERR, b"c"),
        (STDOUT, b"d"),
        (STDOUT, table),
        (STDOUT, b"e"),
    )
    assert joined([]) == ()
