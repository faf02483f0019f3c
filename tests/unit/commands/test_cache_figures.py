"""cache: figures, listing, clearing."""

from __future__ import annotations

import pytest
from fakes.builtin_call import builtin_call, run_typed
from fakes.clock import FakeClock

from azos_shell.cache.entry import CachedResult
from azos_shell.cache.moment import Moment
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
            CachedResult(0, ((1, b"x"),), 0.0123456, 100, Moment.now(clock), (), 300.0, 0.0, "sql"),
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


async def test_stats_tells_of_all_and_of_each_command_and_is_the_default(results: ResultCache) -> None:
    records = await shown(results)
    assert records == await shown(results, "stats")
    assert records.columns == ("command", "hits", "misses", "hit_rate", "seconds_saved", "entries", "bytes")
    assert records.rows == [
        ("(all)", 1, 1, 0.5, 0.012, 2, 200),
        ("sql", 1, 1, 0.5, 0.012, 2, 200),
    ]


async def test_tiers_tells_what_memory_holds(results: ResultCache) -> None:
    records = await shown(results, "tiers")
    row = dict(zip(records.columns, records.rows[0], strict=True))
    assert (row["tier"], row["entries"], row["bytes"], row["stale"]) == ("memory", 2, 200, 0)


async def test_ls_lists_the_most_recently_used_first(results: ResultCache) -> None:
    records = await shown(results, "ls")
    assert records.columns[:5] == ("id", "command", "key", "age_seconds", "hits")
    assert [row[1:7] for row in records.rows] == [
        ("sql", "sql old 0", 4.0, 1, 12.35, 100),
        ("sql", "sql new 1", 2.0, 0, 12.35, 100),
    ]


async def test_clear_says_how_many_there_were(results: ResultCache) -> None:
    assert await shown(results, "clear") == Records(("cleared",), [(2,)])
    assert await shown(results, "clear") == Records(("cleared",), [(0,)])
    assert (await shown(results, "ls")).rows == []


async def test_another_word_is_refused(results: ResultCache) -> None:
    with pytest.raises(UsageError, match="none of stats, tiers, ls"):
        await shown(results, "flush")


def test_a_long_key_is_shortened() -> None:
    assert len(key_text(("x" * 1000,))) == 500
    assert key_text("plain") == "plain"
