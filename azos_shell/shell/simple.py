"""Simple commands: expand, resolve, and run a function, a built-in or a program (POSIX XCU 2.9.1)."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from azos_shell.bus.call import Call
from azos_shell.core.drive import let_others_run, loop_running
from azos_shell.core.errors import AzosError, NotExecutableError, NotFoundError
from azos_shell.core.frozen import frozen, replace
from azos_shell.language import tree
from azos_shell.language.quoting import quote
from azos_shell.shell import jobcontrol
from azos_shell.shell.arrays import SubscriptError
from azos_shell.shell.assignment import assign_node
from azos_shell.shell.cache_rules import rule_for
from azos_shell.shell.control import ExpansionError, Interrupted
from azos_shell.shell.files import FileTable, Overlay, unwritten
from azos_shell.shell.jobs import Job, TaskMember
from azos_shell.shell.programs import near_misses, why_not
from azos_shell.shell.redirection import redirect
from azos_shell.shell.traps import run_moment, run_pending
from azos_shell.shell.variables import Attribute, Hidden, ReadonlyError

if TYPE_CHECKING:
    from azos_shell.bus.command import Command
    from azos_shell.bus.trace import Trace
    from azos_shell.shell.cache_rules import CacheRule
    from azos_shell.shell.interpreter import Interpreter

_RUN_COMMANDS = frozenset({"eval", ".", "source", "command", "builtin"})
"""Built-ins that may run ``exec``, whose redirections outlast theirs."""

Saved = list[tuple[str, Hidden]]


@frozen
class Invocation:
    """A simple command after expansion: its words, the files it gets, and how it was asked for."""

    argv: list[str]
    files: FileTable
    assignments: tuple[tree.Assignment, ...] = ()
    fresh: bool = False
    """The name was quoted (``\\cmd``): no alias, no cached result."""
    trace: Trace | None = None
    skip_functions: bool = False
    """``command NAME`` goes round functions."""
    is_kept: bool = False
    """``keep COMMAND`` runs it: its output is kept if it is a program."""
    is_traced: bool = False
    """``set -x`` has shown it."""

    @property
    def text(self) -> str:
        """The words as they could be typed again."""
        return " ".join(quote(word) for word in self.argv)


async def run_simple(shell: Interpreter, node: tree.SimpleCommand) -> int:
    """Run one simple command; its exit status is also ``state.last_status``."""
    state = shell.state
    state.line = node.line
    state.substitution_status = None
    if not shell.moments_under_way:
        shell.node = node
    opened_before = len(shell.expander.opened)
    if state.traps and "DEBUG" in state.traps:
        await run_moment(shell, "DEBUG")
        state.line = node.line
    try:
        argv: list[str] = []
        for word in node.words:
            if word.text is not None:
                argv.append(word.text)
            else:
                await shell.expander.add_fields(word, argv)
        if not argv:
            status = await _without_command(shell, node)
            state.last_argument = ""
        elif node.redirections:
            status = await _redirected(shell, node, argv)
        else:
            status = await invoke(shell, Invocation(argv, state.files, node.assignments, _is_quoted(node)))
    except (ExpansionError, ReadonlyError, SubscriptError) as error:
        if not state.options.interactive:
            raise  # ends the shell (POSIX 2.8.1)
        shell.tell(error.message)
        state.last_status = error.status
        raise Interrupted from error
    except AzosError as error:
        shell.tell(error.message)
        status = error.status
    finally:
        if len(shell.expander.opened) > opened_before:
            shell.expander.close_opened(opened_before)
    if argv:
        state.last_argument = argv[-1]
    state.pipe_statuses = None
    state.last_status = status
    runtime = shell.runtime
    if shell.pending_traps:
        await run_pending(shell)
    runtime.steps += 1
    if not runtime.steps & 63 and loop_running():
        await let_others_run()
    if status:
        state.line = node.line
        return await shell.failing(status)
    return 0


async def _redirected(shell: Interpreter, node: tree.SimpleCommand, argv: list[str]) -> int:
    state = shell.state
    if argv == ["exec"] or argv == ["command", "exec"]:  # its redirections stay (POSIX XCU exec)
        if state.options.xtrace:
            await _trace(shell, argv)
        await redirect(shell, node.redirections, state.files)
        return 0
    if node is shell.whole or argv[0] in _RUN_COMMANDS or argv[0] in state.functions:
        return await _redirected_here(shell, node, argv)
    files = state.files.fork()
    try:
        try:
            await redirect(shell, node.redirections, files)
        except ExpansionError as error:
            if shell.runtime.registry.get(argv[0]) is not None:
                raise
            shell.tell(
                error.message
            )  # other shells expand these words in the program's process: it alone fails
            return 1
        return await invoke(shell, Invocation(argv, files, node.assignments, _is_quoted(node)))
    except (NotFoundError, NotExecutableError) as error:
        outer, state.files = state.files, files  # dash and bash say it where the command would have
        shell.tell(error.message)
        state.files = outer
        return error.status
    finally:
        files.release()


async def _redirected_here(shell: Interpreter, node: tree.SimpleCommand, argv: list[str]) -> int:
    """Redirect the files of this shell for a while: what ``exec`` in a function does to others of them stays."""
    state = shell.state
    if state.options.xtrace:
        from azos_shell.shell.tracing import trace_words

        await trace_words(shell, argv)
    overlay = Overlay(state.files)
    try:
        before = state.files.get(0)
        await redirect(shell, node.redirections, state.files if node is shell.whole else overlay)
        if node is shell.whole and state.files.get(0) is not before and argv[0] not in state.functions:
            shell.given_input = state.files.get(0)
        call = Invocation(argv, state.files, node.assignments, _is_quoted(node), is_traced=True)
        return await invoke(shell, call)
    except (NotFoundError, NotExecutableError) as error:
        shell.tell(error.message)
        return error.status
    finally:
        overlay.undo()


async def _without_command(shell: Interpreter, node: tree.SimpleCommand) -> int:
    """Assignments and redirections alone: the assignments last; the status is that of the last substitution."""
    if node.redirections:
        files = shell.state.files.fork()
        try:
            await redirect(shell, node.redirections, files)
        finally:
            files.release()
    for assignment in node.assignments:
        await _assign(shell, assignment)
    return shell.state.substitution_status or 0


async def _assign(shell: Interpreter, assignment: tree.Assignment) -> None:
    if not shell.state.options.xtrace:
        await assign_node(shell, assignment)
        return
    from azos_shell.shell.tracing import trace_assignment

    before = shell.state.variables.get(assignment.name) or ""
    await assign_node(shell, assignment)
    await trace_assignment(shell, assignment, before)


async def invoke(shell: Interpreter, invocation: Invocation) -> int:
    """Resolve the name (function, built-in, plugin, program) and run it."""
    state = shell.state
    argv = invocation.argv
    name = argv[0]
    if state.options.xtrace and not invocation.is_traced and not invocation.assignments:
        await _trace(shell, argv)
    if unwritten:  # what was told before comes before what the command says
        await _drain_quietly(state.files)
    function = None if invocation.skip_functions else state.functions.get(name)
    command = shell.runtime.registry.get(name)
    if command is not None and (function is None or command.special):
        if not invocation.assignments:
            return await run_command(shell, command, invocation)
        saved = await _assign_for(shell, invocation)
        try:
            return await run_command(shell, command, invocation)
        finally:
            if not command.special:
                _restore(shell, saved)
            elif name != "export":
                _keep(shell, saved)
    if function is not None:
        return await _run_function(shell, function, invocation)
    if name[:1] == "%" and jobcontrol.has_job_control(shell):  # %1 is short for fg %1
        return await invoke(shell, replace(invocation, argv=["fg", *argv]))
    return await _run_program(shell, invocation)


async def _run_function(shell: Interpreter, function: tree.FunctionDefinition, invocation: Invocation) -> int:
    state = shell.state
    saved = await _assign_for(shell, invocation)
    outer, state.files = state.files, invocation.files
    try:
        return await shell.call_function(function, invocation.argv[1:])
    finally:
        state.files = outer
        _restore(shell, saved)


async def run_command(shell: Interpreter, command: Command, invocation: Invocation) -> int:
    """Dispatch a built-in or plugin command through the bus."""
    if command.is_job and shell.job is None and jobcontrol.has_job_control(shell):
        return await _as_job(shell, command, invocation)
    if not command.raw:
        return await _dispatch(shell, command, invocation)
    outer = shell.state.files
    shell.state.files = invocation.files  # what ``eval`` and kin run has the redirections, too
    try:
        return await _dispatch(shell, command, invocation)
    finally:
        if shell.state.files is invocation.files:
            shell.state.files = outer


async def _dispatch(shell: Interpreter, command: Command, invocation: Invocation) -> int:
    files = invocation.files
    argv = invocation.argv
    call = Call(
        argv[0],
        argv[1:],
        stdin=files.get(0),
        stdout=files.get(1),
        stderr=files.get(2),
        shell=shell,
        services=shell.runtime.services,
        trace=invocation.trace,
        fresh=invocation.fresh,
    )
    call.is_fed = shell.reads_stage
    call.input_is_given = call.stdin is shell.given_input or call.stdin is not shell.state.files.get(0)
    try:
        status = await shell.runtime.bus.dispatch(command, call, jobcontrol.priority(shell))
        if unwritten:
            await files.drain()
        return status
    except ReadonlyError as error:
        if command.special or argv[0] == "command":
            raise  # ends the shell (POSIX 2.8.1)
        return call.error(error.message, 2 if argv[0] == "getopts" else 1)
    except BrokenPipeError:
        if shell.is_interactive and not shell.state.is_subshell:
            return call.error("write error: broken pipe", 128 + signal.SIGPIPE)
        raise
    except OSError as error:
        return _write_error(call, error)


async def _as_job(shell: Interpreter, command: Command, invocation: Invocation) -> int:
    """At the prompt a command that takes its time is a job, so that Ctrl-C, Ctrl-Z, ``fg`` and ``bg`` mean it."""
    job = Job(invocation.text, in_background=False)
    files = invocation.files.fork()  # it may outlive the command line, stopped

    async def work() -> int:
        return await _dispatch(shell, command, replace(invocation, files=files))

    job.members.append(TaskMember(work(), job.text, files.release))
    return (await jobcontrol.in_foreground(shell, job))[-1]


def _write_error(call: Call, error: OSError) -> int:
    try:
        return call.error(
            f"write error: {error.strerror}"
            if error.filename is None
            else f"{error.filename}: {error.strerror}"
        )
    except OSError:
        return 1


async def _run_program(shell: Interpreter, invocation: Invocation) -> int:
    if shell.runtime.services.cache_rules and not invocation.fresh:
        rule = rule_for(shell, invocation.argv)
        if rule is not None:
            return await _run_by_rule(shell, rule, invocation)
    environment = await program_environment(shell, invocation)
    name = invocation.argv[0]
    path = find_program(shell, name, environment.get(b"PATH"))
    try:
        return await jobcontrol.run_program(shell, path, invocation, environment)
    except NotFoundError:
        shell.runtime.programs.forget(name)  # it may have moved since its place was remembered
        found = find_program(shell, name, environment.get(b"PATH"))
        if found == path:
            raise
        return await jobcontrol.run_program(shell, found, invocation, environment)


async def _run_by_rule(shell: Interpreter, rule: CacheRule, invocation: Invocation) -> int:
    """Answer a program as ``memo`` would, with the rule's options."""
    memo = shell.runtime.registry.get("memo")
    assert memo is not None
    saved = await _assign_for(shell, invocation)
    try:
        argv = ["memo", *rule.options, "--", *invocation.argv]
        return await run_command(shell, memo, replace(invocation, argv=argv, assignments=()))
    finally:
        _restore(shell, saved)


def find_program(shell: Interpreter, name: str, given_path: bytes | None = None) -> str:
    """The file to run. ``given_path`` is the value of PATH that the command itself gets.

    Raises NotFoundError (127, with a near miss) or NotExecutableError (126).
    """
    state, runtime = shell.state, shell.runtime
    search_path = (
        state.variables.get("PATH") if given_path is None else given_path.decode("utf-8", "surrogateescape")
    )
    path = runtime.programs.find(name, search_path, state.cwd) if name else None
    if path is None:
        near: list[str] = []
        if "/" not in name:
            known = {
                *runtime.programs.names(state.variables.get("PATH")),
                *runtime.registry,
                *state.functions,
            }
            near = near_misses(name, sorted(known | state.aliases.keys()))
        raise why_not(name, near)
    return path


async def program_environment(shell: Interpreter, invocation: Invocation) -> dict[bytes, bytes]:
    """The environment of a program, with the assignments before its name."""
    variables = shell.state.variables
    if not invocation.assignments:
        return variables.environment_bytes()
    saved = await _assign_for(shell, invocation)
    try:
        return variables.environment_bytes()
    finally:
        _restore(shell, saved)


async def _assign_for(shell: Interpreter, invocation: Invocation) -> Saved:
    """Make the assignments for one command, exported, and trace it; returns what they hid."""
    variables = shell.state.variables
    saved: Saved = []
    for assignment in invocation.assignments:
        name = assignment.name
        saved.append((name, variables.hidden(name)))
        await _assign(shell, assignment)
        variables.mark(name, Attribute.EXPORTED)
    if shell.state.options.xtrace and invocation.assignments and not invocation.is_traced:
        await _trace(shell, invocation.argv)
    return saved


async def _trace(shell: Interpreter, argv: list[str]) -> None:
    from azos_shell.shell.tracing import trace, trace_words

    await trace_words(shell, argv)
    if argv[0] in ("export", "readonly"):
        for word in argv[1:]:
            name, equals, value = word.partition("=")
            if equals and name.isidentifier():
                from azos_shell.shell.tracing import traced

                await trace(shell, f"{name}={traced(value) if value else ''}")


def _keep(shell: Interpreter, saved: Saved) -> None:
    """The assignments before a special built-in stay (POSIX 2.14), but are exported only if they were before."""
    for name, (_, attributes, _) in saved:
        if not attributes & Attribute.EXPORTED and not shell.state.options.allexport:
            shell.state.variables.mark(name, Attribute.EXPORTED, on=False)


def _restore(shell: Interpreter, saved: Saved) -> None:
    variables = shell.state.variables
    for name, hidden in reversed(saved):
        variables.restore(name, hidden)
        if name == "PATH":
            shell.runtime.programs.forget()


async def _drain_quietly(files: FileTable) -> None:
    try:
        await files.drain()
    except OSError:
        pass  # nobody can be told that nobody can be told


def _is_quoted(node: tree.SimpleCommand) -> bool:
    return bool(node.words) and node.words[0].parts[0].__class__ is tree.Quoted


__all__ = ["Invocation", "find_program", "invoke", "run_command", "run_simple"]
