"""The measures of the data lanes measure what they say: right answers of real programs, or an error."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts" / "bench"))

import data_pools
import data_scan


@pytest.fixture
def database(tmp_path):
    path = str(tmp_path / "orders.db")
    data_scan.made_database(path, 300)
    return path


def test_all_programs_write_all_rows(database):
    programs = data_scan.installed_programs(database)
    assert programs[0].name == "azos"
    for program in programs:
        for name in data_scan.FORMATS:
            assert data_scan.scan_seconds(program.words(name), 300) > 0


def test_a_wrong_count_is_no_measurement(database):
    azos = data_scan.installed_programs(database)[0]
    with pytest.raises(RuntimeError, match="lines instead of 1000"):
        data_scan.scan_seconds(azos.words("TSV"), 1000)


def test_memory_is_that_of_a_run_with_the_right_answer():
    assert "MiB into `wc -l` and" in data_scan.memory_text(rows=1000)


async def test_each_pool_answers_rightly_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(data_pools, "READERS", 4)
    monkeypatch.setattr(data_pools, "LOOK_UPS", 3)
    for number, contender in enumerate(data_pools.CONTENDERS.values()):
        path = str(tmp_path / f"{number}.db")
        data_pools.made_database(path)
        try:
            looked_up, written = await data_pools.one_round(contender, path)
        except ImportError:
            continue  # a peer that is not installed
        assert looked_up > 0
        assert written >= 0


async def test_a_wrong_answer_is_no_measurement(tmp_path):
    path = str(tmp_path / "wrong.db")

    async def answers_wrongly(number):
        return []

    async def write(number):
        await asyncio.sleep(0)

    @asynccontextmanager
    async def contender(path):
        yield data_pools.Lookup(answers_wrongly, write)

    with pytest.raises(AssertionError):
        await data_pools.one_round(contender, path)
