"""Descriptors: after thousands of redirections, substitutions and jobs in one process as many are open as before."""

from __future__ import annotations

import pytest
from harness.processes import Azos, Ran, run_process, shell_under_test

COUNT = "count() { n=$#; }; count /proc/self/fd/*"


def growth(azos: Azos, body: str, rounds: int, *, prepare: str = "{ :; } & wait") -> tuple[int, Ran]:
    """How many more descriptors are open after ``rounds`` times ``body`` than after two, counted after ``prepare``."""
    ran = azos.c(
        f"{prepare}\n"
        f"for i in 1 2; do {body}\ndone; {COUNT}; before=$n\n"
        f"i=0; while [ $i -lt {rounds} ]; do {body}\ni=$((i+1)); done; sleep 0.01; {COUNT}; echo $((n - before))"
    )
    return int(ran.text.split()[-1]), ran


@pytest.mark.parametrize("prepare", [":", "{ :; } & wait"], ids=["without a loop", "on a loop"])
@pytest.mark.parametrize(
    ("body", "rounds"),
    [
        ("echo a > f; cat < f > /dev/null; { :; } 2>&1 > f", 200),
        ("echo a 3>f 4>&3 5>&4 >&5; exec 6>f; exec 7>&6; exec 6>&-; exec 7>&-", 500),
        ("{ echo o; echo e >&2; } 3>&1 1>&2 2>&3 3>&- >/dev/null 2>&1", 500),
        ("x=$(echo a); y=$(/bin/true); z=$(echo $(echo b))", 200),
        ("x=$(nosuchcommand; exit 3) 2>/dev/null; (exit 4); (cd /; exec 5>/dev/null)", 300),
        ("echo a | cat >/dev/null; echo a | { read x; }; { echo a; } | { cat; } >/dev/null", 100),
        ("nosuch1 2>/dev/null | nosuch2 2>/dev/null | { :; }; echo < nofile", 200),
        ("cat <<E >/dev/null\n$i\nE", 200),
        ("f() { return 1; }; f > f; eval 'echo a' > f; . ./empty > f", 300),
    ],
)
def test_the_same_number_stays_open(azos: Azos, body: str, rounds: int, prepare: str) -> None:
    (azos.cwd / "empty").write_text("")
    assert growth(azos, body, rounds, prepare=prepare)[0] == 0


@pytest.mark.parametrize(
    "body",
    [
        "{ :; } & wait",
        "/bin/true & wait $!",
        "(: & wait $!)",
        "cat <(echo a) >/dev/null",
        "echo a > >(cat >f)",
    ],
)
def test_background_work_gives_its_descriptors_back(azos: Azos, body: str) -> None:
    assert growth(azos, body, 150)[0] <= 1  # one that is just ending


def test_a_job_killed_before_it_began_gives_its_descriptors_back(azos: Azos) -> None:
    grown, ran = growth(azos, "{ sleep 5; } & kill $!; wait $!", 50)
    assert grown <= 1
    assert "never awaited" not in ran.errors


def test_ten_thousand_subshells_grow_neither_memory_nor_descriptors(azos: Azos) -> None:
    ran = azos.c(
        "kilobytes() { while read name size unit; do case $name in VmRSS:) k=$size;; esac; done < /proc/$$/status; }\n"
        "i=0; while [ $i -lt 1000 ]; do (x=$i); i=$((i+1)); done; kilobytes; before=$k\n"
        "i=0; while [ $i -lt 10000 ]; do (x=$i); i=$((i+1)); done; kilobytes; echo $((k - before))\n"
        f"{COUNT}; [ $n -lt 20 ] && echo few"
    )
    grown, few = ran.text.split()
    assert int(grown) < 1024
    assert few == "few"


@pytest.mark.parametrize(
    ("script", "output"),
    [
        ("{ echo out; echo err >&2; } 3>&1 1>&2 2>&3 3>&- | tr a-z A-Z", "ERR\n"),
        ("{ echo out; echo err >&2; } 2>&1 | sort", "err\nout\n"),
        ("{ echo out; echo err >&2; } |& sort", "err\nout\n"),
        ("exec 3>f; echo a >&3; sh -c 'echo b >&3'; exec 3>&-; cat f", "a\nb\n"),
        ("bash -c 'echo a >&12; echo b >&10' 12>f 10>&1; cat f", "b\na\n"),
        ("exec 11>f1 10>f2; bash -c 'echo a >&10; echo b >&11'; cat f1 f2", "b\na\n"),
        ("exec 11>f 10>&1; bash -c 'echo a >&10 11>&-' 11>&10; cat f", "a\n"),
        ("echo a 3>f >&3-; cat f", "a\n"),
        (
            "set -C; echo a > f; echo b > f; echo c >| f; echo d >> f; cat f; echo e > /dev/null && echo ok",
            "c\nd\nok\n",
        ),
        ("x='a b'; echo no > $x || echo refused; cat < *.nosuch || echo refused", "refused\nrefused\n"),
        ("cat 3<<A 4<<B <&3; cat 4<<C <&4\n1\nA\n2\nB\n3\nC\n", "1\n3\n"),
        ("exec < two; read a; cat", "2\n"),
    ],
)
def test_redirections_put_files_where_they_are_asked_for(azos: Azos, script: str, output: str) -> None:
    (azos.cwd / "two").write_text("1\n2\n")
    assert azos.c(script).text == output


def test_numbers_above_nine_survive_a_program_in_another_directory(azos: Azos) -> None:
    ran = azos.c(
        "mkdir sub; exec 11>f1 10>f2; (cd sub; bash -c 'echo a >&10; echo b >&11'); echo c >&10; echo d >&11; cat f1 f2"
    )
    assert ran.text == "b\nd\na\nc\n"


def closed(azos: Azos, files: str, script: str) -> Ran:
    """azos started with some of its standard files closed."""
    argv = ["sh", "-c", f'exec "$@" {files}', "sh", *shell_under_test(), "-c", script]
    return run_process(argv, cwd=azos.cwd, env=azos.environment)


@pytest.mark.parametrize(
    "script", ["echo hi", "/bin/echo hi", "x=$(echo a); echo $x", "{ echo a; } | { cat; }", ": & wait"]
)
@pytest.mark.parametrize("files", ["<&-", "2>&-", "<&- 2>&-"])
def test_closed_input_or_errors_harm_nothing_else(azos: Azos, script: str, files: str) -> None:
    ran = closed(azos, files, script)
    assert (ran.stdout, ran.status, "Traceback" in ran.errors) == (azos.c(script).stdout, 0, False)


@pytest.mark.parametrize(
    "script", [":", "echo e >&2", "exit 3", "x=$(echo a)", "echo a | { cat >f; }", ": & wait"]
)
def test_a_closed_standard_output_harms_nothing_that_does_not_write(azos: Azos, script: str) -> None:
    ran = closed(azos, ">&-", script)
    assert (ran.status, "Traceback" in ran.errors) == (azos.c(script).status, False)


@pytest.mark.parametrize("script", ["echo hi", "/bin/echo hi", "{ echo a; } | { cat; }", "cat <<< x"])
def test_writing_to_a_closed_standard_output_fails_in_one_line(azos: Azos, script: str) -> None:
    ran = closed(azos, ">&-", script)
    assert ran.status == 1
    assert "Bad file descriptor" in ran.errors
    assert "Traceback" not in ran.errors


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("seq 200000 | { cat; } | { cat; } | tail -n 1", "200000"),
        ("{ seq 200000; } | { cat; } | { wc -l; }", "200000"),
        ("f() { cat; }; seq 200000 | f | f | f | { tail -n 1; }", "200000"),
        ("x=$(seq 200000); echo ${#x}", "1288894"),
        ("x=$(seq 200000 | { cat; }); echo ${#x}", "1288894"),
        ("x=$({ :; } & wait; seq 200000); echo ${#x}", "1288894"),
        ('x=$(seq 200000); echo "$x" | { cat; } | { wc -l; }', "200000"),
        ('x=$(seq 200000); { echo "$x"; echo "$x"; } | { cat; } | { cat | wc -l; }', "400000"),
        ('x=$(seq 200000); cat <<< "$x" | { wc -c; }', "1288895"),
    ],
)
def test_a_megabyte_passes_through_built_ins_without_a_deadlock(
    azos: Azos, script: str, expected: str
) -> None:
    assert azos.c(script).text.strip() == expected


def slowly_read(azos: Azos, script: str, reader: str) -> str:
    """What ``reader`` makes of the standard error of a script, of which it takes nothing at first."""
    argv = ["sh", "-c", f'"$@" 2>&1 >/dev/null | {{ sleep 0.1; {reader}; }}', "sh", *shell_under_test(), "-c"]
    return run_process([*argv, script], cwd=azos.cwd, env=azos.environment).text


@pytest.mark.parametrize("prepare", ["", "{ :; } & wait; ", "set -x; { :; } & wait; "])
def test_nothing_is_lost_of_standard_error_whose_reader_is_slow(azos: Azos, prepare: str) -> None:
    assert int(slowly_read(azos, f'{prepare}cd "$(seq 30000)"', "wc -c")) > 168_894


@pytest.mark.parametrize("last", ["echo last >&2", "/bin/echo last >&2", "f() { echo last; }; f >&2"])
@pytest.mark.parametrize("long", ['cd "$(seq 30000)"', '"$(seq 30000)"', 'eval "nosuch" "$(seq 15000)" 2>&2'])
def test_what_is_said_on_standard_error_comes_in_order(azos: Azos, long: str, last: str) -> None:
    assert slowly_read(azos, f"{{ :; }} & wait; {long}; {last}", "tail -n 1") == "last\n"


def test_what_is_queued_is_written_when_nobody_has_the_file_any_more(azos: Azos) -> None:
    ran = azos.c('{ :; } & wait; f() { echo "$(seq 30000)"; }; f > >(sleep 0.05; wc -l)')
    assert ran.text.strip() == "30000"


@pytest.mark.parametrize("prepare", ["", "{ :; } & wait; "])
def test_an_inherited_number_is_the_programs_only_by_the_table(azos: Azos, prepare: str) -> None:
    """Also in another directory, and with ``exec``."""
    program = "sh -c 'echo >&3' 2>/dev/null && echo open || echo closed"
    script = (
        f"{prepare}{program}; (cd /; {program}; exec 3>&-; {program}); {{ {program}; }} 3>&-; exec {program}"
    )
    argv = ["sh", "-c", 'exec "$@" 3>/dev/null', "sh", *shell_under_test(), "-c", script]
    ran = run_process(argv, cwd=azos.cwd, env=azos.environment)
    assert ran.text.split() == ["open", "open", "closed", "closed"]


def test_a_process_substitution_takes_no_number_of_the_users(azos: Azos) -> None:
    numbers = "11 12 13 14 15"
    taken = " ".join(f"{number}>f{number}" for number in numbers.split())
    ran = azos.c(
        f'exec {taken}; cat <(echo a) <(echo b); echo c > >(cat); for i in {numbers}; do eval "echo $i >&$i"; done; '
        "cat f1*"
    )
    assert sorted(ran.text.split()) == sorted(f"a b c {numbers}".split())


def test_what_outlives_a_command_substitution_still_belongs_to_it(azos: Azos) -> None:
    ran = azos.c('x=$(/bin/true; { sleep 0.05; /bin/echo late; } & ); sleep 0.1; echo "[$x]"')
    assert (ran.text, ran.errors) == ("[late]\n", "")
