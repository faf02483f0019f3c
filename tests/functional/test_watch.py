"""watch away from a terminal: what is written, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

MARK = re.compile(r"^--- \d\d:\d\d:\d\d · .+$", re.MULTILINE)


def test_only_what_differs_is_written_again(azos: Azos) -> None:
    ran = azos.run("watch -n 0.1 --times 4 'echo x >> runs; wc -l < runs | tr -d 34 | tr 2 1'")
    assert MARK.sub("---", ran.text) == "---\n1\n---\n\n"
    assert Path(azos.cwd, "runs").read_text().count("x") == 4


def test_without_a_title_there_is_only_the_output(azos: Azos) -> None:
    assert azos.run("watch -t -n 0.1 --times 2 echo same").text == "same\n"


def test_errors_and_the_status_are_shown(azos: Azos) -> None:
    ran = azos.run("watch -n 0.1 --times 1 'echo out; echo err >&2; exit 7'")
    assert re.fullmatch(r"--- \S+ · .+ · exit 7\nout\nerr\n", ran.text)
    assert ran.status == 0


def test_it_ends_when_the_output_changes(azos: Azos) -> None:
    ran = azos.run("watch -t -g -n 0.1 'echo x >> runs; [ $(wc -l < runs) -lt 3 ] && echo a || echo b'")
    assert (ran.status, ran.text) == (0, "a\nb\n")


def test_it_ends_with_the_status_of_a_failure(azos: Azos) -> None:
    assert azos.run("watch -t -e -n 0.1 'exit 9'").status == 9


def test_records_are_a_table(azos: Azos) -> None:
    ran = azos.run("watch -t -n 0.1 --times 1 sql 'select 1 as n union all select 2'")
    assert [line.strip() for line in ran.text.splitlines()] == ["n", "─", "1", "2", "2 rows"]


def test_a_subshell_runs_it(azos: Azos) -> None:
    ran = azos.run("x=1; watch -t -n 0.1 --times 2 'echo $x; x=2; cd /'; echo $x; pwd")
    assert ran.text == f"1\n1\n{azos.cwd}\n"


def test_a_reader_that_leaves_ends_it(azos: Azos) -> None:
    ran = azos.run("watch -t -n 0.1 'echo x >> runs; wc -l < runs' | head -n 1; echo ${PIPESTATUS[0]}")
    assert ran.text == "1\n141\n"


def test_a_reader_that_leaves_ends_it_also_while_nothing_changes(azos: Azos) -> None:
    ran = azos.run("watch -t -n 86400 echo once | head -n 1; echo ${PIPESTATUS[0]}")
    assert ran.text == "once\n141\n"


def test_the_habit_of_minus_d_is_understood(azos: Azos) -> None:
    assert azos.run("watch -dtn0.1 --times 1 echo -n x").text == "x"


def test_asked_to_be_fresh_it_goes_round_the_cache(azos: Azos) -> None:
    ran = azos.run("watch --fresh -t -n 0.1 --times 1 'echo [$AZOS_NO_CACHE]'; echo [$AZOS_NO_CACHE]")
    assert ran.text == "[1]\n[]\n"


def test_output_of_any_length_is_written_whole(azos: Azos) -> None:
    ran = azos.run("watch -t -n 0.1 --times 2 'seq 300000' | sha256sum; seq 300000 | sha256sum")
    first, second = ran.text.splitlines()
    assert first == second


def test_streams_stay_in_their_order(azos: Azos) -> None:
    ran = azos.run("watch -t -n 0.1 --times 1 'echo 1; echo 2 >&2; echo 3; ls /nowhere; echo 5 >&2'")
    lines = ran.text.splitlines()
    assert [*lines[:3], lines[4]] == ["1", "2", "3", "5"]
    assert "nowhere" in lines[3]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("watch", "COMMAND is missing"),
        ("watch ''", "COMMAND is empty"),
        ("watch 'if'", "expected"),
        ("watch -n 0 true", "-n"),
        ("watch -n x true", "-n"),
        ("watch -n 1e9 true", "-n"),
        ("watch --times -1 true", "--times"),
        ("watch -d -D true", "exclude"),
    ],
)
def test_what_makes_no_sense_is_refused(azos: Azos, line: str, wanted: str) -> None:
    ran = azos.run(line)
    assert (ran.status, ran.text) == (2, "")
    assert wanted in ran.errors
