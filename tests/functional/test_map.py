"""map and batch from outside: what runs, in which order, how it ends, and what an interruption leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.processes import shell_under_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

PATIENCE_SECONDS = 60.0
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
NASTY = [
    "a b",
    "",
    "$(touch owned)",
    "`touch owned`",
    "'",
    '"',
    "\\",
    "-n",
    "*",
    "~",
    "{}",
    "#x",
    ";touch owned",
    "é€",
    "&&",
]


def until(true: Callable[[], bool]) -> None:
    """Wait for it; the time is only how long a hang may last."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


# -- what the command gets ------------------------------------------------------------------------------------------


def test_output_in_order_is_that_of_the_items(azos: Azos) -> None:
    numbers = "".join(f"{number}\n" for number in range(1, 2001))
    ran = azos.run("map -j 8 -k 'echo {}'", stdin=numbers.encode())
    assert (ran.status, ran.text, ran.errors) == (0, numbers, "")


def test_output_as_it_comes_has_every_item_once(azos: Azos) -> None:
    ran = azos.run("seq 300 | map -j 7 sh -c 'echo $1' sh {}")
    assert sorted(map(int, ran.text.split())) == list(range(1, 301))


@pytest.mark.parametrize(
    "command",
    [
        "printf '<%s>\\n'",
        "printf '<%s>\\n' {}",
        "'printf \"<%s>\\n\" {}'",
        '\'printf "<%s>\\n" "{}"\'',
        "/usr/bin/printf '<%s>\\n'",
    ],
)
def test_whatever_an_item_holds_stays_one_argument(azos: Azos, command: str) -> None:
    ran = azos.run(f"map -k {command}", stdin="".join(f"{text}\n" for text in NASTY).encode())
    assert ran.text == "".join(f"<{text}>\n" for text in NASTY)
    assert os.listdir(azos.cwd) == []


def test_items_may_hold_newlines_and_bytes_that_are_no_text(azos: Azos) -> None:
    ran = azos.run("map -k -0 printf '<%s>'", stdin=b"a\nb\0\xff\xfe\0")
    assert ran.stdout == b"<a\nb><\xff\xfe>"


def test_an_item_gets_no_input_and_a_subshell_of_its_own(azos: Azos) -> None:
    ran = azos.run("x=0; seq 3 | map -k 'read y || echo none; x={}; cd /; echo $x'; echo $x; pwd")
    assert ran.text == f"none\n1\nnone\n2\nnone\n3\n0\n{azos.cwd}\n"


def test_functions_aliases_and_variables_of_the_shell_are_there(azos: Azos) -> None:
    ran = azos.piped(
        "f() { echo \"f $1 $v\"; }\nalias g='f aliased'\nv=7\nmap -k f ::: a b\nmap 'g; : {}' ::: c\n"
    )
    assert ran.text == "f a 7\nf b 7\nf aliased 7\n"


def test_fields_of_records_fill_their_places(azos: Azos) -> None:
    query = "select 'it''s' as name, 3 as n union all select null, 2.5"
    ran = azos.run(f'sql "{query}" | map -k \'echo "{{name}}:{{n}}:{{#}}"\'')
    assert ran.text == "it's:3:1\n:2.5:2\n"


def test_json_and_csv_of_programs_fill_fields_too(azos: Azos) -> None:
    assert azos.run("map 'echo {b}'", stdin=b'[{"a":1,"b":[2]}]').text == "[2]\n"
    assert azos.run("map -k 'echo {b}'", stdin=b'a,b\n1,"x\n y"\n2,z\n').text == "x\n y\nz\n"


def test_a_field_that_is_not_there_is_told_with_those_that_are(azos: Azos) -> None:
    ran = azos.run("sql 'select 1 as name' | map 'echo {nmae}'")
    assert (ran.status, ran.text) == (2, "")
    assert "no field {nmae}: the records have name" in ran.errors


def test_records_come_out_as_records(azos: Azos) -> None:
    ran = azos.run(
        "seq 3 | map -k 'sql \"select {} as n, {} * 2 as double\"' | sql 'select sum(double) as s from stdin'"
    )
    assert ran.text == '{"s":12}\n'
    ran = azos.run("seq 2 | map -k --tag --csv 'sql \"select {} as n\"'")
    assert ran.text == "item,n\n1,1\n2,2\n" or ran.text == 'item,n\n"1",1\n"2",2\n'


def test_tags_stand_before_every_line(azos: Azos) -> None:
    ran = azos.run("map -k --tag 'printf \"x\\ny\"; echo {} >&2' ::: a b")
    assert ran.text == "a\tx\na\tyb\tx\nb\ty"
    assert ran.errors == "a\ta\nb\tb\n"


def test_a_dry_run_shows_the_commands_and_runs_none(azos: Azos) -> None:
    ran = azos.run("map --dry-run -k 'touch {} && echo {/}' ::: 'a b' /x/c")
    assert ran.text == "touch 'a b' && echo 'a b'\ntouch /x/c && echo c\n"
    assert os.listdir(azos.cwd) == []


# -- how it ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("failures", "status"), [(0, 0), (1, 1), (100, 100), (101, 101), (150, 101)])
def test_the_status_is_the_number_of_failures(azos: Azos, failures: int, status: int) -> None:
    assert azos.run(f"seq 160 | map '[ {{}} -gt {failures} ]'").status == status


def test_one_failure_does_not_stop_the_others(azos: Azos) -> None:
    ran = azos.run("seq 4 | map -k 'no-such-program-{} || echo {}; exit 3'")
    assert (ran.status, ran.text) == (4, "1\n2\n3\n4\n")
    assert ran.errors.count("not found") == 4


def test_what_can_not_be_filled_in_fails_alone(azos: Azos) -> None:
    ran = azos.run("map -k 'echo $(({} + 1))' ::: 1 x 3")
    assert (ran.status, ran.text) == (1, "2\n4\n")
    assert "item 2: 'x' is no whole number" in ran.errors


@pytest.mark.parametrize("command", ["/bin/echo {}", "echo {}", "'echo $(( {} ))'", "'no-such-{}'"])
def test_an_item_with_a_byte_that_no_argument_can_hold_fails_alone(azos: Azos, command: str) -> None:
    done = azos.run(f"printf '1\\0002\\n7\\n' | map -k {command}")
    assert b"item 1: {} holds a NUL byte" in done.stderr
    assert b"item 2: {}" not in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.status == (2 if "no-such" in command else 1)


def test_a_failing_item_is_tried_again(azos: Azos) -> None:
    line = "map --retries 3 'echo try >> {}; [ $(wc -l < {}) -ge 3 ]' ::: a b"
    assert azos.run(line).status == 0
    assert Path(azos.cwd, "a").read_text() == "try\n" * 3
    assert azos.run("map --retries 2 'echo try >> {}; false' ::: c").status == 1
    assert Path(azos.cwd, "c").read_text() == "try\n" * 2


def test_an_item_that_takes_too_long_is_ended_with_all_it_started(azos: Azos) -> None:
    line = "map --timeout 0.3 'sh -c \"sleep 61 & echo \\$! > pid; wait\"; echo {}' ::: x"
    ran = azos.run(line)
    assert (ran.status, ran.text) == (1, "")
    pid = int(Path(azos.cwd, "pid").read_text())
    until(lambda: not running(pid))


def test_a_program_that_does_not_heed_its_end_is_killed(azos: Azos) -> None:
    line = "map --timeout 0.2 'sh -c \"trap : TERM INT; echo \\$\\$ > pid; while :; do sleep 0.05; done\"; : {}' ::: x"
    assert azos.run(line).status == 1
    pid = int(Path(azos.cwd, "pid").read_text())
    until(lambda: not running(pid))


def running(pid: int) -> bool:
    """Whether a process of that number lives."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_it_stops_soon_after_a_failure(azos: Azos) -> None:
    ran = azos.run("seq 1000 | map -j 1 -k --halt soon,fail=1 'echo {}; [ {} -ne 3 ]'")
    assert (ran.status, ran.text.split()[:3]) == (1, ["1", "2", "3"])
    assert len(ran.text.split()) <= 3 + 16
    assert "stopped after" in ran.errors


def test_it_stops_now_and_ends_what_runs(azos: Azos) -> None:
    waits = "if [ {} = 1 ]; then until [ -s pid ]; do :; done; exit 1; fi; echo \\$\\$ > pid; sleep 62"
    line = f"map -j 2 --halt now,fail=1 'sh -c \"{waits}\"' ::: 1 2"
    assert azos.run(line).status == 1
    pid = int(Path(azos.cwd, "pid").read_text())
    until(lambda: not running(pid))


def test_a_reader_that_leaves_stops_it(azos: Azos) -> None:
    ran = azos.run("seq 1000000 | map -j 2 'echo {}; echo {} >> ran' | head -1")
    assert (ran.status, ran.text) == (0, "1\n")
    assert len(Path(azos.cwd, "ran").read_text().split()) < 100_000


def test_ctrl_c_ends_the_items_and_the_map(azos: Azos) -> None:
    process = subprocess.Popen(
        [*shell_under_test(), "run", "seq 1000 | map -j 3 'sh -c \"echo \\$\\$ >> pids; sleep 63\"; : {}'"],
        cwd=azos.cwd,
        env=azos.environment,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    pids = Path(azos.cwd, "pids")
    until(lambda: pids.exists() and len(pids.read_text().split()) == 3)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) in (130, -signal.SIGINT)
    for pid in map(int, pids.read_text().split()):
        until(lambda pid=pid: not running(pid))


def test_a_shell_without_descriptors_left_fails_items_and_not_the_map(azos: Azos) -> None:
    limited = ["sh", "-c", 'ulimit -n 32; exec "$@"', "sh", *shell_under_test(), "run"]
    line = "seq 40 | map -j 16 '/bin/echo {}'; echo status $?; echo done"
    ran = subprocess.run(
        [*limited, line], cwd=azos.cwd, env=azos.environment, capture_output=True, check=False
    )
    said = ran.stdout.decode().split()
    assert said[-1] == "done"
    failed = int(said[-2])
    assert len(said) - 3 == 40 - failed
    assert b"write error" not in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert ran.stderr.count(b"Too many open files") >= failed


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("map", "COMMAND is missing"),
        ("map ''", "COMMAND is empty"),
        ("map 'if' ::: a", "expected a command"),
        ("map 'a; b' ::: a", "no {}"),
        ("map -j x echo ::: a", "-j"),
        ("map --halt x echo ::: a", "--halt"),
        ("map --timeout x echo ::: a", "--timeout"),
        ("map --retries 0 echo ::: a", "--retries"),
        ("map --resume-failed echo ::: a", "--joblog"),
        ("map --resume a --joblog b echo ::: a", "--joblog"),
        ("map -a f echo ::: a", "not from both"),
        ("map --no-such echo ::: a", "unknown option"),
    ],
)
def test_what_makes_no_sense_is_refused(azos: Azos, line: str, wanted: str) -> None:
    ran = azos.run(line)
    assert (ran.status, ran.text) == (2, "")
    assert wanted in ran.errors


def test_a_file_of_items_that_is_not_there_is_told(azos: Azos) -> None:
    ran = azos.run("map -a none echo")
    assert (ran.status, ran.text) == (1, "")
    assert "none: No such file" in ran.errors


def test_items_can_come_from_a_file(azos: Azos) -> None:
    Path(azos.cwd, "items").write_text("x\ny")
    assert azos.run("map -k -a items echo").text == "x\ny\n"
    assert azos.run("map -k -a <(printf 'p\\nq\\n') echo").text == "p\nq\n"


# -- going on after an interruption ---------------------------------------------------------------------------------


def test_an_interrupted_run_goes_on_and_runs_each_item_once_more_at_most(azos: Azos) -> None:
    line = "seq 200 | map -j 4 --resume log 'sh -c \"echo {} >> runs; sleep 0.01; echo {}\"'"
    process = subprocess.Popen(
        [*shell_under_test(), "run", line],
        cwd=azos.cwd,
        env=azos.environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    log, runs = Path(azos.cwd, "log"), Path(azos.cwd, "runs")
    until(lambda: log.exists() and log.read_bytes().count(b"\n") > 80)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {int(logged.split("\t")[0]) for logged in log.read_text().splitlines()[1:]}
    assert azos.run(line).status == 0
    counts = Counter(map(int, runs.read_text().split()))
    assert set(counts) == set(range(1, 201))
    assert max(counts.values()) <= 2
    assert {number for number, count in counts.items() if count > 1}.isdisjoint(done)
    assert sum(count > 1 for count in counts.values()) <= 4 + 1
    before = runs.read_text()
    assert azos.run(line).status == 0
    assert runs.read_text() == before


def test_what_failed_is_run_again_where_that_is_asked_for(azos: Azos) -> None:
    line = "seq 5 | map --joblog log {} 'echo {{}} >> runs; [ {{}} -ne 3 ] || [ -e good ]'"
    assert azos.run(line.format("")).status == 1
    assert azos.run(line.format("--resume-failed")).status == 1
    Path(azos.cwd, "good").touch()
    assert azos.run(line.format("--resume-failed")).status == 0
    assert Counter(Path(azos.cwd, "runs").read_text().split())["3"] == 3
    assert len(Path(azos.cwd, "runs").read_text().split()) == 7


def test_what_is_in_the_cache_is_not_worked_out_again(azos: Azos) -> None:
    azos.run("sql --write a.db 'create table t (n); insert into t values (1), (2)'")
    line = "map -j 1 'sql a.db \"select {} as k, count(*) as c from t\"' ::: 1 1 2 1; stats --json"
    ran = azos.run(line)
    objects = [json.loads(text) for text in ran.text[: ran.text.index("[")].splitlines()]
    assert [row["k"] for row in objects] == [1, 1, 2, 1]
    row = next(row for row in json.loads(ran.text[ran.text.index("[") :]) if row["command"] == "sql")
    assert row["hits"] == 2


def test_a_long_run_takes_no_more_memory_than_a_short_one(azos: Azos) -> None:
    def peak_kib(count: int) -> int:
        line = f"seq {count} | map -j 8 -k 'echo {{}}'"
        command = [sys.executable, "-c", PEAK, *shell_under_test(), "run", line]
        ran = subprocess.run(command, cwd=azos.cwd, env=azos.environment, capture_output=True, check=True)
        return int(ran.stdout)

    assert peak_kib(20_000) < peak_kib(200) + 8 * 1024


def test_a_large_output_waits_in_a_file_and_not_in_memory(azos: Azos) -> None:
    line = "map -k -j 2 'head -c 20000000 /dev/zero; : {}' ::: 1 2 3 | wc -c"
    assert azos.run(line).text.strip() == "60000000"


# -- batch ----------------------------------------------------------------------------------------------------------

LINES = """\
echo one
# a comment

for i in 1 2; do
  echo loop $i
done
cat <<X
here $HOME
X
x=5; false
echo ${x-unset}
"""


def test_batch_runs_the_command_lines_of_a_file(azos: Azos) -> None:
    Path(azos.cwd, "lines").write_text(LINES)
    ran = azos.run("batch -k lines")
    assert (ran.status, ran.text) == (1, f"one\nloop 1\nloop 2\nhere {azos.home}\nunset\n")


def test_batch_tells_a_line_that_is_no_command_and_runs_those_before(azos: Azos) -> None:
    ran = azos.run("batch -k -", stdin=b"echo one\nfi\necho two\n")
    assert (ran.status, ran.text) == (2, "one\n")
    assert "line 2" in ran.errors


def test_batch_goes_on_with_a_log(azos: Azos) -> None:
    lines = "".join(f"echo {number} | tee -a runs\n" for number in range(6)).encode()
    assert azos.run("batch --joblog log -", stdin=lines[: len(lines) // 2].rpartition(b"\n")[0]).status == 0
    assert azos.run("batch --resume log -", stdin=lines).status == 0
    assert sorted(Path(azos.cwd, "runs").read_text().split()) == sorted("012345")


def test_batch_of_a_file_that_is_not_there_is_told(azos: Azos) -> None:
    ran = azos.run("batch none")
    assert (ran.status, ran.errors) == (1, "azos: line 1: batch: none: No such file or directory\n")
