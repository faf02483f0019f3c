"""Declarations: ``declare typeset local export readonly`` (POSIX XCU 2.14, bash)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azos_shell.language import tree
from azos_shell.language.quoting import quote_always
from azos_shell.language.unparse import unparse
from azos_shell.plugin import Call, command
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.assignment import DeclaredArray, appended, assign_node, key_in
from azos_shell.shell.declarations import declaration, double_quoted, shown
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.variables import Attribute, Variables

CATEGORY = "Variables"

_OPERAND = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(.*)\])?(?:(\+?)=(.*))?", re.DOTALL).fullmatch
_FUNCTION = re.compile(r"[^\s=$'\"\\`<>&|;()]+").fullmatch
NOTHING = Attribute(0)
_ATTRIBUTES = {
    "a": Attribute.INDEXED,
    "A": Attribute.ASSOCIATIVE,
    "i": Attribute.INTEGER,
    "l": Attribute.LOWER,
    "r": Attribute.READONLY,
    "u": Attribute.UPPER,
    "x": Attribute.EXPORTED,
}


@dataclass
class _Wish:
    """What the options ask for."""

    on: Attribute = NOTHING
    off: Attribute = NOTHING
    reference: bool | None = None
    prints: bool = False
    functions: bool = False
    names_only: bool = False
    globally: bool = False
    locally: bool = False
    status: int = 0


def _read_options(call: Call, allowed: str) -> tuple[_Wish, list[str]] | None:
    """Leading options and the operands; None, and a message, where one is wrong."""
    wish = _Wish()
    args = list(call.args)
    while args and len(args[0]) > 1 and args[0][0] in "-+" and not isinstance(args[0], DeclaredArray):
        word = args.pop(0)
        if word == "--":
            break
        for letter in word[1:]:
            if letter not in allowed or (word[0] == "+" and letter in "pfFgI"):
                call.error(f"{word[0]}{letter}: invalid option")
                return None
            _wish_for(wish, letter, on=word[0] == "-")
    return wish, args


def _wish_for(wish: _Wish, letter: str, *, on: bool) -> None:
    if letter in _ATTRIBUTES:
        if on:
            wish.on |= _ATTRIBUTES[letter]
        else:
            wish.off |= _ATTRIBUTES[letter]
    elif letter == "n":
        wish.reference = on
    elif letter == "p":
        wish.prints = True
    elif letter == "g":
        wish.globally = True
    elif letter in "fF":
        wish.functions = True
        wish.names_only = letter == "F"


async def _declare(call: Call, wish: _Wish, operands: list[str]) -> int:
    """Carry out the wish for every operand."""
    shell: Interpreter = call.shell
    if wish.functions:
        return _functions(call, wish, operands)
    if not operands or (wish.prints and not wish.locally):
        return _print(call, wish, operands)
    status = wish.status
    for operand in operands:
        match = _OPERAND(operand)
        if match is None:
            status = call.error(f"{operand!r}: not a valid identifier")
            continue
        status = await _one(call, shell, wish, operand, match) or status
    return status


async def _one(call: Call, shell: Interpreter, wish: _Wish, operand: str, match: re.Match[str]) -> int:
    """One operand: scope, attributes, then the value, which the attributes change."""
    name, subscript, append, value = match.groups()
    variables = shell.state.variables
    outer = variables.outermost(name) if wish.globally else None
    if outer is not None:
        hidden = variables.hidden(name)
        variables.restore(name, outer[name])
    try:
        if wish.locally and variables.make_local(name):
            _begin_local(variables, name)
        if wish.reference:
            return _refer(call, variables, name, value)
        if wish.reference is False and name in variables.references:
            variables.set(name, variables.references[name]) if name in variables.values else None
            variables.references.pop(name)
        name = variables.target(name).partition("[")[0]
        if wish.off & Attribute.READONLY or (
            wish.on & ~Attribute.READONLY & ~Attribute.EXPORTED and value is None
        ):
            variables.check_writable(name)
        _mark(variables, name, wish)
        await _assign(shell, operand, name, subscript, bool(append), value)
        if wish.on & Attribute.READONLY:
            variables.mark(name, Attribute.READONLY)
    finally:
        if outer is not None:
            outer[name] = variables.hidden(name)
            variables.restore(name, hidden)
    if name == "PATH":
        shell.runtime.programs.forget()
    return 0


def _begin_local(variables: Variables, name: str) -> None:
    """A new local variable has neither value nor attributes, except that of one given to programs."""
    kept = variables.check_writable(name) & Attribute.EXPORTED
    variables.unset(name)
    if kept:
        variables.mark(name, kept)


def _mark(variables: Variables, name: str, wish: _Wish) -> None:
    on = wish.on & ~Attribute.READONLY
    if on & (Attribute.LOWER | Attribute.UPPER):  # the later of the two wins
        variables.mark(name, Attribute.LOWER | Attribute.UPPER, on=False)
    if on or name not in variables.attributes:
        variables.mark(name, on)
    if wish.off:
        variables.mark(name, wish.off, on=False)
    present = variables.values.get(name)
    if on & Attribute.ASSOCIATIVE and not isinstance(present, dict):
        variables.values[name] = {} if present is None else {"0": str(variables.get(name))}
        variables.mark(name, Attribute.LOCAL)
    elif on & Attribute.INDEXED and not isinstance(present, IndexedArray | dict):
        variables.values[name] = IndexedArray([] if present is None else [present])
        variables.mark(name, Attribute.LOCAL)


async def _assign(
    shell: Interpreter, operand: str, name: str, subscript: str | None, append: bool, value: str | None
) -> None:
    if isinstance(operand, DeclaredArray):
        node = operand.assignment
        await assign_node(shell, tree.Assignment(name, None, node.value, node.append, node.start, node.end))
    elif value is None:
        return
    elif subscript is None:
        variables = shell.state.variables
        shell.assign_now(name, appended(shell, name, variables.get(name), value) if append else value)
    else:
        variables = shell.state.variables
        key = key_in(shell, name, subscript)
        if append:
            value = appended(shell, name, variables.element(name, str(key)), value)
        variables.set_element(name, key, value)


def _refer(call: Call, variables: Variables, name: str, target: str | None) -> int:
    if target is None:
        present = variables.values.get(name)
        target = present if isinstance(present, str) else None
    if target is not None and (target == name or _OPERAND(target) is None or "=" in target):
        return call.error(f"{target}: invalid variable name for a name reference")
    variables.check_writable(name)
    if target is None:
        variables.mark(name, Attribute.LOCAL)
    else:
        variables.refer(name, target)
    return 0


# -- printing -------------------------------------------------------------------------------------------------------


def _functions(call: Call, wish: _Wish, operands: list[str]) -> int:
    functions = call.shell.state.functions
    status = 0
    for name in operands or sorted(functions):
        if name not in functions:
            status = 1
            if call.name in ("export", "readonly"):
                call.error(f"{name}: not a function")
        elif wish.on:
            continue  # functions are not given to programs, and are never protected
        elif wish.names_only:
            call.write(f"{name}\n" if operands else f"declare -f {name}\n")
        else:
            call.write(unparse(functions[name]) + "\n")
    return status


def _print(call: Call, wish: _Wish, operands: list[str]) -> int:
    """``declare -p`` and kin: as commands that declare again."""
    shell: Interpreter = call.shell
    variables = shell.state.variables
    status = 0
    if operands:
        for name in operands:
            if name in variables.values or name in variables.attributes or name in variables.references:
                call.write(declaration(variables, name) + "\n")
            elif isinstance(value := shell.dynamic(name), str):
                call.write(f"declare -- {name}={double_quoted(value)}\n")
            else:
                status = call.error(f"{name}: not found")
        return status
    everything = not (wish.on or wish.prints or wish.reference or wish.locally)
    for name in sorted({*variables.values, *variables.attributes, *variables.references}):
        if wish.reference and name not in variables.references:
            continue
        if wish.locally and not variables.is_local(name):
            continue
        if wish.on and not _has_all(variables, name, wish.on):
            continue
        if everything:
            given = variables.values.get(name)
            call.write(f"{name}={shown(given)}\n" if given is not None else "")
        else:
            call.write(declaration(variables, name) + "\n")
    return 0


def _has_all(variables: Variables, name: str, wanted: Attribute) -> bool:
    value = variables.values.get(name)
    has = variables.attributes.get(name, NOTHING)
    has |= Attribute.INDEXED if isinstance(value, IndexedArray) else NOTHING
    has |= Attribute.ASSOCIATIVE if isinstance(value, dict) else NOTHING
    return has & wanted == wanted


def _print_posix(call: Call, attribute: Attribute) -> int:
    """``export`` and ``readonly`` alone: in the form of POSIX."""
    variables = call.shell.state.variables
    for name in sorted(variables.attributes):
        if not variables.has(name, attribute):
            continue
        value = variables.values.get(name)
        if value is None:
            call.write(f"{call.name} {name}\n")
        elif isinstance(value, str):
            call.write(f"{call.name} {name}={quote_always(value)}\n")
        else:
            call.write(f"{call.name} -{'A' if isinstance(value, dict) else 'a'} {name}={shown(value)}\n")
    return 0


# -- the commands ---------------------------------------------------------------------------------------------------


async def _declare_command(call: Call) -> int:
    found = _read_options(call, "aAfFgIilnprux")
    if found is None:
        return 2
    wish, operands = found
    wish.locally = bool(call.shell.state.variables.depth) and not wish.globally and bool(operands)
    wish.locally = wish.locally and not wish.prints
    return await _declare(call, wish, operands)


@command("declare", raw=True, usage="declare [-aAfFgilnprux] [NAME[=VALUE]…]", category=CATEGORY)
async def declare(call: Call) -> int:
    """Declare variables and give them attributes; in a function they are local to it.

    `-a` and `-A` make arrays, indexed and associative; `-i` evaluates what is assigned as arithmetic; `-l` and `-u`
    make it lower or upper case; `-r` protects; `-x` gives it to programs; `-n` makes the name stand for another
    variable; `-g` means the variable outside all functions. `+` in place of `-` takes an attribute away. `-p` shows
    variables as commands that declare them again, `-f` functions, `-F` their names.

    Examples:
        $ declare -i n=2+3; declare -A m=([k]=v); echo $n ${m[k]}
        5 v
        $ declare -a a=(x "y z"); declare -p a
        declare -a a=([0]="x" [1]="y z")
    """
    return await _declare_command(call)


@command("typeset", raw=True, usage="typeset [-aAfFgilnprux] [NAME[=VALUE]…]", category=CATEGORY)
async def typeset(call: Call) -> int:
    """The same as `declare`, by its older name.

    Examples:
        $ typeset -u x=abc; echo $x
        ABC
    """
    return await _declare_command(call)


@command("local", raw=True, usage="local [-aAilnrux] NAME[=VALUE]…", category=CATEGORY)
async def local(call: Call) -> int:
    """Make variables local to the function that runs; the options are those of `declare`.

    `local -` makes the options of `set` local.

    Examples:
        $ f() { local x=inner; echo $x; }; x=outer; f; echo $x
        inner
        outer
    """
    shell: Interpreter = call.shell
    if not shell.state.variables.depth:
        return call.error("can only be used in a function")
    found = _read_options(call, "aAIilnprux")
    if found is None:
        return 2
    wish, operands = found
    if "-" in operands:
        shell.keep_options()
        operands = [operand for operand in operands if operand != "-"]
        if not operands:
            return 0
    wish.locally = True
    return await _declare(call, wish, operands)


@command("export", raw=True, special=True, usage="export [-n] [-p] [NAME[=VALUE]…]", category=CATEGORY)
async def export(call: Call) -> int:
    """Give variables to the programs that are started from now on.

    Without operands (or with `-p`) the exported variables are listed, quoted so that the list can be run. `-n` takes
    the mark away.

    Examples:
        $ export GREETING=hello; sh -c 'echo $GREETING'
        hello
    """
    return await _marking(call, Attribute.EXPORTED, "pnf")


@command("readonly", raw=True, special=True, usage="readonly [-p] [NAME[=VALUE]…]", category=CATEGORY)
async def readonly(call: Call) -> int:
    """Protect variables from being changed or unset.

    Examples:
        $ readonly A=1; (A=2; echo not reached) 2>/dev/null; echo $A
        1
    """
    return await _marking(call, Attribute.READONLY, "paAf")


async def _marking(call: Call, attribute: Attribute, letters: str) -> int:
    found = _read_options(call, letters)
    if found is None:
        return 2
    wish, operands = found
    if wish.reference:  # export -n
        wish.reference, wish.off = None, attribute
    else:
        wish.on |= attribute
    if wish.functions:
        return _functions(call, wish, operands)
    if not operands:
        return _print_posix(call, attribute)
    wish.prints = False
    return await _declare(call, wish, operands)


COMMANDS = (declare, typeset, local, export, readonly)
