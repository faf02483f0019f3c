"""Which answers of files are kept, and what they rest on."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.database import make_database

from azos_shell.commands.sql import sql
from azos_shell.plugin import Services


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "a.csv").write_text("n\n1\n")
    (tmp_path / "it's.csv").write_text("n\n1\n")
    (tmp_path / "plain").write_text("n\n1\n")
    for name in ("data.db", "viewed.db"):
        make_database(str(tmp_path / name))
    with closing(sqlite3.connect(tmp_path / "viewed.db")) as connection:
        connection.execute("create view v as select random() as r")
    for name in ("a.csv", "it's.csv", "plain"):
        os.utime(tmp_path / name, (time.time() - 100, time.time() - 100))
    return lambda *words: FakeCall(str(tmp_path), services=Services({}, clock=FakeClock())).plan(sql, *words)


def reason(plan):
    (evidence,) = plan.cache.validators
    return evidence.reason(0.0)


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("select * from 'a.csv'", "a.csv"),
        ('select count(*), sum(n) from "a.csv" where n in (1, 2)', "a.csv"),
        ("select * from 'a.csv' join [it's.csv] using (n)", "it's.csv"),
        ("select * from 'it''s.csv'", "it's.csv"),
        ("select * from plain", "plain"),
        ("\n-- it's\nselect * from plain join 'a.csv' using (n)", "a.csv"),
        ("select * from plain /* it's */ join 'a.csv' using (n) --'", "a.csv"),
        (
            "with x as (select * from './a.csv') select x.n, round(avg(n) over (order by n), 2) from x",
            "a.csv",
        ),
    ],
)
def test_an_answer_of_files_is_kept_until_one_of_them_changes(plan, tmp_path, query, changed):
    kept = plan(query)
    assert reason(kept) is None
    (tmp_path / changed).write_text("n\n1\n2\n")
    assert "has changed" in reason(kept)
    os.unlink(tmp_path / changed)
    assert "is gone" in reason(kept)


def test_beside_a_database_both_count(plan, tmp_path):
    query = "select count(*) from t join 'a.csv' using (n)"
    first, second = plan("data.db", query), plan("data.db", query)
    assert first.cache.key == second.cache.key
    for kept in (first, second):
        assert [validator.reason(0.0) for validator in kept.cache.validators] == [None, None]
        assert kept.cache.durable().reason(0.0) is None
    written = second.cache.durable()
    (tmp_path / "a.csv").write_text("n\n2\n3\n")
    assert "has changed" in first.cache.validators[1].reason(0.0)
    assert "has changed" in written.reason(0.0)
    third = plan("data.db", query)
    with closing(sqlite3.connect(tmp_path / "data.db")) as connection:
        connection.execute("create table 'a.csv' (n)")
        connection.commit()
    assert "has changed" in third.cache.validators[0].reason(0.0)


@pytest.mark.parametrize(
    "words",
    [
        ["select random() from 'a.csv'"],
        ["select RANDOM () from 'a.csv'"],
        ["select \"random\"() from 'a.csv'"],
        ["select [random] /* */ () from 'a.csv'"],
        ["select random--\n() from 'a.csv'"],
        ["select /* x */ date('now'), n from 'a.csv'"],
        ["select current_timestamp, n from 'a.csv'"],
        ["select unheard_of(n) from 'a.csv'"],
        ["select * from 'a.csv', stdin"],
        ["select * from 'a.csv', 'STDIN'"],
        ["select * from 'a.csv', pragma_database_list"],
        ["select * from 'a.csv', 'data.db'.t"],
        ["select 1"],
        ["select * from 'missing.csv'"],
        ["-w", "select * from 'a.csv'"],
        ["viewed.db", "select * from t, 'a.csv'"],
        ["data.db", "select random() from t, 'a.csv'"],
        ["data.db", "select * from t, 'a.csv', stdin"],
        ["data.db", "select * from nosuch"],
        ["--engine", "duckdb", "select * from 'a.csv'"],
        ["data.db", ".tables"],
        [".explain select * from 'a.csv'"],
        [".mode csv\nselect * from 'a.csv'"],
    ],
)
def test_other_answers_are_not(plan, words):
    assert plan(*words).cache is None


def test_what_is_asked_and_how_rows_are_read_are_part_of_the_question(plan):
    query = "select * from 'a.csv' where n > :least"
    keys = {
        plan(*words, query).cache.key
        for words in (
            [],
            ["--no-header"],
            ["-F", ";"],
            ["--on-error", "skip"],
            ["-p", "least=1"],
            ["-p", "least=1.0"],
        )
    }
    assert len(keys) == 6
