"""The prompt of sql, with a person who is a list of lines."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.database import make_database

from azos_shell.commands.sql import sql
from azos_shell.core.errors import AzosError, UsageError
from azos_shell.core.values import LaneName
from azos_shell.plugin import Services

ENDLESS = "with recursive c (n) as (select 1 union all select n + 1 from c) select count(*) from c;"


class Person:
    """Types lines; ``INTERRUPT`` before a line means that Ctrl-C is pressed while it runs."""

    INTERRUPT = "^C "

    def __init__(self, *lines):
        self.lines = list(lines)
        self.prompts = []
        self.closed = False
        self.dialogue = None
        self.now = ""

    def open(self, call, dialogue):
        self.dialogue = dialogue
        return self

    async def read(self):
        self.prompts.append(self.dialogue.prompt)
        self.now = self.lines.pop(0) if self.lines else ""
        return self.now.removeprefix(self.INTERRUPT) or None

    async def interruptible(self, work):
        task = asyncio.ensure_future(work)
        if self.now.startswith(self.INTERRUPT):
            await asyncio.sleep(0.02)
            task.cancel()
        await asyncio.wait({task})
        if task.cancelled():
            return False
        task.result()
        return True

    def close(self):
        self.closed = True


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    yield services
    await services.aclose()


@pytest.fixture
def talk(services, tmp_path):
    make_database(str(tmp_path / "data.db"))

    async def talk(words, *lines):
        call = FakeCall(str(tmp_path), services=services, terminal=True)
        person = Person(*lines)
        services.open_dialogue = person.open
        await call.run(sql, *words)
        assert person.closed
        return call.output.data.decode(), call.errors.data.decode(), person

    return talk


async def test_statements_are_answered_until_the_person_leaves(talk):
    said, told, person = await talk(
        ["data.db"], "select min(n) as n from t;", "select 1 as a; select 2 as b;"
    )
    assert said == '{"n":0}\n{"a":1}\n{"b":2}\n'
    assert told.startswith("data.db: 1 table, not written to without --write.")
    assert person.prompts == ["sql> "] * 3


async def test_an_error_is_told_and_the_prompt_stays(talk):
    said, told, _ = await talk(
        ["data.db"], "selec 1;", "select * from tt; select 7;", ".nosuch", "select 2 as b;"
    )
    assert said == '{"b":2}\n'
    assert 'near "selec": syntax error' in told
    assert "no such table: tt (column 15) (did you mean t?)" in told
    assert "no such dot command: .nosuch" in told


async def test_writing_needs_write_but_reading_may_be_a_transaction(talk):
    said, told, person = await talk(
        ["data.db"],
        "delete from t;",
        "begin;",
        "select count(*) as n from t;",
        "commit;",
        "vacuum into 'x.db';",
    )
    assert said == '{"n":1000}\n'
    assert told.count("say --write to let it") == 2
    assert person.prompts == ["sql> ", "sql> ", "sql*> ", "sql*> ", "sql> ", "sql> "]


async def test_a_transaction_goes_on_from_statement_to_statement(talk, tmp_path):
    said, told, person = await talk(
        ["-w", "data.db"],
        "begin; delete from t where n < 10;",
        "select count(*) as n from t;",
        "commit;",
        "begin; delete from t;",
    )
    assert said == '{"n":990}\n'
    assert "10 rows changed" in told
    assert "the transaction that was not committed is undone" in told
    assert person.prompts == ["sql> ", "sql*> ", "sql*> ", "sql> ", "sql*> "]
    with closing(sqlite3.connect(tmp_path / "data.db")) as other:
        assert other.execute("select count(*) from t").fetchone() == (990,)


async def test_ctrl_c_ends_the_query_and_neither_prompt_nor_transaction(talk):
    said, told, person = await talk(
        ["-w", "data.db"],
        "begin; delete from t;",
        "^C " + ENDLESS + " select 5;",
        "select count(*) as n from t;",
        "rollback;",
    )
    assert said == '{"n":0}\n'
    assert "interrupted" in told
    assert person.prompts == ["sql> ", "sql*> ", "sql*> ", "sql*> ", "sql> "]


async def test_dot_commands_work_there(talk, tmp_path):
    (tmp_path / "x.sql").write_text("select 1 as a;\n\nselec;\n")
    said, told, _ = await talk(
        ["data.db"],
        ".tables",
        ".schema t",
        ".mode csv",
        "select 1 as a;",
        ".mode",
        ".mode nosuch",
        ".timer on",
        "select 2 as b;",
        ".timer perhaps",
        ".explain select * from t where n = 3",
        ".read x.sql",
        ".read nosuch.sql",
        ".help",
        ".quit",
        "select 9;",
    )
    assert said.startswith('{"name":"t","type":"table"}\nCREATE TABLE t')
    assert "a\n1\ncsv\nb\n2\n" in said
    assert "─ S" in said  # the plan
    assert ".timer on|off" in said
    assert "9" not in said.split(".quit")[-1]
    assert "time: " in told
    for message in (
        ".mode: 'nosuch' is none of table, json,",
        ".timer: 'perhaps' is neither on nor off",
        'x.sql, line 3: near "selec": syntax error',
        "nosuch.sql: No such file or directory",
    ):
        assert message in told


@pytest.mark.parametrize("word", ["exit", "QUIT ", ".quit", ".exit"])
async def test_plain_words_leave_it_too(talk, word):
    said, _, person = await talk(["data.db"], "help", word, "select 9;")
    assert ".timer" in said
    assert "9" not in said.replace(".timer", "")
    assert len(person.prompts) == 2
    assert not person.dialogue.is_unfinished(word)
    assert person.dialogue.is_unfinished("explain")


async def test_a_file_is_read_anew_once_it_has_changed(talk, tmp_path, services):
    (tmp_path / "a.csv").write_text("n\n1\n")

    class Editing(Person):
        async def interruptible(self, work):
            done = await super().interruptible(work)
            (tmp_path / "a.csv").write_text("n\n1\n20\n")
            return done

    call = FakeCall(str(tmp_path), services=services, terminal=True)
    query = "select sum(n) as s from 'a.csv';"
    services.open_dialogue = Editing(query, query, query).open
    await call.run(sql)
    assert call.output.data == b'{"s":1}\n{"s":21}\n{"s":21}\n'


async def test_a_file_that_has_changed_is_read_anew_under_all_its_names(services, tmp_path):
    (tmp_path / "a.csv").write_text("n\n1\n")

    class Editing(Person):
        async def read(self):
            if len(self.lines) == 1:
                (tmp_path / "a.csv").write_text("n\n1\n20\n")
            return await super().read()

    call = FakeCall(str(tmp_path), services=services, terminal=True)
    query = "select sum(x.n) as s from 'a.csv' x join './a.csv' y on x.n = y.n;"
    services.open_dialogue = Editing(query, query).open
    await call.run(sql)
    assert call.output.data == b'{"s":1}\n{"s":21}\n'
    assert call.errors.data.count(b"azos: ") == 0


async def test_another_file_in_another_case_is_not_taken_for_one_that_is_loaded(talk, tmp_path):
    (tmp_path / "a.csv").write_text("n\n1\n")
    (tmp_path / "A.csv").write_text("n\n2\n")
    said, told, _ = await talk(
        [], "select n from 'a.csv';", "select n from 'A.csv';", "select 'A.CSV' as s, n from 'a.csv';"
    )
    assert said == '{"n":1}\n{"s":"A.CSV","n":1}\n'
    assert "a.csv and A.csv differ only in case" in told


async def test_what_can_not_be_opened_ends_before_there_is_a_prompt(talk, tmp_path):
    (tmp_path / "text.db").write_text("just text " * 100)
    with pytest.raises(AzosError, match="is not a SQLite database"):
        await talk(["text.db"])
    with pytest.raises(AzosError, match="no such file"):
        await talk(["missing.db"])


async def test_without_a_line_editor_the_query_is_missing(services, tmp_path):
    with pytest.raises(UsageError, match="QUERY is missing"):
        await FakeCall(str(tmp_path), services=services, terminal=True).run(sql)


async def test_who_thinks_holds_no_place_in_the_lane(services, tmp_path):
    make_database(str(tmp_path / "data.db"))
    call = FakeCall(str(tmp_path), services=services, terminal=True)
    assert call.plan(sql, "data.db").lane is LaneName.INLINE
    assert call.plan(sql, "data.db", "select 1").lane is LaneName.SQLITE


class Asking(Person):
    """Looks at what Tab would offer before each line."""

    def __init__(self, *lines):
        super().__init__(*lines)
        self.offered = []

    async def read(self):
        found = self.dialogue.completions("select 1; select * from ", "")
        self.offered.append([one.value for one in found.found])
        return await super().read()


async def test_completion_knows_what_a_statement_has_made(services, tmp_path):
    person = Asking("create table more (a);", "drop table more;")
    services.open_dialogue = person.open
    await FakeCall(str(tmp_path), services=services, terminal=True).run(sql, "-w", ":memory:")
    assert person.offered == [[], ["more"], []]
