"""What the words of http mean, before anything is sent; and how a body is unpacked."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.http_decoding import LAYERS, PIECE_BYTES, BodyDecoder, UnknownEncodingError
from azos_shell.commands.http_request import address_of, checked_method, content_type_of, headers_of
from azos_shell.core.errors import AzosError, DependencyError, UsageError
from azos_shell.storage.whole_file import WholeFile


@pytest.mark.parametrize(
    ("text", "url", "origin"),
    [
        ("https://example.org/a?b#c", "https://example.org/a?b#c", "https://example.org:443"),
        ("http://Example.org", "http://Example.org", "http://example.org:80"),
        ("example.org", "https://example.org", "https://example.org:443"),
        ("example.org:8443/x", "https://example.org:8443/x", "https://example.org:8443"),
        ("localhost:8000/x", "http://localhost:8000/x", "http://localhost:8000"),
        ("localhost", "http://localhost", "http://localhost:80"),
        ("localhost.example.org", "https://localhost.example.org", "https://localhost.example.org:443"),
        ("127.0.0.1?q", "http://127.0.0.1?q", "http://127.0.0.1:80"),
        ("[::1]:99/", "http://[::1]:99/", "http://[::1]:99"),
        (":3000/x", "http://localhost:3000/x", "http://localhost:3000"),
        (":/x", "http://localhost/x", "http://localhost:80"),
        (":", "http://localhost", "http://localhost:80"),
        ("://example.org/x", "https://example.org/x", "https://example.org:443"),
        ("a.b/caf\udce9", "https://a.b/caf%E9", "https://a.b:443"),
    ],
)
def test_an_address_has_a_scheme_and_an_origin(text, url, origin):
    address = address_of(text)
    assert (address.url, address.origin) == (url, origin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        "http://",
        "https:///x",
        "ftp://a",
        "file:///etc/passwd",
        "http://a:b",
        "a\r\nb",
        "http://[::1",
    ],
)
def test_a_bad_address_is_a_usage_error(text):
    with pytest.raises(UsageError, match="bad URL"):
        address_of(text)


def test_a_method_is_a_word_in_capitals():
    assert checked_method("put") == "PUT"
    with pytest.raises(UsageError, match="bad method"):
        checked_method("GET /x")


def test_credentials_are_taken_out_of_an_address_and_never_told():
    address = address_of("http://ann:p%40ss:w@example.org:81/x?y=z@w#f")
    assert (address.url, address.user, address.password) == (
        "http://example.org:81/x?y=z@w#f",
        "ann",
        "p@ss:w",
    )
    assert address_of("ann:secret@localhost:8000/x").url == "http://localhost:8000/x"
    assert address_of("https://token@example.org").user == "token"
    for text in (
        "http://ann:secret@",
        "http://ann:secret@a b",
        "http://ann:secret@[::1",
        "ann:secret@x:port",
    ):
        with pytest.raises(UsageError, match="bad URL") as caught:
            address_of(text)
        assert "secret" not in str(caught.value)


def test_a_query_is_added_to_that_of_the_address():
    query = [("q", "a b&c"), ("q", ""), ("é", "\udce9")]
    assert address_of("http://a/x?y=1#f", query).url == "http://a/x?y=1&q=a%20b%26c&q=&%C3%A9=%E9#f"
    assert address_of("http://a", [("q", "1")]).url == "http://a?q=1"


def test_headers_are_name_and_value():
    assert headers_of(["A:b", "X-Y:  c: d ", "E:"]) == (
        (b"A", b"b"),
        (b"X-Y", b"c: d"),
        (b"E", b""),
    )
    for line in ("none", "a b: c", ": x", "a: b\r\nc: d", "a: \0"):
        with pytest.raises(UsageError, match="bad header"):
            headers_of([line])


def test_a_body_that_is_json_is_sent_as_such():
    assert content_type_of(b' {"a": 1}') == b"application/json"
    assert content_type_of(b"[1]") == b"application/json"
    assert content_type_of(b"{a=1}") == b"application/x-www-form-urlencoded"
    assert content_type_of(b"a=1") == b"application/x-www-form-urlencoded"


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@given(st.binary(max_size=2_000), st.sampled_from(["gzip", "deflate", "bare"]), st.integers(1, 50))
def test_what_was_packed_is_unpacked_however_it_is_cut(data, kind, size):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "bare": bare_deflate}[kind](data)
    decoder = BodyDecoder("gzip" if kind == "gzip" else "deflate")
    got = b"".join(
        piece for start in range(0, len(packed), size) for piece in decoder.feed(packed[start : start + size])
    )
    assert got == data
    decoder.finish()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bare_deflate])
def test_a_bomb_is_unpacked_in_small_pieces(pack):
    decoder = BodyDecoder("deflate")
    sizes = [len(piece) for piece in decoder.feed(pack(b"\0" * 5_000_000))]
    assert sum(sizes) == 5_000_000
    assert max(sizes) == PIECE_BYTES
    decoder.finish()


def test_layers_are_undone_from_the_outside():
    decoder = BodyDecoder("identity, gzip, deflate")
    packed = zlib.compress(gzip.compress(b"hello"))
    # RFC 9110 lists encodings in the order they were applied, so the last is undone first.
    assert b"".join(decoder.feed(packed)) == b"hello"
    decoder.finish()
    with pytest.raises(DependencyError, match="100 times over"):
        BodyDecoder(", ".join(["gzip"] * 100))
    assert LAYERS < 100


def test_members_and_padding_of_gzip_are_understood():
    decoder = BodyDecoder("gzip")
    assert b"".join(decoder.feed(gzip.compress(b"a") + gzip.compress(b"b") + b"\0" * 10)) == b"ab"
    decoder.finish()


def test_packed_data_without_an_end_or_sense_is_an_error():
    decoder = BodyDecoder("gzip")
    list(decoder.feed(gzip.compress(b"hello" * 100)[:-5]))
    with pytest.raises(DependencyError, match="cut short"):
        decoder.finish()
    with pytest.raises(DependencyError, match="damaged"):
        list(BodyDecoder("gzip").feed(gzip.compress(b"hello")[:-8] + b"\0" * 8))
    BodyDecoder("gzip").finish()  # nothing came: a HEAD request, a 304
    with pytest.raises(UnknownEncodingError):
        BodyDecoder("br")


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out"
    with pytest.raises(KeyError), WholeFile(str(path)) as file:
        file.write(b"half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    path.chmod(0o600)
    with WholeFile(str(path)) as file:
        file.write(b"new" * 100_000)
        assert path.read_bytes() == b"old"
        file.keep()
    assert path.read_bytes() == b"new" * 100_000
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with WholeFile(str(tmp_path / "link")) as file:
        file.write(b"x")
        file.keep()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"x"
    with WholeFile("/dev/null") as file:
        file.write(b"x")
        file.keep()
    assert not (tmp_path / "null").exists()
    with pytest.raises(AzosError, match="No such file"), WholeFile(str(tmp_path / "no" / "out")):
        pass
    with pytest.raises(AzosError, match=r"full|No space"), WholeFile("/dev/full") as file:
        file.write(b"x")
