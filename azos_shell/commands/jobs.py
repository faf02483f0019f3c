"""Jobs: ``jobs fg bg wait kill`` (POSIX XCU 2.11)."""

from __future__ import annotations

import os
import signal

from azos_shell.commands.signals import list_signals, signal_number
from azos_shell.plugin import AzosError, Call, command, loop_running
from azos_shell.shell import jobcontrol
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.jobs import Job, TaskMember
from azos_shell.shell.traps import TrapArrived

CATEGORY = "Jobs"


@command("jobs", raw=True, usage="jobs [-l|-p] [JOB…]", category=CATEGORY)
def jobs(call: Call) -> int:
    """List the jobs: what runs in the background and what is stopped.

    `-l` adds process ids; `-p` gives only those.

    Examples:
        $ sleep 0.01 & wait; jobs
    """
    shell: Interpreter = call.shell
    flags = {letter for word in call.args if word.startswith("-") for letter in word[1:]}
    if flags - set("lprs"):
        return call.error("usage: jobs [-l|-p] [JOB…]", 2)
    specs = [word for word in call.args if not word.startswith("-")]
    table = shell.jobs.visible()
    if not loop_running():
        shell.runtime.processes.reap()
    try:
        chosen = [table.find(spec) for spec in specs] if specs else list(table)
    except AzosError as error:
        return call.error(error.message)
    for job in chosen:
        if ("r" in flags and job.state != "Running") or ("s" in flags and not job.is_stopped):
            continue
        if "p" in flags:
            call.write(f"{job.group or job.pid}\n")
        else:
            call.write(jobcontrol.line_of(shell, job, with_pids="l" in flags) + "\n")
        job.told = job.state
        if job.is_done:
            table.remove(job)
    return 0


@command("fg", raw=True, usage="fg [JOB]", category=CATEGORY)
async def fg(call: Call) -> int:
    """Bring a job to the foreground, continuing it if it was stopped."""
    shell: Interpreter = call.shell
    if not jobcontrol.has_job_control(shell):
        return call.error("no job control")
    try:
        job = shell.jobs.find(call.args[0] if call.args else "")
    except AzosError as error:
        return call.error(error.message)
    call.write(f"{job.text}\n")
    await call.stdout.drain()
    job.told = ""
    return (await jobcontrol.in_foreground(shell, job, resume=True))[-1]


@command("bg", raw=True, usage="bg [JOB…]", category=CATEGORY)
def bg(call: Call) -> int:
    """Continue stopped jobs in the background."""
    shell: Interpreter = call.shell
    if not jobcontrol.has_job_control(shell):
        return call.error("no job control")
    status = 0
    for spec in call.args or [""]:
        try:
            job = shell.jobs.find(spec)
            jobcontrol.continue_in_background(shell, job)
            call.write(f"[{job.number}]{shell.jobs.mark(job)} {job.text} &\n")
        except AzosError as error:
            status = call.error(error.message)
    return status


@command("wait", raw=True, usage="wait [JOB|PID…]", category=CATEGORY)
async def wait(call: Call) -> int:
    """Wait for jobs in the background to end: all of them, or those named; the last one's status is given.

    Examples:
        $ (exit 7) & wait $!; echo $?
        7
    """
    shell: Interpreter = call.shell
    table = shell.jobs
    status = 0
    try:
        if not call.args:
            for job in table:
                if not job.is_stopped:
                    await jobcontrol.wait_for_job(shell, job)
        for word in call.args:
            try:
                status = await _wait_for(call, word)
            except AzosError as error:
                status = call.error(error.message, 127)
    except TrapArrived as arrived:
        return 128 + arrived.number
    return status


async def _wait_for(call: Call, word: str) -> int:
    shell: Interpreter = call.shell
    table = shell.jobs
    if word.startswith("%"):
        return await jobcontrol.wait_for_job(shell, table.find(word))
    if not word.isdecimal():
        return call.error(f"{word}: not a process id or job", 2)
    pid = int(word)
    job = table.by_pid(pid)
    if job is not None:
        await jobcontrol.wait_for_job(shell, job)
        return next((m.status for m in job.members if m.pid == pid and m.status is not None), 127)
    past = table.past_status(pid)
    if past is None:
        return call.error(f"process {pid} is not a child of this shell", 127)
    return past


@command("kill", raw=True, usage="kill [-SIGNAL] JOB|PID… | kill -l [STATUS]", category=CATEGORY)
def kill(call: Call) -> int:
    """Send a signal (TERM) to jobs and processes; `-l` lists the signals.

    Examples:
        $ kill -l 15
        TERM
        $ sleep 10 & kill $!; wait $!; echo $?
        143
    """
    args = list(call.args)
    if args[:1] in (["-l"], ["-L"]):
        return list_signals(call, args[1:])
    number = int(signal.SIGTERM)
    if args and args[0] in ("-s", "-n"):
        if len(args) < 2:
            return call.error("a signal is missing", 2)
        chosen = signal_number(args[1])
        if chosen is None:
            return call.error(f"{args[1]}: no such signal", 1)
        number, args = chosen, args[2:]
    elif args and args[0].startswith("-") and args[0] != "--" and len(args[0]) > 1:
        chosen = signal_number(args[0][1:])
        if chosen is None:
            return call.error(f"{args[0][1:]}: no such signal", 1)
        number, args = chosen, args[1:]
    if args[:1] == ["--"]:
        args = args[1:]
    if not args:
        return call.error("usage: kill [-SIGNAL] JOB|PID… | kill -l [STATUS]", 2)
    if not loop_running():
        call.shell.runtime.processes.reap()  # what has ended is there no more
    return max(_send(call, word, number) for word in args)


def _send(call: Call, word: str, number: int) -> int:
    shell: Interpreter = call.shell
    table = shell.jobs.visible()
    try:
        if word.startswith("%"):
            _signal_job(table.find(word), number)
            return 0
        pid = int(word)
        job = table.by_pid(pid)
        member = next((m for m in job.members if m.pid == pid), None) if job else None
        if isinstance(member, TaskMember):
            member.kill(number)
        else:
            os.kill(pid, number)
    except AzosError as error:
        return call.error(error.message)
    except ValueError:
        return call.error(f"{word}: not a process id or job", 1)
    except (OSError, OverflowError) as error:
        return call.error(f"{word}: {getattr(error, 'strerror', None) or 'no such process'}")
    return 0


def _signal_job(job: Job, number: int) -> None:
    job.signal(number)
    if number == signal.SIGCONT:
        job.in_background = True


COMMANDS = (jobs, fg, bg, wait, kill)
