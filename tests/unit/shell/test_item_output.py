"""The output of an item: in its order, records as records, and not in memory when it is large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from azos_shell.core.values import Records
from azos_shell.shell.item_output import IN_MEMORY_BYTES, ItemOutput

BATCH = Records(("n", "text"), [(1, "a"), (None, b"\xff"), (2.5, "\udcff")])


@pytest.fixture
def output() -> Iterator[ItemOutput]:
    made = ItemOutput()
    made.retain()
    yield made
    made.forget()


async def test_chunks_come_out_in_the_order_in_which_they_went_in(output: ItemOutput) -> None:
    output.write(b"before\n")
    await output.put_records(BATCH)
    output.write(b"after\n")
    assert list(output.chunks_kept()) == [b"before\n", BATCH, b"after\n"]


async def test_what_is_large_waits_in_a_file_and_comes_out_the_same(output: ItemOutput) -> None:
    pieces = [bytes([number % 256]) * 50_000 for number in range(60)]
    for piece in pieces[:30]:
        output.write(piece)
    await output.put_records(BATCH)
    for piece in pieces[30:]:
        output.write(piece)
    assert "in a file" in repr(output)
    chunks = list(output.chunks_kept())
    assert chunks[30] == BATCH
    assert b"".join(chunk for chunk in chunks if isinstance(chunk, bytes)) == b"".join(pieces)


async def test_many_records_wait_in_a_file_too(output: ItemOutput) -> None:
    batches = [Records(("n",), [(row,) for row in range(1000)]) for _ in range(IN_MEMORY_BYTES // 64_000 + 2)]
    for batch in batches:
        await output.put_records(batch)
    assert "in a file" in repr(output)
    assert list(output.chunks_kept()) == batches


def test_nothing_was_written(output: ItemOutput) -> None:
    assert output.is_empty
    assert list(output.chunks_kept()) == []
    output.write(b"")
    output.write(b"x")
    assert not output.is_empty
    assert output.size_bytes == 1
