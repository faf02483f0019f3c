"""last: what is kept of command lines, how it is given again, and where nothing is kept."""

from __future__ import annotations

import pytest
from harness.processes import Azos

from azos_shell.core.values import Records
from azos_shell.shell.kept_lines import ALL_BYTES, LINE_BYTES, MOST_LINES, KeptLines

pytestmark = pytest.mark.azos_only


def keep(kept: KeptLines, text: str, output: bytes) -> None:
    """A line that writes this."""
    kept.begin(text)
    assert kept.current is not None
    kept.current.hear(output)
    kept.end()


# -- what is kept


def test_the_last_line_kept_is_the_first_going_back() -> None:
    kept = KeptLines()
    keep(kept, "echo a", b"a\n")
    keep(kept, "echo b", b"b\n")
    assert [line.text for back in (1, 2) if (line := kept.back(back))] == ["echo b", "echo a"]
    assert kept.back(3) is None
    assert kept.back(0) is None


def test_a_line_that_wrote_nothing_is_not_kept() -> None:
    kept = KeptLines()
    keep(kept, "true", b"")
    assert len(kept) == 0


def test_a_line_that_only_says_again_is_not_kept() -> None:
    kept = KeptLines()
    kept.begin("last")
    assert kept.current is not None
    kept.current.hear(b"again")
    kept.leave_out()
    kept.end()
    keep(kept, "echo a", b"a\n")
    assert [line.text for line in kept] == ["echo a"]


def test_a_line_is_cut_where_its_room_ends() -> None:
    kept = KeptLines()
    keep(kept, "big", b"x" * LINE_BYTES + b"y")
    keep(kept, "fits", b"x" * LINE_BYTES)
    big, fits = kept
    assert (big.length, big.is_cut) == (LINE_BYTES, True)
    assert (fits.length, fits.is_cut) == (LINE_BYTES, False)


def test_old_lines_are_forgotten_where_there_are_too_many() -> None:
    kept = KeptLines()
    for number in range(MOST_LINES + 3):
        keep(kept, str(number), b"x")
    assert len(kept) == MOST_LINES
    assert next(iter(kept)).text == "3"


def test_old_lines_are_forgotten_where_all_of_them_are_too_large() -> None:
    kept = KeptLines()
    for number in range(ALL_BYTES // LINE_BYTES + 2):
        keep(kept, str(number), b"x" * LINE_BYTES)
    assert len(kept) == ALL_BYTES // LINE_BYTES
    assert next(iter(kept)).text == "2"


def test_records_are_bounded_and_of_several_answers_the_last_is_kept() -> None:
    kept = KeptLines()
    kept.begin("sql")
    line = kept.current
    assert line is not None
    line.hear_records(Records(("a",), [(1,)]))
    line.hear_records(Records(("b",), [(2,)]))
    line.hear_records(Records(("b",), [(3,)]))
    assert [batch.rows for batch in line.records] == [[(2,)], [(3,)]]
    line.hear_records(Records(("b",), [("x" * LINE_BYTES,)]))
    line.hear_records(Records(("b",), [(4,)]))
    assert (len(line.records), line.records_are_cut, line.gave_records) == (2, True, True)


# -- what last gives


def test_last_gives_the_same_however_often_it_is_asked(azos: Azos) -> None:
    assert azos.run("echo hi\nlast\nlast\nlast | cat").text == "hi\n" * 4


def test_a_number_asks_for_a_line_before(azos: Azos) -> None:
    assert azos.run("echo a\ntrue\necho b\nlast -2\nlast -1").text == "a\nb\na\nb\n"


def test_a_substitution_of_last_is_a_line_like_any_other(azos: Azos) -> None:
    assert azos.run("echo hi\necho got $(last)\nlast").text == "hi\ngot hi\ngot hi\n"


def test_what_functions_loops_and_subshells_wrote_is_kept(azos: Azos) -> None:
    ran = azos.run('f() { printf "%s." "$@"; }\nfor x in 1 2; do f $x; (echo sub); done\nlast')
    assert ran.text == "1.sub\n2.sub\n" * 2


def test_what_went_elsewhere_is_not_kept(azos: Azos) -> None:
    ran = azos.run("echo kept\necho a >file\necho b | cat\necho c >&2\nx=$(echo d)\n{ echo e; } >file\nlast")
    assert ran.text == "kept\nb\nkept\n"


def test_errors_sent_along_with_the_output_are_kept_with_it(azos: Azos) -> None:
    assert azos.run("{ echo out; echo err >&2; } 2>&1\nlast").text == "out\nerr\n" * 2


def test_l_lists_number_bytes_and_command(azos: Azos) -> None:
    ran = azos.run("echo a\nprintf %s b\nlast -l")
    assert ran.text.startswith('a\nb{"number":-2,"bytes":2,"command":"echo a"}\n')
    assert ran.text.endswith('{"number":-1,"bytes":1,"command":"printf %s b"}\n')


def test_records_are_given_in_any_format(azos: Azos) -> None:
    ran = azos.run('sql "select 1 as a, 2 as b" >&1\nlast --json\nlast --csv\nlast')
    assert ran.text == '{"a":1,"b":2}\n[\n{"a":1,"b":2}\n]\na,b\n1,2\n{"a":1,"b":2}\n'


def test_a_format_alone_means_the_last_line_that_gave_records(azos: Azos) -> None:
    ran = azos.run('sql "select 1 as a"\necho text\nlast --csv\nlast -1 --csv')
    assert ran.text == '{"a":1}\ntext\na\n1\n'
    assert (ran.status, ran.errors) == (1, "azos: line 4: last: the line gave text, no records\n")


def test_text_has_no_records(azos: Azos) -> None:
    ran = azos.run("echo text\nlast --json")
    assert (ran.status, ran.text) == (1, "text\n")


def test_a_cut_output_is_given_and_then_told(azos: Azos) -> None:
    ran = azos.run("printf %1000001s x >&1\nlast >copy; echo $?")
    assert ran.text.endswith("x1\n")
    assert (azos.cwd / "copy").stat().st_size == LINE_BYTES
    assert "cut: the line gave more than is kept of one" in ran.errors


@pytest.mark.parametrize(
    ("script", "status", "message"),
    [
        ("last", 1, "there is no such line: nothing is kept"),
        ("echo a\nlast -2", 1, "there is no such line: only one is kept"),
        ("echo a\nlast 1", 2, "1: expected -1 for the last line"),
        ("echo a\nlast x", 2, "'x' is no number"),
    ],
)
def test_what_is_not_there_is_told(azos: Azos, script: str, status: int, message: str) -> None:
    ran = azos.run(script)
    assert ran.status == status
    assert message in ran.errors


# -- where lines are kept


def test_a_script_whose_text_does_not_name_it_keeps_nothing(azos: Azos) -> None:
    ran = azos.c('echo a\n"$1"', "azos", "last")
    assert (ran.status, ran.text) == (1, "a\n")
    assert "nothing is kept" in ran.errors


def test_scripts_by_name_and_on_standard_input_keep_their_lines(azos: Azos) -> None:
    script = "echo a\nlast\n"
    assert azos.file(script).text == "a\na\n"
    assert azos.piped(script).text == "a\na\n"
    (azos.cwd / "script").write_text(script)
    with (azos.cwd / "script").open() as file:
        assert azos.start_and_wait([], stdin=file.fileno()).text == "a\na\n"


def test_what_a_sourced_file_wrote_belongs_to_the_line_that_sourced_it(azos: Azos) -> None:
    (azos.cwd / "part").write_text("echo a\necho b\n")
    assert azos.run(". ./part\nlast").text == "a\nb\n" * 2
