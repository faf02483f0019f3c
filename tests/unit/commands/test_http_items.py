"""The words of http: methods, request items, nested fields, and the bodies that they make."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.http_body import file_body, whole
from azos_shell.commands.http_items import Item, Kind, item_of
from azos_shell.commands.http_multipart import Part, multipart_body
from azos_shell.commands.http_nested import encode_fields, raw_json
from azos_shell.commands.http_payload import body_of, given_of
from azos_shell.commands.http_words import Words, words_of
from azos_shell.core.errors import AzosError, UsageError


def no_file(path: str) -> str:
    raise AssertionError(f"{path} is not to be read")


@pytest.mark.parametrize(
    ("word", "kind", "key", "value"),
    [
        ("a=b", Kind.FIELD, "a", "b"),
        ("a==b", Kind.QUERY, "a", "b"),
        ("a=", Kind.FIELD, "a", ""),
        ("a:=1", Kind.JSON, "a", "1"),
        ("A:b", Kind.HEADER, "A", "b"),
        ("A:", Kind.HEADER, "A", None),
        ("A;", Kind.EMPTY_HEADER, "A", ""),
        ("A:b=c", Kind.HEADER, "A", "b=c"),
        ("a=b:c", Kind.FIELD, "a", "b:c"),
        ("Referer:http://x/?a=b", Kind.HEADER, "Referer", "http://x/?a=b"),
        ("f@path/to.txt", Kind.FILE, "f", "path/to.txt"),
        ("@path", Kind.FILE, "", "path"),
        (r"a\=b=c", Kind.FIELD, "a=b", "c"),
        (r"a\:\:b:c", Kind.HEADER, "a::b", "c"),
        (r"a=b\=c", Kind.FIELD, "a", "b=c"),
        (r"a\b=c\d", Kind.FIELD, r"a\b", r"c\d"),
        ("a b=c\nd", Kind.FIELD, "a b", "c\nd"),
        ("a[b]:=[1]", Kind.JSON, "a[b]", "[1]"),
    ],
)
def test_an_item_is_what_its_first_separator_says(word, kind, key, value):
    assert item_of(word, no_file) == Item(kind, key, value)


@pytest.mark.parametrize(("word", "kind"), [("a=@f", "="), ("a:=@f", ":="), ("a==@f", "=="), ("A:@f", ":")])
def test_a_value_may_come_from_a_file(word, kind):
    assert item_of(word, lambda path: f"text of {path}") == Item(Kind(kind), word[0], "text of f")


@pytest.mark.parametrize("word", ["plain", "", "=x", ":x", "==x", ":=1", r"a\=b", "A;b"])
def test_a_word_that_is_no_item_is_a_usage_error(word):
    with pytest.raises(UsageError, match="bad request item"):
        item_of(word, no_file)


@pytest.mark.parametrize(
    ("operands", "words"),
    [
        (["x.org"], Words(None, "x.org", ())),
        (["x.org", "a=b"], Words(None, "x.org", ("a=b",))),
        (["put", "x.org"], Words("PUT", "x.org", ())),
        (["BREW", "x.org", "a=b"], Words("BREW", "x.org", ("a=b",))),
        (["localhost", "a=b"], Words(None, "localhost", ("a=b",))),
        (["M-SEARCH", "x.org"], Words("M-SEARCH", "x.org", ())),
    ],
)
def test_the_first_word_is_a_method_if_it_looks_like_one(operands, words):
    assert words_of(operands) == words


@pytest.mark.parametrize("operands", [[], ["get"], ["POST"]])
def test_a_missing_address_is_told(operands):
    with pytest.raises(UsageError, match="URL is missing"):
        words_of(operands)


def fields(*items: str) -> object:
    given_items = given_of(item_of(item, no_file) for item in items)
    return json.loads(encode_fields(given_items.fields))


@pytest.mark.parametrize(
    ("items", "made"),
    [
        (["a=b", "n:=1"], {"a": "b", "n": 1}),
        (["a[b][c]=d", "a[e]=f"], {"a": {"b": {"c": "d"}, "e": "f"}}),
        (["a[]=1", "a[]=2"], {"a": ["1", "2"]}),
        (["a[2]:=2", "a[0]:=0"], {"a": [0, None, 2]}),
        (["[]=x", "[]:=1"], ["x", 1]),
        (["[0][a]=b"], [{"a": "b"}]),
        (["a[][b]=1", "a[][b]=2"], {"a": [{"b": "1"}, {"b": "2"}]}),
        (["a[b]=1", 'a:={"x":1}', "a[y]=2"], {"a": {"x": 1, "y": "2"}}),
        ([r"a\[b\]=c"], {"a[b]": "c"}),
        ([r"a[\1]=c"], {"a": {"1": "c"}}),
        ([r"a[b\]c]=d"], {"a": {"b]c": "d"}}),
        (["5=x", "a=b"], {"5": "x", "a": "b"}),
        (["a=1", "a=2"], {"a": "2"}),
    ],
)
def test_fields_nest_as_their_names_say(items, made):
    assert fields(*items) == made


@pytest.mark.parametrize(
    "items",
    [
        ["a[b=c"],
        ["a[b]c=d"],
        ["a]b[=c"],
        ["a=b", "a[c]=d"],
        ["a[]=b", "a[c]=d"],
        ["a[b]=c", "a[]=d"],
        ["[]=a", "b=c"],
        ["a[99999999]=b"],
        ["a" + "[b]" * 300 + "=c"],
        ["n:=nope"],
        ["n:="],
        ["n:=[1"],
        ["n:=" + "[" * 100_000],
        ["a=\udce9"],
    ],
)
def test_fields_that_contradict_or_make_no_json_are_a_usage_error(items):
    with pytest.raises(UsageError):
        fields(*items)


def test_numbers_stay_as_they_are_written():
    given_items = given_of(
        [item_of("n:=1.50e300", no_file), item_of('o:= {"a": 12345678901234567890}', no_file)]
    )
    assert encode_fields(given_items.fields) == b'{"n":1.50e300,"o":{"a": 12345678901234567890}}'


@given(st.dictionaries(st.text("ab[]\\0", min_size=1, max_size=4), st.text(max_size=5), max_size=4))
def test_a_name_whose_brackets_are_escaped_is_just_a_name(values):
    escaped = {name: name.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") for name in values}
    written = encode_fields([(escaped[name], value) for name, value in values.items()])
    assert json.loads(written) == values or not values


def test_what_is_raw_json_is_checked_as_it_is_given():
    assert bytes(raw_json("a", ' "x" ')) == b'"x"'
    with pytest.raises(UsageError, match="a string is written a="):
        raw_json("a", "x")


def built(encoding: str, *items: str, resolve=str) -> tuple[bytes, bytes]:
    given_items = given_of(item_of(item, no_file) for item in items)
    body, content_type = body_of(given_items, encoding, boundary=lambda: "BOUND", resolve=resolve)
    assert body.content is not None
    return body.content, content_type


def test_a_form_is_url_encoded():
    content, content_type = built("form", "a=b c&d", "a=é", "n:=1", 's:="x"', "b=\udce9")
    assert content == b"a=b+c%26d&a=%C3%A9&n=1&s=x&b=%E9"
    assert content_type == b"application/x-www-form-urlencoded; charset=utf-8"


def test_a_form_with_files_has_parts(tmp_path):
    (tmp_path / 'a"b.json').write_bytes(b"{}")
    (tmp_path / "c").write_bytes(b"\0\xff")
    content, content_type = built(
        "form", "x=1\n2", 'f@a"b.json', "g@c;type=image/x-test", resolve=lambda path: str(tmp_path / path)
    )
    assert content_type == b"multipart/form-data; boundary=BOUND"
    assert content == (
        b'--BOUND\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\n2\r\n'
        b'--BOUND\r\nContent-Disposition: form-data; name="f"; filename="a%22b.json"\r\n'
        b"Content-Type: application/json\r\n\r\n{}\r\n"
        b'--BOUND\r\nContent-Disposition: form-data; name="g"; filename="c"\r\n'
        b"Content-Type: image/x-test\r\n\r\n\0\xff\r\n--BOUND--\r\n"
    )


async def test_a_large_file_in_a_form_is_streamed_with_its_length_told(tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 3_000_000)
    body = multipart_body(
        [Part("a", whole(b"1")), Part("f", file_body(str(tmp_path / "large")), "large")], "B"
    )
    assert body.content is None
    assert body.pieces is not None
    for _ in range(2):  # it may be sent again
        pieces = [piece async for piece in body.pieces()]
        assert sum(map(len, pieces)) == body.length
        assert max(map(len, pieces)) <= 65_536


def test_one_file_without_a_name_is_the_whole_body(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"a,b\n")
    assert built("json", "@x.csv", resolve=lambda path: str(tmp_path / path)) == (b"a,b\n", b"text/csv")


@pytest.mark.parametrize(
    ("encoding", "items", "message"),
    [
        ("json", ["f@x"], "files go with -f"),
        ("form", ["@x", "a=b"], "needs a name"),
    ],
)
def test_files_in_the_wrong_place_are_a_usage_error(encoding, items, message):
    with pytest.raises(UsageError, match=message):
        built(encoding, *items)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(AzosError, match="/nowhere: No such file"):
        built("form", "f@/nowhere")
    with pytest.raises(UsageError, match="line end"):
        given_of([item_of("f@x;type=a\r\nb", no_file)])
