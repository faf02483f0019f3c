"""last: what earlier command lines wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

from azos_shell.plugin import Argument, AzosError, Call, Chunk, Option, Records, UsageError, command
from azos_shell.shell.kept_output import KeptOutput

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.kept_lines import KeptLine, KeptLines

_COLUMNS = ("number", "bytes", "command")


@command(
    "last", records=True, usage="last [-N] [--json|--jsonl|--csv|--tsv|--table] | -l", category="Caching"
)
async def last(
    call: Call,
    number: Annotated[
        int, Argument(metavar="-N", help="which line: -1 is the last one, -2 the one before that")
    ] = -1,
    *,
    list_: Annotated[
        bool, Option("-l", "--list", help="list what is kept: number, bytes, command", long=False)
    ] = False,
) -> AsyncIterator[Chunk]:
    """Give the output of an earlier command line again, without running it again.

    Kept is what built-in commands wrote to the shell's own standard output, and what programs wrote while
    `keep` was on; not what was redirected or piped elsewhere. With a format the records that the line gave
    are given in that format; without `-N` those of the last line that gave any. (If its commands gave records
    of different columns, only those of the last one.)

    At a prompt an input is a line. In a script it is a command line at the top level, and lines are only kept
    if the script's text holds `last` or `keep` somewhere, or comes through a pipe. The last 50 lines are kept
    that wrote something, 1 MB of each, 16 MB in all. A line in which `last` writes to the shell's standard
    output is none of them: twice `last` gives the same.

    Examples:
        $ printf '%s\\n' web1 db1 web2
        > last | grep web
        web1
        db1
        web2
        web1
        web2
        $ sql "select 6 * 7 as answer" --csv
        > last --json
        answer
        42
        [
        {"answer":42}
        ]

    Exit status:
        0; 1 if there is no such line, if it gave no records and a format was asked for, or if it wrote more
        than was kept.
    """
    shell: Interpreter = call.shell
    kept = shell.runtime.kept
    if kept is None:
        raise AzosError("nothing is kept: the script's text has neither `last` nor `keep` in it")
    if isinstance(call.stdout, KeptOutput):
        kept.leave_out()
    if number >= 0:
        raise UsageError(f"{number}: expected -1 for the last line, -2 for the one before, …")
    if list_:
        lines = list(kept)
        yield Records(_COLUMNS, [(at - len(lines), line.length, line.text) for at, line in enumerate(lines)])
        return
    if call.format is None:
        line = _line(kept, -number)
        yield line.output
        is_cut = line.is_cut
    else:
        line = _line_of_records(kept, -number, any_line="-1" not in call.args)
        for batch in line.records:
            yield batch
        is_cut = line.records_are_cut
    if is_cut:
        call.status = call.error("cut: the line gave more than is kept of one", 1)


def _line(kept: KeptLines, number: int) -> KeptLine:
    line = kept.back(number)
    if line is None:
        there = f"only {len(kept)} are" if len(kept) > 1 else "only one is" if len(kept) else "nothing is"
        raise AzosError(f"there is no such line: {there} kept")
    return line


def _line_of_records(kept: KeptLines, number: int, *, any_line: bool) -> KeptLine:
    line = _line(kept, number)
    if number == 1 and any_line:
        line = next((line for line in reversed(list(kept)) if line.gave_records), line)
    if not line.gave_records:
        raise AzosError("the line gave text, no records")
    return line


COMMANDS = (last,)
