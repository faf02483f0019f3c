"""Names: ``command type builtin hash`` say or choose what a name runs (POSIX XCU, bash)."""

from __future__ import annotations

import os

from azos_shell.language.unparse import unparse
from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.programs import search
from azos_shell.shell.simple import Invocation, invoke

CATEGORY = "Names"

KEYWORDS = frozenset(
    {
        *("if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "in"),
        *("function", "{", "}", "!", "[[", "]]", "time", "select"),
    }
)


@command("command", raw=True, usage="command [-v|-V|-p] NAME [ARGUMENT…]", category=CATEGORY)
async def command_(call: Call) -> int:
    """Run a command, going round functions of that name; `-v` and `-V` only say what it is.

    Examples:
        $ command -v cd
        cd
    """
    shell: Interpreter = call.shell
    args = list(call.args)
    how = ""
    default_path = False
    while args and args[0].startswith("-") and len(args[0]) > 1:
        flag = args.pop(0)
        if flag == "--":
            break
        for letter in flag[1:]:
            if letter in "vV":
                how = letter
            elif letter == "p":
                default_path = True
            else:
                return call.error(f"-{letter}: invalid option", 2)
    if not args:
        return 0
    if how:
        return min(_tell_what(call, name, brief=how == "v") for name in args)
    if default_path and args[0] not in shell.runtime.registry:
        from azos_shell.shell.programs import DEFAULT_PATH

        args[0] = search(args[0], DEFAULT_PATH, shell.cwd) or args[0]
    if args[0] == ".":
        args[0] = "source"  # by way of `command` an error of a special built-in does not end the shell
    return await invoke(shell, Invocation(args, shell.state.files, skip_functions=True))


@command("type", raw=True, usage="type [-afptP] NAME…", category=CATEGORY)
def type_(call: Call) -> int:
    """Say what a name would run: an alias, keyword, function, built-in or file.

    `-t` says so in a word; `-p` gives the file, if that is what it is; `-P` the file even if it is something else, too;
    `-a` gives everything of that name; `-f` leaves functions out.

    Examples:
        $ type -t cd
        builtin
    """
    shell: Interpreter = call.shell
    names = [word for word in call.args if not word.startswith("-") or word == "-"]
    flags = {letter for word in call.args if word.startswith("-") for letter in word[1:]}
    if flags - set("tpaPf"):
        return call.error("usage: type [-afptP] NAME…", 2)
    status = 0
    for name in names:
        found = [
            (kind, what)
            for kind, what in _meanings(shell, name)
            if not ("P" in flags and kind != "file") and not ("f" in flags and kind == "function")
        ]
        if not found:
            status = 1
            if not flags & set("tpP"):
                call.error(f"{name}: not found")
        for kind, what in found if "a" in flags else found[:1]:
            if "t" in flags:
                call.write(f"{kind}\n")
            elif flags & set("pP"):
                call.write(f"{what}\n" if kind == "file" else "")
            else:
                call.write(_sentence(name, kind, what))
    return status


def _meanings(shell: Interpreter, name: str) -> list[tuple[str, str]]:
    """All that a name stands for, in the order in which it is resolved."""
    state = shell.state
    found: list[tuple[str, str]] = []
    if name in state.aliases:
        found.append(("alias", state.aliases[name]))
    if name in KEYWORDS:
        found.append(("keyword", name))
    if name in state.functions:
        found.append(("function", unparse(state.functions[name])))
    if name in shell.runtime.registry:
        found.append(("builtin", name))
    path = shell.runtime.programs.find(name, state.variables.get("PATH"), state.cwd)
    if path is not None and os.access(path, os.X_OK) and not os.path.isdir(path):
        found.append(("file", name if "/" in name else path))
    return found


def _sentence(name: str, kind: str, what: str) -> str:
    if kind == "alias":
        return f"{name} is aliased to `{what}'\n"
    if kind == "keyword":
        return f"{name} is a shell keyword\n"
    if kind == "function":
        return f"{name} is a function\n{what}\n"
    return f"{name} is a shell builtin\n" if kind == "builtin" else f"{name} is {what}\n"


def _tell_what(call: Call, name: str, *, brief: bool) -> int:
    found = _meanings(call.shell, name)
    if not found:
        if not brief:
            call.error(f"{name}: not found")
        return 1
    kind, what = found[0]
    if not brief:
        call.write(_sentence(name, kind, what))
    elif kind == "alias":
        from azos_shell.language.quoting import quote

        call.write(f"alias {name}={quote(what)}\n")
    else:
        call.write(f"{what if kind == 'file' else name}\n")
    return 0


@command("builtin", raw=True, usage="builtin [NAME [ARGUMENT…]]", category=CATEGORY)
async def builtin(call: Call) -> int:
    """Run a command of the shell itself, going round a function of that name.

    Examples:
        $ cd() { echo no; }; builtin cd /; pwd
        /
    """
    shell: Interpreter = call.shell
    args = call.args[1:] if call.args[:1] == ["--"] else call.args
    if not args:
        return 0
    if args[0] not in shell.runtime.registry:
        return call.error(f"{args[0]}: not a shell builtin")
    return await invoke(shell, Invocation(list(args), shell.state.files, skip_functions=True))


@command("hash", raw=True, usage="hash [-lr] [-p FILE] [-dt] [NAME…]", category=CATEGORY)
def hash_(call: Call) -> int:
    """Show the programs whose place on `PATH` is remembered; a NAME is looked for and remembered.

    Options:
        -r       forget all
        -d       forget the programs named
        -t       show where the programs named are
        -p FILE  remember FILE as the place of the program named
        -l       show all as commands that can be run

    Examples:
        $ hash nosuchprogram || echo missing
        missing
    """
    shell: Interpreter = call.shell
    programs = shell.runtime.programs
    names, flags, place = list(call.args), "", ""
    while names and names[0][:1] == "-" and len(names[0]) > 1:
        flag = names.pop(0)
        if flag == "--":
            break
        if set(flag[1:]) - set("rdtpl"):
            return call.error(f"{flag}: invalid option", 2)
        flags += flag[1:]
        if "p" in flag:
            place = names.pop(0) if names else ""
    if "r" in flags:
        programs.forget()
    if not names and not flags.strip("l"):
        for name, path in programs.remembered().items():
            call.write(f"hash -p {path} {name}\n" if "l" in flags else f"{path}\n")
        return 0
    return max([0, *(_hash(call, shell, name, flags, place) for name in names)])


def _hash(call: Call, shell: Interpreter, name: str, flags: str, place: str) -> int:
    programs = shell.runtime.programs
    known = programs.remembered().get(name)
    if "p" in flags:
        programs.remember(name, place, shell.state.variables.get("PATH"))
        return 0
    if flags.strip("lr"):
        if known is None:
            return call.error(f"{name}: not found")
        if "d" in flags:
            programs.forget(name)
        else:
            call.write(f"{known}\n")
        return 0
    if "/" in name or name in shell.runtime.registry or name in shell.state.functions:
        return 0
    if programs.find(name, shell.state.variables.get("PATH"), shell.cwd) is None:
        return call.error(f"{name}: not found")
    return 0


COMMANDS = (command_, type_, builtin, hash_)
