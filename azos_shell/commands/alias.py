"""Aliases: ``alias`` and ``unalias`` (POSIX XCU 2.3.1)."""

from __future__ import annotations

from azos_shell.language.quoting import quote_always
from azos_shell.plugin import Call, command

CATEGORY = "Names"
_NOT_IN_NAMES = frozenset(" \t\n/$`=|&;()<>'\"\\")


@command("alias", raw=True, usage="alias [NAME[=TEXT]…]", category=CATEGORY)
def alias(call: Call) -> int:
    """Let a name stand for a text at the start of commands.

    Without operands the aliases are listed, quoted so that the list can be run. An alias counts from the next line on.

    Examples:
        $ alias greet='echo hello'; alias greet
        greet='echo hello'
    """
    aliases = call.shell.state.aliases
    words = list(call.args)
    while words and words[0] in ("-p", "--"):
        if words.pop(0) == "--":
            break
    if not words:
        for name in sorted(aliases):
            call.write(f"{name}={quote_always(aliases[name])}\n")
        return 0
    status = 0
    for word in words:
        name, equals, text = word.partition("=")
        if equals and name:
            if set(name) & _NOT_IN_NAMES:
                status = call.error(f"{name}: invalid alias name")
            else:
                aliases[name] = text
        elif name in aliases:
            call.write(f"{name}={quote_always(aliases[name])}\n")
        else:
            status = call.error(f"{word}: not found")
    return status


@command("unalias", raw=True, usage="unalias -a | NAME…", category=CATEGORY)
def unalias(call: Call) -> int:
    """Forget aliases, or with `-a` all of them.

    Examples:
        $ alias a=b; unalias a; alias a || echo gone
        gone
    """
    aliases = call.shell.state.aliases
    if call.args[:1] == ["-a"]:
        aliases.clear()
        return 0
    if not call.args:
        return call.error("usage: unalias -a | NAME…", 2)
    status = 0
    for name in call.args:
        if aliases.pop(name, None) is None:
            status = call.error(f"{name}: not found")
    return status


COMMANDS = (alias, unalias)
