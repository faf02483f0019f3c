"""The output of a run of watch: all of it told apart, the first of it kept."""

from __future__ import annotations

from azos_shell.commands.watch_output import WatchOutput
from azos_shell.core.values import Records


def written(*pieces: bytes, most_bytes: int | None = None) -> WatchOutput:
    output = WatchOutput(most_bytes)
    for piece in pieces:
        output.write(piece)
    return output


def test_what_is_kept_is_bounded() -> None:
    output = written(*[b"x" * 1000] * 5000, most_bytes=10_000)
    assert len(b"".join(chunk for chunk in output.chunks_kept() if isinstance(chunk, bytes))) == 10_000


def test_a_difference_behind_what_is_kept_is_one() -> None:
    one, other = (written(b"x" * 100, end, most_bytes=10) for end in (b"a", b"b"))
    assert one.digest != other.digest


def test_how_it_came_in_pieces_is_no_difference() -> None:
    assert written(b"ab", b"c").digest == written(b"a", b"bc").digest


async def test_records_are_kept_as_they_are_as_far_as_there_is_room() -> None:
    batch = Records(("n",), [(1,)])
    output = WatchOutput(100)
    for _ in range(10):
        await output.put_records(batch)
    assert list(output.chunks_kept()) == [batch, batch]


async def test_records_that_differ_are_a_difference() -> None:
    one, other = WatchOutput(None), WatchOutput(None)
    await one.put_records(Records(("n",), [(1,)]))
    await other.put_records(Records(("n",), [(2,)]))
    assert one.digest != other.digest
