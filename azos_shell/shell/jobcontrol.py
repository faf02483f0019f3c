"""Job control: starting programs in process groups, waiting for them in the foreground, and the background.

Without job control (scripts, ``azos run``) programs stay in the shell's process group and are simply waited for. With
it every pipeline is a job in a group of its own, which is lent the terminal while it is in the foreground.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from azos_shell.core.drive import ensure_loop, loop_running
from azos_shell.core.errors import AzosError
from azos_shell.core.values import Priority
from azos_shell.language import tree
from azos_shell.language.unparse import unparse
from azos_shell.shell import traps
from azos_shell.shell.control import Interrupted, LoopExit
from azos_shell.shell.files import FileTable, OpenFile, move_high
from azos_shell.shell.jobs import Job, TaskMember, any_changed
from azos_shell.shell.processes import Process
from azos_shell.shell.traps import is_signal, number_of

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.simple import Invocation


def has_job_control(shell: Interpreter) -> bool:
    """Whether jobs get process groups of their own and the terminal."""
    return shell.runtime.terminal is not None


def gets_group(shell: Interpreter, job: Job | None) -> bool:
    """Whether the job has a process group of its own: in a script with ``set -m`` only what is in the background."""
    if job is None:
        return False
    return has_job_control(shell) or job.is_item or (job.in_background and shell.state.options.monitor)


def priority(shell: Interpreter) -> Priority:
    """The priority of what this shell dispatches: a person's, a script's, or background work's."""
    if shell.job is not None and shell.job.in_background:
        return Priority.BULK
    return Priority.INTERACTIVE if shell.is_interactive else Priority.NORMAL


# -- programs -------------------------------------------------------------------------------------------------------


async def run_program(
    shell: Interpreter, path: str, invocation: Invocation, environment: Mapping[bytes, bytes]
) -> int:
    """Run a program in the foreground (of this shell or of the job it belongs to) and return its exit status."""
    runtime = shell.runtime
    started = runtime.services.clock.monotonic()
    trace = invocation.trace
    try:
        if has_job_control(shell) and shell.job is None:
            job = Job(invocation.text, in_background=False)
            start_program(
                shell, path, invocation.argv, environment, invocation.files, job, is_kept=invocation.is_kept
            )
            status = (await in_foreground(shell, job))[-1]
        else:
            process = start_program(
                shell,
                path,
                invocation.argv,
                environment,
                invocation.files,
                shell.job,
                is_kept=invocation.is_kept,
            )
            status = await wait_for(shell, process)
    finally:
        seconds = runtime.services.clock.monotonic() - started
        runtime.services.monitor.record(os.path.basename(path), seconds)
        runtime.bus.last_seconds = seconds
    if trace is not None:
        with trace.stage("run") as note:
            note.detail = f"{path}, status {status}, {seconds * 1000:.1f} ms"
    return status


def start_program(
    shell: Interpreter,
    path: str,
    argv: list[str],
    environment: Mapping[bytes, bytes],
    files: FileTable,
    job: Job | None,
    *,
    is_kept: bool = False,
) -> Process:
    """Start a program as a member of ``job``; the first of a job in the foreground is lent the terminal.

    ``is_kept`` asks for its output to be kept, whatever ``keep`` says of programs of its name.
    """
    if is_kept or shell.state.kept_programs is not None:
        from azos_shell.shell.kept_programs import tap_for

        tap = tap_for(shell, argv[0], files, job, asked=is_kept)
        if tap is not None:
            try:
                process = _start(shell, path, argv, environment, tap.files, job)
            except BaseException:
                tap.give_up()
                raise
            process.tap = tap
            tap.started()
            return process
    return _start(shell, path, argv, environment, files, job)


def _start(
    shell: Interpreter,
    path: str,
    argv: list[str],
    environment: Mapping[bytes, bytes],
    files: FileTable,
    job: Job | None,
) -> Process:
    runtime = shell.runtime
    terminal = runtime.terminal
    group = None
    grouped = gets_group(shell, job)
    if grouped and job is not None:
        leave_empty_group(shell, job)
        group = job.group
    limits = shell.state.limits
    with shell.masked() if limits is None else shell.masked_and_limited(limits):
        process = runtime.processes.start(
            path,
            argv,
            environment,
            files,
            group=group,
            job_control=terminal is not None or grouped,
            cwd=shell.foreign_cwd(),
            ignored=_ignored_signals(shell, job),
        )
    if limits is not None:
        shell.limit_program(process.pid, limits)
    if job is not None:
        if shell.member is None:
            job.members.append(process)
        if grouped:
            job.programs.append(process)
            if not job.group:
                job.group = process.pid
                if terminal is not None and not job.in_background:
                    terminal.give_to(job.group)
    return process


def leave_empty_group(shell: Interpreter, job: Job) -> None:
    """Where a job's programs have all ended its group is no more: its next program makes a new one.

    Until then the terminal is the shell's, which hands Ctrl-C and Ctrl-Z on to the job's tasks.
    """
    terminal = shell.runtime.terminal
    job.programs = [program for program in job.programs if not program.is_done]
    if job.group and not job.programs:
        job.group = 0
        if terminal is not None and not job.in_background:
            terminal.take_back()


def _ignored_signals(shell: Interpreter, job: Job | None) -> set[int]:
    """What a program finds ignored: as ``trap ''`` says, and what POSIX 2.11 says of lists in the background."""
    ignored = {
        number_of(name) for name, action in shell.state.traps.items() if action == "" and is_signal(name)
    }
    if job is not None and job.in_background and not gets_group(shell, job):
        ignored |= {signal.SIGINT, signal.SIGQUIT}
    return ignored


async def wait_for(shell: Interpreter, process: Process) -> int:
    """Wait for a program that has no job of its own; what Ctrl-C meant depends on how the program took it."""
    if shell.member is not None:
        shell.member.waits_for(process)
    in_foreground = shell.job is None or not shell.job.is_item
    shell.runtime.waiting_in_foreground += in_foreground
    try:
        status = await shell.runtime.processes.wait(process)
    except BaseException as error:  # cancelled: the program must not outlive the wait
        if process.status is None and not isinstance(error, Exception):
            process.kill(
                signal.SIGTERM if shell.member and shell.member.killed_by == signal.SIGTERM else signal.SIGINT
            )
        raise
    finally:
        shell.runtime.waiting_in_foreground -= in_foreground
        if shell.member is not None:
            shell.member.waits_for(None)
        if shell.job is not None:
            leave_empty_group(shell, shell.job)
    if process.tap is not None:
        await process.tap.ended()
    if in_foreground:
        _check_interrupt(shell, process)
    return status


def _check_interrupt(shell: Interpreter, process: Process) -> None:
    """A program that died of SIGINT takes the script along; one that handled it does not (as bash has it)."""
    runtime = shell.runtime
    if process.killed_by == signal.SIGINT and (runtime.interrupted or shell.is_interactive):
        if shell.member is not None and traps.take_signal(shell, signal.SIGINT):
            return
        shell.state.last_status = 128 + signal.SIGINT
        raise Interrupted
    runtime.interrupted = False


# -- the foreground -------------------------------------------------------------------------------------------------


async def in_foreground(shell: Interpreter, job: Job, *, resume: bool = False) -> list[int]:
    """Wait until the job has ended or stopped; returns its members' exit statuses.

    Raises Interrupted if Ctrl-C ended it in an interactive shell.
    """
    runtime = shell.runtime
    terminal = runtime.terminal
    if terminal is None:
        return await (_resumed(shell, job) if resume else _to_end(shell, job))
    job.in_background = False
    if resume:
        if job.terminal_modes is not None:
            terminal.restore_modes(job.terminal_modes)
        if job.group:
            terminal.give_to(job.group)
        job.go_on()
    runtime.foreground.append(job)
    try:
        while not job.is_done and not job.is_stopped:
            await job.changed()
            job.spread_signals()
            leave_empty_group(shell, job)
    except BaseException:
        job.signal(signal.SIGINT)
        raise
    finally:
        runtime.foreground.remove(job)
        _take_terminal_back(shell, job)
    if job.is_stopped:
        _keep_stopped(shell, job)
        return job.statuses
    shell.jobs.remove(job)
    for member in job.members:
        if isinstance(member, Process) and member.tap is not None:
            await member.tap.ended()
    if any(member.killed_by == signal.SIGINT for member in job.members):
        shell.state.last_status = 128 + signal.SIGINT
        shell.state.files.get(2).write(b"\n")  # after the ^C that the terminal showed
        raise Interrupted
    _tell_how_it_died(shell, job)
    return job.statuses


async def run_subshell(shell: Interpreter, node: tree.Subshell) -> int:
    """Run a subshell in the foreground as a job: it stops, is ended and goes on as a whole."""
    job = Job(unparse(node), in_background=False)
    start_member(shell.subshell(job), node, job)
    return (await in_foreground(shell, job))[-1]


async def _to_end(shell: Interpreter, job: Job) -> list[int]:
    for member in job.members:
        if isinstance(member, Process):
            await wait_for(shell, member)
        else:
            await _joined(member)
    shell.jobs.remove(job)
    return job.statuses


async def _resumed(shell: Interpreter, job: Job) -> list[int]:
    """``fg`` in a script with ``set -m``: until the job has ended, or is stopped again."""
    await ensure_loop()
    job.go_on()
    while not job.is_done and not job.is_stopped:
        await traps.unless_trapped(shell.runtime, job.changed())
    if job.is_done:
        shell.jobs.remove(job)
    return job.statuses


async def _joined(member: TaskMember) -> None:
    import asyncio

    try:
        await asyncio.wait({member.task})
    except asyncio.CancelledError:
        member.task.cancel()
        raise


def _take_terminal_back(shell: Interpreter, job: Job) -> None:
    terminal = shell.runtime.terminal
    if terminal is None:
        return
    terminal.take_back()
    if job.is_stopped:
        job.terminal_modes = terminal.modes()
        terminal.restore_modes()
    elif job.members and job.members[-1].killed_by:
        terminal.restore_modes()
    else:
        terminal.remember_modes()


def _keep_stopped(shell: Interpreter, job: Job) -> None:
    jobs = shell.jobs
    if not job.number:
        jobs.add(job)
    jobs.touch(job)
    job.in_background = True
    job.told = job.state
    shell.state.files.get(2).write(f"\n{line_of(shell, job)}\n".encode("utf-8", "surrogateescape"))
    if shell.loops:  # its other rounds are not what Ctrl-Z asked for
        raise LoopExit(shell.loops, resume=False, status=job.statuses[-1])


def _tell_how_it_died(shell: Interpreter, job: Job) -> None:
    """``Segmentation fault`` and kin; a broken pipe is nobody's news."""
    killed = job.members[-1].killed_by if job.members else 0
    if killed and killed not in (signal.SIGINT, signal.SIGPIPE):
        from azos_shell.shell.jobs import describe_signal

        shell.tell(f"{describe_signal(killed)}: {job.text}")


def line_of(shell: Interpreter, job: Job, *, with_pids: bool = False) -> str:
    """One job as ``jobs`` shows it: ``[1]+  Stopped                 vim notes``."""
    mark = shell.jobs.mark(job)
    pid = f"{job.members[0].pid} " if with_pids and job.members else ""
    tail = " &" if job.state == "Running" else ""
    return f"[{job.number}]{mark}  {pid}{job.state:<23} {job.text}{tail}"


# -- the background -------------------------------------------------------------------------------------------------


async def start_background(shell: Interpreter, item: tree.ListItem) -> int:
    """Start ``command &`` and return at once."""
    from azos_shell.shell import pipeline

    _forget_ended(shell)
    job = Job(unparse(item.command), in_background=True)
    node = item.command
    if isinstance(node, tree.SimpleCommand):
        await pipeline.launch(shell, (node,), (False,), job)
    elif isinstance(node, tree.Pipeline) and not node.negated and not node.timed:
        await pipeline.launch(shell, node.commands, node.merge_errors, job)
    else:
        await start_task(shell, node, job)
    shell.jobs.add(job)
    shell.state.background_pid = job.pid
    if shell.is_interactive and not shell.state.is_subshell:
        shell.state.files.get(2).write(f"[{job.number}] {job.pid}\n".encode())
    shell.state.last_status = 0
    return 0


async def start_task(shell: Interpreter, node: object, job: Job) -> None:
    """Run a command of the shell's own as a task, in a subshell."""
    await ensure_loop()
    detached = null_input() if job.in_background and not gets_group(shell, job) else None
    twin = shell.subshell(job)
    if detached is not None:
        twin.state.files.assign(0, detached)
    start_member(twin, node, job)


def start_member(twin: Interpreter, node: object, job: Job) -> TaskMember:
    """Make a task of a subshell that runs ``node``, as a member of ``job``."""

    twin.whole = node
    command = node
    if isinstance(node, tree.Subshell) and not node.redirections:
        command = node.body  # a subshell of its own it is already

    return _as_member(twin, twin.run(command), unparse(node), job)


def start_list(twin: Interpreter, commands: tree.CommandList, job: Job) -> TaskMember:
    """Make a task of a subshell that runs ``commands``, as a member of ``job`` and under its name."""
    return _as_member(twin, twin.run_list(commands), job.text, job)


def _as_member(twin: Interpreter, commands: Coroutine[Any, Any, int], name: str, job: Job) -> TaskMember:
    async def work() -> int:
        try:
            return await twin.to_end(commands)
        except Interrupted:
            if twin.member is not None:
                twin.member.killed_by = signal.SIGINT
            return 128 + signal.SIGINT

    def release() -> None:
        commands.close()  # it may never have begun
        twin.state.files.release()

    member = TaskMember(work(), name, release)
    member.takes_signal = lambda number: traps.take_signal(twin, number)
    twin.runtime.keep(member.task)
    twin.member = member
    job.members.append(member)
    return member


def ended_member(status: int, text: str) -> TaskMember:
    """The member that a command is which could not be started: it has ended with this status."""

    async def work() -> int:
        return status

    return TaskMember(work(), text, lambda: None)


def null_input() -> OpenFile:
    """Standard input of what runs in the background without job control (POSIX XCU 2.9.3.1)."""
    return OpenFile(move_high(os.open(os.devnull, os.O_RDONLY)))


def _forget_ended(shell: Interpreter) -> None:
    """In a script nobody reads notices: jobs that have ended are forgotten (their statuses stay for ``wait``)."""
    runtime = shell.runtime
    if shell.is_interactive:
        return
    if not loop_running() and shell.jobs:
        runtime.processes.reap()
    for job in shell.jobs:
        if job.is_done:
            shell.jobs.remove(job)


def notices(shell: Interpreter) -> list[str]:
    """What the user should be told of jobs before the next prompt; ended jobs are forgotten."""
    jobs = shell.jobs
    lines = []
    for job in jobs.changes():
        lines.append(line_of(shell, job))
        job.told = job.state
        if job.is_done:
            jobs.remove(job)
    return lines


async def wait_for_job(shell: Interpreter, job: Job) -> int:
    """``wait``: until the job has ended (or stopped, where that can be seen).

    Raises TrapArrived when a trapped signal comes first (POSIX XCU 2.12).
    """
    if shell.state.options.monitor:  # that a job has stopped is only seen on the loop
        await ensure_loop()
    if loop_running():
        while not job.is_done and not job.is_stopped:
            await traps.unless_trapped(shell.runtime, job.changed())
    else:
        for member in job.members:
            if isinstance(member, Process):
                with traps.interrupting(shell.runtime):
                    shell.runtime.processes.wait_interruptibly(member)
    status = job.statuses[-1] if job.statuses else 127
    if job.is_done:
        shell.jobs.remove(job)
    return status


async def wait_for_first(shell: Interpreter, jobs: list[Job]) -> Job | None:
    """``wait -n``: until one of the jobs has ended; None if there is none to wait for.

    Raises TrapArrived when a trapped signal comes first.
    """
    if not jobs:
        return None
    await ensure_loop()
    while True:
        ended = next((job for job in jobs if job.is_done), None)
        if ended is not None:
            shell.jobs.remove(ended)
            return ended
        await traps.unless_trapped(shell.runtime, any_changed(jobs))


def suspend(shell: Interpreter) -> None:
    """Stop the shell; when it is continued it takes the terminal again."""
    os.kill(os.getpid(), signal.SIGSTOP)
    if shell.runtime.terminal is not None:
        shell.runtime.terminal.take_back()


def continue_in_background(shell: Interpreter, job: Job) -> None:
    """``bg``."""
    if job.is_done:
        raise AzosError(f"job {job.number} has ended")
    job.in_background = True
    job.told = ""
    job.go_on()
