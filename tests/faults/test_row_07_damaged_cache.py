"""Row 7, the result cache: whatever becomes of its file, no lookup gives a wrong answer and none raises."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from faults.cache_writer import answer_of, close_tier, is_right, key_of, open_tier

from azos_shell.core.errors import AzosError

MUTATIONS = 500
ANSWERS = 40
SEED = 7
KINDS = ("bytes", "bits", "page", "swap", "cut", "empty", "older", "newer", "garbage", "log")


def make_cache(directory: Path) -> None:
    """A cache of small and large answers, whose file holds all of it, and with a log, too."""
    tier = open_tier(str(directory))
    for number in range(ANSWERS):
        assert tier.store(key_of(f"answer-{number}"), answer_of(f"answer-{number}")) is None
    close_tier(tier)


def set_version(path: Path, version: int) -> None:
    """Another schema."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma user_version = {version}")


def mutate(path: Path, kind: str, chance: random.Random) -> None:
    """Do to the file what a bad disk, a bad program or another azos may."""
    if kind in ("older", "newer"):
        return set_version(
            path, chance.choice([-1, 0]) if kind == "older" else chance.choice([2, 99, 2**31 - 1])
        )
    target = Path(f"{path}-wal") if kind == "log" and os.path.exists(f"{path}-wal") else path
    data = bytearray(target.read_bytes())
    match kind:
        case "bits":
            for _ in range(chance.randrange(1, 200)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case "page":
            start = 4096 * chance.randrange(len(data) // 4096)
            data[start : start + 4096] = chance.choice([bytes(4096), chance.randbytes(4096)])
        case "swap":  # a write that went astray
            one, two = (4096 * chance.randrange(1, len(data) // 4096) for _ in range(2))
            data[one : one + 4096], data[two : two + 4096] = data[two : two + 4096], data[one : one + 4096]
        case "cut":
            del data[chance.randrange(len(data)) :]
        case "empty":
            data.clear()
        case "garbage":
            data[:] = chance.randbytes(chance.randrange(1, 20_000))
        case _:
            for _ in range(chance.randrange(1, 200)):
                data[chance.randrange(len(data))] = chance.randrange(256)
    target.write_bytes(data)
    return None


def survive(directory: Path, kind: str, place: str) -> tuple[int, int]:
    """Look everything up and store it anew; returns how many were hits, and how many of the new ones."""
    tier = open_tier(str(directory), busy_timeout_seconds=1.0, read_timeout_seconds=1.0)
    hits = 0
    for number in range(ANSWERS):
        name = f"answer-{number}"
        kept = tier.lookup(key_of(name))
        assert kept is None or is_right(kept.result, name), f"{place}: {name} is wrong"
        if kept is not None:
            hits += 1
            tier.note_hit(kept, kept.result)
        tier.note_miss(name)
    tier.entries(), tier.tallies(), tier.statistics()
    assert tier.flush(60.0), place
    try:
        tier.verify()
    except AzosError:
        pass
    problems = []
    for number in range(ANSWERS):
        name = f"answer-{number}"
        reason = tier.store(key_of(name), answer_of(name))
        kept = tier.lookup(key_of(name))
        assert kept is None or is_right(kept.result, name), f"{place}: {name} is wrong"
        if reason is not None or kept is None:
            problems.append(reason)
    close_tier(tier)
    if kind == "newer":
        assert set(problems) <= {
            None,
            "the result cache is of a newer azos: it is read, nothing is added",
        }, f"{place}: {problems}"
        return hits, 0
    # Stored or told: and what is told is for one rest of the database, so the next process can store.
    tier = open_tier(str(directory), busy_timeout_seconds=1.0, read_timeout_seconds=1.0)
    for number in range(ANSWERS):
        name = f"answer-{number}"
        reason = tier.store(key_of(name), answer_of(name))
        assert reason is None, f"{place}: {name}: {reason}; before: {problems}"
        kept = tier.lookup(key_of(name))
        assert kept is not None, f"{place}: {name} is not there"
        assert is_right(kept.result, name), f"{place}: {name} is wrong"
    close_tier(tier)
    return hits, ANSWERS


def mutations(tmp_path: Path, count: int) -> None:
    """That many, each of a fresh copy."""
    original = tmp_path / "original"
    make_cache(original)
    aside: Counter[str] = Counter()
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        place = f"seed {SEED}, mutation {index} ({kind})"
        chance = random.Random(f"{SEED} {index}")
        directory = tmp_path / "copy"
        shutil.copytree(original, directory)
        path = directory / "cache.db"
        if kind == "log":
            with closing(sqlite3.connect(path)) as holder:  # so that the log stays when the next one ends
                holder.execute("select count(*) from entry").fetchall()
                tier = open_tier(str(directory))
                for number in range(ANSWERS // 2):
                    tier.store(key_of(f"answer-{number}"), answer_of(f"answer-{number}"))
                for name in ("cache.db", "cache.db-wal"):
                    shutil.copy(directory / name, directory / f"copied-{name}")
                close_tier(tier)
            for name in ("cache.db", "cache.db-wal"):
                os.replace(directory / f"copied-{name}", directory / name)
        mutate(path, kind, chance)
        before = path.read_bytes()
        survive(directory, kind, place)
        if kind == "newer":
            assert path.read_bytes() == before, place
        else:
            aside[kind] += bool(list(directory.glob("cache.db.corrupt-*")))
        if kind == "garbage":
            (corrupt,) = (name for name in directory.glob("cache.db.corrupt-*") if "-wal" not in name.name)
            assert corrupt.read_bytes() == before, place
        shutil.rmtree(directory)
    assert aside["garbage"]
    assert not aside["empty"]
    assert not aside["older"]


def test_a_damaged_cache_is_never_wrong(tmp_path: Path) -> None:
    mutations(tmp_path, MUTATIONS // 10)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_cache_damaged_in_500_ways_is_never_wrong(tmp_path: Path) -> None:
    mutations(tmp_path, MUTATIONS)


def test_damaged_blobs_are_never_wrong(tmp_path: Path) -> None:
    make_cache(tmp_path / "original")
    for index in range(20):
        chance = random.Random(f"{SEED} blobs {index}")
        directory = tmp_path / f"copy{index}"
        shutil.copytree(tmp_path / "original", directory)
        for path in (path for path in (directory / "blobs").rglob("*") if path.is_file()):
            data = bytearray(path.read_bytes())
            match chance.randrange(4):
                case 0:
                    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
                case 1:
                    del data[chance.randrange(len(data)) :]
                case 2:
                    path.unlink()
                    continue
                case _:
                    continue
            path.write_bytes(data)
        survive(directory, "blobs", f"seed {SEED}, blobs {index}")
