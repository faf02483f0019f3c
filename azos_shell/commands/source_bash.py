"""Bringing in what only bash can run: ``source-bash FILE``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from azos_shell.commands.directory import change_directory
from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import parse
from azos_shell.language.quoting import quote_always
from azos_shell.language.tree import FunctionDefinition
from azos_shell.plugin import AzosError, Call, command
from azos_shell.shell import jobcontrol
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.declarations import shown
from azos_shell.shell.files import OpenFile, move_high
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.simple import Invocation
from azos_shell.shell.variables import Attribute

_REPORT = 60
"""The descriptor that bash reports on: none that scripts use, and not bash's own 255 or those of ``<( )``, from 63."""

_OWN = frozenset(
    {
        *(
            "_",
            "PWD",
            "OLDPWD",
            "SHLVL",
            "PPID",
            "UID",
            "EUID",
            "GROUPS",
            "RANDOM",
            "SRANDOM",
            "SECONDS",
            "LINENO",
        ),
        *(
            "EPOCHSECONDS",
            "EPOCHREALTIME",
            "FUNCNAME",
            "PIPESTATUS",
            "DIRSTACK",
            "SHELLOPTS",
            "HISTCMD",
            "OPTIND",
        ),
    }
)
"""Variables that each shell keeps for itself."""

# Every value ends in a NUL, the one byte that none can hold: a kind, a name, attributes, and keys with values.
_SCRIPT = r"""
__azos_report() {
    printf 'state\0%s\0%s\0%s\0' "$PWD" "$(umask)" ''
    local __azos_name __azos_key
    for __azos_name in $(IFS=$' \t\n'; compgen -v); do
        case $__azos_name in __azos_* | BASH*) continue ;; esac
        local -n __azos_value=$__azos_name
        case ${__azos_value@a}${!__azos_name@a} in
        *[aA]*)
            printf 'array\0%s\0%s\0%s\0' "$__azos_name" "${!__azos_name@a}${__azos_value@a}" "${#__azos_value[@]}"
            for __azos_key in "${!__azos_value[@]}"; do
                printf '%s\0%s\0' "$__azos_key" "${__azos_value[$__azos_key]}"
            done ;;
        *)
            [ -n "${__azos_value+set}" ] &&
                printf 'scalar\0%s\0%s\0%s\0' "$__azos_name" "${__azos_value@a}" "$__azos_value" ;;
        esac
        unset -n __azos_value
    done
    for __azos_key in "${!BASH_ALIASES[@]}"; do
        printf 'alias\0%s\0%s\0%s\0' "$__azos_key" "${BASH_ALIASES[$__azos_key]}" ''
    done
    for __azos_name in $(IFS=$' \t\n'; compgen -A function); do
        case $__azos_name in __azos_*) continue ;; esac
        printf 'function\0%s\0%s\0%s\0' "$__azos_name" "$(declare -f "$__azos_name")" ''
    done
    printf 'end\0\0\0\0'
} >&REPORT 2>/dev/null
__azos_report
trap __azos_report EXIT
__azos_file=$1
shift
. "$__azos_file"
exit $?
""".replace("REPORT", str(_REPORT))


@dataclass(slots=True)
class _Report:
    """What bash told of itself at one moment."""

    directory: str = ""
    mask: str = ""
    variables: dict[str, tuple[str, str | tuple[tuple[str, str], ...]]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)


@command("source-bash", raw=True, usage="source-bash FILE [ARGUMENT…]", category="Control")
async def source_bash(call: Call) -> int:
    """Run a file in bash and take over what it changed.

    That is variables (exported or not, arrays too), the working directory, the umask, aliases, and the functions that
    azos can parse; it says which it could not. Most files can be run by `source`, without bash: this is for those that
    use what only bash has. Variables are known to the file; functions of azos are not.

    Exit status:
        That of the file; 127 if there is no bash.
    """
    shell: Interpreter = call.shell
    args = call.args[1:] if call.args[:1] == ["--"] else call.args
    if not args:
        return call.error("a file name is missing", 2)
    bash = shell.runtime.programs.find("bash", shell.get("PATH"), shell.cwd)
    if bash is None:
        return call.error("bash is not installed, or not on PATH", 127)
    path = args[0] if "/" in args[0] else f"./{args[0]}"
    if not os.path.isfile(shell.resolve_path(path)):
        return call.error(f"{args[0]}: no such file")
    report = os.memfd_create("report")
    files = shell.state.files.fork()
    try:
        files.assign(_REPORT, OpenFile(move_high(os.dup(report))))
        argv = ["bash", "--noprofile", "--norc", "-c", _prelude(shell) + _SCRIPT, "bash", path, *args[1:]]
        environment = shell.state.variables.environment_bytes()
        status = await jobcontrol.run_program(shell, bash, Invocation(argv, files), environment)
        reports = list(_reports(os.pread(report, os.fstat(report).st_size, 0)))
    finally:
        files.release()
        os.close(report)
    if len(reports) < 2:
        call.error(f"{args[0]}: bash ended without telling what it changed; nothing was taken over")
        return status or 1
    _take_over(call, shell, reports[0], reports[-1])
    return status


def _prelude(shell: Interpreter) -> str:
    """Assignments of the variables that are not exported, for bash to have them, too."""
    variables = shell.state.variables
    lines = []
    for name in variables.names():
        value = variables.values[name]
        if name in _OWN or name.startswith("BASH") or variables.has(name, Attribute.EXPORTED):
            continue
        if isinstance(value, str):
            lines.append(f"{name}={quote_always(value)}")
        else:
            lines.append(f"declare -{'A' if isinstance(value, dict) else 'a'} {name}={shown(value)}")
    return "\n".join(lines)


def _reports(data: bytes) -> Iterator[_Report]:
    """The reports that are whole."""
    words = iter(data.decode("utf-8", "surrogateescape").split("\0"))
    report = _Report()
    for kind, name, second, third in zip(words, words, words, words, strict=False):
        if kind == "state":
            report.directory, report.mask = name, second
        elif kind == "scalar":
            report.variables[name] = second, third
        elif kind == "array":
            report.variables[name] = second, tuple((next(words), next(words)) for _ in range(int(third)))
        elif kind == "alias":
            report.aliases[name] = second
        elif kind == "function":
            report.functions[name] = second
        elif kind == "end":
            yield report
            report = _Report()


def _take_over(call: Call, shell: Interpreter, before: _Report, after: _Report) -> None:
    state = shell.state
    for name in before.variables.keys() - after.variables.keys() - _OWN:
        _unless_refused(call, lambda name=name: state.variables.unset(name))
    for name, value in after.variables.items():
        if name not in _OWN and before.variables.get(name) != value:
            _unless_refused(call, lambda name=name, value=value: _set(shell, name, *value))
    state.aliases.update(
        {name: text for name, text in after.aliases.items() if before.aliases.get(name) != text}
    )
    for name, text in after.functions.items():
        if before.functions.get(name) != text:
            _define(call, shell, name, text)
    if after.mask != before.mask:
        shell.set_file_mask(int(after.mask, 8))
    if after.directory != before.directory:
        change_directory(call, after.directory, literal=True)


def _unless_refused(call: Call, change) -> None:  # type: ignore[no-untyped-def]
    try:
        change()
    except AzosError as error:
        call.error(error.message)


def _set(shell: Interpreter, name: str, attributes: str, value: str | tuple[tuple[str, str], ...]) -> None:
    variables = shell.state.variables
    if isinstance(value, str):
        if not isinstance(variables.values.get(name), str | None):
            variables.unset(name)
        shell.assign_now(name, value)
    elif "A" in attributes:
        variables.unset(name)
        variables.set(name, dict(value))
    else:
        variables.unset(name)
        variables.set(name, IndexedArray())
        for key, element in value:
            variables.set_element(name, int(key), element)
    for letter, attribute in (("x", Attribute.EXPORTED), ("i", Attribute.INTEGER)):
        if (letter in attributes) is not variables.has(name, attribute):
            variables.mark(name, attribute, on=letter in attributes)
    if "r" in attributes:
        variables.mark(name, Attribute.READONLY)


def _define(call: Call, shell: Interpreter, name: str, text: str) -> None:
    try:
        node = parse(text, final=True).items[0].command
    except ShellSyntaxError as error:
        call.error(f"function {name} was left out, azos can't parse it: {error.render().splitlines()[0]}")
        return
    if isinstance(node, FunctionDefinition):
        shell.state.functions[node.name] = node


COMMANDS = (source_bash,)
