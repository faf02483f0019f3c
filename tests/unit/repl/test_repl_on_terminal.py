"""The prompt over a fake shell on a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import random
import re
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest
from fakes import repl_host

ROWS, COLUMNS = 24, 80


class Screen:
    """The program and what its terminal shows."""

    def __init__(self, directory: Path, *arguments: str, **variables: str) -> None:
        tests = Path(repl_host.__file__).parent.parent
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
            **variables,
        }
        self.child = pexpect.spawn(
            sys.executable,
            [repl_host.__file__, *arguments],
            env=environment,
            cwd=str(directory),
            dimensions=(ROWS, COLUMNS),
        )
        self.child.delaybeforesend = None
        self.modes = termios.tcgetattr(self.child.child_fd)
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.ended = False

    def pump(self, seconds: float = 0.02) -> None:
        try:
            data = self.child.read_nonblocking(65536, seconds)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            self.ended = True
            return
        self.raw += data
        self._stream.feed(data)

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end and not self.ended, self.text()
            self.pump()

    def prompt(self) -> None:
        self.until(lambda: re.search(r"❯ $", self.before_cursor()) is not None)

    def before_cursor(self) -> str:
        row = self.screen.buffer[self.screen.cursor.y]
        return "".join(row[x].data for x in range(self.screen.cursor.x))

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def type(self, keys: str) -> None:
        self.child.send(keys)

    def run(self, line: str) -> None:
        self.type(line)
        self.until(lambda: self.before_cursor().endswith(line))
        self.type("\r")
        self.until(lambda: not self.before_cursor().endswith(line))
        self.prompt()

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.child.child_fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def status(self) -> int | None:
        while not self.ended:
            self.pump()
        self.child.wait()
        return self.child.exitstatus


Start = Callable[..., Screen]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    screens: list[Screen] = []

    def begin(*arguments: str, **variables: str) -> Screen:
        screens.append(Screen(tmp_path, *arguments, **variables))
        return screens[-1]

    yield begin
    for screen in screens:
        if not screen.child.closed:
            screen.child.close(force=True)


def test_a_line_is_run_and_the_bar_leaves_nothing_behind(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.until(lambda: "cache 67 %" in shell.text())
    shell.run("echo hello")
    shell.until(lambda: shell.text().count("cache") == 1)
    lines = shell.text().split("\n")
    assert lines[0].endswith("❯ echo hello")
    assert lines[1] == "hello"
    assert lines[2].endswith("❯")
    assert lines[3].startswith(" 12 ms ✓")
    shell.type("\x04")
    assert shell.status() == 0
    assert shell.text().split("\n")[2:] == [lines[2] + " exit"]


def test_the_terminal_is_never_asked_for_the_cursor(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.run("echo x")
    assert b"\x1b[6n" not in shell.raw


def test_output_without_a_newline_keeps_its_row(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.run("printf foo")
    lines = shell.text().split("\n")
    assert lines[1] == "foo⏎"
    assert lines[2].endswith("❯")


def test_the_terminal_has_its_modes_while_a_command_runs(start: Start) -> None:
    shell = start()
    shell.prompt()
    assert termios.tcgetattr(shell.child.child_fd) != shell.modes
    shell.type("sleep 30\r")
    shell.until(lambda: termios.tcgetattr(shell.child.child_fd) == shell.modes)


def test_what_is_typed_ahead_is_there_for_the_command_and_for_the_prompt(start: Start) -> None:
    shell = start()
    shell.type("read x\rsome words\recho later\r")
    shell.until(lambda: "\nlater" in shell.text())
    assert "read b'some words\\n'" in shell.text()


def test_ctrl_c_shows_itself_and_gives_a_new_prompt(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.type("never run")
    shell.until(lambda: "never run" in shell.before_cursor())
    shell.type("\x03")
    shell.until(lambda: "never run^C" in shell.text())
    shell.prompt()


def test_unfinished_input_shows_a_continuation_prompt(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.type("echo 'a\r")
    shell.until(lambda: shell.before_cursor() == "… ")
    shell.type("b'\r")
    shell.until(lambda: "'a b'" in shell.text())


def test_hostile_names_are_shown_escaped(start: Start, tmp_path: Path) -> None:
    for name in ("evil\x1b[2Jone", "evil\x07two", "evil\u202ethree"):
        (tmp_path / name).touch()
    shell = start()
    shell.prompt()
    shell.type("cat ev\t")
    shell.until(lambda: shell.before_cursor().endswith("evil"))
    shell.type("\t")
    shell.until(lambda: "evil^[[2Jone" in shell.text())
    shell.type("\t\t\t")
    shell.until(lambda: r"$'evil\342\200\256three'" in shell.text())
    assert b"\x07" not in shell.raw
    assert "\u202e".encode() not in shell.raw
    assert b"\x1b[2J" not in shell.raw


def test_a_pasted_override_is_not_drawn(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.type("\x1b[200~a\u202eb\x1b[201~")
    shell.until(lambda: shell.before_cursor().endswith("a�b"))
    assert "\u202e".encode() not in shell.raw


def test_a_large_paste_waits_for_enter_and_one_without_an_end_for_ctrl_c(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.type("\x1b[200~" + "echo pasted\r" * 300 + "\x1b[201~")
    shell.until(lambda: shell.before_cursor() == "… ")
    assert "\npasted" not in shell.text()
    shell.type("\x03")
    shell.prompt()
    for torn in ("\x1b[20", "0~never ending"):
        shell.type(torn)
        shell.pump(0.01)
    assert shell.before_cursor().endswith("❯ ")
    while "never ending^C" not in shell.text():
        shell.type("\x03")
        shell.pump(0.1)
    shell.prompt()
    shell.run("echo free")
    assert "\nfree" in shell.text()


def test_the_menu_gives_way_to_the_next_key(start: Start) -> None:
    shell = start()
    shell.prompt()
    shell.type("sql --js\t")
    shell.until(lambda: shell.before_cursor().endswith("--json"))
    shell.type("\t")
    shell.until(lambda: "--jsonl  as lines" in shell.text())
    shell.type("l")
    shell.until(lambda: "as lines" not in shell.text())


def test_it_lives_through_a_storm_of_sizes(start: Start) -> None:
    shell = start()
    shell.prompt()
    chance = random.Random(20)
    for _ in range(200):
        shell.resize(chance.choice([1, 2, 5, 24, 60]), chance.choice([1, 2, 5, 80, 200]))
        shell.pump(0.001)
    shell.resize(1, 1)
    shell.type("x\t\x15")
    shell.pump(0.1)
    shell.resize(ROWS, COLUMNS)
    shell.pump(0.1)
    shell.type("\x0c")
    shell.prompt()
    shell.run("echo alive")
    assert "alive" in shell.text()


@pytest.mark.parametrize("keys", ["", "half a line", "sleep 0.05\r"])
def test_a_terminal_that_is_gone_ends_the_loop(start: Start, keys: str) -> None:
    shell = start("--no-hup")
    shell.prompt()
    shell.type(keys)
    shell.pump(0.01)
    process = shell.child.pid
    os.close(shell.child.child_fd)
    shell.child.child_fd = -1
    shell.child.closed = True
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 129


def test_no_colour_means_no_colour_and_no_bar(start: Start) -> None:
    shell = start(NO_COLOR="1")
    shell.prompt()
    shell.run("false")
    assert "cache" not in shell.text()
    assert not re.search(rb"\x1b\[[0-9;]*[1-9][0-9;]*m", shell.raw)


def test_a_dumb_terminal_gets_plain_lines(start: Start) -> None:
    shell = start(TERM="dumb")
    shell.prompt()
    shell.run("echo plain")
    shell.type("half\x03")
    shell.until(lambda: shell.text().count("❯") == 3)
    shell.type("\x04")
    assert shell.status() == 0
    assert b"\x1b" not in shell.raw


def test_history_of_any_length_is_walked_at_once(start: Start) -> None:
    shell = start("--history", "100000")
    shell.prompt()
    shell.type("\x1b[A")
    shell.until(lambda: shell.before_cursor().endswith("old command 99999"))
    shell.type("\x15\x12mand 777\x12")
    shell.until(lambda: "command 77799" in shell.text())


def test_vi_keys_work(start: Start) -> None:
    shell = start("--vi")
    shell.prompt()
    shell.type("xecho vi")
    shell.until(lambda: shell.before_cursor().endswith("vi"))
    shell.type("\x1b0x\r")
    shell.until(lambda: "\nvi" in shell.text())
