"""What others sent, on a terminal: written out, over the borders of pieces, at little cost."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.values import Records
from azos_shell.language.visible import is_acted_on
from azos_shell.rendering import FORMATS, formatter
from azos_shell.rendering.harmless import HarmlessBytes, harmless, harmless_json


def in_pieces(*pieces: bytes, in_json: bool = False) -> bytes:
    one = HarmlessBytes(in_json=in_json)
    return b"".join([one.feed(piece) for piece in pieces]) + one.finish()


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"plain\ttext\nof lines\n", "plain\ttext\nof lines\n"),
        ("é 漢字 👩‍🔧 ❤️ \ue0b0".encode(), "é 漢字 👩‍🔧 ❤️ \ue0b0"),
        (b"\x1b]0;title\x07\x1b[2J", "^[]0;title^G^[[2J"),
        ("\x9b31m\x85\x7f".encode(), "\\x9b31m\\x85^?"),
        (b"\x9b31m\xff\xc3", "\\x9b31m\\xff\\xc3"),
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b"password: ok\rpassword: no", "password: ok^Mpassword: no"),
        (b"\r\r\n\r", "^M\n^M"),
        ("a\u202eb\u2066c\u2028d\ufeff".encode(), "a\\u202eb\\u2066c\\u2028d\\ufeff"),
        (b"back\x08\x08\x08\x08over\x0e\x0c\x0b\x00", "back^H^H^H^Hover^N^L^K^@"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),  # a surrogate is no character
    ],
)
def test_what_a_terminal_would_act_on_is_written_out(data: bytes, shown: str) -> None:
    assert in_pieces(data).decode() == shown
    assert in_pieces(*(bytes([byte]) for byte in data)).decode() == shown


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_where_the_pieces_are_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(borders)]
    assert in_pieces(*pieces) == in_pieces(data)


def test_an_empty_piece_does_not_change_what_is_held() -> None:
    assert in_pieces(b"one\r", b"", b"\ntwo") == b"one\ntwo"
    assert in_pieces(b"one\r", b"", b"two") == b"one^Mtwo"


@given(st.binary(max_size=60))
def test_what_is_given_is_always_valid_and_harmless(data: bytes) -> None:
    assert all(char in "\n\t" or not is_acted_on(char) for char in in_pieces(data).decode())


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_a_whole_text_is_shown_as_its_stream_is(text: str) -> None:
    assert harmless(text) == in_pieces(text.encode()).decode()


def test_at_most_a_line_end_and_a_character_are_held_however_long_the_stream() -> None:
    one = HarmlessBytes()
    given = sum(len(one.feed(b"\r" * 1000)) for _ in range(100))
    assert given == 2 * (100_000 - 1)
    assert repr(one) == "<HarmlessBytes, 0 held of <HarmlessText, 1 held>>"
    assert one.feed("👩".encode()[:3]) == b""
    assert repr(one) == "<HarmlessBytes, 3 held of <HarmlessText, 1 held>>"
    assert one.feed("👩".encode()[3:]) == "^M👩".encode()


def test_plain_pieces_are_passed_on_as_they_are() -> None:
    piece = b"x" * 65_536 + b"\n"
    assert HarmlessBytes().feed(piece) is piece


def test_json_stays_json_and_the_same_value() -> None:
    value = {"a\x9bb": ["\u202e", "\U000e0041", "é", "\x7f", "👩‍🔧", "two\nlines\r\n"]}
    data = json.dumps(value, ensure_ascii=False).encode()
    shown = in_pieces(data, in_json=True)
    assert json.loads(shown) == value
    assert harmless_json(data.decode()) == shown.decode()
    assert b"\\u009b" in shown
    assert b"\\udb40\\udc41" in shown
    assert "👩‍🔧".encode() in shown


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "table"])
def test_only_on_a_terminal_is_a_format_changed(name: str) -> None:
    batch = Records(("a\u202e",), [("\x9b1m",), ("\x1b[1m",)])
    plain, shown = formatter(name), formatter(name, for_terminal=True)
    as_it_is = plain.feed(batch) + plain.finish()
    made_harmless = shown.feed(batch) + shown.flush() + shown.finish()
    assert "\u202e".encode() in as_it_is
    assert made_harmless == in_pieces(as_it_is, in_json=name.startswith("json"))
    assert made_harmless.decode().replace("\n", "").isprintable()
