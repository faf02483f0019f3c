"""plot: records drawn as bars, lines or a distribution."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Final, Literal

from azos_shell.bus.delivery import colour_wanted, terminal_width
from azos_shell.commands.plot_columns import Wanted, choose
from azos_shell.commands.plot_gathering import Gathering, gathering_for
from azos_shell.commands.rows_input import piped_records
from azos_shell.plugin import Argument, AzosError, Call, Chunk, Option, Records, UsageError, command
from azos_shell.rendering.plot_picture import Look
from azos_shell.rendering.plot_svg import svg_of

HEAD_ROWS: Final = 1_000
"""So many rows decide what the columns hold."""

_WIDEST: Final = 120
"""Wider than that is not drawn unbidden: the eye loses the line."""

_USUAL_HEIGHT: Final = 18
_WIDTHS: Final = range(20, 1_001)
_HEIGHTS: Final = range(5, 501)


@command("plot", reads_records=True, usage="plot [bar|line|hist] [OPTIONS]", category="Data")
async def plot(
    call: Call,
    kind: Annotated[
        Literal["bar", "line", "hist"] | None, Argument(help="without it, what the columns suggest")
    ] = None,
    *,
    x: Annotated[
        str | None, Option("-x", metavar="COLUMN", long=False, help="what runs along, or names the bars")
    ] = None,
    y: Annotated[
        list[str] | None,
        Option("-y", metavar="COLUMN", long=False, help="the values; several between commas"),
    ] = None,
    by: Annotated[
        str | None, Option(metavar="COLUMN", help="a line, or a colour of bars, for each of its values")
    ] = None,
    title: Annotated[str | None, Option(help="what stands above it")] = None,
    width: Annotated[int | None, Option("-w", help="how many cells wide")] = None,
    height: Annotated[int | None, Option("-h", help="how many rows high (lines, distributions)")] = None,
    ascii_: Annotated[bool, Option("--ascii", long=False, help="draw with ASCII alone")] = False,
    svg: Annotated[bool, Option(help="write an SVG document instead")] = False,
) -> AsyncIterator[Chunk]:
    """Draw records: bars, lines, or how values are distributed.

    Without options dates make a line, texts make bars with the first column of numbers, and numbers alone a line.
    Dates are those of ISO 8601, also with slashes, and `Jan 2 2000`; they are shown in UTC. A line is ordered by x;
    NULL interrupts it. Bars stay in the order in which they come, 100 at most. A distribution has bins of Freedman
    and Diaconis's width.

    Any number of records is drawn in bounded memory: the counts of a distribution stay exact, and of a line the
    first, last, lowest and highest point of each of thousands of intervals is kept.

    It draws with blocks and dots where the locale is UTF-8, else with ASCII, and with colours on a terminal that
    has them unless NO_COLOR is set.

    Examples:
        $ printf 'fruit,sold\\napple,8\\npear,4\\nfig,1\\n' | plot -w 24
        sold by fruit
        apple 8 │███████████████
        pear  4 │███████▌
        fig   1 │█▉
        $ seq 0 4 | plot hist --ascii -w 30 -h 6
        line: 5 values
        1 +##### ##### ##### ##### #####

    Exit status:
        0; 1 for no records, for text where a number must be and for a column that there is not; 2 for wrong options.
    """
    look = _look(call, width, height, only_ascii=ascii_, in_colour=svg)
    wanted = Wanted(kind, x, tuple(y or ()), by)
    gathering = await _gathered(call, wanted)
    picture = gathering.draw(look, title)
    for note in gathering.notes:
        call.error(note)
    text = svg_of(picture, title or "plot") if svg else picture.text(colour=look.colour)
    yield text.encode("utf-8", "replace")


async def _gathered(call: Call, wanted: Wanted) -> Gathering:
    """All records, and what is to be drawn of them. Raises AzosError if that can't be told."""
    batches = piped_records(call)
    head: list[Records] = []
    gathering: Gathering | None = None
    async with aclosing(batches):
        async for batch in batches:
            if gathering is not None:
                gathering.add(batch)
                continue
            head.append(batch)
            if sum(map(len, head)) >= HEAD_ROWS:
                gathering = _begun(head, wanted)
                head = []
    return gathering or _begun(head, wanted)


def _begun(head: list[Records], wanted: Wanted) -> Gathering:
    rows = [row for batch in head for row in batch.rows]
    if not rows:
        raise AzosError("nothing to draw: no records came in")
    columns = head[-1].columns
    missing = len(columns)
    padded = [(*row, *(None,) * (missing - len(row))) for row in rows]
    gathering = gathering_for(choose(wanted, Records(columns, padded)))
    gathering.add(Records(columns, padded))
    return gathering


def _look(call: Call, width: int | None, height: int | None, *, only_ascii: bool, in_colour: bool) -> Look:
    if width is not None and width not in _WIDTHS:
        raise UsageError(f"--width {width}: expected {_WIDTHS[0]} to {_WIDTHS[-1]}")
    if height is not None and height not in _HEIGHTS:
        raise UsageError(f"--height {height}: expected {_HEIGHTS[0]} to {_HEIGHTS[-1]}")
    return Look(
        width or max(_WIDTHS[0], min(terminal_width(call.stdout), _WIDEST)),
        height or _usual_height(call),
        unicode=not only_ascii and (in_colour or _has_unicode(call)),
        colour=in_colour or colour_wanted(call.stdout, call.shell),
    )


def _usual_height(call: Call) -> int:
    """What leaves room for the prompt, on a terminal that is low."""
    if not call.stdout.is_terminal():
        return _USUAL_HEIGHT
    try:
        lines = os.get_terminal_size(call.stdout.fileno()).lines or 24
    except OSError:
        lines = 24
    return max(_HEIGHTS[0], min(_USUAL_HEIGHT, lines - 3))


def _has_unicode(call: Call) -> bool:
    """Whether the locale is UTF-8 (POSIX XBD 8.2: the first of these that is set decides).

    The console of Linux has no font with Braille.
    """
    locale = call.shell.get("LC_ALL") or call.shell.get("LC_CTYPE") or call.shell.get("LANG") or ""
    is_utf8 = locale.lower().replace("-", "").partition(".")[2].startswith("utf8")
    return is_utf8 and not (call.stdout.is_terminal() and call.shell.get("TERM") == "linux")


COMMANDS = (plot,)
