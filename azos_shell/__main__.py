"""The ``azos`` command: reads its own arguments without any library, since that is most of what starting costs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.app import Invocation

_HELP_WORDS = ("--help", "--version", "-h", "-V")


def main() -> int:
    """Run azos with the arguments of the process; the console script's entry point."""
    status = _main(sys.argv[1:])
    os._exit(status)  # every thread and file that matters was closed; tearing Python down takes 4 ms


def _main(arguments: list[str]) -> int:
    if arguments and (arguments[0] in _HELP_WORDS or arguments[0] == "history"):
        from azos_shell.cli import run

        return run(arguments)
    from azos_shell.core.errors import AzosError

    try:
        return _start([_utf8(argument) for argument in arguments])
    except AzosError as error:
        os.write(2, f"azos: {error.message}\n".encode("utf-8", "surrogateescape"))
        return error.status


def _start(arguments: list[str]) -> int:
    """Run azos in the way that the arguments ask for."""
    from azos_shell.app import App

    invocation = parse_arguments(arguments)
    app = App.compose(invocation)
    if invocation.interactive:
        from azos_shell.prompt import run_interactive

        return run_interactive(app, invocation)
    if invocation.command is not None:
        return app.run_command(invocation.command)
    if invocation.script is not None:
        return app.run_file(invocation.script)
    return app.run_stdin()


def parse_arguments(arguments: list[str]) -> Invocation:
    """The invocation that the arguments ask for (POSIX XCU sh, and ``azos run``). Raises UsageError."""
    from azos_shell.app import Invocation
    from azos_shell.core.errors import UsageError
    from azos_shell.core.frozen import replace
    from azos_shell.shell.state import OPTION_LETTERS, OPTION_NAMES

    options: list[tuple[str, bool]] = []
    flags = set()
    words = list(arguments)
    run = bool(words) and words[0] == "run"
    if run:
        words.pop(0)
    while words and len(words[0]) > 1 and words[0][0] in "-+":
        word = words.pop(0)
        if word == "--":
            break
        if word in ("--no-rc", "--login"):
            flags.add(word)
            continue
        if word.startswith("--"):
            raise UsageError(f"{word}: unknown option; see azos --help")
        for letter in word[1:]:
            if letter in "csil" and word[0] == "-":
                flags.add(letter)
            elif letter in OPTION_LETTERS:
                options.append((OPTION_LETTERS[letter], word[0] == "-"))
            elif letter == "o" and words and words[0] in OPTION_NAMES:
                options.append((words.pop(0), word[0] == "-"))
            else:
                raise UsageError(f"{word[0]}{letter}: unknown option; see azos --help")
    base = Invocation(
        options=tuple(options),
        interactive="i" in flags,
        login="l" in flags or "--login" in flags,
        no_rc="--no-rc" in flags,
    )
    if run:
        if not words:
            raise UsageError("run: a command is missing; as in: azos run 'echo hello'")
        return replace(base, command=" ".join(words))
    if "c" in flags:
        if not words:
            raise UsageError("-c needs a command")
        name = words[1] if len(words) > 1 else "azos"
        return replace(base, command=words[0], name=name, arguments=tuple(words[2:]))
    if "s" not in flags and words:
        if words[0] != "-":
            return replace(base, script=words[0], name=words[0], arguments=tuple(words[1:]))
        words.pop(0)
    at_prompt = "s" not in flags and not words and os.isatty(0) and os.isatty(2)
    return replace(base, arguments=tuple(words), interactive=base.interactive or at_prompt)


def _utf8(argument: str) -> str:
    """The argument's bytes decoded as UTF-8, whatever the locale made of them."""
    return os.fsencode(argument).decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    main()
