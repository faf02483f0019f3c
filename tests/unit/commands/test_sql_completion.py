"""What Tab offers in a statement."""

from __future__ import annotations

import pytest

from azos_shell.commands.sql_completion import complete, names_in

SCHEMA = {
    "users": ["id", "name", "full name"],
    "orders": ["id", "user_id", "total"],
    "order": ["x"],
    "my sales.csv": ["price"],
}


def files(directory):
    return {"": ["sales.csv", "sub/", ".hidden", "it.db"], "sub/": ["deep.csv"]}.get(directory, [])


def offered(text):
    """What is offered at the bar in the text, as it would stand there."""
    before, _, after = text.partition("|")
    found = complete(before, after, SCHEMA, files)
    return [before[: found.start] + one.value for one in found.found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("select * from us|", ["select * from users"]),
        (
            "select * from |",
            [
                "select * from users",
                "select * from orders",
                'select * from "order"',
                'select * from "my sales.csv"',
            ],
        ),
        ("select * from users, ord|", ["select * from users, orders", 'select * from users, "order"']),
        (
            "select * from users u join o|",
            ["select * from users u join orders", 'select * from users u join "order"'],
        ),
        ("INSERT INTO u|", ["INSERT INTO users"]),
        ("delete\nfrom U|", ["delete\nfrom users"]),
        ("select na| from users", ["select name", "select natural"]),
        ("select to| from orders", ["select total", "select to"]),
        ("select u.na| from users u", ["select u.name"]),
        ("select o.| from orders as o", ["select o.id", "select o.user_id", "select o.total"]),
        ("select users.f| from users", ['select users."full name"']),
        ('select "fu| from users', ['select "full name"']),
        ("select nosuch.| from users", []),
        ("select pri| from 'my sales.csv' s", ["select price", "select printf", "select primary"]),
        ("select s.| from 'my sales.csv' s", ["select s.price"]),
        ("sel|", ["select"]),
        ("SEL|", ["SELECT"]),
        ("select id from users where nam|", ["select id from users where name"]),
        ("select coun|", ["select count"]),
        ("select 'na| from users", []),
        ("select * from 'sal|", ["select * from 'sales.csv"]),
        ("select * from 'sub/|", ["select * from 'sub/deep.csv"]),
        (
            "select * from 'a' join '|",
            [
                "select * from 'a' join 'it.db",
                "select * from 'a' join 'sales.csv",
                "select * from 'a' join 'sub",
            ],
        ),
        ("select * from '.|", ["select * from '.hidden"]),
        (".ta|", [".tables"]),
        (".schema u|", [".schema users"]),
        (".mode js|", [".mode json", ".mode jsonl"]),
        (".timer o|", [".timer on", ".timer off"]),
        (".read sa|", [".read sales.csv"]),
        (".explain select * from us|", [".explain select * from users"]),
        (".quit |", []),
        ("|", []),
    ],
)
def test_what_is_offered(text, wanted):
    assert offered(text) == wanted


def test_columns_come_with_the_table_they_are_of_and_functions_open_a_bracket():
    (column,) = complete("select tot", " from orders", SCHEMA, files).found
    assert (column.value, column.ending, column.note) == ("total", " ", "orders")
    (function,) = complete("select coun", "", SCHEMA, files).found
    assert (function.value, function.ending) == ("count", "(")
    (string,) = complete("select * from 'sal", "", SCHEMA, files).found
    assert (string.value, string.ending) == ("sales.csv", "'")


@pytest.mark.parametrize("text", ["'", '"', "--", "/*", "a.b.c.", "\0", "select ((('", "].[", "ü.ö"])
def test_whatever_is_typed_completion_does_not_fail(text):
    for cut in range(len(text) + 1):
        complete(text[:cut], text[cut:], SCHEMA, files)


def test_directories_are_listed_with_a_slash_and_missing_ones_are_empty(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "f").write_text("")
    assert sorted(names_in(str(tmp_path))) == ["d/", "f"]
    assert names_in(str(tmp_path / "nosuch")) == []
