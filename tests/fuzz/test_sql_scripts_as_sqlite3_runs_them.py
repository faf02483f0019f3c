"""Random scripts with errors in them: what is in the database afterwards, and which lines failed, is what the sqlite3
program makes of them.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
from contextlib import aclosing, closing
from pathlib import Path

import pytest
from fakes.call import FakeCall

from azos_shell.commands.sql import sql
from azos_shell.plugin import Services

SCRIPTS = int(os.environ.get("FUZZ_EXAMPLES", "500")) // 20
SEED = int(os.environ.get("FUZZ_SEED", "0"))

pytestmark = pytest.mark.skipif(
    shutil.which("sqlite3") is None, reason="the sqlite3 program is not installed"
)


def statement(source: random.Random) -> str:
    n = source.randrange(20)
    return source.choice(
        [
            f"insert into t values ({n}, 'x;{n}');",
            f"insert or replace into t values ({n}, 'r''{n}');",
            f"insert or ignore into t values ({n}, 'i');",
            "insert or fail into t select a + 1, b from t;",
            f"update t set b = b || '{n}' where a > {n};",
            f"delete from t\nwhere a = {n};",
            "selec;",
            "insert into nosuch\nvalues (1);",
            f"insert into t values ({n});",
            "-- c;\n",
            "/* ; */",
            f"create trigger if not exists g{n} after delete on t begin"
            f" insert or ignore into t values ({n}, 'trig;'); select ';'; end;",
            f"select count(*) from t where a < {n};",
            "insert into t values (null, ';') returning a;",
            f"create table if not exists u{n} (x); insert into u{n} select a from t;",
            f"drop table if exists u{n};",
        ]
    )


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def run_sqlite3(database: Path, script: str) -> str:
    """What it says on standard error."""
    words = ["sqlite3", str(database)]
    return subprocess.run(words, input=script, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("number", range(SCRIPTS))
async def test_a_script_leaves_what_sqlite3_leaves(tmp_path: Path, number: int) -> None:
    source = random.Random(SEED * 10_000 + number)
    statements = [statement(source) for _ in range(source.randrange(5, 60))]
    script = "\n".join(["create table t (a integer primary key, b text);", *statements]) + "\n"
    (tmp_path / "s.sql").write_text(script)
    errors = run_sqlite3(tmp_path / "theirs.db", script)
    services = Services({})
    call = FakeCall(str(tmp_path), services=services)
    words = ("-w", "ours.db", "--continue", "-f", "s.sql", "--tsv")
    async with aclosing(call.chunks(sql, *words)) as chunks:
        async for _ in chunks:
            pass
    await services.aclose()
    assert content(tmp_path / "ours.db") == content(tmp_path / "theirs.db")
    their_lines = re.findall(r"error near line (\d+)", errors)
    our_lines = re.findall(r"s\.sql, line (\d+):", call.errors.data.decode())
    # Where a statement spans lines, sqlite3 says the first and we the one that is wrong.
    assert len(our_lines) == len(their_lines)
    assert all(0 <= int(ours) - int(line) <= 1 for ours, line in zip(our_lines, their_lines, strict=True))
