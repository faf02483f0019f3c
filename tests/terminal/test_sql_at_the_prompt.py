"""The prompt of sql on a terminal: statements, history, completion, Ctrl-C, Ctrl-D."""

from __future__ import annotations

import sqlite3
import termios
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

CONTROL_C, CONTROL_D, CONTROL_R, UP, TAB = "\x03", "\x04", "\x12", "\x1b[A", "\t"
ENDLESS = "with recursive c(n) as (select 1 union all select n+1 from c) select max(n) from c;"


@pytest.fixture
def database(azos: Azos) -> str:
    with closing(sqlite3.connect(azos.cwd / "shop.db")) as connection:
        connection.executescript(
            "create table users (id integer primary key, name, city);"
            "insert into users (name, city) values ('Ada', 'London'), ('Grace', 'New York');"
            "create table orders (id integer primary key, user_id, total);"
        )
    return "shop.db"


@pytest.fixture
def one_shot(azos: Azos) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals on which azos runs one command line."""
    from harness.processes import shell_under_test
    from harness.terminal import Terminal

    opened: list[Terminal] = []

    def open_one(line: str, **environment: str) -> Terminal:
        env = {**azos.environment, "TERM": "xterm-256color", **environment}
        opened.append(Terminal([*shell_under_test(), "run", line], cwd=azos.cwd, env=env))
        opened[-1].wait_for(at(opened[-1]))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def at(terminal: Terminal, prompt: str = "sql> ") -> Callable[[], bool]:
    """Whether the cursor stands right behind the prompt."""
    return lambda: terminal.before_cursor() == prompt


def runs(terminal: Terminal) -> bool:
    """Whether the prompt has left the terminal to what was asked for: keys are signals again."""
    return terminal.before_cursor() == "" and bool(terminal.modes()[3] & termios.ISIG)


def ask(terminal: Terminal, text: str, prompt: str = "sql> ") -> None:
    """Type it, and wait for the next prompt."""
    terminal.send(text)
    terminal.wait_for(lambda: terminal.before_cursor().rstrip().endswith(text[-8:].rstrip()))
    terminal.send("\r")
    terminal.wait_for(at(terminal, prompt))


def start(terminal: Terminal, line: str) -> None:
    terminal.send(f"{line}\r")
    terminal.wait_for(at(terminal))


def test_a_statement_of_two_lines_gives_a_table_and_ctrl_d_leaves(terminal: Terminal, database: str) -> None:
    start(terminal, f"sql {database}")
    ask(terminal, "select name, city", "… ")
    ask(terminal, "from users;")
    assert {"name   city", "Ada    London", "Grace  New York"} <= set(terminal.lines())
    assert "2 rows · " in terminal.text()
    terminal.send(CONTROL_D)
    terminal.prompt()
    terminal.run("echo left-$?")
    assert "left-0" in terminal.lines()


def test_ctrl_c_gives_up_a_line_and_ends_a_query_but_not_the_prompt(
    terminal: Terminal, database: str
) -> None:
    start(terminal, f"sql {database}")
    terminal.send("select nonsense")
    terminal.wait_for("sql> select nonsense$")
    terminal.send(CONTROL_C)
    terminal.wait_for(at(terminal))
    terminal.send(ENDLESS + "\r")
    terminal.wait_for(lambda: runs(terminal))
    terminal.send(CONTROL_C)
    terminal.wait_for("^interrupted$")
    terminal.wait_for(at(terminal))
    ask(terminal, "select 40 + 2 as answer;")
    assert "    42" in terminal.lines()
    terminal.send(".quit\r")
    terminal.prompt()


def test_a_transaction_shows_in_the_prompt(terminal: Terminal, database: str, azos: Azos) -> None:
    start(terminal, f"sql --write {database}")
    ask(terminal, "begin;", "sql*> ")
    ask(terminal, "delete from users where id = 1;", "sql*> ")
    assert "1 row changed" in terminal.lines()
    ask(terminal, "commit;")
    terminal.send(CONTROL_D)
    terminal.prompt()
    with closing(sqlite3.connect(azos.cwd / database)) as connection:
        assert connection.execute("select name from users").fetchall() == [("Grace",)]


def test_tab_completes_tables_columns_keywords_and_dot_commands(terminal: Terminal, database: str) -> None:
    start(terminal, f"sql {database}")
    for typed, wanted in {
        "sel": "sql> select ",
        "select * from us": "sql> select * from users ",
        "select u.ci": "sql> select u.ci",  # nobody is called u yet
        "update ord": "sql> update orders ",
        ".sch": "sql> .schema ",
    }.items():
        terminal.send(typed)
        terminal.wait_for(lambda typed=typed: terminal.before_cursor() == f"sql> {typed}")
        terminal.send(TAB)
        terminal.wait_for(lambda wanted=wanted: terminal.before_cursor() == wanted)
        terminal.send(CONTROL_C)
        terminal.wait_for(at(terminal))


def test_history_is_its_own_and_outlives_the_session(
    open_terminal: Callable[..., Terminal], database: str
) -> None:
    first = open_terminal()
    start(first, f"sql {database}")
    ask(first, "select 'remembered' as", "… ")
    ask(first, "word;")
    first.send(CONTROL_D)
    first.prompt()
    first.send(UP)
    first.wait_for(lambda: first.before_cursor().endswith(f"sql {database}"))
    first.send(CONTROL_C)
    first.prompt()
    first.send("exit\r")
    assert first.wait_exit() == 0

    second = open_terminal()
    start(second, f"sql {database}")
    second.send(UP)
    second.wait_for("^… word;$")
    assert "sql> select 'remembered' as" in second.lines()
    second.send("\r")
    second.wait_for("^remembered$")
    second.wait_for(at(second))
    second.send(CONTROL_R + "rememb")
    second.wait_for("reverse-i-search")


def test_a_one_shot_azos_has_the_prompt_too(one_shot: Callable[..., Terminal], database: str) -> None:
    terminal = one_shot(f"sql {database}")
    terminal.send(ENDLESS + "\r")
    terminal.wait_for(lambda: runs(terminal))
    terminal.send(CONTROL_C)
    terminal.wait_for(at(terminal))
    ask(terminal, "select count(*) as n from users;")
    terminal.send(CONTROL_D)
    assert terminal.wait_exit() == 0


def test_a_terminal_that_can_not_be_drawn_on_has_plain_lines(
    one_shot: Callable[..., Terminal], database: str
) -> None:
    terminal = one_shot(f"sql {database}", TERM="dumb")
    terminal.send("select name\rfrom users where id = 2;\r")
    terminal.wait_for("^Grace$")
    terminal.send(CONTROL_D)
    assert terminal.wait_exit() == 0


def test_a_closed_terminal_ends_it_and_leaves_the_database_as_it_was(
    open_terminal: Callable[..., Terminal], database: str, azos: Azos
) -> None:
    terminal = open_terminal()
    start(terminal, f"sql --write {database}")
    ask(terminal, "begin; delete from users;", "sql*> ")
    terminal.hang_up()
    terminal.wait_exit()
    with closing(sqlite3.connect(azos.cwd / database)) as connection:
        assert connection.execute("select count(*) from users").fetchone() == (2,)


def test_ctrl_c_ends_a_query_of_duckdb_and_its_prompt_stays(terminal: Terminal, azos: Azos) -> None:
    pytest.importorskip("duckdb", reason="the extra duckdb is not installed")
    start(terminal, "sql --engine duckdb")
    terminal.send("select count(*) from range(100000000000) t(i) where i % 3 = 1;\r")
    terminal.wait_for(lambda: runs(terminal))
    terminal.send(CONTROL_C)
    terminal.wait_for("^interrupted$")
    terminal.wait_for(at(terminal))
    ask(terminal, "select 40 + 2 as answer;")
    assert "    42" in terminal.lines()
    terminal.send(CONTROL_D)
    terminal.prompt()


def test_a_prompt_beside_a_program_of_the_pipeline_says_why_there_is_none(
    terminal: Terminal, database: str
) -> None:
    terminal.run(f"sql {database} | cat")
    assert "the terminal belongs to another program of the pipeline" in terminal.text()


def test_what_is_longer_than_the_screen_goes_through_the_pager_and_leaving_that_ends_the_query(
    terminal: Terminal, database: str
) -> None:
    terminal.run("export PAGER='head -n 3'")
    start(terminal, f"sql {database}")
    ask(terminal, "with recursive c(n) as (select 1 union all select n+1 from c limit 99) select n from c;")
    assert not {"      3", "99"} & set(terminal.lines())
    endless = "select n from (with recursive c(n) as (select 1 union all select n+1 from c) select n from c);"
    ask(terminal, endless)
    ask(terminal, "select 40 + 2 as answer;")
    assert "    42" in terminal.lines()


@pytest.mark.parametrize("mode", ["table", "csv", "jsonl", "markdown"])
def test_no_format_lets_a_value_move_the_cursor(terminal: Terminal, database: str, mode: str) -> None:
    start(terminal, f"sql {database}")
    ask(terminal, f".mode {mode}")
    before = len(terminal.output)
    ask(terminal, "select char(27) || '[8mhidden' as x;")
    assert b"\x1b[8mhidden" not in terminal.output[before:]
    assert "hidden" in terminal.text().split("as x;")[-1]
