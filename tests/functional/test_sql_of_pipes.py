"""The main job: rows piped into sql, in a git repository and elsewhere."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

AUTHORS = Counter({"Ada": 5, "Grace Hopper": 3, "Jörg, der Dritte": 2, 'Rob "bob" Pike': 1})
MAIN_JOB = (
    "git log --format='%an,%aI' | "
    'sql "select c1 as author, count(*) as commits from stdin group by 1 order by 2 desc"'
)
SIMPLE_AUTHORS = {name: count for name, count in AUTHORS.items() if "," not in name and '"' not in name}


@pytest.fixture
def repository(azos: Azos) -> Azos:
    """azos in a git repository with commits of several authors."""

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=azos.cwd, env=azos.environment, check=True, capture_output=True)

    git("init", "-q")
    for author, commits in AUTHORS.items():
        if author not in SIMPLE_AUTHORS:
            continue
        for number in range(commits):
            identity = ["-c", f"user.name={author}", "-c", "user.email=a@example.org"]
            git(*identity, "commit", "-q", "--allow-empty", "-m", f"{author} {number}")
    return azos


def test_the_commits_by_author_are_json_lines_in_a_pipe(repository: Azos) -> None:
    ran = repository.run(MAIN_JOB)
    assert ran.errors == ""
    assert [json.loads(line) for line in ran.text.splitlines()] == [
        {"author": name, "commits": commits} for name, commits in Counter(SIMPLE_AUTHORS).most_common()
    ]


def test_the_commits_by_author_are_a_table_on_a_terminal(
    repository: Azos, open_terminal: Callable[..., Terminal]
) -> None:
    terminal = open_terminal()
    terminal.send(MAIN_JOB + "\r")
    terminal.wait_for("2 rows|3 rows")
    terminal.prompt()
    table = terminal.text()
    for word in ("author", "commits", *SIMPLE_AUTHORS):
        assert word in table
    assert "{" not in table.split("desc")[-1]


def test_records_go_on_into_a_program_as_json_lines(repository: Azos) -> None:
    ran = repository.run(f"{MAIN_JOB} | head -n 1")
    assert json.loads(ran.text) == {"author": "Ada", "commits": 5}


def test_records_go_on_into_sql_with_their_names_and_types(repository: Azos) -> None:
    ran = repository.run(
        f'{MAIN_JOB} | sql "select sum(commits) as total, typeof(commits) as type from stdin"'
    )
    assert json.loads(ran.text) == {"total": sum(SIMPLE_AUTHORS.values()), "type": "integer"}


@pytest.mark.parametrize(
    ("data", "options", "query", "wanted"),
    [
        ("a,1\nb,2\n", "", "select c1, c2 from stdin", [{"c1": "a", "c2": 1}, {"c1": "b", "c2": 2}]),
        ("a\t1\nb c\t2\n", "", "select c1 from stdin where c2 = 2", [{"c1": "b c"}]),
        ("a   1\nb 2\n", "", "select sum(c2) as s from stdin", [{"s": 3}]),
        ("a;1\nb;2\n", "-F ';'", "select c2 from stdin", [{"c2": 1}, {"c2": 2}]),
        ("name,size\nx,5\n", "--header", "select name, size from stdin", [{"name": "x", "size": 5}]),
        (
            '{"k":1,"s":"x"}\n{"k":2}\n',
            "",
            "select k, s from stdin",
            [{"k": 1, "s": "x"}, {"k": 2, "s": None}],
        ),
        ("only one\n", "", "select line from stdin", [{"line": "only one"}]),
        ("", "", "select count(*) as n from stdin", [{"n": 0}]),
    ],
)
def test_piped_rows_are_a_table(
    azos: Azos, data: str, options: str, query: str, wanted: list[object]
) -> None:
    ran = azos.run(f'sql {options} "{query}"', stdin=data.encode())
    assert ran.errors == ""
    assert [json.loads(line) for line in ran.text.splitlines()] == wanted


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ("--json", '[\n{"a":1,"b":"x, y"}\n]\n'),
        ("--jsonl", '{"a":1,"b":"x, y"}\n'),
        ("--csv", 'a,b\n1,"x, y"\n'),
        ("--tsv", "a\tb\n1\tx, y\n"),
    ],
)
def test_the_formats(azos: Azos, option: str, wanted: str) -> None:
    ran = azos.run(f"""sql :memory: "select 1 as a, 'x, y' as b" {option}""")
    assert ran.text.replace("\r\n", "\n") == wanted


def test_piped_rows_and_a_file_meet_in_one_query(azos: Azos) -> None:
    ran = azos.piped(
        "sql --write names.db \"create table names (id, name); insert into names values (1, 'one'), (2, 'two')\"\n"
        "printf '2,x\\n' | sql names.db 'select name from stdin join names on id = c1'\n"
    )
    assert (ran.text, ran.errors) == ('{"name":"two"}\n', "")


def test_invalid_utf8_in_piped_rows_does_not_stop_the_query(azos: Azos) -> None:
    ran = azos.run("sql 'select count(*) as n from stdin'", stdin=b"a\xff,1\nb,2\n")
    assert ran.text == '{"n":2}\n'


def test_a_million_piped_rows(azos: Azos) -> None:
    ran = azos.run("seq 1 1000000 | sql 'select count(*) as n, max(c1) as m from stdin'")
    assert ran.text == '{"n":1000000,"m":1000000}\n'
