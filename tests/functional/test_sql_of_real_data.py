"""sql over the CSV and JSON files of vega-datasets: what it says is what Python's own readers say."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from harness.vega import HAS_VEGA, needs_vega
from harness.vega import vega_file as data

if TYPE_CHECKING:
    from harness.processes import Azos, Ran

pytestmark = [pytest.mark.azos_only, needs_vega]


def table(name: str) -> list[dict[str, str]]:
    with data(name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows(ran: Ran) -> list[dict[str, Any]]:
    assert (ran.errors, ran.status) == ("", 0)
    return [json.loads(line) for line in ran.text.splitlines()]


def csv_files() -> list[str]:
    return sorted(path.name for path in data("").glob("*.csv")) if HAS_VEGA else []


@pytest.mark.parametrize("name", csv_files())
def test_every_file_has_the_rows_and_columns_that_it_has(azos: Azos, name: str) -> None:
    wanted = table(name)
    ran = azos.run(f"""sql "select * from '{data(name)}'" --csv""")
    assert (ran.errors, ran.status) == ("", 0)
    seen = list(csv.DictReader(ran.text.splitlines()))
    assert len(seen) == len(wanted) > 50
    assert list(seen[0]) == list(wanted[0])
    assert all(_same(one[key], other[key]) for one, other in zip(seen, wanted, strict=True) for key in one)


def _same(seen: str, wanted: str) -> bool:
    """Equal as text or as numbers: 1.50 is 1.5."""
    if seen == wanted:
        return True
    try:
        return float(seen) == float(wanted)
    except ValueError:
        return False


def test_averages_by_group(azos: Azos) -> None:
    prices: dict[str, list[float]] = defaultdict(list)
    for row in table("stocks.csv"):
        prices[row["symbol"]].append(float(row["price"]))
    seen = rows(
        azos.run(
            f"""sql "select symbol, avg(price) as mean from '{data("stocks.csv")}' group by 1 order by 1" """
        )
    )
    assert [row["symbol"] for row in seen] == sorted(prices)
    for row in seen:
        assert row["mean"] == pytest.approx(sum(prices[row["symbol"]]) / len(prices[row["symbol"]]))


def test_codes_stay_text_and_numbers_are_numbers(azos: Azos) -> None:
    query = f"select distinct typeof(iata) i, typeof(latitude) l from '{data('airports.csv')}'"
    assert rows(azos.run(f'sql "{query}"')) == [{"i": "text", "l": "real"}]


def test_a_csv_and_a_json_file_and_a_database_are_joined(azos: Azos) -> None:
    miles = {str(row["year"]): row["miles"] for row in json.loads(data("driving.json").read_text())}
    wanted = [
        (row["year"], row["source"], miles[row["year"][:4]])
        for row in table("iowa-electricity.csv")
        if row["year"][:4] in miles
    ]
    assert wanted
    azos.run(f"""sql -w power.db "create table power as select * from '{data("iowa-electricity.csv")}'" """)
    for database, power in (("", f"'{data('iowa-electricity.csv')}'"), ("power.db", "power")):
        query = (
            f"select p.year, source, miles from {power} p join '{data('driving.json')}' d "
            "on substr(p.year, 1, 4) = cast(d.year as text)"
        )
        seen = rows(azos.run(f'sql {database} "{query}"'))
        assert sorted((row["year"], row["source"], row["miles"]) for row in seen) == sorted(wanted)


def test_a_packed_file_piped_and_named_gives_the_same(azos: Azos) -> None:
    (azos.cwd / "weather.csv.gz").write_bytes(gzip.compress(data("seattle-weather.csv").read_bytes()))
    what, how = "select weather, count(*) as n, max(temp_max) as warmest from", "group by 1 order by 1"
    named = rows(azos.run(f"""sql "{what} 'weather.csv.gz' {how}" """))
    piped = rows(azos.run(f'zcat weather.csv.gz | sql --header "{what} stdin {how}"'))
    assert named == piped
    assert sum(row["n"] for row in named) == len(table("seattle-weather.csv"))


def test_duckdb_says_the_same(azos: Azos) -> None:
    pytest.importorskip("duckdb", reason="the extra duckdb is not installed")
    file = data("seattle-weather.csv")
    query = f"select weather, count(*) as n, max(temp_max) as t from '{file}' group by 1 order by 1"
    assert rows(azos.run(f'sql "{query}"')) == rows(azos.run(f'sql --engine duckdb "{query}"'))


def test_a_changed_file_gives_another_answer(azos: Azos) -> None:
    (azos.cwd / "stocks.csv").write_bytes(data("stocks.csv").read_bytes())
    asked = "sql \"select count(*) as n from 'stocks.csv'\"\n"
    first, second, third = rows(
        azos.piped(f"{asked}printf '\\nX,Jan 1 2000,5' >> stocks.csv\n{asked}{asked}")
    )
    assert second["n"] == third["n"] == first["n"] + 1


def test_the_second_answer_of_a_file_is_from_the_cache_until_it_changes(azos: Azos) -> None:
    (azos.cwd / "stocks.csv").write_bytes(data("stocks.csv").read_bytes() + b"\n")
    asked = "sql \"select count(*) as n from 'stocks.csv'\"\n"
    ran = azos.piped(f"{asked}{asked}echo X,Jan,5 >> stocks.csv\n{asked}cache stats\n")
    first, second, third, *stats = rows(ran)
    assert first == second
    assert third["n"] == first["n"] + 1
    everything = next(row for row in stats if row.get("command") == "(all)")
    assert (everything["hits"], everything["misses"]) == (1, 2)
    again = azos.piped(f"{asked}cache stats\n")
    assert rows(again)[0] == third
