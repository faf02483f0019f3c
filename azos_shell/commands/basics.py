"""The plainest built-ins: `:`, true, false and pwd."""

from __future__ import annotations

import os

from azos_shell.plugin import Call, command


@command(":", raw=True, special=True, usage=": [WORD…]", category="Conditions")
def colon(call: Call) -> int:
    """Do nothing, successfully; the words are expanded all the same.

    Examples:
        $ : ${name:=nobody}; echo "$name"
        nobody

    Exit status:
        0.
    """
    return 0


@command("true", raw=True, usage="true", category="Conditions")
def true(call: Call) -> int:
    """Do nothing, successfully.

    Examples:
        $ true; echo $?
        0

    Exit status:
        0.
    """
    return 0


@command("false", raw=True, usage="false", category="Conditions")
def false(call: Call) -> int:
    """Do nothing, unsuccessfully.

    Examples:
        $ false; echo $?
        1

    Exit status:
        1.
    """
    return 1


@command("pwd", raw=True, usage="pwd [-L|-P]", category="Files")
def pwd(call: Call) -> int:
    """Write the working directory.

    Options:
        -L  as it was reached, symbolic links and all (the default)
        -P  without symbolic links

    Examples:
        $ cd /; pwd
        /

    Exit status:
        0; 1 if there is no such directory any more (with -P); 2 for wrong options.
    """
    physical = False
    for word in call.args:
        if word in ("-", "--") or word[:1] != "-":
            break
        if word.strip("LP") != "-":
            return call.error(f"{word}: no such option (usage: pwd [-L|-P])", 2)
        physical = word[-1] == "P"
    directory = call.shell.cwd
    if physical:
        try:
            directory = _without_links(directory)
        except OSError as error:
            return call.error(f"{directory}: {error.strerror}", 1)
    call.write_names(directory + "\n")
    return 0


def _without_links(directory: str) -> str:
    path = directory.encode("utf-8", "surrogateescape")
    return os.path.realpath(path, strict=True).decode("utf-8", "surrogateescape")


COMMANDS = (colon, true, false, pwd)
