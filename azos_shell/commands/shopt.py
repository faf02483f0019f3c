"""Optional behaviour: ``shopt`` (bash)."""

from __future__ import annotations

from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.state import OPTION_NAMES

MEANINGS = {
    "cdable_vars": "an operand of cd that is no directory may be the name of a variable that holds one",
    "checkjobs": "exit warns of running jobs, too",
    "dotglob": "patterns match names that begin with a dot, too",
    "execfail": "a failing exec does not end the shell",
    "expand_aliases": "aliases are expanded (on)",
    "extglob": "patterns may hold ?(…) *(…) +(…) @(…) !(…)",
    "failglob": "a pattern that matches nothing is an error",
    "globstar": "** matches directories to any depth",
    "inherit_errexit": "command substitutions keep set -e (always on)",
    "lastpipe": "the last command of a pipeline runs in the shell itself",
    "nocaseglob": "pathname expansion takes no notice of case",
    "nocasematch": "case and [[ take no notice of case",
    "nullglob": "a pattern that matches nothing is nothing",
    "shift_verbose": "shift says when there are too few parameters (always on)",
    "sourcepath": "the file of . is looked for on PATH (on)",
    "xpg_echo": "echo reads backslash escapes without being asked",
}
"""What there is, and what it does."""

ALWAYS_ON = frozenset(
    {
        "checkwinsize",
        "cmdhist",
        "histappend",
        "inherit_errexit",
        "interactive_comments",
        "progcomp",
        "shift_verbose",
    }
)
"""What azos does anyhow: naming it is no error, turning it off is."""


@command("shopt", raw=True, usage="shopt [-opqsu] [NAME…]", category="Variables")
def shopt(call: Call) -> int:
    """Show or set optional behaviour of the shell, under bash's names.

    `dotglob extglob failglob globstar nocaseglob nullglob` are about pathname expansion, `nocasematch` about `case` and
    `[[`, `lastpipe` about pipelines, `xpg_echo` about echo, `cdable_vars` about cd, `sourcepath` about `.`, `execfail`
    about exec, `expand_aliases` about aliases, `checkjobs` about exit.

    Options:
        -s  turn on (alone: list what is on)
        -u  turn off (alone: list what is off)
        -q  say nothing; the status tells whether all are on
        -p  list as commands that can be run
        -o  the names are those of `set -o`

    Examples:
        $ shopt -s nullglob; echo none: *.nosuch
        none:
    """
    flags, names = set[str](), list(call.args)
    while names and names[0][:1] == "-" and len(names[0]) > 1:
        word = names.pop(0)
        if word == "--":
            break
        if set(word[1:]) - set("opqsu"):
            return call.error(f"{word}: invalid option", 2)
        flags.update(word[1:])
    if {"s", "u"} <= flags:
        return call.error("can't set and unset options at once")
    known = OPTION_NAMES if "o" in flags else (*MEANINGS, *ALWAYS_ON)
    status = 0
    for name in [name for name in names if name not in known]:
        status = call.error(f"{name}: invalid shell option name")
    names = [name for name in names if name in known]
    if flags & {"s", "u"} and names:
        return max([status, *(_set(call, name, on="s" in flags, named="o" in flags) for name in names)])
    return max(
        status, _show(call, flags, names or ([] if call.args and status else sorted(set(known))), bool(names))
    )


def _set(call: Call, name: str, *, on: bool, named: bool) -> int:
    options = call.shell.state.options
    if named:
        setattr(options, name, on)
    elif name in ALWAYS_ON:
        return 0 if on else call.error(f"{name}: azos always does so")
    else:
        options.shopts = options.shopts | {name} if on else options.shopts - {name}
    return 0


def _show(call: Call, flags: set[str], names: list[str], asked: bool) -> int:
    shell: Interpreter = call.shell
    options = shell.state.options
    all_on = True
    for name in names:
        on = getattr(options, name) if "o" in flags else name in options.shopts or name in ALWAYS_ON
        all_on = all_on and on
        if "q" in flags or (not asked and flags & {"s", "u"} and on is not ("s" in flags)):
            continue
        if "p" not in flags:
            call.write(f"{name:<15}\t{'on' if on else 'off'}\n")
        elif "o" in flags:
            call.write(f"set {'-' if on else '+'}o {name}\n")
        else:
            call.write(f"shopt {'-s' if on else '-u'} {name}\n")
    return 0 if all_on or not asked else 1


COMMANDS = (shopt,)
