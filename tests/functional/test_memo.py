"""memo as one-shots: the second answer comes from the cache as long as all that it rests on is the same, and no longer.

That a command ran is seen by the line that it adds to a file (`Counted`).
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from harness.counted import Counted, needs_tracing, turned

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only


@pytest.fixture
def counted(azos: Azos) -> Counted:
    return Counted(azos)


# -- the same question again


def test_the_second_answer_comes_from_the_cache(counted: Counted) -> None:
    tool = counted.program("cat data")
    counted.write("data", "hello\n")
    for _ in range(3):
        ran = counted.run(f"memo {tool}")
        assert (ran.text, ran.errors, ran.status) == ("hello\n", "", 0)
    assert counted.runs == 1
    assert counted.stats() == (2, 1, 1)
    assert counted.why(tool).startswith("cached ")


def test_without_tracing_an_answer_rests_on_its_arguments_that_are_files(counted: Counted) -> None:
    tool = counted.program('cat "$1" other')
    counted.write("data", "a\n")
    counted.write("other", "x\n")
    line = f"memo --no-trace {tool} data"
    assert [counted.run(line).text for _ in range(2)] == ["a\nx\n"] * 2
    counted.write("other", "y\n")  # nobody said that it rests on that
    assert counted.run(line).text == "a\nx\n"
    counted.write("data", "b\n")
    assert counted.run(line).text == "b\ny\n"
    assert counted.runs == 2


def test_other_arguments_are_another_question(counted: Counted) -> None:
    tool = counted.program('printf "%s," "$@"')
    for arguments, text in (("a b", "a,b,"), ("'a b'", "a b,"), ("a 'b '", "a,b ,"), ("a b", "a,b,")):
        assert counted.run(f"memo --no-trace {tool} {arguments}").text == text
    assert counted.runs == 3


def test_bytes_come_back_as_they_were(counted: Counted) -> None:
    data = bytes(range(256)) * 700
    counted.write("data", data)
    tool = counted.program("cat data; cat data >&2")
    for _ in range(2):
        ran = counted.run(f"memo --no-trace {tool}")
        assert (ran.stdout, ran.stderr) == (data, data)
    assert counted.runs == 1


def test_both_outputs_and_the_status_are_given_again_in_order(counted: Counted) -> None:
    tool = counted.program(
        "for n in 1 2 3; do echo out $n; sleep 0.1; echo err $n >&2; sleep 0.1; done; exit 3"
    )
    wanted = "".join(f"out {n}\nerr {n}\n" for n in (1, 2, 3))
    line = f"memo -q --no-trace --codes 0,3 {tool}"
    for _ in range(2):
        ran = counted.run(line, stderr=subprocess.STDOUT)
        assert (ran.text, ran.status) == (wanted, 3)
    ran = counted.run(line)
    assert (ran.text, ran.errors) == ("out 1\nout 2\nout 3\n", "err 1\nerr 2\nerr 3\n")
    assert counted.runs == 1


def test_an_answer_of_nothing_is_kept(counted: Counted) -> None:
    tool = counted.program("")
    assert [counted.run(f"memo {tool}").stdout for _ in range(2)] == [b"", b""]
    assert counted.runs == 1


# -- what an answer rests on


@needs_tracing
def test_a_touched_file_is_the_same(counted: Counted) -> None:
    tool = counted.program("cat data")
    data = counted.write("data", "hello\n")
    counted.run(f"memo {tool}")
    os.utime(data, (1, 1))
    assert counted.run(f"memo {tool}").text == "hello\n"
    assert counted.runs == 1


@needs_tracing
@pytest.mark.parametrize("options", ["", "--no-times"])
def test_a_touched_file_is_another_where_the_program_looked_at_its_time(
    counted: Counted, options: str
) -> None:
    tool = counted.program("[ data -nt old ] && echo newer")
    counted.write("old", "")
    data = counted.write("data", "")
    os.utime(counted.azos.cwd / "old", (100, 100))
    counted.run(f"memo --codes 0,1 {options} {tool}")
    os.utime(data, (1, 1))
    assert counted.run(f"memo --codes 0,1 {options} {tool}").text == ("newer\n" if options else "")


@needs_tracing
def test_one_changed_byte_is_another_answer(counted: Counted) -> None:
    tool = counted.program("cat data")
    data = counted.write("data", "hello\n")
    counted.run(f"memo {tool}")
    data.write_text("hallo\n")
    assert counted.run(f"memo {tool}").text == "hallo\n"
    assert counted.runs == 2


@pytest.mark.parametrize(
    "options", [pytest.param("", marks=needs_tracing), "--no-trace", "--no-trace --on data"]
)
def test_other_content_of_the_same_size_with_the_old_time_is_another_answer(
    counted: Counted, options: str
) -> None:
    tool = counted.program("cat data")
    data = counted.write("data", "hello\n")
    counted.run(f"memo {options} {tool} data")
    turned(data)
    assert counted.run(f"memo {options} {tool} data").text == "idmmn\n"
    assert counted.runs == 2


@needs_tracing
def test_another_content_of_an_imported_module_is_another_answer(counted: Counted) -> None:
    counted.write("main.py", "import helper\nprint(helper.ANSWER)\n")
    counted.write("helper.py", "ANSWER = 1\n")
    line = f"memo {shlex.quote(sys.executable)} main.py"
    assert [counted.run(line).text for _ in range(3)] == ["1\n"] * 3
    assert counted.stats()[0] >= 1
    counted.write("helper.py", "ANSWER = 42\n")
    assert counted.run(line).text == "42\n"


@needs_tracing
def test_a_file_that_was_looked_for_and_now_is_there_counts(counted: Counted) -> None:
    tool = counted.program("cat override 2>/dev/null || echo none")
    counted.write("elsewhere", "")
    assert [counted.run(f"memo {tool}").text for _ in range(2)] == ["none\n"] * 2
    assert counted.runs == 1
    counted.write("override", "found\n")
    assert counted.run(f"memo {tool}").text == "found\n"
    assert "override" in counted.run(f"rm override; memo why {tool}").text


@needs_tracing
def test_another_file_in_a_directory_that_was_not_listed_does_not_count(counted: Counted) -> None:
    tool = counted.program("cat sub/data")
    counted.write("sub/data", "hello\n")
    counted.run(f"memo {tool}")
    counted.write("sub/other", "")
    assert counted.run(f"memo {tool}").text == "hello\n"
    assert counted.runs == 1


@needs_tracing
@pytest.mark.parametrize("names", [". data", "sub sub/data", "sub/data sub"])
def test_a_directory_that_was_looked_at_beside_its_files_counts_with_its_times(
    counted: Counted, names: str
) -> None:
    counted.write("data", "")
    counted.write("sub/data", "")
    line = f"memo stat -c '%n %Y' {names}"
    for directory in (counted.azos.cwd, counted.azos.cwd / "sub"):
        os.utime(directory, (100, 100))
    assert " 100\n" in counted.run(line).text
    counted.write("other", "")
    counted.write("sub/other", "")
    assert " 100\n" not in counted.run(line).text


@needs_tracing
def test_another_file_in_a_directory_that_was_listed_counts(counted: Counted) -> None:
    tool = counted.program("echo sub/*")
    counted.write("sub/data", "hello\n")
    assert [counted.run(f"memo {tool}").text for _ in range(2)] == ["sub/data\n"] * 2
    assert counted.runs == 1
    counted.write("sub/other", "")
    assert counted.run(f"memo {tool}").text == "sub/data sub/other\n"


@needs_tracing
def test_the_program_itself_and_what_it_runs_count(counted: Counted) -> None:
    inner = counted.program("echo inner one", "inner")
    tool = counted.program(inner)
    assert counted.run(f"memo {tool}").text == "inner one\n"
    counted.program("echo inner two", "inner")
    assert counted.run(f"memo {tool}").text == "inner two\n"
    counted.program("echo outer")
    assert counted.run(f"memo {tool}").text == "outer\n"


def test_an_exported_variable_counts_and_one_with_env_without_export(counted: Counted) -> None:
    tool = counted.program('echo "$X"')
    assert counted.run(f"export X=1; memo --no-trace {tool}").text == "1\n"
    assert counted.run(f"export X=2; memo --no-trace {tool}").text == "2\n"
    assert counted.run(f"memo --no-trace {tool}").text == "\n"
    assert counted.run(f"export X=2; memo --no-trace {tool}").text == "2\n"
    assert counted.runs == 3
    assert counted.run(f"Y=1; memo --no-trace {tool}").text == "\n"
    assert counted.runs == 3
    for value, runs in (("1", 4), ("2", 5), ("1", 5)):
        counted.run(f"Y={value}; memo --no-trace --env Y {tool}")
        assert counted.runs == runs


def test_without_the_environment_no_variable_counts_but_those_that_are_named(counted: Counted) -> None:
    tool = counted.program('echo "$X"')
    line = f"memo --no-trace --no-env --env X {tool}"
    for env, runs in (({"X": "1"}, 1), ({"X": "1", "OTHER": "2"}, 1), ({"X": "2"}, 2)):
        assert counted.run(line, env=counted.environment(**env)).text == f"{env['X']}\n"
        assert counted.runs == runs


def test_variables_that_name_a_window_do_not_count(counted: Counted) -> None:
    tool = counted.program("echo hi")
    for pane in ("%1", "%2"):
        counted.run(f"memo --no-trace {tool}", env=counted.environment(TMUX_PANE=pane))
    assert counted.runs == 1


def test_another_directory_is_another_question_unless_it_does_not_count(counted: Counted) -> None:
    tool = counted.program("pwd")
    (counted.azos.cwd / "sub").mkdir()
    here = counted.run(f"memo --no-trace {tool}").text
    there = counted.run(f"cd sub; memo --no-trace {tool}").text
    assert (here, there) == (f"{counted.azos.cwd}\n", f"{counted.azos.cwd}/sub\n")
    assert counted.run(f"memo --no-trace --no-cwd {tool}").text == here
    assert counted.run(f"cd sub; memo --no-trace --no-cwd {tool}").text == here
    assert counted.runs == 3


@pytest.mark.parametrize(("what", "changed"), [("--on data", "data"), ("--on 'src/**/*.c'", "src/deep/b.c")])
def test_an_answer_rests_on_what_is_named(counted: Counted, what: str, changed: str) -> None:
    tool = counted.program("cat data src/deep/b.c")
    for name in ("data", "src/a.c", "src/deep/b.c", "src/other.h"):
        counted.write(name, "one\n")
    line = f"memo --no-trace {what} {tool}"
    counted.run(line)
    counted.write("src/other.h", "two\n")
    counted.run(line)
    assert counted.runs == 1
    counted.write(changed, "two\n")
    assert "two" in counted.run(line).text
    assert counted.runs == 2


def test_a_pattern_that_matches_other_files_is_another_answer(counted: Counted) -> None:
    tool = counted.program("echo src/*.c")
    counted.write("src/a.c", "")
    line = f"memo --no-trace --on 'src/*.c' {tool}"
    counted.run(line)
    counted.write("src/b.c", "")
    assert counted.run(line).text == "src/a.c src/b.c\n"
    counted.run("rm src/a.c")
    assert counted.run(line).text == "src/b.c\n"


def test_a_named_file_may_be_missing_and_its_coming_counts(counted: Counted) -> None:
    tool = counted.program("echo hi")
    line = f"memo --no-trace --on data {tool}"
    counted.run(line)
    counted.run(line)
    assert counted.runs == 1
    counted.write("data", "")
    counted.run(line)
    assert counted.runs == 2


# -- options


def test_after_its_time_to_live_it_runs_again(counted: Counted) -> None:
    tool = counted.program("echo hi")
    counted.run(f"memo --no-trace --ttl 0.01 {tool}")
    time.sleep(0.05)
    counted.run(f"memo --no-trace --ttl 0.01 {tool}")
    assert counted.runs == 2
    counted.run(f"memo --no-trace --ttl inf --key x {tool}")
    counted.run(f"memo --no-trace --ttl inf --key x {tool}")
    assert counted.runs == 3


def test_only_the_statuses_that_were_named_are_kept(counted: Counted) -> None:
    tool = counted.program('exit "$1"')
    for line, runs in (("1", 1), ("1", 2), ("0", 3), ("0", 3)):
        assert counted.run(f"memo --no-trace {tool} {line}").status == int(line)
        assert counted.runs == runs
    for _ in range(2):
        assert counted.run(f"memo --no-trace --codes 1,7 {tool} 7").status == 7
    assert counted.runs == 4


def test_a_key_makes_different_words_the_same_question(counted: Counted) -> None:
    tool = counted.program('echo "$1"')
    assert counted.run(f"memo --no-trace --key k {tool} one").text == "one\n"
    assert counted.run(f"memo --no-trace --key k {tool} two").text == "one\n"
    assert counted.run(f"memo --no-trace --key other {tool} two").text == "two\n"
    assert counted.runs == 2


def test_fresh_runs_it_and_keeps_what_it_gives(counted: Counted) -> None:
    tool = counted.program("cat data")
    counted.write("data", "one\n")
    line = f"--no-trace {tool}"
    counted.run(f"memo {line}")
    counted.write("data", "two\n")
    assert counted.run(f"memo {line}").text == "one\n"
    assert counted.run(f"memo --fresh {line}").text == "two\n"
    assert counted.run(f"memo {line}").text == "two\n"
    assert counted.runs == 2


def test_warm_says_nothing_and_keeps_the_answer(counted: Counted) -> None:
    tool = counted.program("echo hi; echo err >&2; exit 4")
    line = f"--no-trace --codes 4 {tool}"
    for _ in range(2):
        ran = counted.run(f"memo --warm {line}")
        assert (ran.text, ran.errors, ran.status) == ("", "", 4)
    ran = counted.run(f"memo {line}")
    assert (ran.text, ran.errors, ran.status) == ("hi\n", "err\n", 4)
    assert counted.runs == 1


def test_what_has_a_tag_is_forgotten_together(counted: Counted) -> None:
    tool = counted.program("echo hi")
    for words in ("--tag a one", "--tag a --tag b two", "three"):
        *options, name = words.split()
        counted.run(f"memo --no-trace {' '.join(options)} {tool} {name}")
    assert counted.run("cache rm tag:a --csv").text == "removed\n2\n"
    for name, runs in (("three", 3), ("one", 4), ("two", 5)):
        counted.run(f"memo --no-trace {tool} {name}")
        assert counted.runs == runs
    assert counted.run("cache rm tag:a").status == 1


@needs_tracing
def test_outputs_are_put_back_with_their_mode(counted: Counted) -> None:
    tool = counted.program("mkdir -p out; cat data >out/result; chmod 750 out/result; echo made")
    counted.write("data", b"\0\xff\n")
    line = f"memo --outputs {tool}"
    assert counted.run(line).text == "made\n"
    result = counted.azos.cwd / "out" / "result"
    (counted.azos.cwd / "out").rename(counted.azos.cwd / "gone")
    assert counted.run(line).text == "made\n"
    assert counted.runs == 1
    assert (result.read_bytes(), stat.S_IMODE(result.stat().st_mode)) == (b"\0\xff\n", 0o750)
    result.write_text("spoilt")
    result.chmod(0o600)
    assert counted.run(line).text == "made\n"
    assert (result.read_bytes(), stat.S_IMODE(result.stat().st_mode)) == (b"\0\xff\n", 0o750)
    assert counted.runs == 1


@needs_tracing
def test_what_writes_is_kept_where_that_is_allowed(counted: Counted) -> None:
    tool = counted.program("echo more >>log; echo said")
    for _ in range(2):
        assert counted.run(f"memo --allow writes {tool}").text == "said\n"
    assert (counted.azos.cwd / "log").read_text() == "more\n"


# -- standard input


def test_standard_input_counts_by_its_content(counted: Counted) -> None:
    tool = counted.program("tr a-z A-Z")
    line = f"memo --no-trace {tool}"
    counted.write("one", "data\n")
    counted.write("two", "data\n")
    assert counted.run(f"{line} <one").text == "DATA\n"
    assert counted.run(f"{line} <two").text == "DATA\n"
    assert counted.runs == 1
    counted.write("two", "date\n")
    assert counted.run(f"{line} <two").text == "DATE\n"
    assert counted.runs == 2
    assert counted.run(f"{line} </dev/null").text == ""
    assert counted.run(f"{line} <&-").text == ""
    runs = counted.runs
    for _ in range(2):
        assert counted.run(f"printf data | {line}").text == "DATA"
        assert counted.run(f"printf date | {line}").text == "DATE"
    assert counted.runs == runs + 2
    assert counted.run(f"{line} <one").text == "DATA\n"
    assert counted.runs == runs + 2


def test_a_file_as_input_is_left_where_the_program_left_it(counted: Counted) -> None:
    tool = counted.program("read first; echo got $first")
    counted.write("data", "one\ntwo\nthree\n")
    script = f"{{ memo --no-trace {tool}; memo --no-trace {tool}; cat; }} <data"
    for _ in range(2):
        assert counted.run(script).text == "got one\ngot two\nthree\n"
    assert counted.runs == 2


@pytest.mark.parametrize(
    ("body", "wanted"),
    [("echo got", "a got b got c got"), ("read y; echo got $y", "a got b c got"), ("cat", "a b c")],
)
def test_a_loop_over_lines_keeps_its_input(counted: Counted, body: str, wanted: str) -> None:
    tool = counted.program(body)
    loop = f"printf 'a\\nb\\nc\\n' | while read x; do echo $x; memo -q --no-trace {tool}; done"
    for _ in range(2):
        assert counted.run(loop).text.split() == wanted.split()


def test_a_program_that_found_its_input_at_its_end_is_not_one_that_reads_none(counted: Counted) -> None:
    tool = counted.program("read y; echo got $y")
    reader, writer = os.pipe()
    os.close(writer)
    assert [counted.run(f"memo -q --no-trace {tool}", stdin=reader).text for _ in range(2)] == ["got\n"] * 2
    os.close(reader)
    assert counted.runs == 1
    reader, writer = os.pipe()
    os.write(writer, b"data\n")
    os.close(writer)
    assert counted.run(f"memo -q --no-trace {tool}", stdin=reader).text == "got data\n"
    os.close(reader)


def test_an_input_that_ends_while_the_program_waits_for_it_says_nothing(counted: Counted) -> None:
    os.mkfifo(counted.azos.cwd / "gate")
    tool = counted.program("read go <gate; read y; echo got $y")
    script = f"{{ exec 3>&-; : >gate; }} | {{ memo -q --no-trace {tool}; :; }}"
    assert counted.run(script).text == "got\n"
    assert counted.run(f"{{ echo x; : >gate; }} | {{ memo -q --no-trace {tool}; :; }}").text == "got x\n"


def test_a_program_in_a_loop_may_have_an_input_of_its_own(counted: Counted) -> None:
    tool = counted.program("cat; echo got")
    loop = f"printf 'a\\nb\\n' | while read x; do echo $x; memo --no-trace {tool} </dev/null; done"
    for _ in range(2):
        assert counted.run(loop).text.split() == ["a", "got", "b", "got"]
    assert counted.runs == 1


def test_an_open_pipe_that_nobody_reads_does_not_keep_anybody_waiting(counted: Counted) -> None:
    tool = counted.program("echo hi")
    reader, writer = os.pipe()
    try:
        os.write(writer, b"somebody's\n")
        for _ in range(2):
            assert counted.run(f"memo -q --no-trace {tool}", stdin=reader).text == "hi\n"
        assert counted.run("read line; echo $line", stdin=reader).text == "somebody's\n"
    finally:
        os.close(reader)
        os.close(writer)


# -- command lines


def test_one_word_may_be_a_whole_command_line(counted: Counted) -> None:
    counted.write("data", "b\na\nb\n")
    line = f"memo --no-trace --on data '{counted.count()}; sort data | uniq -c | tr -s \" \"; exit 3'"
    for _ in range(2):
        assert counted.run(line.replace("exit 3", "true")).text == " 1 a\n 2 b\n"
    assert counted.runs == 1


@needs_tracing
def test_a_command_line_is_traced_but_not_the_start_of_its_shell(counted: Counted) -> None:
    data = counted.write("data", "b\na\n")
    line = f"memo '{counted.count()}; sort <data | head -n 1'"
    assert [counted.run(line).text for _ in range(2)] == ["a\n"] * 2
    assert counted.runs == 1
    data.write_text("b\n0\n")
    assert counted.run(line).text == "0\n"
    assert counted.runs == 2


@pytest.mark.parametrize(
    ("scope", "line", "wanted"),
    [
        ("greet() { COUNT; echo hello $1; }", "memo --no-trace 'greet you'", "hello you"),
        ("greet() { COUNT; echo hello $1; }", "memo --no-trace greet you", "hello you"),
        ("alias greet='COUNT; echo hello'", "memo --no-trace 'greet you'", "hello you"),
        ("x=5", "memo --no-trace 'COUNT; echo $x ${y-none}'", "5 none"),
        ("x=(1 '2 3')", "memo --no-trace 'COUNT; echo ${#x[@]} ${x[1]}'", "2 2 3"),
        ("set -- one two", "memo --no-trace 'COUNT; echo $2 $#'", "two 2"),
        ("IFS=:", "memo --no-trace 'COUNT; v=a:b; echo $v'", "a b"),
    ],
)
def test_a_command_line_knows_what_it_mentions_of_the_shell(
    counted: Counted, scope: str, line: str, wanted: str
) -> None:
    script = f"shopt -s expand_aliases; {scope}\n{line}".replace("COUNT", counted.count())
    for _ in range(2):
        assert counted.run(script).text == f"{wanted}\n"
    assert counted.runs == 1


def test_another_value_of_what_is_mentioned_is_another_question(counted: Counted) -> None:
    line = f"memo --no-trace '{counted.count()}; greet $x'"
    for number, (scope, wanted, runs) in enumerate(
        [
            ("greet() { echo a $1; }; x=1", "a 1", 1),
            ("greet() { echo a $1; }; x=2", "a 2", 2),
            ("greet() { echo b $1; }; x=2", "b 2", 3),
            ("greet() { echo a $1; }; x=1; unmentioned=3", "a 1", 3),
        ]
    ):
        assert counted.run(f"{scope}\n{line}").text == f"{wanted}\n", number
        assert counted.runs == runs


def test_memo_works_inside_of_pipelines_and_substitutions(counted: Counted) -> None:
    tool = counted.program("echo b; echo a")
    for _ in range(2):
        assert counted.run(f"memo --no-trace {tool} | sort | tr -d '\\n'").text == "ab"
        assert counted.run(f'echo "[$(memo --no-trace {tool})]"').text == "[b\na]\n"
        assert counted.run(f"printf x | memo --no-trace {tool} >out; cat out").text == "b\na\n"
    assert counted.runs == 2  # once with the input that is nothing, once with x


# -- going round it


@pytest.mark.parametrize(
    "around", ["AZOS_NO_CACHE=1 memo", "export AZOS_NO_CACHE=1; memo", "\\memo", "memo --fresh"]
)
def test_the_cache_can_be_gone_round(counted: Counted, around: str) -> None:
    tool = counted.program("cat data")
    counted.write("data", "old\n")
    counted.run(f"memo --no-trace {tool}")
    counted.write("data", "new\n")
    assert counted.run(f"{around} --no-trace {tool}").text == "new\n"
    assert counted.runs == 2


# -- what can't be run


def test_an_unknown_command_is_127_and_told_as_ever(counted: Counted) -> None:
    for _ in range(2):
        ran = counted.run("memo nosuch a")
        assert (ran.text, ran.status) == ("", 127)
        assert "nosuch: command not found" in ran.errors
    counted.write("plain", "echo\n")
    assert counted.run("memo ./plain").status == 126
    assert counted.stats()[2] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "a command is missing"),
        ("--ttl 5m", "a command is missing"),
        ("--ttl soon echo", "'soon' is no time"),
        ("--ttl", "--ttl needs a value"),
        ("--nosuch echo", "--nosuch: no such option"),
        ("--codes x echo", "'x' is no list"),
        ("--codes 256 echo", "'256' is no list"),
        ("--allow all echo", "all is none of"),
        ("--env 1x echo", "'1x' is no name"),
        ("--tag '' echo", "a tag is one word"),
        ("--on '' echo", "is empty"),
        ("why", "a command is missing"),
        ("ls x", "unexpected operand"),
        ("rm", "a pattern is missing"),
    ],
)
def test_wrong_usage_is_2_and_shows_the_usage(counted: Counted, words: str, message: str) -> None:
    ran = counted.run(f"memo {words}")
    assert (ran.text, ran.status) == ("", 2)
    assert message in ran.errors
    assert "usage: memo " in ran.errors
    assert "Traceback" not in ran.errors


# -- an old answer, marked as such


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for it; the time is only how long a hang may last."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_stale_answer_is_marked_and_made_anew_in_the_background(counted: Counted) -> None:
    tool = counted.program("cat data")
    counted.write("data", "old\n")
    counted.run(f"memo --no-trace --ttl 0.01 --stale 1h {tool}")
    counted.write("data", "new\n")
    time.sleep(0.05)
    ran = counted.run(f"memo --no-trace --ttl 1h --stale 1h {tool}")
    assert ran.text == "old\n"
    assert "stale: this answer is" in ran.errors
    until(lambda: counted.run(f"memo why --no-trace {tool}").status == 0)
    ran = counted.run(f"memo --no-trace --ttl 1h --stale 1h {tool}")
    assert (ran.text, ran.errors) == ("new\n", "")
    assert counted.runs == 2


def test_a_stale_command_line_is_made_anew_with_its_scope(counted: Counted) -> None:
    script = "greet() { COUNT; cat data; }; memo --no-trace --ttl TTL --stale 1h 'greet'".replace(
        "COUNT", counted.count()
    )
    counted.write("data", "old\n")
    counted.run(script.replace("TTL", "0.01"))
    counted.write("data", "new\n")
    time.sleep(0.05)
    assert counted.run(script.replace("TTL", "1h")).text == "old\n"
    until(lambda: counted.run(script.replace("TTL", "1h")).text == "new\n")
    assert counted.run("memo rm greet").status == 0  # it goes by the name that it was asked by


def test_what_is_known_to_have_changed_is_never_given_as_stale(counted: Counted) -> None:
    tool = counted.program('cat "$1"')
    counted.write("data", "old\n")
    counted.run(f"memo --no-trace --ttl 0.01 --stale 1h {tool} data")
    counted.write("data", "new\n")
    time.sleep(0.05)
    ran = counted.run(f"memo --no-trace --ttl 0.01 --stale 1h {tool} data")
    assert (ran.text, ran.errors) == ("new\n", "")
