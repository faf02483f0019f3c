"""Tables that a query names and the database does not have: files, other databases, records."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sqlite3
import threading
from contextlib import closing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.database import make_database

from azos_shell.commands.sql import sql
from azos_shell.core.errors import AzosError, UsageError
from azos_shell.core.values import Records
from azos_shell.plugin import Services

SALES = 'id,name,price\n1,ann,3.5\n2,"bo,b",4\n3,,10\n'


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    yield services
    await services.aclose()


@pytest.fixture
def call(services, tmp_path):
    (tmp_path / "sales.csv").write_text(SALES)
    make_database(str(tmp_path / "data.db"))
    return lambda **options: FakeCall(str(tmp_path), services=services, **options)


@pytest.fixture
def ask(call):
    async def ask(*words, **options):
        return await call(**options).run(sql, *words)

    return ask


async def test_a_file_is_a_table_with_its_first_row_as_names(ask):
    assert await ask("select * from 'sales.csv'") == [
        {"id": 1, "name": "ann", "price": 3.5},
        {"id": 2, "name": "bo,b", "price": 4},
        {"id": 3, "name": None, "price": 10},
    ]
    for quoted in ('"sales.csv"', "[sales.csv]", "`sales.csv`", "'./sales.csv'"):
        assert await ask(f"select sum(price) as s from {quoted}") == [{"s": 17.5}]


async def test_without_a_header_the_columns_are_numbered(ask):
    assert await ask("--no-header", "select c2, c3 from 'sales.csv' limit 1") == [
        {"c2": "name", "c3": "price"}
    ]


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("t.tsv", "a\tb c\n1\tx,y\n", [{"a": 1, "b c": "x,y"}]),
        ("t.csv", "a;b\n1;x,y\n", [{"a": 1, "b": "x,y"}]),
        ("names.csv", "full name\nAda Lovelace\n", [{"full name": "Ada Lovelace"}]),
        (
            "t.json",
            '[{"a":1,"b":{"c":[2]}},{"a":null}]',
            [{"a": 1, "b": '{"c":[2]}'}, {"a": None, "b": None}],
        ),
        ("t.jsonl", '{"a":true}\n{"b":"x"}\n', [{"a": 1, "b": None}, {"a": None, "b": "x"}]),
        ("t.txt", "a b\n1  2\n", [{"a": 1, "b": 2}]),
        ("t.log", "a b\n1 2 3\n4\n", [{"a": 1, "b": 2, "c3": 3}, {"a": 4, "b": None, "c3": None}]),
        ("bom.csv", "\ufeffa,b\r\n1,2\r\n", [{"a": 1, "b": 2}]),
        ("header.csv", "a,b\n", []),
    ],
)
async def test_formats_are_told_by_name_and_content(ask, tmp_path, name, text, wanted):
    (tmp_path / name).write_text(text)
    assert await ask(f"select * from '{name}'") == wanted


async def test_packed_files_are_unpacked(ask, tmp_path):
    (tmp_path / "s.csv.gz").write_bytes(gzip.compress(SALES.encode()))
    assert await ask("select count(*) as n from 's.csv.gz'") == [{"n": 3}]
    (tmp_path / "torn.csv.gz").write_bytes(gzip.compress(os.urandom(1000).hex().encode())[:300])
    with pytest.raises(AzosError, match=r"torn\.csv\.gz: can't be read"):
        await ask("select count(*) as n from 'torn.csv.gz'")


async def test_files_databases_and_piped_rows_are_joined(ask, tmp_path):
    (tmp_path / "cities.json").write_text(json.dumps([{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}]))
    query = (
        "select name, city, word, s.c2 as piped from 'sales.csv' join 'cities.json' using (id)"
        " join t on t.n = id join stdin s on s.c1 = id"
    )
    assert await ask("data.db", query, stdin=b"2,x\n3,y\n") == [
        {"name": "bo,b", "city": "Rome", "word": "word 2", "piped": "x"}
    ]


async def test_a_table_of_the_database_wins_over_a_file(ask, tmp_path):
    (tmp_path / "t").write_text("n\n-1\n")
    assert await ask("data.db", "select count(*) as n from t") == [{"n": 1000}]
    assert await ask("select n from t") == [{"n": -1}]


async def test_the_same_file_is_loaded_once_under_all_its_names(call, monkeypatch):
    import azos_shell.commands.sql_file_tables as tables

    opened = []
    monkeypatch.setattr(
        tables, "open_rows", lambda path, name, real=tables.open_rows: opened.append(name) or real(path, name)
    )
    rows = await call().run(sql, "select count(*) as n from 'sales.csv' a, './sales.csv' b, 'sales.csv' c")
    assert rows == [{"n": 27}]
    assert opened == ["sales.csv"]


async def test_names_that_differ_only_in_case_are_refused_not_mixed_up(ask, tmp_path):
    (tmp_path / "Sales.csv").write_text("id\n9\n")
    with pytest.raises(AzosError, match="differ only in case"):
        await ask("select * from 'sales.csv', 'Sales.csv'")
    assert await ask("select id from 'Sales.csv'") == [{"id": 9}]


async def test_tables_of_another_database_are_named_by_its_file(ask, tmp_path):
    with closing(sqlite3.connect(tmp_path / "o.db")) as other:
        other.execute("create table users (id, name)")
        other.execute("insert into users values (7, 'gus')")
        other.commit()
    assert await ask("select name from 'o.db'.users") == [{"name": "gus"}]
    assert await ask("data.db", "select word, name from t join 'o.db'.users on n = id") == [
        {"word": "word 7", "name": "gus"}
    ]
    for query in ("select * from 'o.db'", "select * from 'o.db'.user"):
        with pytest.raises(AzosError, match=r"o\.db is a database with users; write 'o\.db'\.TABLE"):
            await ask(query)


async def test_a_file_can_be_written_into_a_database_within_one_transaction(ask):
    script = "create table s as select * from 'sales.csv'; insert into s select * from 'sales.csv'"
    assert await ask("-w", "new.db", script) == []
    assert await ask("new.db", "select count(*) as n, sum(price) as p from s") == [{"n": 6, "p": 35}]
    with pytest.raises(AzosError, match="no such table: nosuch"):
        await ask(
            "-w", "new.db", "delete from s; insert into s select * from 'sales.csv'; select * from nosuch"
        )
    assert await ask("new.db", "select count(*) as n from s") == [{"n": 6}]


async def test_what_has_too_many_fields_stops_or_is_left_out(call, tmp_path):
    (tmp_path / "bad.csv").write_text('id,name\n1,a,b\n2,"c\nd"\n\n3,e,f,g\n4,ok\n5,"open\n6,ok\n')
    with pytest.raises(AzosError, match=r"^bad\.csv, line 2: 3 fields where the header has 2$"):
        await call().run(sql, "select * from 'bad.csv'")
    asked = call()
    rows = await asked.run(sql, "--on-error", "skip", "select * from 'bad.csv'")
    assert rows == [{"id": 2, "name": "c\nd"}, {"id": 4, "name": "ok"}, {"id": 6, "name": "ok"}]
    assert b"bad.csv: 3 malformed rows skipped; the first: bad.csv, line 2:" in asked.errors.data


async def test_too_few_fields_are_as_wrong_as_too_many(ask, tmp_path):
    (tmp_path / "few.csv").write_text("a,b\n1,2\n\n3\n4,5\n")
    with pytest.raises(AzosError, match=r"few\.csv, line 4: 1 field where the header has 2"):
        await ask("select * from 'few.csv'")
    assert await ask("--on-error=skip", "select a from 'few.csv'") == [{"a": 1}, {"a": 4}]
    (tmp_path / "one.csv").write_text("a\n1\n\n3\n")
    assert await ask("select a from 'one.csv'") == [{"a": 1}, {"a": None}, {"a": 3}]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "json"])
async def test_what_sql_writes_it_reads_again(call, ask, tmp_path, ending):
    from azos_shell.rendering import formatter

    rows = [
        ("", None, "007", 1.5, "a\tb"),
        (None, 7, "x", -2.25, 'say "hi", or\nnot'),
        ("c:\\temp", 0, "+49", None, ""),
    ]
    shown = formatter(ending)
    data = shown.feed(Records(("a", "b", "c", "d", "e"), rows)) + shown.finish()
    (tmp_path / f"x.{ending}").write_bytes(data)
    assert [tuple(row.values()) for row in await ask(f"select * from 'x.{ending}'")] == rows


async def test_a_quote_that_stays_open_names_its_line(ask, tmp_path):
    (tmp_path / "open.csv").write_text('id,name\n1,a\n\n2,"c\n')
    with pytest.raises(AzosError, match=r"open\.csv, line 4: a quotation mark is not closed"):
        await ask("select * from 'open.csv'")


async def test_lines_that_are_no_json_stop_or_are_left_out(call, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"a":1}\nnonsense\n[1]\n{"a":2}\n')
    with pytest.raises(AzosError, match=r"bad\.jsonl, line 2: not JSON"):
        await call().run(sql, "select * from 'bad.jsonl'")
    asked = call()
    assert await asked.run(sql, "--on-error=skip", "select a from 'bad.jsonl'") == [{"a": 1}, {"a": 2}]
    assert b"2 malformed rows skipped; the first: bad.jsonl, line 2: not JSON" in asked.errors.data
    piped = call(stdin=b'{"a":1}\nnonsense\n')
    assert await piped.run(sql, "--on-error=skip", "select a from stdin") == [{"a": 1}]
    assert b"standard input: 1 malformed row skipped" in piped.errors.data


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv: the file is empty"),
        ("u16.csv", "a,b".encode("utf-16"), "u16.csv: is UTF-16"),
        ("nul.csv", b"a,b\n1,\0\n" + b"x,y\n" * 10, "nul.csv: is no text"),
        ("x.parquet", b"PAR1" + b"x" * 100, "duckdb"),
        ("torn.json", b'[{"a":1},\n{"b":', "torn.json, line 2, after 1 objects: not JSON"),
        ("cut.json", b'[{"a":1}\n', "cut.json, after 1 objects: the array does not end"),
    ],
)
async def test_what_is_no_file_of_rows_is_told_in_one_line(ask, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AzosError) as caught:
        await ask("--engine=sqlite", f"select * from '{name}'")
    assert message in caught.value.message
    assert "\n" not in caught.value.message


async def test_what_is_no_file_at_all_is_told_in_one_line(ask, tmp_path):
    os.mkdir(tmp_path / "dir.csv")
    os.mkfifo(tmp_path / "fifo.csv")
    for name, message in {
        "dir.csv": "dir.csv: is a directory",
        "fifo.csv": "fifo.csv: is no regular file",
        "sale.csv": r"nor such a file \(did you mean sales.csv\?\)",
        "./sub/x.csv": "no such table: ./sub/x.csv (.*), nor such a file",
    }.items():
        with pytest.raises(AzosError, match=message):
            await ask(f"select * from '{name}'")
    with pytest.raises(AzosError, match=r"write the name of a file in quotes, 'sales.csv'"):
        await ask("select * from sales.csv")
    with pytest.raises(AzosError, match=r"no such table: tt \(column 15\) \(did you mean t\?\)"):
        await ask("data.db", "select * from tt")


async def test_a_wrong_column_of_a_file_is_told_with_those_there_are(ask):
    with pytest.raises(AzosError, match=r"no such column: prize \(column 8\); sales.csv has id, name, price"):
        await ask("select prize from 'sales.csv'")


async def test_bytes_that_are_no_utf8_and_huge_rows_come_through(ask, tmp_path):
    (tmp_path / "odd.csv").write_bytes(b"a,b\ncaf\xe9," + b"x" * 3_000_000 + b"\n")
    assert await ask("select a, length(b) as n from 'odd.csv'") == [{"a": "caf\udce9", "n": 3_000_000}]


class SlowClock(FakeClock):
    """A quarter of a second passes whenever anybody looks."""

    def monotonic(self):
        self.advance(0.25)
        return super().monotonic()


class Screen:
    """Standard error that is a terminal."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += data

    def fileno(self):
        raise OSError("no descriptor")

    def is_terminal(self):
        return True


@pytest.mark.parametrize(("clock", "wanted"), [(SlowClock, b"of "), (FakeClock, None)])
async def test_a_file_that_takes_long_to_load_shows_how_far_it_is(tmp_path, clock, wanted):
    (tmp_path / "big.csv").write_bytes(b"a,b\n" + b"1,some text\n" * 100_000)
    services = Services({}, clock=clock())
    asked = FakeCall(str(tmp_path), services=services)
    asked.stderr = Screen()
    assert await asked.run(sql, "select count(*) as n from 'big.csv'") == [{"n": 100_000}]
    if wanted is None:
        assert asked.stderr.data == b""
    else:
        assert wanted in asked.stderr.data
        assert asked.stderr.data.endswith(b"\r\x1b[K")
    await services.aclose()


async def test_queries_of_files_that_are_cancelled_leave_no_thread_and_no_descriptor(services, tmp_path):
    (tmp_path / "big.csv").write_bytes(b"a,b\n" + b"1,some text\n" * 50_000)
    await FakeCall(str(tmp_path), services=services).run(sql, "select count(*) from 'big.csv'")
    descriptors, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for turn in range(60):
        task = asyncio.create_task(
            FakeCall(str(tmp_path), services=services).run(
                sql, "select count(*), max(b) from 'big.csv' a, 'big.csv' b"
            )
        )
        await asyncio.sleep(turn / 2_000)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    for _ in range(200):  # a thread ends a moment after it has said that its connection is closed
        if threading.active_count() <= threads:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(threading.enumerate())


class HandedOver:
    """Standard input that a command before fills with records."""

    def __init__(self, *chunks):
        self.given = chunks

    async def as_written(self):
        for chunk in self.given:
            yield chunk

    def is_terminal(self):
        return False


async def test_records_of_the_command_before_keep_their_names_and_types(call):
    asked = call()
    asked.stdin = HandedOver(
        Records(("a", "b", "a"), [(1, "007", None), (2.5, b"\xff", True)]),
        Records(("a", "b", "a", "more"), [("caf\udce9", {"k": [1]}, 2**70, "x")]),
        b'{"a":"from bytes"}\n',
    )
    assert await asked.run(sql, "select a, typeof(a) t, b, typeof(b) u, a_2, more from stdin") == [
        {"a": 1, "t": "integer", "b": "007", "u": "text", "a_2": None, "more": None},
        {"a": 2.5, "t": "real", "b": b"\xff", "u": "blob", "a_2": 1, "more": None},
        {"a": "caf\udce9", "t": "text", "b": '{"k":[1]}', "u": "text", "a_2": str(2**70), "more": "x"},
        {"a": "from bytes", "t": "text", "b": None, "u": "null", "a_2": None, "more": None},
    ]


async def test_records_among_bytes_are_read_as_json_lines(call):
    asked = call()
    asked.stdin = HandedOver(b'{"a":1}\n', Records(("a",), [(2,)]))
    assert await asked.run(sql, "select sum(a) as s from stdin") == [{"s": 3}]


async def test_options_that_exclude_each_other_are_refused(ask):
    with pytest.raises(UsageError, match="can't both"):
        await ask("--header", "--no-header", "select 1")
    with pytest.raises(UsageError, match="can't both"):
        await ask("data.db", "select 1", "-f", "x.sql")
