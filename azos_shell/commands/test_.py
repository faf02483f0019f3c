"""test and [: evaluate a condition."""

from __future__ import annotations

import os
from collections.abc import Sequence

from azos_shell.commands.test_evaluation import ConditionError, evaluate_test
from azos_shell.plugin import Call, command


@command("test", raw=True, usage="test [CONDITION]", category="Conditions")
def test(call: Call) -> int:
    """Tell whether a condition holds.

    Strings: `-n S` (not empty), `-z S` (empty), `A = B`, `A != B`, `A < B`, `A > B` (in byte order); a word
    alone is true if it is not empty.

    Whole numbers: `A -eq B`, `-ne`, `-lt`, `-le`, `-gt`, `-ge`.

    Files: `-e` (exists), `-f` (a regular file), `-d` (a directory), `-h` `-L` (a symbolic link), `-p` (a
    pipe), `-S` (a socket), `-b` `-c` (a device), `-s` (not empty), `-r` `-w` `-x` (may be read, written,
    executed), `-u` `-g` `-k` (set-user-ID, set-group-ID, sticky), `-O` `-G` (owned by me, my group), `-N`
    (written since it was last read), `A -nt B` (newer), `A -ot B` (older), `A -ef B` (the same file).

    The shell: `-v NAME` (the variable is set), `-o OPTION` (the shell option is on), `-t FD` (a terminal).

    Conditions are put together by `! C`, `( C )`, `C -a C` and `C -o C`; `&&` and `||` between two tests
    are clearer.

    Examples:
        $ test 10 -gt 9 && echo more
        more
        $ test -d / -a ! -f /; echo $?
        0
        $ test one = two; echo $?
        1

    Exit status:
        0 if it holds, 1 if it does not, 2 if it is no condition.
    """
    return _evaluated(call, call.args)


@command("[", raw=True, usage="[ [CONDITION] ]", category="Conditions")
def bracket(call: Call) -> int:
    """Tell whether a condition holds; like `test`, but the last word must be `]`.

    Examples:
        $ [ -n "text" ] && echo not empty
        not empty
        $ [ 3 -lt 2 ]; echo $?
        1

    Exit status:
        0 if it holds, 1 if it does not, 2 if it is no condition.
    """
    if not call.args or call.args[-1] != "]":
        return call.error("']' is missing", 2)
    return _evaluated(call, call.args[:-1])


def _evaluated(call: Call, words: Sequence[str]) -> int:
    shell = call.shell

    def is_terminal(fd: int) -> bool:
        if fd > 2:
            return os.isatty(fd)
        return bool((call.stdin, call.stdout, call.stderr)[fd].is_terminal())

    try:
        return 0 if evaluate_test(words, shell.resolve_path, shell.get, is_terminal) else 1
    except ConditionError as error:
        return call.error(error.message, error.status)


COMMANDS = (test, bracket)
