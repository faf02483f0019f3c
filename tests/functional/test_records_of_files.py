"""Files opened as records, chosen, computed, sorted, counted and saved, by azos as it is run."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.processes import run_process, shell_under_test
from harness.vega import HAS_VEGA, vega_file

if TYPE_CHECKING:
    from harness.processes import Azos, Ran

pytestmark = pytest.mark.azos_only

FLAT_KIB = 64 * 1024
"""More than azos and one batch need, and less than what any of the tests' inputs would take in memory."""


@pytest.fixture(scope="session")
def vega() -> Path:
    if not HAS_VEGA:
        pytest.skip("vega_datasets is not installed")
    return vega_file("")


@pytest.fixture(scope="session")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of a million rows."""
    path = tmp_path_factory.mktemp("csv") / "million.csv"
    with path.open("w") as file:
        file.write("id,name,score\n")
        for start in range(0, 1_000_000, 10_000):
            file.writelines(f"{n},name{n % 977},{n / 8}\n" for n in range(start, start + 10_000))
    return path


def rows(ran: Ran) -> list[dict[str, object]]:
    assert ran.errors == ""
    return [json.loads(line) for line in ran.text.splitlines()]


def test_airports_are_chosen_sorted_and_cut(azos: Azos, vega: Path) -> None:
    path = vega / "airports.csv"
    found = rows(
        azos.run(f"open {path} | where \"state = 'AK' and latitude > 70\" | sort-by latitude -r | first 2")
    )
    with path.open(newline="") as file:
        expected = [
            row for row in csv.DictReader(file) if row["state"] == "AK" and float(row["latitude"]) > 70
        ]
    expected.sort(key=lambda row: float(row["latitude"]), reverse=True)
    assert [row["iata"] for row in found] == [row["iata"] for row in expected[:2]]
    assert found[0]["latitude"] == float(expected[0]["latitude"])


def test_every_data_set_has_as_many_records_as_other_readers_find(azos: Azos, vega: Path) -> None:
    for path in sorted(vega.glob("*.csv")):
        with path.open(newline="") as file:
            expected = sum(1 for _ in csv.DictReader(file))
        assert rows(azos.run(f"open {path} | count")) == [{"count": expected}], path.name
    for path in sorted(vega.glob("*.json")):
        assert rows(azos.run(f"open {path} | count")) == [{"count": len(json.loads(path.read_text()))}], (
            path.name
        )


@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.jsonl", "x.csv.gz"])
def test_a_data_set_saved_and_opened_again_is_the_same(azos: Azos, vega: Path, name: str) -> None:
    path = vega / "cars.json"
    found = rows(azos.run(f"open {path} | save {name}; open {name}"))
    assert found == json.loads(path.read_text())


def test_several_files_are_one_stream_in_which_columns_go_by_name(azos: Azos) -> None:
    (azos.cwd / "a.csv").write_text("x,y\n1,2\n")
    (azos.cwd / "b.csv").write_text("y,z\n3,4\n")
    assert rows(azos.run("open a.csv b.csv")) == [{"x": 1, "y": 2}, {"x": None, "y": 3, "z": 4}]


def test_what_the_content_does_not_tell_the_name_does(azos: Azos) -> None:
    (azos.cwd / "one.csv").write_text("n\n1\n\n2\n")
    (azos.cwd / "ids.json").write_text("[1, 2]\n")
    assert rows(azos.run("open one.csv")) == [{"n": 1}, {"n": None}, {"n": 2}]
    ran = azos.run("open ids.json")
    assert (ran.status, ran.text) == (1, "")
    assert "ids.json, value 1: a number, not an object" in ran.errors


def test_a_database_lists_its_tables_and_gives_their_rows(azos: Azos) -> None:
    azos.run("sql -w x.db 'create table t(a,b); insert into t values (1,2)'")
    assert rows(azos.run("open x.db")) == [{"name": "t", "type": "table", "columns": "a, b"}]
    assert rows(azos.run("open x.db t")) == [{"a": 1, "b": 2}]
    ran = azos.run("open x.db tt")
    assert (ran.status, ran.text) == (1, "")
    assert "x.db: no such table: tt (did you mean t?); there are: t" in ran.errors


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("open nope.csv", 1, "open: nope.csv: No such file"),
        ("open .", 1, "open: .: is a directory"),
        ("printf 'a,b\\n1\\n2,3\\n' | open -f csv", 1, "line 2: 1 field where the header has 2"),
        ("echo '{\"a\":1}' | where 'b = 1'", 1, "no such column: b (column 1); there are: a"),
        (
            "seq 3 | where 'n = 1'",
            1,
            "no such column: n (column 1); the text is read as lines: `open -f csv`",
        ),
        ("echo '{\"a\":1}' | sort-by b", 1, "no such column: b; there are: a"),
        ("echo '{\"a\":1}' | count by b", 1, "no such column: b; there are: a"),
        ("echo '{\"a\":1}' | each b", 1, "no such column: b"),
        ("echo '{\"a\":1}' | where 'a = '", 2, "is not complete"),
        ("echo '{\"a\":1}' | where", 2, "EXPR is missing"),
        ("echo '{\"a\":1}' | each 'a,'", 2, "an expression is missing"),
        ("echo '{\"a\":1}' | each 'json_extract(char(123), 1)'", 1, "malformed JSON"),
        ("echo '{\"a\":1}' | first -1", 2, "expected 0 or more"),
        ("echo '{\"a\":1}' | count a", 2, "by COLUMN"),
        ("echo '{\"a\":1}' | save no/x", 1, "No such file or directory"),
        ("echo '{\"a\":1}' | save -a x.json", 2, "--append adds to"),
        ("echo hi | save /dev/full", 1, "No space left on device"),
    ],
)
def test_an_error_says_what_is_wrong(azos: Azos, line: str, status: int, said: str) -> None:
    ran = azos.run(line)
    assert ran.status == status
    assert said in ran.errors
    assert "Traceback" not in ran.errors
    assert len(ran.errors.splitlines()) <= 2


def test_rows_before_the_malformed_line_are_given_or_all_but_it(azos: Azos) -> None:
    (azos.cwd / "x.csv").write_text("a,b\n1,2\n3\n4,5\n")
    ran = azos.run("open x.csv")
    assert (ran.status, ran.text) == (1, '{"a":1,"b":2}\n')
    ran = azos.run("open --on-error skip x.csv")
    assert (ran.status, ran.text) == (0, '{"a":1,"b":2}\n{"a":4,"b":5}\n')
    assert "x.csv: 1 left out as malformed; the first: line 3: 1 field where the header has 2" in ran.errors


def test_a_column_that_only_later_objects_have_is_no_error(azos: Azos) -> None:
    script = """{ echo '{"a":1}'; sleep 0.05; echo '{"b":2}'; } |"""
    assert rows(azos.run(f"{script} where 'b = 2'")) == [{"a": None, "b": 2}]
    assert rows(azos.run(f"{script} sort-by b -r")) == [{"a": None, "b": 2}, {"a": 1, "b": None}]
    assert rows(azos.run(f"{script} count by b")) == [{"b": None, "count": 1}, {"b": 2, "count": 1}]


# -- save ---------------------------------------------------------------------------------------------------


def test_saving_nothing_leaves_the_file_as_it_was(azos: Azos) -> None:
    (azos.cwd / "x.csv").write_text("a\n1\n")
    ran = azos.run("sql 'select nope' | save x.csv")
    assert ran.status == 1
    assert "nothing came in; x.csv is left as it was" in ran.errors
    assert (azos.cwd / "x.csv").read_text() == "a\n1\n"
    assert os.listdir(azos.cwd) == ["x.csv"]


def test_a_query_without_rows_saves_its_header(azos: Azos) -> None:
    assert azos.run("sql 'select 1 as a, 2 as b where 0' | save x.csv").status == 0
    assert (azos.cwd / "x.csv").read_text() == "a,b\n"


def test_a_save_that_fails_leaves_the_file_as_it_was(azos: Azos) -> None:
    (azos.cwd / "x.csv").write_text("old\n")
    script = """{ echo '{"a":1}'; sleep 0.05; echo '{"a":1,"b":2}'; } | open | save x.csv"""
    ran = azos.run(script)
    assert ran.status == 1
    assert "columns that the header, which is written, has not: b" in ran.errors
    assert (azos.cwd / "x.csv").read_text() == "old\n"
    assert os.listdir(azos.cwd) == ["x.csv"]


def test_bytes_are_saved_as_they_are_and_converted_where_that_is_said(azos: Azos) -> None:
    azos.run("printf 'a,b\\n1,\\377\\n' | save x.bin; printf 'a,b\\n1,2\\n' | save -f json y")
    assert (azos.cwd / "x.bin").read_bytes() == b"a,b\n1,\xff\n"
    assert json.loads((azos.cwd / "y").read_text()) == [{"a": 1, "b": 2}]


def test_appending_keeps_to_the_header_that_is_there(azos: Azos) -> None:
    (azos.cwd / "x.csv").write_text("a,b\n1,2")
    ran = azos.run(
        """echo '{"b":4,"a":3}' | save -a -f csv x.csv; echo '{"a":5}' | open | save --append x.csv"""
    )
    assert ran.errors == ""
    assert (azos.cwd / "x.csv").read_text() == "a,b\n1,2\n3,4\n5,\n"
    ran = azos.run("""echo '{"c":4}' | open | save -a x.csv""")
    assert ran.status == 1
    assert "its header has no column c; it has a, b" in ran.errors
    assert (azos.cwd / "x.csv").read_text() == "a,b\n1,2\n3,4\n5,\n"


def test_a_file_is_replaced_but_for_noclobber(azos: Azos) -> None:
    azos.run("echo 1 | save x; echo 2 | save x")
    assert (azos.cwd / "x").read_text() == "2\n"
    ran = azos.run("set -C; echo 3 | save x")
    assert (ran.status, (azos.cwd / "x").read_text()) == (1, "2\n")
    azos.run("set -C; umask 077; echo 4 | save --force x; echo 5 | save y")
    assert (azos.cwd / "x").read_text() == "4\n"
    assert (azos.cwd / "y").stat().st_mode & 0o777 == 0o600


def test_what_is_saved_with_gz_at_the_end_is_packed(azos: Azos) -> None:
    azos.run("sql 'select 1 as a' | save x.csv.gz; echo hi | save y.gz")
    assert gzip.decompress((azos.cwd / "x.csv.gz").read_bytes()) == b"a\n1\n"
    assert gzip.decompress((azos.cwd / "y.gz").read_bytes()) == b"hi\n"


def test_an_interrupted_save_leaves_nothing(azos: Azos) -> None:
    with subprocess.Popen(
        [*shell_under_test(), "run", "while :; do echo y; done | save x"],
        cwd=azos.cwd,
        env=azos.environment,
        stderr=subprocess.PIPE,
    ) as process:
        while not os.listdir(azos.cwd):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert b"Traceback" not in errors
    assert process.returncode in (130, -signal.SIGINT)
    assert os.listdir(azos.cwd) == []


def test_markdown_is_given_and_saved(azos: Azos) -> None:
    azos.run("sql \"select 'a|b' as x, 1 as n\" | save x.md")
    assert (azos.cwd / "x.md").read_text() == "| x    |   n |\n| ---- | --: |\n| a\\|b |   1 |\n"
    assert azos.run("sql \"select 'a|b' as x, 1 as n\" --md").text == (azos.cwd / "x.md").read_text()


# -- streams ------------------------------------------------------------------------------------------------


_MEASURED = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def peak_kib(azos: Azos, line: str) -> tuple[bytes, int]:
    """What azos writes, and the most memory that it took, in KiB."""
    ran = run_process(
        [sys.executable, "-c", _MEASURED, *shell_under_test(), "run", line],
        cwd=azos.cwd,
        env=azos.environment,
        timeout_seconds=100,
    )
    assert ran.status == 0, ran.errors
    return ran.stdout, int(ran.errors.split()[-1])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("open {} | where 'id % 2' | count", b'{"count":500000}\n'),
        ("open {} | each '*, score * 8 as n' | where 'n <> id' | count", b'{"count":0}\n'),
        ("open {} | count by name | count", b'{"count":977}\n'),
        ("open {} --jsonl | where 'id = 999999' | count", b'{"count":1}\n'),
    ],
)
def test_a_million_rows_take_no_more_memory_than_a_batch(
    azos: Azos, million: Path, line: str, expected: bytes
) -> None:
    output, peak = peak_kib(azos, line.format(million))
    assert output == expected
    assert peak < FLAT_KIB


def test_counting_spills_what_is_more_than_its_memory(azos: Azos, million: Path) -> None:
    output, peak = peak_kib(azos, f"open {million} | first 250000 | count by id | where 'count = 1' | count")
    assert output == b'{"count":250000}\n'
    assert peak < 4 * FLAT_KIB


def test_sorting_spills_what_is_more_than_its_memory(azos: Azos, million: Path) -> None:
    output, peak = peak_kib(azos, f"open {million} | sort-by name id | each 'id' | first 3")
    assert output == b'{"id":0}\n{"id":977}\n{"id":1954}\n'
    assert peak < 2 * FLAT_KIB


@pytest.mark.parametrize(
    "verbs", ["first 2", "where 1 | first 2", "each a | first 2", "where 1 | head -n 2", "open | head -n 2"]
)
def test_an_endless_source_is_stopped_when_enough_is_there(azos: Azos, verbs: str) -> None:
    ran = azos.run(f"yes '{{\"a\":1}}' | {verbs}")
    assert (ran.status, ran.text, ran.errors) == (0, '{"a":1}\n' * 2, "")


def test_a_row_comes_out_before_the_next_goes_in(azos: Azos) -> None:
    with subprocess.Popen(
        [*shell_under_test(), "run", "where 'a > 0' | each 'a * 2 as b' | cat"],
        cwd=azos.cwd,
        env=azos.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2, 3):
            process.stdin.write(b'{"a":%d}\n' % number)
            process.stdin.flush()
            assert process.stdout.readline() == b'{"b":%d}\n' % (2 * number)
        process.stdin.close()
    assert process.returncode == 0
