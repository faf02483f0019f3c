"""cache: figures, listing, clearing."""

from __future__ import annotations

import pytest
from fakes.builtin_call import builtin_call, run_typed
from fakes.clock import FakeClock

from azos_shell.cache.entry import CachedResult
from azos_shell.cache.results import ResultCache
from azos_shell.commands.cache import cache, key_text
from azos_shell.core.errors import UsageError
from azos_shell.core.values import Records


@pytest.fixture
def results() -> ResultCache:
    clock = FakeClock()
    results = ResultCache(clock)
    for number, name in enumerate(("old", "new")):
        results.store(
            ("sql", (name, None, number)),
            CachedResult(0, (b"x",), b"", 0.0123456, 100, clock.monotonic(), (), 300.0, "sql"),
        )
        clock.advance(2.0)
    results.lookup(("sql", ("old", None, 0)))
    results.lookup(("sql", ("other",)), command="sql")
    return results


async def shown(results: ResultCache, *words: str) -> Records:
    _, chunks = await run_typed(cache, builtin_call("cache", *words, results=results))
    assert len(chunks) == 1
    assert isinstance(chunks[0], Records)
    return chunks[0]


async def test_stats_is_one_row_of_figures_and_the_default(results: ResultCache) -> None:
    records = await shown(results)
    assert records == await shown(results, "stats")
    row = dict(zip(records.columns, records.rows[0], strict=True))
    assert row["entries"] == 2
    assert row["capacity"] == 100
    assert (row["hits"], row["misses"], row["hit_rate"]) == (1, 1, 0.5)
    assert row["seconds_saved"] == pytest.approx(0.012346)


async def test_ls_lists_the_most_recently_used_first(results: ResultCache) -> None:
    records = await shown(results, "ls")
    assert records.columns == ("command", "key", "age_seconds", "hits", "cost_ms", "size_bytes")
    assert records.rows == [
        ("sql", "sql old 0", 4.0, 1, 12.35, 100),
        ("sql", "sql new 1", 2.0, 0, 12.35, 100),
    ]


async def test_clear_says_how_many_there_were(results: ResultCache) -> None:
    assert await shown(results, "clear") == Records(("cleared",), [(2,)])
    assert await shown(results, "clear") == Records(("cleared",), [(0,)])
    assert (await shown(results, "ls")).rows == []


async def test_another_word_is_refused(results: ResultCache) -> None:
    with pytest.raises(UsageError, match="none of stats, ls, clear"):
        await shown(results, "flush")


def test_a_long_key_is_shortened() -> None:
    assert len(key_text(("x" * 1000,))) == 500
    assert key_text("plain") == "plain"
