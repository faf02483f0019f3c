"""The record channel: records from hand to hand, bounded, in order among bytes, and no error lost."""

from __future__ import annotations

import asyncio
import os

import pytest

from azos_shell.core.drive import run
from azos_shell.core.values import Records
from azos_shell.shell.record_channel import BATCHES_AHEAD, RecordChannel

BATCH = Records(("n",), [(1,), (2,)])


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def channel() -> RecordChannel:
    made = RecordChannel()
    made.reader.retain()
    made.writer.retain()
    return made


async def test_records_come_out_as_they_went_in(channel: RecordChannel) -> None:
    channel.writer.write(b"before\n")
    writing = asyncio.ensure_future(channel.writer.put_records(BATCH))
    await settle()
    channel.writer.release()
    chunks = [chunk async for chunk in channel.reader.as_written()]
    assert chunks == [b"before\n", BATCH]
    assert chunks[1] is BATCH
    await writing


async def test_who_reads_bytes_gets_json_lines(channel: RecordChannel) -> None:
    await channel.writer.put_records(BATCH)
    channel.writer.release()
    assert await channel.reader.read(10) == b'{"n":1}\n{"'
    assert b"".join([chunk async for chunk in channel.reader.chunks()]) == b'n":2}\n'
    assert await channel.reader.read() == b""


async def test_the_writer_waits_for_the_reader(channel: RecordChannel) -> None:
    for _ in range(BATCHES_AHEAD - 1):
        await channel.writer.put_records(BATCH)
    waiting = asyncio.ensure_future(channel.writer.put_records(BATCH))
    await settle()
    assert not waiting.done()
    assert await channel.reader.take() is BATCH
    await waiting


async def test_the_writer_learns_at_once_that_the_reader_has_gone(channel: RecordChannel) -> None:
    waiting = asyncio.ensure_future(channel.writer.put_records(BATCH))
    second = asyncio.ensure_future(channel.writer.put_records(BATCH))
    await settle()
    channel.reader.release()
    assert await waiting is None
    with pytest.raises(BrokenPipeError):
        await second
    with pytest.raises(BrokenPipeError):
        channel.writer.write(b"x")


async def test_a_reader_that_goes_when_all_is_taken_is_no_error(channel: RecordChannel) -> None:
    await channel.writer.put_records(BATCH)
    await channel.reader.take()
    channel.reader.release()
    await channel.writer.drain()


async def test_the_reader_waits_for_the_writer_and_sees_its_end(channel: RecordChannel) -> None:
    waiting = asyncio.ensure_future(channel.reader.take())
    await settle()
    assert not waiting.done()
    channel.writer.release()
    assert await waiting is None


async def test_a_cancelled_reader_takes_nothing_away(channel: RecordChannel) -> None:
    waiting = asyncio.ensure_future(channel.reader.take())
    await settle()
    waiting.cancel()
    await settle()
    await channel.writer.put_records(BATCH)
    assert await channel.reader.take() is BATCH


async def test_the_last_table_that_lets_go_ends_it(channel: RecordChannel) -> None:
    channel.writer.retain()
    channel.writer.release()
    assert not channel.is_ended
    channel.writer.release()
    assert channel.is_ended


def test_a_program_gets_the_end_of_a_pipe_to_write_to(channel: RecordChannel) -> None:
    async def work() -> None:
        written = channel.writer.fileno()
        assert channel.writer.fileno() == written
        os.write(written, b"from a program\n")
        assert await channel.reader.read() == b"from a program\n"
        channel.writer.release()
        assert await channel.reader.read() == b""

    run(work(), with_loop=True)


def test_a_program_gets_the_end_of_a_pipe_to_read_from(channel: RecordChannel) -> None:
    async def work() -> bytes:
        with os.fdopen(os.dup(channel.reader.fileno()), "rb") as end:
            await channel.writer.put_records(BATCH)
            channel.writer.release()
            data = await asyncio.to_thread(end.read)
        channel.reader.release()
        return data

    assert run(work(), with_loop=True) == b'{"n":1}\n{"n":2}\n'


async def test_no_descriptor_is_made_or_left_for_records_alone(channel: RecordChannel) -> None:
    before = len(os.listdir("/proc/self/fd"))
    await channel.writer.put_records(BATCH)
    await channel.reader.take()
    channel.writer.release()
    channel.reader.release()
    assert len(os.listdir("/proc/self/fd")) == before
