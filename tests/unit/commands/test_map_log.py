"""The job log of map: GNU parallel's format, whole after a crash, and nothing taken for done that is not."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from azos_shell.commands.map_log import HEADER, JobLog, LogLine
from azos_shell.core.errors import AzosError


def line(number: int, status: int = 0, command: str = "") -> LogLine:
    return LogLine(number, 1_700_000_000.5, 0.25, 12, status, 0, command or f"echo {number}")


def written(path: Path, *lines: LogLine) -> None:
    log = JobLog(str(path), resume=True, again_if_failed=False)
    for one in lines:
        log.write(one)
    log.close()


def resumed(path: Path, *, again_if_failed: bool = False) -> JobLog:
    log = JobLog(str(path), resume=True, again_if_failed=again_if_failed)
    log.close()
    return log


def test_the_format_is_that_of_gnu_parallel(tmp_path: Path) -> None:
    written(tmp_path / "log", line(1), LogLine(2, 1.0, 0.5, 3, 0, 9, "sh -c 'a\tb\nc'"))
    assert (tmp_path / "log").read_text().splitlines() == [
        "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand",
        "1\t:\t1700000000.500\t0.250\t0\t12\t0\t0\techo 1",
        "2\t:\t1.000\t0.500\t0\t3\t0\t9\tsh -c 'a\\tb\\nc'",
    ]


def test_what_is_logged_is_done(tmp_path: Path) -> None:
    written(tmp_path / "log", line(3), line(1, status=2))
    done = resumed(tmp_path / "log").done
    assert [done.has(number, f"echo {number}") for number in range(5)] == [False, True, False, True, False]


def test_another_command_of_the_same_number_is_not_done(tmp_path: Path) -> None:
    written(tmp_path / "log", line(1))
    assert not resumed(tmp_path / "log").done.has(1, "echo 2")


def test_what_failed_can_be_asked_to_run_again(tmp_path: Path) -> None:
    written(tmp_path / "log", line(1), line(2, status=1), LogLine(3, 0, 0, 0, 0, 15, "echo 3"), line(4, 1))
    written(tmp_path / "log", line(4))
    done = resumed(tmp_path / "log", again_if_failed=True).done
    assert [done.has(number, f"echo {number}") for number in (1, 2, 3, 4)] == [True, False, False, True]


@pytest.mark.parametrize("command", ["a\tb", "a\nb", "\\t", "\udcff", "é", "x" * 5000])
def test_any_command_is_found_again(tmp_path: Path, command: str) -> None:
    written(tmp_path / "log", line(1, command=command))
    assert resumed(tmp_path / "log").done.has(1, command)


def test_without_resuming_a_log_begins_anew(tmp_path: Path) -> None:
    written(tmp_path / "log", line(1))
    JobLog(str(tmp_path / "log"), resume=False, again_if_failed=False).close()
    assert (tmp_path / "log").read_bytes() == HEADER


def test_a_line_that_a_crash_tore_is_not_done_and_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "log"
    written(path, line(1), line(2))
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        done = resumed(path).done
        assert done.has(1, "echo 1") == (whole[:size].count(b"\n") >= 2)
        assert done.has(2, "echo 2") == (size == len(whole))
        assert path.read_bytes().endswith(b"\n")
        written(path, line(2))
        assert resumed(path).done.has(2, "echo 2")


def test_no_damage_makes_done_what_is_not_or_takes_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    written(path, *[line(number) for number in range(1, 20)])
    whole = path.read_bytes()
    chance = random.Random(5)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            data[chance.randrange(len(HEADER), len(data))] = chance.choice(b"\0\n\t9a\xff")
        path.write_bytes(bytes(data))
        done = resumed(path).done
        assert not any(done.has(number, f"echo {number}") for number in range(20, 1000))


def test_a_huge_number_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(HEADER + b"999999999999\t:\t0\t0\t0\t0\t0\t0\techo\n")
    assert len(resumed(path).done) == 0


@pytest.mark.parametrize("text", ["hello\n", "hello", "1\t:\n", "Seq"])
def test_a_file_that_is_no_log_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log"
    path.write_text(text)
    if text == "Seq":  # a header that a crash tore
        assert resumed(path).done.has(1, "") is False
        return
    with pytest.raises(AzosError, match="no job log"):
        resumed(path)
    assert path.read_text() == text


def test_a_new_log_never_takes_the_place_of_another_file(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("important\n")
    with pytest.raises(AzosError, match="no job log"):
        JobLog(str(path), resume=False, again_if_failed=False)
    assert path.read_text() == "important\n"


def test_a_log_in_use_is_not_begun_anew(tmp_path: Path) -> None:
    log = JobLog(str(tmp_path / "log"), resume=False, again_if_failed=False)
    log.write(line(1))
    with pytest.raises(AzosError, match="another map"):
        JobLog(str(tmp_path / "log"), resume=False, again_if_failed=False)
    log.close()
    assert resumed(tmp_path / "log").done.has(1, "echo 1")


def test_a_log_that_is_refused_leaves_no_descriptor(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("important\n")
    before = len(os.listdir("/proc/self/fd"))
    for resume in (True, False):
        with pytest.raises(AzosError):
            JobLog(str(tmp_path / "notes"), resume=resume, again_if_failed=False)
    assert len(os.listdir("/proc/self/fd")) == before


def test_two_can_not_write_to_one_log(tmp_path: Path) -> None:
    log = JobLog(str(tmp_path / "log"), resume=True, again_if_failed=False)
    with pytest.raises(AzosError, match="another map"):
        JobLog(str(tmp_path / "log"), resume=True, again_if_failed=False)
    log.close()


def test_a_log_that_can_not_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(AzosError, match="No such file"):
        JobLog(str(tmp_path / "none" / "log"), resume=True, again_if_failed=False)


def test_a_full_disk_is_told() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with pytest.raises(AzosError, match="No space left"):
        JobLog("/dev/full", resume=False, again_if_failed=False)
