"""Control: ``exit return break continue eval source . exec`` (POSIX XCU 2.14 and kin)."""

from __future__ import annotations

import os
import re

from azos_shell.plugin import AzosError, Call, command
from azos_shell.shell.control import FunctionReturn, LoopExit, ShellExit
from azos_shell.shell.execute import replace_process
from azos_shell.shell.interpreter import Frame, Interpreter
from azos_shell.shell.simple import find_program
from azos_shell.shell.traps import hide_moments, run_moment, show_moments

CATEGORY = "Control"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}").fullmatch


def _status(call: Call) -> int | None:
    """The status operand; None when there is none. Bad ones are told and give 2."""
    if not call.args:
        return None
    try:
        return int(call.args[0]) & 0xFF
    except ValueError:
        return call.error(f"{call.args[0]}: numeric argument required", 2)


@command("exit", raw=True, special=True, usage="exit [STATUS]", category=CATEGORY)
def exit_(call: Call) -> int:
    """End the shell with a status (that of the last command).

    With stopped jobs the first `exit` at a prompt only warns.

    Examples:
        $ (exit 3); echo $?
        3
    """
    shell: Interpreter = call.shell
    status = _status(call)
    asks_first = (
        shell.is_interactive and not shell.state.is_subshell and not shell.runtime.warned_of_stopped_jobs
    )
    jobs = shell.jobs.statistics() if asks_first else None
    if jobs and (jobs.stopped or ("checkjobs" in shell.state.options.shopts and jobs.running)):
        shell.runtime.warned_of_stopped_jobs = True
        return call.error(f"there are {'stopped' if jobs.stopped else 'running'} jobs")
    if status is None:
        status = shell.state.last_status if shell.trap_status is None else shell.trap_status[0]
    raise ShellExit(status)


@command("return", raw=True, special=True, usage="return [STATUS]", category=CATEGORY)
def return_(call: Call) -> int:
    """End a function or a sourced file with a status.

    Examples:
        $ f() { return 4; echo never; }; f; echo $?
        4
    """
    shell: Interpreter = call.shell
    status = _status(call)
    if status is None:
        status = shell.state.last_status
        if shell.trap_status is not None and shell.trap_status[1] == shell.state.variables.depth:
            status = shell.trap_status[0]
    raise FunctionReturn(status)


def _leave_loop(call: Call, *, resume: bool) -> int:
    text = call.args[0] if call.args else "1"
    if not call.shell.loops:
        return 0
    if not _INTEGER(text):
        raise ShellExit(call.error(f"{text}: a number is needed", 128))
    if int(text) < 1:
        raise LoopExit(call.shell.loops, resume=False, status=call.error(f"{text}: loop count out of range"))
    raise LoopExit(min(int(text), call.shell.loops), resume=resume)


@command("break", raw=True, special=True, usage="break [N]", category=CATEGORY)
def break_(call: Call) -> int:
    """Leave the innermost N (1) loops.

    Examples:
        $ for i in 1 2 3; do if [ $i = 2 ]; then break; fi; echo $i; done
        1
    """
    return _leave_loop(call, resume=False)


@command("continue", raw=True, special=True, usage="continue [N]", category=CATEGORY)
def continue_(call: Call) -> int:
    """Go on with the next round of the N-th (1) loop around.

    Examples:
        $ for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done
        1
        3
    """
    return _leave_loop(call, resume=True)


@command("eval", raw=True, special=True, usage="eval [WORD…]", category=CATEGORY)
async def eval_(call: Call) -> int:
    """Run the words, joined by blanks, as a command line.

    Examples:
        $ x='echo $HOME_OF_X'; HOME_OF_X=here; eval "$x"
        here
    """
    shell: Interpreter = call.shell
    text = " ".join(call.args[1:] if call.args[:1] == ["--"] else call.args)
    if not text.strip():
        return 0
    return await shell.run_text(text, name=shell.source_name, first_line=shell.state.line or 1)


async def _source(call: Call) -> int:
    shell: Interpreter = call.shell
    args = call.args[1:] if call.args[:1] == ["--"] else call.args
    if not args:
        return call.error("a file name is missing", 2)
    path = _sourced_path(shell, args[0])
    try:
        with open(path.encode("utf-8", "surrogateescape"), "rb") as file:
            data = file.read()
    except OSError as error:
        status = call.error(f"{args[0]}: {error.strerror}", 1)
        if call.name == "." and not shell.is_interactive:
            raise ShellExit(2) from error  # an error of a special built-in ends a script (POSIX 2.8.1)
        return status
    if b"\0" in data[:256]:
        return call.error(f"{args[0]}: cannot execute binary file", 126)
    text = data.decode("utf-8", "surrogateescape")
    positional = shell.state.positional
    if len(args) > 1:
        shell.state.positional = list(args[1:])
    shell.frames.append(Frame("source", shell.state.line, args[0]))
    hidden = hide_moments(shell, ("DEBUG",)) if shell.state.traps else {}
    try:
        status = await shell.run_text(text, name=args[0]) if text.strip() else 0
    except FunctionReturn as end:
        status = end.status
    finally:
        show_moments(shell, hidden)
        shell.frames.pop()
        if len(args) > 1:
            shell.state.positional = positional
    if "RETURN" in shell.state.traps:
        await run_moment(shell, "RETURN")
    return status


def _sourced_path(shell: Interpreter, name: str) -> str:
    """A name without a slash is looked for on PATH first (POSIX dot), then here."""
    if "/" not in name and "sourcepath" in shell.state.options.shopts:
        for directory in (shell.get("PATH") or "").split(":"):
            candidate = os.path.join(shell.cwd, directory, name)
            if os.path.isfile(candidate) and os.access(candidate, os.R_OK):
                return candidate
    return shell.resolve_path(name)


@command(".", raw=True, special=True, usage=". FILE [ARGUMENT…]", category=CATEGORY)
async def dot(call: Call) -> int:
    """Run a file in this shell, as if its lines stood here."""
    return await _source(call)


@command("source", raw=True, special=True, usage="source FILE [ARGUMENT…]", category=CATEGORY)
async def source(call: Call) -> int:
    """Run a file in this shell, as if its lines stood here.

    A name without a slash is looked for on `PATH`, then in the working directory.

    Examples:
        $ echo 'x=5' > ./settings; source ./settings; echo $x
        5
    """
    return await _source(call)


@command(
    "exec", raw=True, special=True, usage="exec [-cl] [-a NAME] [COMMAND [ARGUMENT…]]", category=CATEGORY
)
async def exec_(call: Call) -> int:
    """Run a program in place of the shell; alone, its redirections stay.

    In a subshell the program takes the subshell's place.

    Options:
        -a NAME  the program is told that this is its name
        -c       with an empty environment
        -l       as a login shell: a dash before its name

    Examples:
        $ (exec echo replaced; echo never)
        replaced
    """
    shell: Interpreter = call.shell
    args, name, login, bare = list(call.args), "", False, False
    while args and args[0][:1] == "-" and args[0] != "-":
        flag = args.pop(0)
        if flag == "--":
            break
        if set(flag[1:]) - set("acl"):
            return _exec_failed(shell, call.error(f"{flag}: invalid option", 2))
        login, bare = login or "l" in flag, bare or "c" in flag
        if "a" in flag:
            if not args:
                return _exec_failed(shell, call.error("-a: a name is missing", 2))
            name = args.pop(0)
    if not args:
        return 0
    environment = {} if bare else shell.state.variables.environment_bytes()
    try:
        path = find_program(shell, args[0], shell.state.variables.environment_bytes().get(b"PATH"))
        argv = [("-" if login else "") + (name or args[0]), *args[1:]]
        return await replace_process(shell, path, argv, environment)
    except AzosError as error:
        return _exec_failed(shell, call.error(error.message.removeprefix("exec: "), error.status))


def _exec_failed(shell: Interpreter, status: int) -> int:
    """A failing exec ends a shell that is not interactive, unless ``shopt -s execfail``."""
    if shell.is_interactive or "execfail" in shell.state.options.shopts:
        return status
    raise ShellExit(status)


COMMANDS = (exit_, return_, break_, continue_, eval_, dot, source, exec_)
