"""What http reads of answers: JSON laid out, elements dug out of it, events, links to pages, names for files."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.http_digging import LONGEST_ELEMENT_BYTES, Digger
from azos_shell.commands.http_events import LONGEST_EVENT_BYTES, events_of
from azos_shell.commands.http_file_name import file_name_of, free_name
from azos_shell.commands.http_json_text import JsonText
from azos_shell.commands.http_pages import next_link
from azos_shell.commands.http_shown import for_terminal, for_terminal_text
from azos_shell.core.errors import AzosError, DependencyError
from azos_shell.language.visible import is_acted_on
from azos_shell.rendering.harmless import harmless

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def cut(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


def laid_out(text: str, size: int = 1000, *, colour: bool = False) -> str:
    layout = JsonText(colour=colour)
    return "".join(layout.feed(piece) for piece in cut(text, size)) + layout.finish()


@given(values, st.integers(1, 20))
def test_json_laid_out_is_the_same_json_however_it_is_cut(value, size):
    text = json.dumps(value)
    assert json.loads(laid_out(text, size)) == value
    assert laid_out(text, size) == laid_out(text)
    assert re.sub(r"\x1b\[[0-9;]*m", "", laid_out(text, size, colour=True)) == laid_out(text)


def test_json_is_indented_with_every_token_as_it_came():
    assert laid_out('{"a":1.50,"b":[],"c":{},"d":[true,{"e":"\\u00e9"}],"a":1e5}') == (
        '{\n    "a": 1.50,\n    "b": [],\n    "c": {},\n    "d": [\n        true,\n        {\n'
        '            "e": "\\u00e9"\n        }\n    ],\n    "a": 1e5\n}\n'
    )
    assert laid_out('{"a":1}\n{"a":2}') == '{\n    "a": 1\n}\n{\n    "a": 2\n}\n'


def test_what_turns_out_to_be_no_json_is_given_as_it_is():
    assert laid_out('{"a": oops} \x1b[31m') == '{\n    "a": oops} ^[[31m\n'
    assert laid_out('["' + "x" * 2_000_000, 65_536).count("x") == 2_000_000


@given(st.text())
def test_nothing_that_a_terminal_would_obey_comes_through(text):
    for shown in (harmless(text), laid_out(json.dumps(text, ensure_ascii=False)), laid_out(text)):
        assert all(char in "\n\t" or not is_acted_on(char) for char in shown)


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_a_value_that_is_laid_out_stays_the_same(text):
    assert json.loads(laid_out(json.dumps([text], ensure_ascii=False))) == [text]


def test_line_ends_and_tabs_stay():
    assert harmless("a\r\nb\tc\nd\re\x1b[2J\u202e") == "a\nb\tc\nd^Me^[[2J\\u202e"


async def shown_on_a_terminal(*pieces, content_type="text/plain"):
    async def body():
        for piece in pieces:
            yield piece

    return b"".join([piece async for piece in for_terminal(body(), content_type, colour=False)])


async def test_a_line_end_that_comes_in_two_pieces_is_one():
    assert await shown_on_a_terminal(b"one\r", b"\ntwo\r", b"three\r") == b"one\ntwo^Mthree^M\n"


async def test_the_end_of_a_torn_body_is_shown():
    assert await shown_on_a_terminal(b"torn: \xe2\x80") == b"torn: \\xe2\\x80\n"
    json_text = await shown_on_a_terminal(b'["\xe2\x80', content_type="application/json")
    assert json_text == b'["\\xe2\\x80\n'


ENCODINGS = (
    "rot13 base64 hex zlib undefined idna punycode utf-7 utf-8-sig utf-16 utf-32 utf-16-be unicode_escape "
    "shift_jis gb18030 iso-2022-jp latin-1 nonsense"
)


@pytest.mark.parametrize("charset", ENCODINGS.split())
async def test_whatever_encoding_a_server_names_its_text_is_shown(charset):
    content_type = f"text/plain; charset={charset}"
    shown = await shown_on_a_terminal(b"\xff\xfeabcA\x9b\\N{x", b"+AB\xff", content_type=content_type)
    whole = for_terminal_text(b"\xff\xfeabcA\x9b\\N{x+AB\xff", content_type.encode(), colour=False)
    for text in (shown.decode(), whole.decode()):
        assert text.endswith("\n")
        assert all(char in "\n\t" or not is_acted_on(char) for char in text)


# -- digging -----------------------------------------------------------------------------------------------------------


def dug(data: bytes, path: str = "", size: int = 1000) -> list[object]:
    digger = Digger(path.split(".") if path else ())
    lines = b"".join(digger.feed(piece) for piece in cut(data, size)) + digger.finish()
    return [json.loads(line) for line in lines.splitlines()]


@given(st.lists(values, max_size=5), st.integers(1, 30), st.sampled_from([None, 2]))
def test_the_elements_of_an_array_are_dug_out_however_it_is_cut(elements, size, indent):
    text = json.dumps(elements, indent=indent).encode()
    assert dug(text, "", size) == elements
    around = {"items": ["no"], "data": {"x": [[1], {"items": 2}], "items": elements, "y": {}}, "z": "]"}
    assert dug(json.dumps(around, indent=indent).encode(), "data.items", size) == elements


@given(
    st.lists(st.dictionaries(st.text(max_size=5), values, max_size=3), min_size=1, max_size=4),
    st.integers(1, 30),
)
def test_values_that_follow_each_other_are_one_stream(objects, size):
    lines = b"\n".join(json.dumps(value).encode() for value in objects)
    assert dug(lines, "", size) == objects
    pages = b"".join(json.dumps({"a": [value]}).encode() for value in objects)
    assert dug(pages, "a", size) == objects


def test_one_object_is_one_element():
    assert dug(b'{"a": 1}') == [{"a": 1}]
    assert dug(b'{"a": {"b": 1}}', "a") == [{"b": 1}]
    assert dug(b'{"a\\u00e9": [1]}', "aé") == [1]


@pytest.mark.parametrize("text", [b"[1", b'{"a":[', b'["a', b"]", b"{]", b'{"a":1}}', b'"a'])
def test_json_that_is_no_whole_is_an_error(text):
    with pytest.raises(AzosError, match="JSON"):
        dug(text)


def test_what_is_not_there_is_told_with_what_is():
    with pytest.raises(AzosError, match=r"no data\.items in the answer; it has total, data, data\.rows"):
        dug(b'{"total": 1, "data": {"rows": []}}', "data.items")


def test_an_element_without_an_end_is_refused_before_it_fills_the_memory():
    digger = Digger()
    digger.feed(b'["')
    with pytest.raises(AzosError, match="longer than"):
        for _ in range(LONGEST_ELEMENT_BYTES // 2**20 + 2):
            digger.feed(b"x" * 2**20)


def test_what_has_been_dug_out_is_forgotten():
    digger = Digger(["items"])
    digger.feed(b'{"before": [' + b"1," * 100_000 + b'1], "items": [')
    for _ in range(50):
        digger.feed(b'{"a": "' + b"x" * 10_000 + b'"}, ')
        assert len(digger._buffer) < 500_000
    assert len(digger._buffer) < 20_000


# -- events ------------------------------------------------------------------------------------------------------------


async def events(data: bytes, size: int = 1000) -> list[tuple[object, ...]]:
    async def pieces():
        for piece in cut(data, size):
            yield piece

    return [row async for batch in events_of(pieces()) for row in batch.rows]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
async def test_events_are_read_whatever_ends_their_lines(size, end):
    text = "\ufeff: hello|data: one|data: two||event: tick|id: 7|retry: 50|data:é||data: last, without an end"
    assert await events(text.replace("|", end).encode(), size) == [
        ("message", "one\ntwo", None, None),
        ("tick", "é", "7", 50),
    ]


async def test_an_event_without_an_end_is_refused_before_it_fills_the_memory():
    for piece in (b"x" * 2**20, b"data: " + b"x" * 1000 + b"\n"):

        async def endless(piece=piece):
            for _ in range(2 * LONGEST_EVENT_BYTES // len(piece)):
                yield piece

        with pytest.raises(DependencyError, match="an event is longer"):
            async for _ in events_of(endless()):
                pass


# -- pages and names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ('<https://a/?page=2>; rel="next", <https://a/?page=9>; rel="last"', "https://a/?page=2"),
        ('</p,2>; title="a,;b\\""; rel=prev, </n>;rel=\'x\', </m> ; REL = "foo next"', "/m"),
        ("<a>; rel=next; rel=prev", "a"),
        ('<a>; rel="next"; anchor="/other", <b>; rel=next', "b"),
        ('<a>; rel="nextish"', None),
        ("garbage <a", None),
        ("", None),
        ("<" * 5000, None),
    ],
)
def test_the_next_page_is_that_of_the_relation_next(link, target):
    assert next_link(link) == target


@pytest.mark.parametrize(
    ("disposition", "url", "name"),
    [
        ('attachment; filename="a b.txt"', "http://x/y", "a b.txt"),
        ("attachment; filename=plain.bin", "http://x/y", "plain.bin"),
        ("attachment; filename*=UTF-8''%e2%82%ac.txt; filename=euro.txt", "http://x/", "€.txt"),
        ('attachment; filename="../../etc/passwd"', "http://x/y", "passwd"),
        (r'attachment; filename="C:\\a\\b.exe"', "http://x/y", "b.exe"),
        ('attachment; filename=".bashrc"', "http://x/y", "bashrc"),
        ('attachment; filename="-rf"', "http://x/y", "_rf"),
        ('attachment; filename="a\x1b[31m\u202eb"', "http://x/y", "a[31mb"),
        ('attachment; filename=".."', "http://x/dir/file%20name.csv?q=/z", "file name.csv"),
        ("", "http://x/dir/", "dir"),
        ("", "http://x/", "index.html"),
        ("", "http://x/%2e%2e%2f%2e%2e", "index.html"),
        ("attachment", "http://x/" + "é" * 300, "é" * 100),
    ],
)
def test_a_download_gets_a_harmless_name(disposition, url, name):
    assert file_name_of(disposition, url, "text/html; charset=utf-8") == name


@given(st.text(), st.text())
def test_no_proposed_name_leaves_the_directory_or_hides(name, path):
    found = file_name_of(f'attachment; filename="{name}"', f"http://x/{path}", "")
    assert found
    assert "/" not in found
    assert not found.startswith((".", "-"))
    assert found.isprintable()


def test_a_name_that_is_taken_gets_a_number():
    taken = {"a.tar.gz", "a-1.tar.gz", "b"}
    assert free_name("a.tar.gz", taken.__contains__) == "a-2.tar.gz"
    assert free_name("b", taken.__contains__) == "b-1"
    assert free_name("c", taken.__contains__) == "c"
