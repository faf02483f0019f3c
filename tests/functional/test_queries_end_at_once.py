"""A query ends with its reader and with Ctrl-C, also before its first row; its connection serves the next one."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from fakes.database import make_database
from harness.processes import Azos, shell_under_test

pytestmark = pytest.mark.azos_only

QUERIES = {
    "rows without end": "with recursive c (n) as (select 1 union all select n + 1 from c) select n from c",
    "no row ever": "with recursive c (n) as (select 1 union all select n + 1 from c) select count(*) from c",
    "a cross join": "select count(*) from t a, t b, t c, t d",
    "a long sort": "select a.word from t a, t b, t c order by a.word || b.word || c.word",
}


@pytest.fixture
def database(azos: Azos) -> Path:
    path = azos.cwd / "t.db"
    make_database(str(path))
    return path


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("reader", ["true", "head -n 0", "sleep 0.05"])
def test_it_ends_with_its_reader(azos: Azos, database: Path, query: str, reader: str) -> None:
    ran = azos.run(
        f"set -o pipefail; sql {database} '{query}' | {reader}; echo $?; sql {database} 'select 1 as a'"
    )
    assert ran.text == '141\n{"a":1}\n'
    assert ran.errors == ""


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_it_ends_with_a_reader_outside(azos: Azos, database: Path, query: str) -> None:
    """The reader is none of azos's own."""
    argv = [*shell_under_test(), "run", f"sql {database} '{query}'"]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=azos.cwd, env=azos.environment
    ) as run:
        assert run.stdout is not None
        run.stdout.close()
        assert run.stderr is not None
        assert run.stderr.read() == b""
        assert run.wait(30) in (141, -signal.SIGPIPE)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_it_ends_with_ctrl_c(azos: Azos, database: Path, query: str) -> None:
    argv = [*shell_under_test(), "run", f"echo begun; sql {database} '{query}' > rows"]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=azos.cwd, env=azos.environment
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"begun\n"
        time.sleep(0.1)  # it may still be starting its query: any moment will do
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
    assert run.returncode in (130, -signal.SIGINT)
    assert b"Traceback" not in errors


def test_a_write_goes_on_without_its_reader(azos: Azos, database: Path) -> None:
    """A reader that does not wait is no reason to undo what was asked for."""
    change = "update t set word = (select sum(length(a.word || b.word)) from t a, t b where a.n < 200)"
    ran = azos.run(
        f'sql --write {database} "{change}" | true; sql {database} "select count(distinct word) as d from t"'
    )
    assert ran.text == '{"d":1}\n'
