"""memo: what is answered from the cache, what runs again, and why. Runs are counted in a file outside memo's sight."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from harness.processes import Azos

from azos_shell.cache.tracer import works

STRACE = shutil.which("strace")
needs_strace = pytest.mark.skipif(
    STRACE is None or not works(STRACE, None), reason="strace is missing or may not trace here"
)
PYTHON = sys.executable

SLOW = """
import os, sys
import helper
if os.path.exists("override"):
    print("override")
print(helper.total(open(sys.argv[1])))
"""


@pytest.fixture
def script(azos: Azos) -> Azos:
    """A Python program that reads its argument, imports a module and looks for a file that is not there."""
    (azos.cwd / "slow.py").write_text(SLOW)
    (azos.cwd / "helper.py").write_text("def total(lines):\n    return sum(map(int, lines))\n")
    (azos.cwd / "data.csv").write_text("1\n2\n3\n")
    return azos


def kept(azos: Azos, command: str) -> bool:
    """Whether it would be answered from the cache."""
    ran = azos.run(f"memo why {command}")
    assert ran.status == (0 if ran.text.startswith("cached") else 1)
    return ran.text.startswith("cached")


RUN = f"-- {PYTHON} slow.py data.csv"


@needs_strace
def test_a_program_is_run_once_and_again_after_what_it_rests_on_has_changed(script: Azos) -> None:
    assert script.run(f"memo {RUN}").text == "6\n"
    assert kept(script, RUN)
    assert script.run(f"memo {RUN}").text == "6\n"
    data = script.cwd / "data.csv"
    data.touch()
    assert kept(script, RUN)
    before = data.stat()
    data.write_text("1\n2\n4\n")
    os.utime(data, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not kept(script, RUN)
    assert script.run(f"memo {RUN}").text == "7\n"
    assert kept(script, RUN)
    (script.cwd / "helper.py").write_text("def total(lines):\n    return -sum(map(int, lines))\n")
    assert not kept(script, RUN)
    assert script.run(f"memo {RUN}").text == "-7\n"
    assert kept(script, RUN)
    (script.cwd / "override").touch()
    assert not kept(script, RUN)
    assert script.run(f"memo {RUN}").text == "override\n-7\n"


@needs_strace
def test_why_names_what_has_changed(script: Azos) -> None:
    script.run(f"memo {RUN}")
    (script.cwd / "helper.py").write_text("def total(lines):\n    return 0\n")
    said = script.run(f"memo why {RUN}").text
    assert said.startswith("runs: it was kept ")
    assert f"{script.cwd}/helper.py has" in said


def test_variables_and_directories_are_part_of_the_question(azos: Azos) -> None:
    (azos.cwd / "sub").mkdir()
    line = "memo -- sh -c 'echo $X; pwd'"
    script = f"export X=1; {line}; X=2 {line}; cd sub; {line}; cd ..; {line}"
    expected = f"1\n{azos.cwd}\n2\n{azos.cwd}\n1\n{azos.cwd}/sub\n1\n{azos.cwd}\n"
    assert azos.run(script).text == expected
    assert azos.run(script).text == expected
    assert azos.run("memo why -- sh -c 'echo $X; pwd'").text == "runs: variable X is not set now\n"
    assert azos.run("X=1; memo why --env X -- sh -c 'echo $X; pwd'").text.startswith("runs: variable X")


def test_without_directory_or_variables_they_do_not_matter(azos: Azos) -> None:
    (azos.cwd / "sub").mkdir()
    azos.run("memo --no-cwd --no-env --no-trace -- sh -c 'echo $X; pwd'")
    ran = azos.run("export X=5; cd sub; memo --no-cwd --no-env --no-trace -- sh -c 'echo $X; pwd'")
    assert ran.text == f"\n{azos.cwd}\n"


def counting(azos: Azos, line: str, options: str = "--no-trace") -> str:
    """A memo of a program that counts its runs beside its home."""
    return f"memo {options} -- sh -c 'echo run >> {azos.home}/count; {line}'"


def runs(azos: Azos) -> int:
    return len((azos.home / "count").read_text().splitlines())


def test_declared_files_and_patterns_are_looked_at(azos: Azos) -> None:
    (azos.cwd / "src").mkdir()
    (azos.cwd / "src/a.py").write_text("a")
    line = counting(azos, "echo made", "--no-trace --on 'src/*.py' --on there")
    for expected in (1, 1):
        assert azos.run(line).text == "made\n"
        assert runs(azos) == expected
    (azos.cwd / "src/b.py").write_text("b")
    azos.run(line)
    (azos.cwd / "src/a.py").write_text("c")
    azos.run(line)
    (azos.cwd / "there").touch()
    azos.run(line)
    azos.run(line)
    assert runs(azos) == 4


def test_output_errors_and_status_are_given_again_as_they_were(azos: Azos) -> None:
    line = "memo --no-trace --codes 3 -- sh -c 'printf \"\\0\\377\\n\"; echo wrong >&2; exit 3'"
    first, second = azos.run(line), azos.run(line)
    assert (first.status, first.stdout, first.errors) == (second.status, second.stdout, second.errors)
    assert first.status == 3
    assert first.stdout == b"\0\xff\n"
    assert "wrong" in first.errors


@pytest.mark.parametrize(
    ("line", "status"), [("exit 3", 3), ("kill -9 $$", 137), ("kill -TERM $$", 143), ("nosuch", 127)]
)
def test_what_failed_is_run_again(azos: Azos, line: str, status: int) -> None:
    for expected in (1, 2):
        assert azos.run(counting(azos, line)).status == status
        assert runs(azos) == expected


@needs_strace
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("echo x > written", "it wrote"),
        ("date >/dev/null", "tells the time"),
        ("head -c 1 /dev/urandom >/dev/null", "/dev/urandom"),
        ("cat /proc/self/stat >/dev/null", "/proc/self/stat"),
        (
            f"{PYTHON} -c 'import socket; socket.socket().connect_ex((\"127.0.0.1\", 9))'",
            "the network (127.0.0.1:9)",
        ),
    ],
)
def test_what_rests_on_more_than_files_is_not_kept_and_says_why(azos: Azos, line: str, why: str) -> None:
    ran = azos.run(f'memo "{line.replace(chr(34), chr(92) + chr(34))}"; true')
    assert ran.errors.count("not kept: ") == 1
    assert why in ran.errors
    assert not kept(azos, f'"{line.replace(chr(34), chr(92) + chr(34))}"')


@needs_strace
def test_files_that_it_wrote_are_put_back_if_asked(azos: Azos) -> None:
    line = "memo --outputs 'echo hi > made; chmod 640 made; echo said'"
    assert azos.run(line).text == "said\n"
    (azos.cwd / "made").unlink()
    assert azos.run(line).text == "said\n"
    assert (azos.cwd / "made").read_text() == "hi\n"
    assert (azos.cwd / "made").stat().st_mode & 0o777 == 0o640


@needs_strace
def test_what_changed_while_it_ran_is_not_trusted(azos: Azos) -> None:
    (azos.cwd / "a").write_text("one\n")
    ran = azos.run(
        "memo -- sh -c 'cat a; sleep 0.1; echo two > a' 2>&1; memo --allow writes -- sh -c 'cat a; echo 3 > a'"
    )
    assert "not kept" in ran.text + ran.errors
    assert not kept(azos, "--allow writes -- sh -c 'cat a; echo 3 > a'")


def test_a_command_line_takes_functions_aliases_and_variables_with_it(azos: Azos) -> None:
    line = "memo 'f x | tr a-z A-Z; g'"
    script = f"f() {{ echo \"f $1 $v\"; }}\nalias g='f aliased'\nv=1\n{line}\nv=2\n{line}\n"
    expected = "F X 1\nf aliased 1\nF X 2\nf aliased 2\n"
    assert azos.c(script).text == expected
    assert azos.c(script).text == expected


def test_standard_input_is_part_of_the_question_if_it_is_read(azos: Azos) -> None:
    (azos.cwd / "data").write_text("b\na\n")
    script = (
        "memo sort <data; echo c | memo sort; echo d | memo sort; memo sort </dev/null; memo -- echo unread;\n"
        "printf '1\\n2\\n3\\n' | while read x; do memo -- echo $x; done\n"
        "{ memo -- head -n 1; cat; } <data\n"
    )
    expected = "a\nb\nc\nd\nunread\n1\n2\n3\nb\na\n"
    for _ in range(2):
        ran = azos.c(script)
        assert ran.text == expected, ran.errors


def test_who_wants_no_cache_gets_none(azos: Azos) -> None:
    line = counting(azos, "echo said")
    azos.run(line)
    for other in (f"AZOS_NO_CACHE=1 {line}", f"\\{line}", line.replace("memo", "memo --fresh")):
        before = runs(azos)
        assert azos.run(other).text == "said\n"
        assert runs(azos) == before + 1


def test_a_time_to_live_ends_and_stale_answers_are_marked_and_made_anew(azos: Azos) -> None:
    line = counting(azos, f"wc -l < {azos.home}/count", "--no-trace --ttl 0.01 --stale 1h")
    assert azos.run(f"{line}; sleep 0.02").text == "1\n"
    ran = azos.run(f"{line}")
    assert ran.text == "1\n"
    assert "stale: this answer is" in ran.errors
    for _ in range(200):
        if azos.run(f"{line} 2>/dev/null").text != "1\n":
            break
    else:
        pytest.fail("it was never made anew")


def test_entries_are_listed_tagged_shown_pinned_verified_and_removed(azos: Azos) -> None:
    azos.run("memo --no-trace --tag web -- printf 'one\\n'; memo --no-trace -- uname")
    assert azos.run("cache ls --csv | wc -l").text.strip() == "3"
    assert azos.run("cache show 'printf*'").text == "one\n"
    assert azos.run("cache pin 'printf*'").text == '{"pinned":1}\n'
    assert '"bad":0' in azos.run("cache verify").text
    assert azos.run("cache rm tag:web").text == '{"removed":1}\n'
    assert azos.run("memo rm 'unam*'; memo ls").text == ""
    assert azos.run("cache rm nosuch").status == 1


def test_a_larger_output_than_one_result_may_be_is_passed_on_and_not_kept(azos: Azos) -> None:
    (azos.home / ".config/azos").mkdir(parents=True)
    (azos.home / ".config/azos/config.toml").write_text('[cache]\ndisk = "100 kB"\nmemory = "100 kB"\n')
    ran = azos.run("memo --no-trace -- seq 10000 | tail -n 1")
    assert ran.text == "10000\n"
    assert "larger than one result may be" in ran.errors


def test_a_rule_caches_a_program_that_is_just_typed(azos: Azos) -> None:
    (azos.home / ".config/azos").mkdir(parents=True)
    (azos.home / ".config/azos/config.toml").write_text(
        '[[cache.rule]]\nmatch = "sh count *"\nttl = "1h"\non = ["data"]\ntag = "t"\n'
    )
    (azos.cwd / "count").write_text(f"echo run >> {azos.home}/count; echo $1\n")
    assert azos.run("sh count a; sh count a; sh count a | cat; x=$(sh count a); echo $x").text == "a\n" * 4
    assert runs(azos) == 1
    assert azos.run("\\sh count a").text == "a\n"
    assert runs(azos) == 2
    (azos.cwd / "data").touch()
    azos.run("sh count a")
    assert runs(azos) == 3


@pytest.mark.parametrize("state", ["no home", "a file in its place", "newer", "damaged", "truncated"])
def test_without_a_usable_cache_commands_run_and_are_right(azos: Azos, state: str) -> None:
    environment = dict(azos.environment)
    cache = azos.home / ".cache/azos"
    if state == "no home":
        environment["HOME"] = "/nonexistent"
    elif state == "a file in its place":
        (azos.home / ".cache").write_text("")
    else:
        azos.run("memo --no-trace -- uname")
        database = cache / "cache.db"
        if state == "newer":
            connection = sqlite3.connect(database)
            connection.execute("pragma user_version = 99")
            connection.close()
        elif state == "damaged":
            database.write_bytes(os.urandom(database.stat().st_size))
        else:
            database.write_bytes(database.read_bytes()[:5000])
    ran = azos.run(
        "memo --no-trace -- expr 1 + 1; memo --no-trace -- expr 1 + 1; memo --no-trace -- expr 2 + 2",
        env=environment,
    )
    assert ran.text == "2\n2\n4\n"
    assert ran.status == 0
    assert "Traceback" not in ran.errors
    if state not in ("damaged", "truncated"):
        assert ran.errors.count("\n") == 1


def test_processes_that_want_the_same_wait_for_one(azos: Azos) -> None:
    line = counting(azos, "sleep 0.5; echo answer")
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.append(azos.run(line).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["answer\n"] * 8
    assert runs(azos) == 1


def test_when_the_one_that_works_is_killed_another_takes_over(azos: Azos) -> None:
    line = counting(azos, "sleep 0.7; echo answer")
    command = [sys.executable, "-m", "azos_shell", "-c", line]
    first = subprocess.Popen(command, cwd=azos.cwd, env=azos.environment, stdin=subprocess.DEVNULL)
    while not (azos.home / "count").exists():
        threading.Event().wait(0.01)
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.append(azos.run(line).text)) for _ in range(3)]
    for thread in threads:
        thread.start()
    threading.Event().wait(0.2)
    first.kill()
    first.wait()
    for thread in threads:
        thread.join()
    assert said == ["answer\n"] * 3
    assert runs(azos) == 2


def test_wrong_usage_says_how_it_is_used(azos: Azos) -> None:
    for line in (
        "memo",
        "memo --nosuch x",
        "memo --ttl x true",
        "memo --allow all true",
        "memo rm",
        "memo why",
    ):
        ran = azos.run(line)
        assert ran.status == 2, line
        assert "usage: memo" in ran.errors
    assert azos.run("memo -- nosuchcommand").status == 127


def test_the_cache_is_private(azos: Azos) -> None:
    azos.run("umask 0; memo --no-trace -- seq 100000 >/dev/null")
    for path in Path(azos.home / ".cache/azos").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
