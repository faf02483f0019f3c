"""help: what there is, and how it is used."""

from __future__ import annotations

from typing import Annotated

from azos_shell.plugin import Argument, Call, command


@command("help", category="Help")
def help_(
    call: Call,
    *commands: Annotated[
        str,
        Argument(
            help="the commands to explain; all are listed if there is none",
            metavar="COMMAND",
            complete="command",
        ),
    ],
) -> int:
    """Explain azos's own commands.

    Without a name all commands are listed, by category. Programs on PATH explain themselves: try `man NAME`
    or `NAME --help`.

    Examples:
        $ help true
        usage: true

        Do nothing, successfully.

        Examples:
          $ true; echo $?
          0

        Exit status:
          0.

    Exit status:
        0, or 1 if there is no such command.
    """
    from azos_shell.bus.delivery import terminal_width
    from azos_shell.bus.documentation import render_help, render_index

    registry = call.services.registry
    width = terminal_width(call.stdout)
    if not commands:
        call.write(render_index(registry.all().values(), width))
        return 0
    status = 0
    texts = []
    for name in commands:
        found = registry.get(name)
        if found is None:
            status = call.error(f"no help for '{name}'{_near_miss(name, registry.names())}", 1)
        else:
            texts.append(render_help(found, registry, width))
    call.write("\n".join(texts))
    return status


def _near_miss(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, 1)
    return f" (did you mean {near[0]}?)" if near else ""


COMMANDS = (help_,)
