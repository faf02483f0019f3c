"""Credentials are taken out of what is kept, and nothing else is."""

from __future__ import annotations

import pytest

from azos_shell.language.credentials import without_credentials


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("http http://ann:secret@example.org/x", "http http://ann:***@example.org/x"),
        ("curl 'https://ann:p@ss:w0rd@example.org/'", "curl 'https://ann:***@example.org/'"),
        ("git clone https://ghp_0123456789abcdef@example.org/x", "git clone https://***@example.org/x"),
        ("psql postgres://bob:s3cret@db/x?y=z@w", "psql postgres://bob:***@db/x?y=z@w"),
        ("http ann:secret@example.org a=b", "http ann:***@example.org a=b"),
        ("cd x && http -F 'ann:secret@[::1]:80/x'", "cd x && http -F 'ann:***@[::1]:80/x'"),
        ("http -a ann:secret example.org", "http -a ann:*** example.org"),
        ("http --auth=ann:secret example.org", "http --auth=ann:*** example.org"),
        ("http -A bearer -a 'abc123' example.org", "http -A bearer -a '***' example.org"),
        ("http -aann:secret example.org", "http -aann:*** example.org"),
        (
            "echo a; http http://a:b@x | wc; curl http://c:d@y",
            "echo a; http http://a:***@x | wc; curl http://c:***@y",
        ),
    ],
)
def test_what_is_secret_is_taken_out(line: str, kept: str) -> None:
    assert without_credentials(line) == kept
    assert without_credentials(kept) == kept


@pytest.mark.parametrize(
    "line",
    [
        "git clone ssh://git@example.org/x",
        "http http://ann:$PASSWORD@example.org/",
        'http "http://ann:${PASSWORD}@example.org/"',
        "http -a $TOKEN -A bearer example.org",
        "http -a ann: example.org",
        "http POST example.org mail=ann@example.org note:=1 x==a:b@c",
        "http example.org/@ann",
        "docker pull image:tag@sha256:0123",
        "scp a:b@c d",
        "ls -a x:y",
        "echo 'http: a:b@c'",
        "http --all-pages example.org",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert without_credentials(line) == line


def test_long_lines_are_no_trap() -> None:
    lines = ("a" * 1_000_000 + "://", "http " + "a:" * 200_000, "x://" * 200_000, "http " + " -b" * 200_000)
    for line in lines:
        assert without_credentials(line) == line
