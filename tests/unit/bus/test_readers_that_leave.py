"""Work that only answers ends with its reader, quietly and as if it had written; other work goes on."""

from __future__ import annotations

import asyncio
import os

import pytest

from azos_shell.bus.reader import while_read
from azos_shell.core import drive
from azos_shell.shell import readiness
from azos_shell.shell.files import CLOSED, OpenFile


@pytest.fixture(autouse=True)
def on_a_loop(monkeypatch):
    monkeypatch.setattr(drive, "_in_loop", True)


@pytest.fixture
def ends():
    """The reading and the writing end of a pipe."""
    pair = list(os.pipe())
    yield pair
    for fd in pair:
        if fd >= 0:
            os.close(fd)


def leave(ends):
    os.close(ends[0])
    ends[0] = -1


async def work(output, seconds=5.0):
    async with while_read(output):
        await asyncio.sleep(seconds)
    return "done"


async def test_work_ends_when_the_reader_leaves(ends):
    task = asyncio.create_task(work(OpenFile(ends[1], owned=False)))
    await asyncio.sleep(0)
    leave(ends)
    with pytest.raises(BrokenPipeError):
        await task
    assert not task.cancelled()
    assert not readiness._hang_ups


async def test_work_does_not_begin_to_wait_for_a_reader_that_has_left(ends):
    leave(ends)
    with pytest.raises(BrokenPipeError):
        await work(OpenFile(ends[1], owned=False))


async def test_work_that_is_through_is_not_touched(ends):
    assert await work(OpenFile(ends[1], owned=False), 0) == "done"
    leave(ends)
    await asyncio.sleep(0.01)
    assert not readiness._hang_ups


async def test_a_cancellation_is_none_of_the_readers_doing(ends):
    task = asyncio.create_task(work(OpenFile(ends[1], owned=False)))
    await asyncio.sleep(0)
    leave(ends)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not readiness._hang_ups


async def test_all_that_write_to_one_pipe_end_together(ends):
    file = OpenFile(ends[1], owned=False)
    through = asyncio.create_task(work(file, 0.001))
    tasks = [asyncio.create_task(work(file)) for _ in range(3)]
    assert await through == "done"
    leave(ends)
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, BrokenPipeError)
    assert not readiness._hang_ups


async def test_what_waits_for_room_in_the_pipe_beside_it_learns_it_too(ends):
    file = OpenFile(ends[1], owned=False)
    file.write(b"x" * 1_000_000)
    task = asyncio.create_task(work(file))
    draining = asyncio.create_task(file.drain())
    await asyncio.sleep(0.01)
    leave(ends)
    results = await asyncio.gather(task, draining, return_exceptions=True)
    assert [type(result) for result in results] == [BrokenPipeError, BrokenPipeError]


async def test_what_is_no_pipe_or_is_read_by_ourselves_is_not_watched(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    both_ways = os.open(tmp_path / "fifo", os.O_RDWR)
    regular = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    for file in (OpenFile(both_ways), OpenFile(regular), CLOSED):
        assert file.watch_reader(lambda: None) is None
        assert await work(file, 0) == "done"
    os.close(both_ways)
    os.close(regular)
