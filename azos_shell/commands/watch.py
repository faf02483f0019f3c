"""``watch``: a command again and again, and what has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Annotated, Any, Final

from azos_shell.commands.command_words import command_of
from azos_shell.commands.watch_pace import Pace
from azos_shell.commands.watch_run import Run, Runs, Wish, as_bytes
from azos_shell.commands.watch_screen import is_screen
from azos_shell.commands.watch_view import SHOWN_BYTES, WatchView
from azos_shell.core.frozen import replace
from azos_shell.language.quoting import quote
from azos_shell.plugin import Argument, Call, Chunk, Option, Plan, UsageError, command, ensure_loop
from azos_shell.rendering.harmless import HarmlessBytes
from azos_shell.rendering.text import duration
from azos_shell.shell.interpreter import Interpreter

SHORTEST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 31 * 86400.0
"""A month, watch(1)'s limit, too."""

_ROUND_THE_CACHE: Final = "AZOS_NO_CACHE=1"
"""Goes before the command in its subshell where ``--fresh`` is asked for."""

_WIDTH: Final = 80
"""Of tables, where there is no terminal."""


async def _plan(call: Call, **_: Any) -> Plan:
    """Nobody watches what nobody reads: where the reader leaves, it ends at once."""
    await ensure_loop()  # which notices that
    return Plan(only_for_reader=True)


@command(
    "watch",
    options_first=True,
    usage="watch [OPTIONS] COMMAND [ARGUMENT…]",
    planner=_plan,
    category="Data",
)
async def watch(
    call: Call,
    *words: Annotated[str, Argument(metavar="COMMAND", complete="command", help="what to run")],
    interval: Annotated[float, Option("-n", help="seconds between two runs, 0.1 at least")] = 2.0,
    differences: Annotated[bool, Option("-d", help="mark what has changed: so it is anyway")] = False,
    no_differences: Annotated[bool, Option("-D", help="do not mark what has changed")] = False,
    color: Annotated[bool, Option("-c", help="keep the colours that the command writes")] = False,
    no_title: Annotated[
        bool, Option("-t", help="no line above that tells interval, command and time")
    ] = False,
    chgexit: Annotated[bool, Option("-g", help="end when the output changes")] = False,
    errexit: Annotated[bool, Option("-e", help="end, with its status, when the command fails")] = False,
    times: Annotated[int, Option(metavar="N", help="end after N runs")] = 0,
) -> AsyncIterator[Chunk]:
    """Run a command again and again, and show what it writes and what of that has changed.

    COMMAND is words, or one quoted command line with pipes, loops and all that. It runs in a subshell, without
    the terminal; built-in commands are answered from the cache where they may be.

    On a terminal it has a screen of its own, with the first lines of the output, records as a table, and what
    differs from the run before shown reversed; lines that only moved are not. The space bar runs the command
    now, `q` or Ctrl-C ends it, Ctrl-Z stops it. Colours of the command are left out unless `-c` is given, and
    whatever else a terminal would act on is written out.

    Elsewhere, and in the background, each output that differs from the one before is written under a line that
    tells when it came. Where the reader leaves, it ends.

    While the command fails the interval doubles, up to a minute. `env watch` is watch(1).

    Exit status:
        0; with -e that of the command that failed; 130 after Ctrl-C; 2 if it was called wrongly.

    Examples:
        $ watch -n 0.1 --times 2 'echo same' | tail -n 1
        same
        $ watch -n 0.1 -e 'echo hi; exit 3' | tail -n 1; echo ${PIPESTATUS[0]}
        hi
        3
    """
    shell: Interpreter = call.shell
    if not SHORTEST_SECONDS <= interval <= LONGEST_SECONDS:
        raise UsageError(f"-n: an interval is {SHORTEST_SECONDS:g} seconds at least, and a month at most")
    if times < 0:
        raise UsageError("--times N is not negative")
    if differences and no_differences:
        raise UsageError("--differences and --no-differences exclude each other")
    commands = command_of(words, shell.state.alias)
    if call.fresh:
        commands = replace(
            commands, items=(*command_of([_ROUND_THE_CACHE], _no_alias).items, *commands.items)
        )
    text = words[0] if len(words) == 1 else " ".join(map(quote, words))
    wish = Wish(commands, text, chgexit, errexit, times)
    if is_screen(call):
        runs = Runs(shell, wish, Pace(interval), most_bytes=SHOWN_BYTES)
        view = WatchView(call, runs, text, title=not no_title, colour=color, marks_changes=not no_differences)
        await view.show()
    else:
        runs = Runs(shell, wish, Pace(interval), most_bytes=None)
        async with aclosing(_in_turn(runs, title=not no_title, harmless=call.stdout.is_terminal())) as chunks:
            async for chunk in chunks:
                yield chunk
    call.status = runs.status


async def _in_turn(runs: Runs, *, title: bool, harmless: bool) -> AsyncGenerator[Chunk, None]:
    """Each output that differs from the one before, under a line that tells of it."""
    while True:
        run = await runs.run()
        try:
            if runs.is_changed:
                if title:
                    yield _mark(run)
                for piece in _pieces(run, harmless=harmless):
                    yield piece
        finally:
            run.output.forget()
        if runs.is_enough:
            return
        await asyncio.sleep(runs.wait_seconds)


def _no_alias(_: str) -> str | None:
    return None


def _mark(run: Run) -> bytes:
    status = f" · exit {run.status}" if run.status else ""
    return f"--- {run.moment} · {duration(run.seconds)}{status}\n".encode()


def _pieces(run: Run, *, harmless: bool) -> Iterator[bytes]:
    pieces = as_bytes(run.output.chunks_kept(), _WIDTH, colour=False)
    if not harmless:
        yield from pieces
        return
    shown = HarmlessBytes()
    for piece in pieces:
        yield shown.feed(piece)
    yield shown.finish()


COMMANDS = (watch,)
