"""sql over a file of a million rows: answered from the cache the second time, anew after any committed change."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.processes import Azos, Ran

pytestmark = pytest.mark.azos_only

QUERY = "select count(*) as n, sum(length(text)) as characters from lines"
CHANGE = "insert into lines values ('new', 1, 'x'); commit"


def rows(ran: Ran) -> list[dict[str, Any]]:
    """The JSON Lines of standard output."""
    return [json.loads(line) for line in ran.text.splitlines()]


def in_another_process(database: Path, statements: str) -> str:
    """A command line that runs the statements in a process of its own."""
    connected = f"import sqlite3; c = sqlite3.connect('{database}', isolation_level=None)"
    code = f'{connected}; c.executescript(\\"{statements}\\")'
    return f'{sys.executable} -c "{code}"'


@pytest.fixture(params=["delete", "wal"])
def database(million_rows: Path, request: pytest.FixtureRequest) -> Path:
    """The million rows in journal mode and in WAL mode."""
    connection = sqlite3.connect(million_rows)
    assert connection.execute(f"pragma journal_mode={request.param}").fetchone() == (request.param,)
    connection.close()
    return million_rows


def hits_and_misses(ran: Ran) -> tuple[int, int]:
    """What `cache stats`, the last command, says of all commands, in all sessions."""
    stats = next(row for row in rows(ran) if row.get("command") == "(all)")
    return stats["hits"], stats["misses"]


def test_the_second_answer_is_from_the_cache(azos: Azos, database: Path) -> None:
    ran = azos.piped(f"sql {database} '{QUERY}'\n" * 3 + "cache stats\n")
    first, second, third, *_stats = rows(ran)
    assert first == second == third
    assert first["n"] > 100_000
    assert hits_and_misses(ran) == (2, 1)


def test_trace_shows_a_miss_and_then_a_hit(azos: Azos, database: Path) -> None:
    ran = azos.piped(f"trace sql {database} '{QUERY}'\n" * 2)
    cached = [line for line in ran.errors.splitlines() if re.search(r"── cache ", line)]
    assert len(cached) == 2
    assert "miss" in cached[0]
    assert "hit" in cached[1]
    assert len(re.findall(r"── run ", ran.errors)) == 1


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_change_by_another_process_is_seen(azos: Azos, million_rows: Path, mode: str) -> None:
    change = in_another_process(million_rows, f"pragma journal_mode={mode}; begin; {CHANGE}")
    ran = azos.piped(f"sql {million_rows} '{QUERY}'\n{change}\n" * 3 + "cache stats\n")
    assert ran.errors == ""
    first, second, third, *_stats = rows(ran)
    assert second["n"] == first["n"] + 1
    assert third["n"] == first["n"] + 2
    assert hits_and_misses(ran) == (0, 3)


@pytest.fixture
def neighbour(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection of this process that stays open (in WAL mode no checkpoint happens then)."""
    connection = sqlite3.connect(database, isolation_level=None)
    yield connection
    connection.close()


def test_a_change_by_a_process_that_stays_connected_is_seen(
    azos: Azos, database: Path, neighbour: sqlite3.Connection
) -> None:
    asked = f"sql {database} '{QUERY}'\n"
    before = rows(azos.piped(asked))[0]["n"]
    change = in_another_process(database, f"begin; {CHANGE}")
    neighbour.execute("select count(*) from lines").fetchall()
    ran = azos.piped(f"{asked}{change}\n{asked}{asked}cache stats\n")
    counts = [row["n"] for row in rows(ran)[:3]]
    assert counts == [before, before + 1, before + 1]
    hits, misses = hits_and_misses(ran)
    assert hits + misses == 4  # the first miss was the other session's
    assert hits >= 1  # its answer is given again unless the database was written in the tick before


def test_a_change_that_leaves_size_and_time_as_they_were_is_seen(azos: Azos, database: Path) -> None:
    asked = f'sql {database} "select text from lines where rowid = 1"\n'
    change = in_another_process(database, "update lines set text = upper(text) || '' where rowid = 1")
    ran = azos.piped(f"{asked}touch -r {database} stamp\n{change}\ntouch -r stamp {database}\n{asked}")
    first, second = rows(ran)
    assert second["text"] == first["text"].upper()


def test_what_is_not_committed_is_not_seen(azos: Azos, database: Path, neighbour: sqlite3.Connection) -> None:
    neighbour.execute("begin immediate")
    neighbour.execute("insert into lines values ('new', 1, 'x')")
    asked = f"sql {database} '{QUERY}'\n"
    first, second = rows(azos.piped(asked * 2))
    neighbour.execute("commit")
    (third,) = rows(azos.piped(asked))
    assert first == second
    assert third["n"] == first["n"] + 1


def test_an_own_write_is_seen(azos: Azos, database: Path) -> None:
    write = f"sql --write {database} \"insert into lines values ('new', 1, 'x')\"\n"
    ran = azos.piped(f"sql {database} '{QUERY}'\n{write}sql {database} '{QUERY}'\n")
    first, second = rows(ran)
    assert second["n"] == first["n"] + 1


def test_a_replaced_file_is_seen(azos: Azos, million_rows: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("create table lines (file, number, text)")
    connection.commit()
    connection.close()
    asked = f"sql {million_rows} 'select count(*) as n from lines'\n"
    first, second = rows(azos.piped(f"{asked}mv {other} {million_rows}\n{asked}"))
    assert first["n"] > 100_000
    assert second["n"] == 0


@pytest.mark.parametrize(
    "query", ["select random() as r", "select datetime('now') as t", "select changes() as c"]
)
def test_what_may_differ_from_run_to_run_is_not_kept(azos: Azos, database: Path, query: str) -> None:
    ran = azos.piped(f'sql {database} "{query}"\n' * 2 + "cache stats\n")
    assert hits_and_misses(ran)[0] == 0


def test_ten_thousand_rows_stream_whole_and_in_order(azos: Azos, million_rows: Path) -> None:
    ran = azos.run(f"sql {million_rows} 'select rowid as id from lines order by rowid limit 10000'")
    assert [row["id"] for row in rows(ran)] == list(range(1, 10001))


def test_a_query_needs_no_write_permission_and_makes_no_file(azos: Azos, million_rows: Path) -> None:
    before = sorted(path.name for path in million_rows.parent.iterdir())
    assert azos.run(f"sql {million_rows} '{QUERY}'").status == 0
    assert sorted(path.name for path in million_rows.parent.iterdir()) == before


def test_a_write_without_leave_is_refused(azos: Azos, million_rows: Path) -> None:
    ran = azos.run(f"sql {million_rows} 'delete from lines'")
    assert (ran.stdout, ran.status) == (b"", 1)
    assert "--write" in ran.errors


def test_parameters_are_values_and_never_sql(azos: Azos) -> None:
    ran = azos.run("""sql :memory: "select :name as name" -p name="it's; drop table x" """)
    assert rows(ran) == [{"name": "it's; drop table x"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"this is no database at all, but long enough to have a header" * 20, "database"),
        (b"\0" * 4096, "database"),
    ],
)
def test_a_file_that_is_no_database_is_told(azos: Azos, content: bytes, message: str) -> None:
    (azos.cwd / "odd.db").write_bytes(content)
    ran = azos.run("sql odd.db 'select * from t'; echo status $?")
    assert ran.text == "status 1\n"
    assert "odd.db" in ran.errors
    assert message in ran.errors
    assert "Traceback" not in ran.errors


def test_a_missing_database_is_told_and_not_made(azos: Azos) -> None:
    ran = azos.run("sql nosuch.db 'select 1'")
    assert ran.status == 1
    assert "nosuch.db" in ran.errors
    assert not (azos.cwd / "nosuch.db").exists()


def test_a_directory_as_a_database_is_told(azos: Azos) -> None:
    ran = azos.run("sql . 'select 1'")
    assert ran.status == 1
    assert "Traceback" not in ran.errors


def test_wrong_sql_is_told(azos: Azos) -> None:
    ran = azos.run("sql :memory: 'selec 1'; echo status $?")
    assert ran.text == "status 1\n"
    assert "selec" in ran.errors
