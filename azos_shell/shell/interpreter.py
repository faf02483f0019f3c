"""The interpreter: runs the tree, one node kind a method (POSIX XCU 2.9).

Its methods are coroutines that suspend only where something really waits beside other work; without an event loop they
run through like plain calls (see ``core.drive``). A subshell is another interpreter over a copy of the state.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from azos_shell.core.drive import let_others_run, loop_running
from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen
from azos_shell.language import tree
from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import Parser
from azos_shell.language.unparse import unparse
from azos_shell.language.visible import visible
from azos_shell.shell import jobcontrol, pipeline, substitution
from azos_shell.shell.assignment import assign_named, named_element
from azos_shell.shell.conditional import test_status
from azos_shell.shell.control import (
    ArithmeticFailure,
    ExpansionError,
    FunctionReturn,
    LoopExit,
    RedirectionError,
    ShellExit,
)
from azos_shell.shell.dynamic import WATCHED, assign_dynamic, dynamic_value
from azos_shell.shell.expansion import Expander
from azos_shell.shell.files import CLOSED, OpenFile, Overlay, descriptor_named
from azos_shell.shell.jobs import JobTable
from azos_shell.shell.redirection import redirect
from azos_shell.shell.simple import run_simple
from azos_shell.shell.stack_room import DEEP_LEVELS, SHALLOW_LEVELS, give_back, has_room
from azos_shell.shell.traps import hide_moments, run_exit_trap, run_moment, run_pending, show_moments
from azos_shell.shell.variables import Attribute

if TYPE_CHECKING:
    from azos_shell.shell.jobs import Job, TaskMember
    from azos_shell.shell.limits import Limits
    from azos_shell.shell.pager import Pager
    from azos_shell.shell.runtime import Runtime
    from azos_shell.shell.state import Options, ShellState

Runner = Callable[["Interpreter", Any], Awaitable[int]]


@frozen
class Frame:
    """A function or a sourced file that runs: its name, the line it was called from, and the file it is from."""

    name: str
    line: int
    file: str


class Interpreter:
    """Runs commands over one shell state."""

    def __init__(
        self,
        runtime: Runtime,
        state: ShellState,
        *,
        job: Job | None = None,
        parent: Interpreter | None = None,
    ) -> None:
        self.runtime = runtime
        self.state: ShellState = state
        self.expander = Expander(self)
        self.jobs: JobTable = JobTable() if parent is None else JobTable(parent.jobs)
        """The jobs that this shell or subshell started."""
        self.job = job
        """The job that the processes of this subshell belong to; None for the shell itself."""
        self.member: TaskMember | None = None
        self.ignoring_errors = 0
        """How many conditions deep: there ``set -e`` does not apply (POSIX set -e)."""
        self.depth = 0
        self.whole: object = None
        """The node that is all there is to this subshell: its redirections need not be taken back."""
        self.given_input: OpenFile | None = None
        """The input that was made for the one command that is all there is to this subshell."""
        self.pending_traps: list[str] = runtime.pending_traps if parent is None else []
        """The trapped signals that came for this shell, or for this subshell as a job of its own."""
        self.source_name = state.name
        """What is being run, for messages: the script, or a file that it sources."""
        self.frames: list[Frame] = [] if parent is None else parent.frames.copy()
        """The functions and sourced files that run, the innermost last."""
        self.node: tree.SimpleCommand | None = None
        """The simple command that runs, for ``BASH_COMMAND``."""
        self._kept_options: Options | None = None
        self.trap_status: tuple[int, int] | None = None
        """In a trap: the status before it, which is that of ``exit`` alone, and how many functions deep it came."""
        self.trace_depth = 0
        """How deep in substitutions, ``eval`` and sourced files: ``set -x`` shows it."""
        self.moments_under_way: set[str] = set()
        """Which of ERR, DEBUG and RETURN run at present."""
        self.reads_stage = False
        """Whether it is fed by an earlier stage of a pipeline, which goes on only as it does."""
        self.loops = 0
        """How many loops deep: where ``break`` and ``continue`` mean something."""

    # -- what commands see (bus.call.ShellView) -----------------------------------------------------------------

    @property
    def cwd(self) -> str:
        """The working directory of this shell."""
        return self.state.cwd

    @property
    def is_interactive(self) -> bool:
        """Whether a person is at a prompt."""
        return self.state.options.interactive

    def get(self, name: str) -> str | None:
        """The value of a variable, dynamic ones included."""
        value = self.state.variables.get(name)
        if value is None and name[-1:] == "]":
            return named_element(self, name)
        if value is None:
            dynamic = self.dynamic(name)
            return dynamic if isinstance(dynamic, str) else dynamic[0] if dynamic else None
        return value

    def has_option(self, name: str) -> bool:
        """Whether an option of ``shopt`` is on."""
        return name in self.state.options.shopts

    def set(self, name: str, value: str) -> None:
        """Set a variable, or the element that ``name[subscript]`` is."""
        assign_named(self, name, value)

    def environment(self) -> dict[str, str]:
        """The exported variables."""
        return self.state.variables.environment()

    def resolve_path(self, path: str) -> str:
        """``path`` as this shell's working directory, and its open files, have it."""
        number = descriptor_named(path)
        if number is not None and (file := self.state.files.get(number)) is not CLOSED:
            return f"/proc/self/fd/{file.fileno()}"
        cwd = self.foreign_cwd()
        return path if cwd is None or path.startswith("/") else os.path.join(cwd, path)

    async def open_pager(self) -> Pager | None:
        """A pager for what is longer than the screen; None where there is none to be had."""
        from azos_shell.shell.pager import open_pager

        return await open_pager(self)

    def foreign_cwd(self) -> str | None:
        """This shell's directory where the process stands in another; else None."""
        return None if self.state.cwd == self.runtime.process_cwd else self.state.cwd

    def file_mask(self) -> int:
        """The umask of this shell."""
        if self.state.file_mask is not None:
            return self.state.file_mask
        mask = os.umask(0o077)
        os.umask(mask)
        return mask

    def set_file_mask(self, mask: int) -> None:
        """Set the umask; a subshell's is its own, although it is no process."""
        if self.state.is_subshell:
            self.state.file_mask = mask
        else:
            os.umask(mask)

    @contextmanager
    def masked(self) -> Iterator[None]:
        """While a file is created or a program started: a subshell's own umask is the process's."""
        if self.state.file_mask is None:
            yield
            return
        mask = os.umask(self.state.file_mask)
        try:
            yield
        finally:
            os.umask(mask)

    @contextmanager
    def masked_and_limited(self, limits: Limits) -> Iterator[None]:
        """As ``masked``, with the limits that ``ulimit`` set."""
        from azos_shell.shell.limits import limited

        with self.masked(), limited(limits):
            yield

    def limit_program(self, pid: int, limits: Limits) -> None:
        """Complete the limits of a program that was started."""
        from azos_shell.shell.limits import limit_program

        limit_program(pid, limits)

    # -- the text of programs ------------------------------------------------------------------------------------------

    async def run_parser(
        self,
        parser: Parser,
        *,
        is_script: bool = False,
        until_ready: Callable[[], Awaitable[None]] | None = None,
        status_of_nothing: int | None = None,
    ) -> int:
        """Run text command line by command line; a syntax error ends it, and a script's shell, with status 2.

        Text without any command has the status of the last command unless told otherwise.
        ``until_ready`` is awaited before each line is read: until reading it would not block.
        """
        options = self.state.options
        kept = self.runtime.kept if is_script else None
        while True:
            if until_ready is not None:
                await until_ready()
            parser.braces = options.braceexpand
            parser.extglob = "extglob" in options.shopts
            began = parser.next_offset if options.verbose or kept is not None else -1
            try:
                line = parser.next_line()
                if options.verbose and began >= 0:
                    self._echo_input(parser, began)
            except ShellSyntaxError as error:
                text = error.render()
                self._write_error(text if text.startswith("azos: ") else f"azos: {text}")
                self.state.last_status = 2
                if is_script:
                    raise ShellExit(2) from error
                return 2
            if line is None:
                return self.state.last_status if status_of_nothing is None else status_of_nothing
            status_of_nothing = None
            if not options.noexec or options.interactive:
                if kept is not None:
                    kept.begin(parser.source(began, parser.offset).strip())
                await self.run_list(line)
                if options.onecmd:
                    raise ShellExit(self.state.last_status)

    def _echo_input(self, parser: Parser, began: int) -> None:
        """What was read last, for ``set -v``."""
        read = parser.source(began, parser.offset)
        try:
            self.state.files.get(2).write(read.encode("utf-8", "surrogateescape"))
        except OSError:
            pass  # nobody can be told that nobody can be told

    async def run_text(self, text: str, *, name: str = "azos", first_line: int = 1) -> int:
        """Run text in this shell, as ``eval`` does; ``name`` is what messages call it."""
        self._deeper()
        outer, self.source_name = self.source_name, name
        self.trace_depth += 1
        try:
            parser = Parser(
                text,
                name=name,
                aliases=self.state.alias,
                first_line=first_line,
                final=True,
                braces=self.state.options.braceexpand,
            )
            return await self.run_parser(parser, status_of_nothing=0)
        finally:
            self.source_name = outer
            self.trace_depth -= 1
            self._shallower()

    async def trace(self, text: str) -> None:
        """A line of ``set -x``."""
        from azos_shell.shell.tracing import trace

        await trace(self, text)

    def tell(self, message: str) -> None:
        """A message on standard error; a script's says where it was."""
        self._write_error(f"{self.origin}{message}")

    @property
    def origin(self) -> str:
        """How messages begin: where in a script the shell is; nothing more than ``azos`` at a prompt."""
        state = self.state
        name = f"{self.source_name}: " if self.source_name != "azos" else ""
        line = f"line {state.line}: " if state.line and not state.options.interactive else ""
        return f"azos: {name}{line}"

    def _write_error(self, message: str) -> None:
        try:
            lines = [visible(line) for line in message.split("\n")]
            self.state.files.get(2).write("".join(f"{line}\n" for line in lines).encode())
        except OSError:
            pass  # nobody can be told that nobody can be told

    # -- lists --------------------------------------------------------------------------------------------------

    async def run_list(self, commands: tree.CommandList) -> int:
        """Run commands in sequence."""
        status = 0
        options = self.state.options
        for item in commands.items:
            if options.noexec and not options.interactive:
                return status
            try:
                if item.background:
                    status = await jobcontrol.start_background(self, item)
                else:
                    status = await self.run(item.command)
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self.tell(os.strerror(error.errno or 0).lower())  # and goes on: there may be room again
                self.state.last_status = status = await self.failing(1)
        return status

    async def run(self, node: Any) -> int:
        """Run any command node; its exit status is also ``state.last_status``."""
        if node.__class__ is tree.SimpleCommand:
            status = await run_simple(self, node)
        else:
            self.state.line = getattr(node, "line", self.state.line)
            redirections = getattr(node, "redirections", ())
            opened_before = len(self.expander.opened)
            try:
                if redirections:
                    status = await self._redirected(node, redirections)
                else:
                    status = await _RUNNERS[node.__class__](self, node)
            finally:
                if len(self.expander.opened) > opened_before:
                    self.expander.close_opened(opened_before)
            self.state.last_status = status
            if self.pending_traps:
                await run_pending(self)
        self.state.last_status = status
        return status

    async def _redirected(self, node: Any, redirections: tuple[tree.Redirection, ...]) -> int:
        overlay = Overlay(self.state.files)
        try:
            try:
                await redirect(self, redirections, self.state.files if node is self.whole else overlay)
            except RedirectionError as error:
                self.tell(error.message)
                return await self.failing(error.status)
            return await _RUNNERS[node.__class__](self, node)
        finally:
            overlay.undo()

    async def failing(self, status: int) -> int:
        """``status``; if it is a failure, the ERR trap runs for it, and ``set -e`` ends the shell."""
        if not status or self.ignoring_errors:
            return status
        state = self.state
        if "ERR" in state.traps:
            state.last_status = status
            await run_moment(self, "ERR")
        if state.options.errexit:
            state.last_status = status
            raise ShellExit(status)
        return status

    async def condition(self, commands: tree.CommandList) -> int:
        """Run a list whose failure is an answer, not an error."""
        self.ignoring_errors += 1
        try:
            return await self.run_list(commands)
        finally:
            self.ignoring_errors -= 1

    async def _and_or(self, node: tree.AndOr) -> int:
        last = len(node.rest) - 1
        self.ignoring_errors += 1
        try:
            status = await self.run(node.first)
        finally:
            self.ignoring_errors -= 1
        for position, (operator, command) in enumerate(node.rest):
            if (status == 0) is not (operator == "&&"):
                continue
            if position == last:
                return await self.run(command)
            self.ignoring_errors += 1
            try:
                status = await self.run(command)
            finally:
                self.ignoring_errors -= 1
        return status

    # -- groups -------------------------------------------------------------------------------------------------

    async def _brace_group(self, node: tree.BraceGroup) -> int:
        return await self.run_list(node.body)

    async def _subshell(self, node: tree.Subshell) -> int:
        if self.job is None and not self.state.is_subshell and jobcontrol.has_job_control(self):
            return await self.failing(await jobcontrol.run_subshell(self, node))
        twin = self.subshell()
        return await self.failing(await twin.to_end(twin.run_list(node.body)))

    def subshell(self, job: Job | None = None) -> Interpreter:
        """An interpreter over a copy of the state."""
        twin = Interpreter(self.runtime, self.state.subshell(), job=job or self.job, parent=self)
        twin.source_name = self.source_name
        twin.member = self.member
        twin.ignoring_errors = self.ignoring_errors
        twin.depth = self.depth + 1
        twin.trace_depth = self.trace_depth
        twin.loops = self.loops
        twin.reads_stage = self.reads_stage and job is None
        return twin

    async def to_end(self, work: Awaitable[int]) -> int:
        """Run ``work`` as all there is to this subshell; returns its exit status and lets go of its files."""
        try:
            status = await self._ending(work)
            return await run_exit_trap(self, status) if "EXIT" in self.state.traps else status
        except BrokenPipeError:
            return 128 + signal.SIGPIPE
        except (ExpansionError, AzosError) as error:
            self.tell(error.message)
            return error.status
        finally:
            self.state.files.release()

    async def _ending(self, work: Awaitable[int]) -> int:
        """The exit status of ``work``, however it ends the shell."""
        try:
            return await work
        except ShellExit as end:
            return end.status
        except FunctionReturn as end:
            return end.status
        except LoopExit:
            return 0

    # -- compound commands --------------------------------------------------------------------------------------

    async def _if(self, node: tree.If) -> int:
        for condition, body in node.clauses:
            if await self.condition(condition) == 0:
                return await self.run_list(body)
        return await self.run_list(node.otherwise) if node.otherwise is not None else 0

    async def _for(self, node: tree.For) -> int:
        values = list(self.state.positional) if node.words is None else await self.expander.fields(node.words)
        status = 0
        self.loops += 1
        try:
            for value in values:
                if self.state.options.xtrace:
                    from azos_shell.shell.tracing import trace_loop

                    await trace_loop(self, node.name, node.words)
                if "DEBUG" in self.state.traps:
                    await run_moment(self, "DEBUG", node.line)
                self.assign_now(node.name, value)
                try:
                    status = await self.run_list(node.body)
                except LoopExit as end:
                    status = self._status_of(end)
                    if not end.resume:
                        return status
        finally:
            self.loops -= 1
        return status

    async def _select(self, node: tree.Select) -> int:
        from azos_shell.shell.selecting import run_select

        return await run_select(self, node)

    async def _arithmetic_for(self, node: tree.ArithmeticFor) -> int:
        async def value(word: tree.Word) -> int:
            if self.state.options.xtrace and word.parts:
                await self.trace(_traced_expression(word))
            if "DEBUG" in self.state.traps:
                await run_moment(self, "DEBUG", node.line)
            return await self.expander.arithmetic(word) if word.parts else 1

        status = 0
        self.loops += 1
        try:
            await value(node.initial)
            while await value(node.condition):
                try:
                    status = await self.run_list(node.body)
                except LoopExit as end:
                    status = self._status_of(end)
                    if not end.resume:
                        return status
                await value(node.step)
        except ArithmeticFailure as error:
            self.tell(error.message)
            return await self.failing(1)
        finally:
            self.loops -= 1
        return status

    def _status_of(self, end: LoopExit) -> int:
        """The status of ``break n`` or ``continue n`` if it means this loop; else it goes one more level out."""
        if end.levels > 1:
            end.levels -= 1
            raise end
        self.state.last_status = end.status
        return end.status

    async def _while(self, node: tree.While) -> int:
        status = 0
        runtime = self.runtime
        self.loops += 1
        try:
            while True:
                try:
                    if (await self.condition(node.condition) == 0) is node.until:
                        return status
                    status = await self.run_list(node.body)
                except LoopExit as end:
                    status = self._status_of(end)
                    if not end.resume:
                        return status
                runtime.steps += 1  # a round may hold no command that gets to its end
                if not runtime.steps & 63 and loop_running():
                    await let_others_run()
                if self.pending_traps:
                    await run_pending(self)
        finally:
            self.loops -= 1

    async def _case(self, node: tree.Case) -> int:
        from azos_shell.shell.matching import matcher

        if "DEBUG" in self.state.traps:
            await run_moment(self, "DEBUG")
        if self.state.options.xtrace:
            await self.trace(f"case {unparse(node.word)} in")
        subject = await self.expander.text(node.word)
        status = 0
        options = self.state.options
        falling = False
        for clause in node.clauses:
            if not falling:
                for pattern in clause.patterns:
                    if matcher(options, await self.expander.pattern(pattern)).fullmatch(subject):
                        break
                else:
                    continue
            status = await self.run_list(clause.body)
            if clause.terminator == ";;":
                return status
            falling = clause.terminator == ";&"
        return status

    async def _define(self, node: tree.FunctionDefinition) -> int:
        self.state.functions[node.name] = node
        if self.runtime.script or self.source_name not in ("azos", self.state.name):
            self.state.function_files = {**self.state.function_files, node.name: self.source_name}
        return 0

    async def _arithmetic_command(self, node: tree.ArithmeticCommand) -> int:
        if "DEBUG" in self.state.traps:
            await run_moment(self, "DEBUG")
        if self.state.options.xtrace:
            await self.trace(_traced_expression(node.expression))
        try:
            return await self.failing(0 if await self.expander.arithmetic(node.expression) else 1)
        except ArithmeticFailure as error:
            self.tell(error.message)
            return await self.failing(1)

    async def _conditional(self, node: tree.ConditionalCommand) -> int:
        if "DEBUG" in self.state.traps:
            await run_moment(self, "DEBUG")
        return await self.failing(await test_status(self, node.expression))

    async def _pipeline(self, node: tree.Pipeline) -> int:
        return await pipeline.run_pipeline(self, node)

    # -- functions ----------------------------------------------------------------------------------------------

    async def call_function(self, definition: tree.FunctionDefinition, arguments: list[str]) -> int:
        """Run a function with its own positional parameters."""
        self._deeper()
        state = self.state
        positional, state.positional = state.positional, arguments
        loops, self.loops = self.loops, 0
        kept, self._kept_options = self._kept_options, None
        getopts = state.getopts_index, state.getopts_position
        frame = Frame(definition.name, state.line, state.function_files.get(definition.name, ""))
        self.frames.append(frame)
        state.variables.push()
        hidden = hide_moments(self) if state.traps else None
        try:
            if "DEBUG" in state.traps:
                await run_moment(self, "DEBUG", definition.line)
            try:
                status = await self.run(definition.body)
            except FunctionReturn as end:
                status = end.status
            if "RETURN" in state.traps:
                await run_moment(self, "RETURN")
            return status
        finally:
            if hidden:
                show_moments(self, hidden)
            if state.variables.is_local("OPTIND"):  # its caller's options go on where they were
                state.getopts_index, state.getopts_position = getopts
            state.variables.pop()
            state.positional = positional
            self.loops = loops
            self.frames.pop()
            self._give_back_options(kept)
            self._shallower()

    def keep_options(self) -> None:
        """``local -``: what the function changes of the options is undone at its end."""
        if self._kept_options is None:
            self._kept_options = self.state.options.copy()

    def _give_back_options(self, outer: Options | None) -> None:
        """At the end of a function: undo what it changed, if it asked for that."""
        if self._kept_options is not None:
            self.state.options.take(self._kept_options)
        self._kept_options = outer

    def _deeper(self) -> None:
        """A function, a sourced file or ``eval`` begins."""
        if self.depth >= SHALLOW_LEVELS and (self.depth >= DEEP_LEVELS or not has_room()):
            raise ExpansionError(f"nested deeper than {self.depth} levels")
        self.depth += 1

    def _shallower(self) -> None:
        self.depth -= 1
        if self.depth == SHALLOW_LEVELS:
            give_back()

    # -- variables ----------------------------------------------------------------------------------------------

    def assign_now(self, name: str, value: str) -> None:
        """Assign a scalar."""
        variables = self.state.variables
        if name in WATCHED:
            variables.check_writable(name)
            if assign_dynamic(self, name, value):
                return
            if name == "PATH":
                self.runtime.programs.forget()
            elif name == "OPTIND":  # also where the value is the same: the options begin anew
                self.state.getopts_position = 0
        variables.set(name, value)
        if self.state.options.allexport:
            variables.mark(name, Attribute.EXPORTED)

    def dynamic(self, name: str) -> str | list[str] | None:
        """The value of a variable that is worked out when read."""
        return dynamic_value(self, name)

    # -- substitutions ------------------------------------------------------------------------------------------

    async def substitute(self, body: tree.CommandList) -> str:
        """The output of a command substitution, without its trailing newlines."""
        return await substitution.substitute(self, body)

    async def process_substitution(self, part: tree.ProcessSubstitution) -> str:
        """The name of a file that is the other end of a command."""
        return await substitution.process_substitution(self, part)

    def __repr__(self) -> str:
        return f"<Interpreter {self.state!r}>"


def _traced_expression(expression: tree.Word) -> str:
    written = unparse(tree.ArithmeticCommand(expression, (), 0, 0, 0))
    return f"(( {written[2:-2]} ))"


_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)

_RUNNERS: dict[type, Runner] = {
    tree.SimpleCommand: run_simple,
    tree.Pipeline: Interpreter._pipeline,
    tree.AndOr: Interpreter._and_or,
    tree.CommandList: Interpreter.run_list,
    tree.BraceGroup: Interpreter._brace_group,
    tree.Subshell: Interpreter._subshell,
    tree.If: Interpreter._if,
    tree.For: Interpreter._for,
    tree.Select: Interpreter._select,
    tree.ArithmeticFor: Interpreter._arithmetic_for,
    tree.While: Interpreter._while,
    tree.Case: Interpreter._case,
    tree.FunctionDefinition: Interpreter._define,
    tree.ArithmeticCommand: Interpreter._arithmetic_command,
    tree.ConditionalCommand: Interpreter._conditional,
}
