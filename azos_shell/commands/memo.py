"""``memo``: any command line, run once and answered from then on as long as that is provably the answer."""

from __future__ import annotations

from azos_shell.commands.memo_options import read_options
from azos_shell.core.errors import UsageError
from azos_shell.plugin import Call, command

USAGE = "memo [OPTION…] [--] COMMAND [ARGUMENT…] | memo why [OPTION…] COMMAND | memo ls | memo rm GLOB…"


@command("memo", raw=True, usage=USAGE, category="Caching")
async def memo(call: Call) -> int:
    """Answer a command from what it gave before, or run it and keep what it gives.

    COMMAND is a program with its arguments, a function or a built-in; a single word with blanks or operators in it is
    a whole command line: `memo 'sort big.csv | uniq -c'`. What it writes on standard output and standard error and
    its exit status are kept, and given again while everything that they rest on is the same: the program, the
    directory, the exported variables, standard input, and the files it read.

    Where `strace` works the files are found out by watching the program (`--trace`): what it read, looked for and did
    not find, listed and executed is compared before an answer is given again. What used the network, read the
    terminal, or wrote files other than temporary ones is run each time unless you allow it. That a program asks for
    the time can't be seen: the time to live is there for that. Without tracing an answer rests on the arguments that
    are files and on what `--on` names.

    Nothing is kept of a run that failed (see `--codes`), was killed or was stopped. `\\memo`, `--fresh` and the
    variable AZOS_NO_CACHE=1 go round what is kept.

    Options:
        --ttl TIME      keep for so long at most (300 s; as in 90, 10s, 5m, 2h, 1d, inf)
        --stale TIME    for so long after that give the old answer, marked as such, and make it anew in the background
        --on FILE       it rests on this file, or on all that a pattern like 'src/**/*.py' matches; may be repeated
        --env NAME      it rests on this variable, exported or not; may be repeated
        --no-env        it rests on no other variables
        --no-cwd        it is the same in every directory
        --no-times      files that were only touched are the same, even where the program looked at their times
        --codes LIST    keep these exit statuses, too (0)
        --key KEY       what has the same KEY is the same command, whatever its words
        --tag WORD      for `cache rm tag:WORD`; may be repeated
        --trace         watch what it reads, even if that should fail; --no-trace: don't
        --allow WHAT    keep it although it used the network, clock, terminal, random or writes (by name, with commas)
        --outputs       keep the files that it writes as part of the answer, and put them back
        --fresh         run it now, and keep what it gives
        --warm          as needed run it and keep what it gives, but say nothing
        -q, --quiet     don't tell of hits, nor of why an answer was not kept

    Examples:
        $ memo -- echo hello
        hello
        $ memo --key greeting --no-env 'echo hello | tr a-z A-Z'
        HELLO

    Exit status:
        That of the command, now or then; 2 for wrong options, 126 and 127 as for a command without memo.
    """
    words = list(call.args)
    verb = words[0] if words else ""
    try:
        if verb in ("why", "ls", "rm"):
            from azos_shell.commands.memo_listing import VERBS

            return await VERBS[verb](call, words[1:])
        options, rest = read_options(words)
        if not rest:
            raise UsageError("a command is missing")
    except UsageError as error:
        call.error(error.message)
        call.stderr.write(f"usage: {USAGE}\n".encode())
        return 2
    from azos_shell.commands.memo_answer import MemoAnswer

    return await MemoAnswer(call, options, rest).give()


COMMANDS = (memo,)
