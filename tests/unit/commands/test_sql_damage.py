"""Databases and files of rows that are damaged: one clear line, and nothing is written."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
from contextlib import closing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock

from azos_shell.commands.sql import sql
from azos_shell.core.errors import AzosError
from azos_shell.plugin import Services

QUERIES = [
    ["select count(*), sum(length(b)) from t"],
    ["select * from t order by b limit 5"],
    ["select count(*) from t where b > 'm'"],
    [".tables"],
    [".schema"],
    [".indexes"],
    ["-w", "update t set b = b || 'x' where a % 3 = 0"],
    ["-w", "delete from t; insert into t select * from nosuch"],
]


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    yield services
    await services.aclose()


def made(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "pragma page_size = 1024; create table t (a integer primary key, b); create index i on t (b)"
        )
        connection.executemany(
            "insert into t (b) values (?)", [(f"{n * 7919 % 1000} words",) for n in range(1000)]
        )
        connection.commit()
    return path.read_bytes()


async def outcome(services, tmp_path, words):
    """The error's message, or None."""
    try:
        await FakeCall(str(tmp_path), services=services).run(sql, *words[:-1], "x.db", words[-1])
    except AzosError as error:
        assert "\n" not in error.message
        return error.message
    finally:
        await services.sqlite.aclose()
    return None


async def test_a_damaged_database_is_told_and_what_fails_leaves_its_bytes_alone(services, tmp_path):
    whole = made(tmp_path / "x.db")
    failed = 0
    for seed in range(60):
        source = random.Random(seed)
        data = bytearray(whole)
        for _ in range(source.choice([1, 4, 40])):
            data[source.randrange(len(data))] = source.randrange(256)
        if source.random() < 0.3:
            del data[source.randrange(len(data)) :]
        for words in QUERIES:
            (tmp_path / "x.db").write_bytes(data)
            message = await outcome(services, tmp_path, words)
            if message is not None:
                failed += 1
                assert (tmp_path / "x.db").read_bytes() == data, (seed, words, message)
            for name in os.listdir(tmp_path):
                os.unlink(tmp_path / name)
    assert failed > 50


async def test_what_only_reads_never_changes_a_byte(services, tmp_path):
    before = hashlib.sha256(made(tmp_path / "x.db")).digest()
    for words in QUERIES[:6]:
        assert await outcome(services, tmp_path, words) is None
        assert hashlib.sha256((tmp_path / "x.db").read_bytes()).digest() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", None),
        (b"SQLite format 3\0" + b"\0" * 84, "is not a SQLite database"),
        (b"SQLite format 3\0", "is not a SQLite database"),
        (os.urandom(5000), "is not a SQLite database"),
        (b"id,name\n1,x\n" * 100, "is not a SQLite database"),
    ],
)
async def test_what_is_no_database_is_told(services, tmp_path, content, message):
    (tmp_path / "x.db").write_bytes(content)
    told = await outcome(services, tmp_path, ["select count(*) from sqlite_schema"])
    assert told is None if message is None else message in told
    assert (tmp_path / "x.db").read_bytes() == content


async def test_damaged_files_of_rows_are_read_or_told_but_never_break_it(services, tmp_path):
    parts = [
        b"a,b\n",
        b'"',
        b"1,2\n",
        b"\xff",
        b"\r\n",
        b"{",
        b'{"a":1}\n',
        b"[",
        b"]",
        b",",
        b"\t",
        b"'",
        b"x" * 3000,
        b"\xc3\xa9",
    ]
    for seed in range(300):
        source = random.Random(seed)
        (tmp_path / "x.csv").write_bytes(b"".join(source.choices(parts, k=source.randrange(1, 30))))
        for words in (
            ["select * from 'x.csv'"],
            ["--no-header", "--on-error", "skip", "select count(*) from 'x.csv'"],
        ):
            try:
                await FakeCall(str(tmp_path), services=services).run(sql, *words)
            except AzosError as error:
                assert "\n" not in error.message, (seed, error.message)
