"""Variables: ``unset`` and ``let`` (POSIX XCU 2.14, bash)."""

from __future__ import annotations

import re

from azos_shell.plugin import AzosError, Call, command
from azos_shell.shell.assignment import key_in
from azos_shell.shell.control import ArithmeticFailure
from azos_shell.shell.dynamic import is_dynamic
from azos_shell.shell.interpreter import Interpreter

_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(.*)\])?", re.DOTALL).fullmatch
CATEGORY = "Variables"


@command("unset", raw=True, special=True, usage="unset [-v] [-f] [-n] NAME…", category=CATEGORY)
def unset(call: Call) -> int:
    """Forget variables, elements of arrays, or functions with `-f`.

    Without an option a name that is no variable may be a function. `-n` forgets a name reference, not what it stands
    for.

    Examples:
        $ A=1; unset A; echo "${A-gone}"
        gone
    """
    shell: Interpreter = call.shell
    names = list(call.args)
    letters = ""
    while names and names[0][:1] == "-" and len(names[0]) > 1:
        word = names.pop(0)
        if word == "--":
            break
        if set(word[1:]) - set("vfn"):
            return call.error(f"{word}: invalid option", 2)
        letters += word[1:]
    status = 0
    for name in names:
        match = _NAME(name)
        if "f" in letters:
            shell.state.functions.pop(name, None)
        elif match is not None:
            try:
                _unset_variable(shell, match[1], match[2], letters)
            except AzosError as error:
                status = call.error(error.message)
        elif name in shell.state.functions and "v" not in letters:
            del shell.state.functions[name]
        else:
            status = call.error(f"{name!r}: not a valid identifier")
    return status


def _unset_variable(shell: Interpreter, name: str, subscript: str | None, letters: str) -> None:
    variables = shell.state.variables
    if "n" in letters:
        if name in variables.references:
            variables.unset(name)
        return
    if variables.references and name in variables.references:
        name, bracket, rest = variables.target(name).partition("[")
        subscript = rest[:-1] if bracket and subscript is None else subscript
    if subscript is not None and not (
        subscript in ("@", "*") and not isinstance(variables.values.get(name), dict)
    ):
        variables.unset_element(name, key_in(shell, name, subscript))
    elif name in variables.attributes or name in variables.values:
        variables.unset(name)
        if name == "PATH":
            shell.runtime.programs.forget()
    elif is_dynamic(name):
        shell.state.plain_names |= {name}
    elif "v" not in letters:
        shell.state.functions.pop(name, None)


@command("let", raw=True, usage="let EXPRESSION…", category=CATEGORY)
def let(call: Call) -> int:
    """Evaluate arithmetic expressions; the status is 0 if the last one is not zero.

    Examples:
        $ let a=5*4 b=a+1; echo $a $b
        20 21
    """
    if not call.args:
        return call.error("an expression is missing")
    shell: Interpreter = call.shell
    value = 0
    for expression in call.args:
        try:
            value = shell.expander.calculate(expression)
        except ArithmeticFailure as error:
            return call.error(error.message)
    return 0 if value else 1


COMMANDS = (unset, let)
