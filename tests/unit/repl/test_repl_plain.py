"""Reading without a line editor."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Iterator

import pytest
from fakes.repl_host import FakeHost

from azos_shell.repl.line_source import Ended
from azos_shell.repl.plain import PlainReader
from azos_shell.repl.prompt_text import PromptText

PROMPT = PromptText([("", "$ ")], [("", "> ")], [])


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = os.openpty()
    yield master, slave
    os.close(slave)
    os.close(master)


async def read(fd: int) -> str | Ended:
    return await asyncio.wait_for(PlainReader(FakeHost(), fd).read(PROMPT), 10)


async def test_lines_are_taken_one_at_a_time(
    pipe: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    os.write(pipe[1], b"one\necho 'a\nb'\nrest")
    assert await read(pipe[0]) == "one"
    assert await read(pipe[0]) == "echo 'a\nb'"
    assert os.read(pipe[0], 100) == b"rest"
    os.close(pipe[1])
    assert await read(pipe[0]) is Ended.END_OF_INPUT
    assert capsys.readouterr().err == "$ $ > $ "


async def test_the_end_of_input_ends_an_unfinished_line(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"echo 'a\n")
    os.close(pipe[1])
    assert await read(pipe[0]) == "echo 'a"


async def test_ctrl_c_gives_the_line_up_and_the_modes_come_back(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    before = termios.tcgetattr(slave)
    reading = asyncio.create_task(read(slave))
    while termios.tcgetattr(slave) == before:  # noqa: ASYNC110 - the kernel has no event for it
        await asyncio.sleep(0)
    os.write(master, b"half\x03")
    assert await reading is Ended.INTERRUPTED
    assert termios.tcgetattr(slave) == before


async def test_ctrl_d_ends_the_input(terminal: tuple[int, int], capsys: pytest.CaptureFixture[str]) -> None:
    master, slave = terminal
    os.write(master, b"\x04")
    assert await read(slave) is Ended.END_OF_INPUT
    assert capsys.readouterr().err == "$ exit\n"


async def test_a_closed_descriptor_ends_the_input(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    gone = os.dup(pipe[0])
    os.close(gone)
    assert await read(gone) is Ended.END_OF_INPUT
