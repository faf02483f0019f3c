"""A reader that leaves ends at once what only serves it, also between two rows; never what has effects of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

NUMBERS = "with recursive c(n) as (select 1 union all select n + 1 from c)"
ENDLESS = f"{NUMBERS} select n from c where n < 200 or n = 1000000000000"
"""Its next row is some days away."""


@pytest.fixture
def database(azos: Azos) -> str:
    assert azos.run("sql --write a.db 'create table t (n)'").status == 0
    return "a.db"


@pytest.mark.parametrize(
    "source", [f'sql "{ENDLESS}"', f'sql a.db "{ENDLESS}"', f'sql a.db "{ENDLESS}" --csv']
)
@pytest.mark.parametrize(
    ("reader", "wanted"),
    [
        ("head -n 1 | wc -l", "1\n"),
        ("{ read x; }", ""),
        ("true", ""),
        ("map --halt now,done=1 ': {}; exit 1'", ""),
    ],
)
def test_a_query_ends_with_its_reader(
    azos: Azos, database: str, source: str, reader: str, wanted: str
) -> None:
    ran = azos.run(f"{source} | {reader}; echo ${{PIPESTATUS[0]}}")
    assert ran.text == f"{wanted}141\n"
    assert "Traceback" not in ran.errors


def test_nothing_half_done_is_kept(azos: Azos, database: str) -> None:
    azos.run(f'sql a.db "{ENDLESS}" | head -n 1')
    ran = azos.run("cache ls --jsonl")
    assert "1000000000000" not in ran.text


def test_a_query_before_its_first_row_ends_too(azos: Azos) -> None:
    ran = azos.run(f'sql "{NUMBERS} select sum(n) from c" | true; echo ${{PIPESTATUS[0]}}')
    assert ran.text == "141\n"


def test_the_connection_goes_back_clean(azos: Azos, database: str) -> None:
    lines = f"for i in 1 2 3 4 5 6; do sql a.db \"{ENDLESS}\" | true; done\nsql a.db 'select 7 as n'\n"
    assert azos.piped(lines).text == '{"n":7}\n'


def test_what_has_effects_goes_on_without_a_reader(azos: Azos, database: str) -> None:
    change = f"insert into t {NUMBERS} select n from c limit 300000"
    assert azos.run(f"sql --write a.db '{change}' | true").status == 0
    assert azos.run("sql a.db 'select count(*) as c from t'").text == '{"c":300000}\n'
    assert azos.run("map -j 2 'sleep 0.1; echo {} >> ran' ::: 1 2 3 4 | true").status == 0
    assert len(Path(azos.cwd, "ran").read_text().split()) == 4
