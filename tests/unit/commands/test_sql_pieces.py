"""Scripts cut into pieces, and whether what is typed is finished."""

from __future__ import annotations

import random

import pytest

from azos_shell.commands.sql_pieces import Piece, is_unfinished, pieces_of

TRIGGER = "create trigger x after insert on t begin select 1; select ';'; end;"


def texts(script):
    return [piece.text for piece in pieces_of(script)]


def test_semicolons_end_statements_but_not_in_strings_comments_names_and_triggers():
    script = f"select ';' /* ; */ as \";\", [;], `;` -- ;\n; {TRIGGER} select 2"
    assert texts(script) == ["select ';' /* ; */ as \";\", [;], `;` -- ;\n;", TRIGGER, "select 2"]


def test_pieces_know_their_lines():
    script = "-- one\n\nselect 1;\n/* two\nlines */ select\n2; select 3;\n  .tables\n;;\nselect 4"
    assert [(piece.line, piece.text) for piece in pieces_of(script)] == [
        (3, "select 1;"),
        (5, "select\n2;"),
        (6, "select 3;"),
        (7, ".tables"),
        (9, "select 4"),
    ]


def test_what_does_nothing_is_no_piece():
    assert texts(" ; -- nothing;\n /* ; */ ") == []


def test_a_dot_command_begins_a_line_and_ends_with_it():
    assert texts(".mode csv\nselect .5;\n.tables") == [".mode csv", "select .5;", ".tables"]
    assert texts("select 1; .5") == ["select 1;", ".5"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("select 1;", True),
        ("with a as (select 1) select * from a", True),
        ("insert into t values (1) returning id;", True),
        ("insert into t select 1;", False),
        ("create table t as select 1;", False),
        (".tables", True),
    ],
)
def test_what_may_give_rows(text, wanted):
    assert Piece(text).may_give_rows is wanted


def test_what_may_fail_half_way_is_not_quiet():
    assert Piece("insert or ignore into t values (1);").is_quiet
    assert not Piece("insert or\nFAIL into t select 1;").is_quiet
    assert not Piece("update or rollback t set a = 1;").is_quiet
    assert not Piece("select 1;").is_quiet


@pytest.mark.parametrize(
    "text",
    [
        "select 1;",
        ".tables",
        "",
        "-- x",
        "select 1; -- done",
        "select 1; select 2;",
        TRIGGER,
        "  .mode csv",
        "select ';';",
    ],
)
def test_what_is_finished(text):
    assert not is_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "select ';",
        "select 1; select 2",
        TRIGGER[:-4],
        "/* x",
        "select 1 -- ;",
        "select .5",
        "create",
    ],
)
def test_what_needs_another_line(text):
    assert is_unfinished(text)


def test_the_pieces_hold_all_of_a_script_but_blanks_and_comments():
    parts = [
        "select 1",
        ";",
        "'a;b'",
        "-- c;\n",
        "/* d; */",
        " ",
        "\n",
        ".x\n",
        '"e"',
        "'",
        "begin",
        "end",
        "create trigger",
    ]
    for seed in range(300):
        source = random.Random(seed)
        script = "".join(source.choices(parts, k=12))
        position = 0
        for piece in pieces_of(script):
            at = script.index(piece.text, position)
            between = script[position:at]
            assert set(between.replace("-- c;\n", "").replace("/* d; */", "")) <= set(" \n;"), script
            assert piece.line == script.count("\n", 0, at) + 1
            position = at + len(piece.text)
