"""The measurement of cache speed: every cache that is here is read and written as it should be."""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts" / "bench"))

import cache_speed
import document
import pytest
from cache_peers import installed_peers
from cache_speed import OPERATIONS, filled, hashed, held_of, take_round


def test_every_cache_holds_what_it_was_filled_with() -> None:
    peers, _ = installed_peers()
    assert [peer.name for peer in peers[:2]] == ["azos, no hints", "azos, cost and size"]
    for peer in peers:
        keys = hashed("key", 100)
        cache = filled(peer, keys)
        assert len(held_of(peer, cache, keys)) > 50
        assert held_of(peer, cache, hashed("absent", 10)) == []


def test_a_round_measures_every_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_speed, "CALLS", 200)
    peers, _ = installed_peers()
    taken = take_round(peers[0], 50, random.Random(1))
    assert tuple(taken) == OPERATIONS
    assert all(value > 0 for value in taken.values())


def test_what_is_measured_goes_between_its_markers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "performance.md"
    path.write_text("before <!-- b --> old <!-- e --> after")
    monkeypatch.setattr(document, "DOCUMENT", path)
    document.write_between("<!-- b -->", "<!-- e -->", "new")
    assert path.read_text() == "before <!-- b -->\n\nnew\n<!-- e --> after"


def test_a_table_has_its_names_left_and_its_numbers_right() -> None:
    assert document.markdown_table([["what", "n"], ["a", "1"]]) == "| what | n |\n| --- | ---: |\n| a | 1 |\n"
