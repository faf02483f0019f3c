"""Pipelines: programs joined by kernel pipes, with the shell's own commands as tasks among them (POSIX XCU 2.9.2).

Each command runs in a subshell of its own. Programs are started at once and no byte between two of them passes through
this process. If just one command is the shell's own it runs right here while the programs run beside it; with two or
more an event loop lets them take turns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.core.drive import ensure_loop
from azos_shell.core.errors import AzosError
from azos_shell.language import tree
from azos_shell.language.unparse import unparse
from azos_shell.shell import jobcontrol
from azos_shell.shell.cache_rules import rule_for
from azos_shell.shell.control import Interrupted
from azos_shell.shell.files import OpenFile, Overlay, new_pipe, unwritten
from azos_shell.shell.jobs import Job
from azos_shell.shell.processes import Process
from azos_shell.shell.redirection import redirect
from azos_shell.shell.traps import run_moment

if TYPE_CHECKING:
    from azos_shell.bus.command import Command
    from azos_shell.shell.interpreter import Interpreter


class _Stage:
    """One command of a pipeline: a program that runs, a status already known, or the shell's own work to do."""

    __slots__ = ("node", "process", "shell", "status")

    def __init__(self, node: tree.Command, shell: Interpreter) -> None:
        self.node = node
        self.shell = shell
        self.process: Process | None = None
        self.status: int | None = None


async def run_pipeline(shell: Interpreter, node: tree.Pipeline) -> int:
    """Run a pipeline in the foreground."""
    stopwatch = None
    if node.timed:
        from azos_shell.shell.timing import Stopwatch

        stopwatch = Stopwatch(shell)
    if node.negated:
        shell.ignoring_errors += 1
    try:
        if len(node.commands) == 1:
            status = await shell.run(node.commands[0])
            statuses = shell.state.pipe_statuses or [status]
        else:
            statuses = await _run_joined(shell, node)
    finally:
        if node.negated:
            shell.ignoring_errors -= 1
    shell.state.pipe_statuses = statuses
    status = statuses[-1]
    if shell.state.options.pipefail:
        status = next((status for status in reversed(statuses) if status), 0)
    if stopwatch is not None:
        stopwatch.tell(node.timed)
    if node.negated:
        return 0 if status else 1
    if len(node.commands) == 1:
        return status
    shell.state.line = getattr(node.commands[-1], "line", shell.state.line)
    return await shell.failing(status)


async def _run_joined(shell: Interpreter, node: tree.Pipeline) -> list[int]:
    inner = shell.job
    job = inner if inner is not None else Job(unparse(node), in_background=False)
    before = len(job.members)
    stages = await _start_stages(shell, node.commands, node.merge_errors, job)
    own = [stage for stage in stages if stage.process is None and stage.status is None]
    if inner is None and jobcontrol.has_job_control(shell):
        tasks = {id(stage): jobcontrol.start_member(stage.shell, stage.node, job) for stage in own}
        job.members = [tasks.get(id(stage)) or stage.process for stage in stages if stage.status is None]  # type: ignore[misc]
        if job.members:
            await jobcontrol.in_foreground(shell, job)
        return [_status_of(stage, tasks.get(id(stage))) for stage in stages]
    try:
        if own and own[-1] is stages[-1] and "lastpipe" in shell.state.options.shopts:
            await _run_last_here(shell, own)
        else:
            await _run_own(own)
        for stage in stages:
            if stage.process is not None:
                stage.status = await jobcontrol.wait_for(shell, stage.process)
    finally:
        del job.members[before:]
    return [stage.status if stage.status is not None else 1 for stage in stages]


def _status_of(stage: _Stage, member: object) -> int:
    if stage.status is not None:
        return stage.status
    status = getattr(member if member is not None else stage.process, "status", None)
    stopped = getattr(member if member is not None else stage.process, "stopped_by", 0)
    return status if status is not None else 128 + stopped


async def _run_last_here(shell: Interpreter, own: list[_Stage]) -> None:
    """Run the last stage in the shell itself (``shopt -s lastpipe``), the shell's other stages beside it."""
    *others, last = own
    beside = None
    if others:
        await ensure_loop()
        import asyncio

        beside = asyncio.ensure_future(_run_own(others))
    overlay = Overlay(shell.state.files)
    overlay.assign(0, last.shell.state.files.get(0))
    last.shell.state.files.release()
    try:
        last.status = await shell.condition(tree.CommandList((tree.ListItem(last.node, False, 0, 0),), 0, 0))
    finally:
        overlay.undo()
        if beside is not None:
            await beside


async def _run_own(own: list[_Stage]) -> None:
    """Run the shell's own stages: one right here, several as tasks that take turns."""
    if len(own) == 1:
        own[0].status = await own[0].shell.to_end(own[0].shell.run(own[0].node))
        return
    if not own:
        return
    await ensure_loop()
    import asyncio

    tasks = [asyncio.ensure_future(stage.shell.to_end(stage.shell.run(stage.node))) for stage in own]
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
    for stage, task in zip(own, tasks, strict=True):
        if isinstance(task.exception(), Interrupted):
            raise Interrupted
        stage.status = task.result()


async def launch(
    shell: Interpreter, commands: tuple[tree.Command, ...], merge_errors: tuple[bool, ...], job: Job
) -> None:
    """Start a pipeline in the background, as ``job``."""
    stages = await _start_stages(shell, commands, merge_errors, job)
    members: list[object] = []
    for stage in stages:
        if stage.process is not None:
            members.append(stage.process)
        elif stage.status is None:
            await ensure_loop()
            members.append(jobcontrol.start_member(stage.shell, stage.node, job))
        else:  # it could not be started: that is what ``wait`` is to learn
            await ensure_loop()
            members.append(jobcontrol.ended_member(stage.status, unparse(stage.node)))
    job.members = members  # type: ignore[assignment]


async def _start_stages(
    shell: Interpreter, commands: tuple[tree.Command, ...], merge_errors: tuple[bool, ...], job: Job
) -> list[_Stage]:
    """Make the pipes and start every program; the shell's own stages are left to be run."""
    stages: list[_Stage] = []
    reader: OpenFile | None = None
    detached = job.in_background and not jobcontrol.gets_group(shell, job)
    try:
        for position, node in enumerate(commands):
            if "DEBUG" in shell.state.traps and isinstance(node, tree.SimpleCommand):
                await run_moment(shell, "DEBUG", node.line)
            twin = shell.subshell(job)
            twin.whole = node
            twin.reads_stage = position > 0 or (shell.reads_stage and not job.in_background)
            files = twin.state.files
            if reader is not None:
                files.assign(0, reader)
                own = _command_of(shell, node)
                twin.given_input = reader if own is not None and not own.raw else None
            elif detached:
                files.assign(0, jobcontrol.null_input())
            reader = None
            if position < len(commands) - 1:
                reader, writer = _joint(shell, node, commands[position + 1])
                files.assign(1, writer)
                if merge_errors[position]:
                    files.assign(2, writer)
            stage = _Stage(node, twin)
            stages.append(stage)
            await _start(stage, job, all(earlier.process is not None for earlier in stages[:-1]))
    except BaseException:
        if reader is not None:
            reader.retain().release()
        for stage in stages:
            if stage.process is None and stage.status is None:
                stage.shell.state.files.release()
        raise
    return stages


def _joint(shell: Interpreter, left: tree.Command, right: tree.Command) -> tuple[OpenFile, OpenFile]:
    """The two ends, reader and writer, of what joins two commands: a pipe, or a channel where both deal in records.

    Only what the tree says for certain counts: plain names that are no functions'.
    """
    giver = _command_of(shell, left)
    if giver is not None and giver.records:
        taker = _command_of(shell, right)
        if taker is not None and taker.reads_records:
            from azos_shell.shell.record_channel import RecordChannel

            channel = RecordChannel()
            return channel.reader, channel.writer
    reader, writer = new_pipe()
    return OpenFile(reader), OpenFile(writer)


def _command_of(shell: Interpreter, node: tree.Command) -> Command | None:
    if not isinstance(node, tree.SimpleCommand) or not node.words:
        return None
    name = node.words[0].text
    return None if name is None or name in shell.state.functions else shell.runtime.registry.get(name)


async def _start(stage: _Stage, job: Job, only_programs_before: bool) -> None:
    """Start the stage's program, if it is one; its errors are this stage's status."""
    node, twin = stage.node, stage.shell
    twin.state.line = getattr(node, "line", twin.state.line)
    if not isinstance(node, tree.SimpleCommand) or not node.words:
        return
    name = node.words[0].text
    if name is not None and _is_own(twin, name, job):
        return
    if not only_programs_before and _substitutes(node):
        return  # it may read what an earlier stage has not begun to write
    try:
        argv = await twin.expander.fields(node.words)
        if not argv or _is_own(twin, argv[0], job) or rule_for(twin, argv) is not None:
            if _substitutes(node) and argv:  # expanded already, and once only
                quoted = tuple(tree.Word((tree.Quoted(text, 0, 0),), text, 0, 0) for text in argv)
                stage.node = tree.SimpleCommand(
                    node.assignments, quoted, node.redirections, node.line, node.start, node.end
                )
            return
        from azos_shell.shell.simple import Invocation, find_program, program_environment

        if twin.state.options.xtrace and not node.assignments:
            from azos_shell.shell.tracing import trace_words

            await trace_words(twin, argv)
        await redirect(twin, node.redirections, twin.state.files)
        invocation = Invocation(argv, twin.state.files, node.assignments)
        environment = await program_environment(twin, invocation)
        path = find_program(twin, argv[0], environment.get(b"PATH"))
        if unwritten:
            await twin.state.files.drain()
        stage.process = jobcontrol.start_program(twin, path, argv, environment, twin.state.files, job)
    except AzosError as error:
        twin.tell(error.message)
        stage.status = error.status
    finally:
        if stage.process is not None or stage.status is not None:
            twin.state.files.release()


def _is_own(shell: Interpreter, name: str, job: Job) -> bool:
    """Whether the shell runs the command itself.

    In the background of a script a command that only waits (``sleep``) is left to the program of that name, where there
    is one: a process may outlive the script, a task can't.
    """
    if name in shell.state.functions:
        return True
    command = shell.runtime.registry.get(name)
    if command is None:
        return False
    if command.waits and job.in_background and not shell.is_interactive:
        return shell.runtime.programs.find(name, shell.state.variables.get("PATH"), shell.cwd) is None
    return True


def _substitutes(node: object) -> bool:
    """Whether a command substitution stands anywhere in the words or redirections of a simple command."""
    if isinstance(node, tree.CommandSubstitution | tree.ProcessSubstitution):
        return True
    if isinstance(node, tuple):
        return any(_substitutes(element) for element in node)
    slots = getattr(node, "__slots__", ())
    return any(_substitutes(getattr(node, slot)) for slot in slots if slot not in ("start", "end", "line"))
