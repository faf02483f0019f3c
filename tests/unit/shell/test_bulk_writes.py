"""Bytes for a pipe: many at once, in order, never blocking the loop, also where a kernel takes but a page at a time."""

from __future__ import annotations

import asyncio
import errno
import os

import pytest

from azos_shell.core import drive
from azos_shell.shell import files
from azos_shell.shell.files import OpenFile

DATA = b"".join(b"%07d\n" % number for number in range(40_000))


@pytest.fixture
def pipe():
    read_end, write_end = os.pipe()
    yield read_end, write_end
    for fd in (read_end, write_end):
        try:
            os.close(fd)
        except OSError:
            pass


@pytest.fixture(autouse=True)
def on_a_loop(monkeypatch):
    monkeypatch.setattr(drive, "_in_loop", True)


@pytest.fixture
def calls(monkeypatch):
    """How many bytes each write took."""
    taken = []
    pwritev, write = os.pwritev, os.write

    def counted(function):
        def call(*arguments):
            taken.append(function(*arguments))
            return taken[-1]

        return call

    monkeypatch.setattr(files.os, "pwritev", counted(pwritev))
    monkeypatch.setattr(files.os, "write", counted(write))
    return taken


async def read_all(fd, size):
    parts = []
    while sum(map(len, parts)) < size:
        await files.readable(fd)
        parts.append(os.read(fd, 1 << 20))
    return b"".join(parts)


async def test_what_a_pipe_holds_is_written_at_once(pipe, calls):
    file = OpenFile(pipe[1], owned=False)
    file.write(DATA)
    assert file.pending == len(DATA) - sum(calls)
    assert max(calls) >= 65536 or not file._takes_bulk
    data, _ = await asyncio.gather(read_all(pipe[0], len(DATA)), file.drain())
    assert data == DATA
    if file._takes_bulk:
        assert len(calls) < 20


async def test_the_open_file_stays_one_that_blocks(pipe):
    file = OpenFile(pipe[1], owned=False)
    file.write(DATA)
    assert os.get_blocking(pipe[1])
    await asyncio.gather(read_all(pipe[0], len(DATA)), file.drain())
    assert os.get_blocking(pipe[1])


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
async def test_a_kernel_that_cannot_is_given_a_page_at_a_time(pipe, calls, monkeypatch, code):
    def refuse(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, "pwritev", refuse)
    file = OpenFile(pipe[1], owned=False)
    data, _ = await asyncio.gather(read_all(pipe[0], len(DATA)), written(file))
    assert data == DATA
    assert max(calls) <= 4096


async def written(file):
    file.write(DATA)
    await file.drain()


async def test_a_reader_that_goes_ends_the_writing_and_forgets_the_rest(pipe):
    file = OpenFile(pipe[1], owned=False)
    file.write(DATA)
    os.close(pipe[0])
    with pytest.raises(BrokenPipeError):
        await file.drain()
    assert file.pending == 0
    with pytest.raises(BrokenPipeError):
        file.write(DATA)
    assert file.pending == 0
