"""open, sql and plot over the files of vega-datasets: what is drawn is what Python counts in them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from harness.vega import needs_vega
from harness.vega import vega_file as data

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = [pytest.mark.azos_only, needs_vega]


def column(name: str, key: str) -> list[str]:
    with data(name).open(newline="", encoding="utf-8") as file:
        return [row[key] for row in csv.DictReader(file)]


BY_WEATHER = "sql 'select weather, count(*) as days from stdin group by 1 order by 2 desc'"


def test_days_by_weather_are_bars(azos: Azos) -> None:
    ran = azos.run(f"open {data('seattle-weather.csv')} | {BY_WEATHER} | plot --title Seattle")
    assert (ran.errors, ran.status) == ("", 0)
    title, *bars = ran.text.splitlines()
    wanted = Counter(column("seattle-weather.csv", "weather")).most_common()
    assert title == "Seattle"
    assert [tuple(bar.partition("│")[0].split()) for bar in bars] == [(name, str(n)) for name, n in wanted]
    lengths = [bar.count("█") for bar in bars]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[1] == pytest.approx(lengths[0] * wanted[1][1] / wanted[0][1], abs=1)


def test_a_distribution_counts_every_value(azos: Azos) -> None:
    values = column("seattle-weather.csv", "temp_max")
    ran = azos.run(f"open {data('seattle-weather.csv')} | plot hist -x temp_max --ascii")
    assert (ran.errors, ran.status) == ("", 0)
    assert ran.text.startswith(f"temp_max: {len(values):,} values\n")
    assert ran.text.isascii()


def test_temperatures_by_date_are_a_line_over_four_years(azos: Azos) -> None:
    ran = azos.run(f"open {data('seattle-weather.csv')} | plot -y temp_max")
    assert (ran.errors, ran.status) == ("", 0)
    assert ran.text.splitlines()[-1].split() == ["2012", "2013", "2014", "2015"]
    assert re.search("[\u2801-\u28ff]{3}", ran.text)


def test_stocks_are_a_line_each_and_the_picture_is_one_of_shapes(azos: Azos) -> None:
    ran = azos.run(f"open {data('stocks.csv')} | plot --by symbol --svg >stocks.svg")
    assert (ran.errors, ran.status) == ("", 0)
    root = ElementTree.parse(azos.cwd / "stocks.svg").getroot()
    svg = "{http://www.w3.org/2000/svg}"
    texts = " ".join(element.text or "" for element in root.iter(f"{svg}text"))
    assert set(column("stocks.csv", "symbol")) <= set(texts.split())
    assert len({path.get("fill") for path in root.iter(f"{svg}path")}) > 5
