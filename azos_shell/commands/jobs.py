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


@command("jobs", raw=True, usage="jobs [-l|-p|-n] [-r|-s] [JOB…]", category=CATEGORY)
def jobs(call: Call) -> int:
    """List the jobs: what runs in the background and what is stopped.

    Options:
        -l  with process ids
        -p  only the process ids of the groups
        -n  only those whose state you were not told yet
        -r  only those that run
        -s  only those that are stopped

    Examples:
        $ sleep 0.01 & wait; jobs
    """
    shell: Interpreter = call.shell
    flags, specs = _letters(call.args)
    if flags - set("lpnrs"):
        return call.error("usage: jobs [-l|-p|-n] [-r|-s] [JOB…]", 2)
    table = shell.jobs.visible()
    if not loop_running():
        shell.runtime.processes.reap()
    status = 0
    chosen: list[Job] = []
    for spec in specs:
        try:
            chosen.append(table.find(spec))
        except AzosError as error:
            status = call.error(error.message)
    for job in chosen if specs else table:
        if ("r" in flags and job.state != "Running") or ("s" in flags and not job.is_stopped):
            continue
        if "n" in flags and job.told == job.state:
            continue
        if "p" in flags:
            call.write(f"{job.group or job.pid}\n")
        else:
            call.write(jobcontrol.line_of(shell, job, with_pids="l" in flags) + "\n")
        job.told = job.state
        if job.is_done:
            table.remove(job)
    return status


def _letters(args: list[str]) -> tuple[set[str], list[str]]:
    """Option letters and operands."""
    words, letters = list(args), set()
    while words and words[0][:1] == "-" and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        letters |= set(word[1:])
    return letters, words


@command("fg", raw=True, usage="fg [JOB]", category=CATEGORY)
async def fg(call: Call) -> int:
    """Bring a job to the foreground, continuing it if it was stopped. At a prompt `%1` alone means `fg %1`."""
    shell: Interpreter = call.shell
    if not (jobcontrol.has_job_control(shell) or shell.state.options.monitor):
        return call.error("no job control")
    words = call.args[1:] if call.args[:1] == ["--"] else call.args
    try:
        job = shell.jobs.find(words[0] if words else "")
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
    if not (jobcontrol.has_job_control(shell) or shell.state.options.monitor):
        return call.error("no job control")
    words = call.args[1:] if call.args[:1] == ["--"] else call.args
    status = 0
    for spec in words or [""]:
        try:
            job = shell.jobs.find(spec)
            mark = shell.jobs.mark(job)
            jobcontrol.continue_in_background(shell, job)
            call.write(f"[{job.number}]{mark} {job.text} &\n")
        except AzosError as error:
            status = call.error(error.message)
    return status


@command("disown", raw=True, usage="disown [-h] [-a|-r|JOB…]", category=CATEGORY)
def disown(call: Call) -> int:
    """Forget jobs (the current one): they are listed no more, and live on when the shell ends.

    Options:
        -a  all jobs
        -r  all that run
        -h  keep them in the list, but do not hang them up at the end

    Examples:
        $ sleep 0.01 & disown; jobs
    """
    shell: Interpreter = call.shell
    flags, specs = _letters(call.args)
    if flags - set("ahr"):
        return call.error("usage: disown [-h] [-a|-r|JOB…]", 2)
    table, status = shell.jobs, 0
    chosen: list[Job] = []
    if flags & {"a", "r"} and not specs:
        chosen = [job for job in table if "r" not in flags or job.state == "Running"]
    else:
        for spec in specs or [""]:
            job = table.by_pid(int(spec)) if spec.isdecimal() else None
            try:
                chosen.append(job or table.find(spec))
            except AzosError as error:
                status = call.error(error.message)
    for job in chosen:
        job.disowned = True
        if "h" not in flags:
            table.remove(job)
    return status


@command("suspend", raw=True, usage="suspend [-f]", category=CATEGORY)
def suspend(call: Call) -> int:
    """Stop the shell itself, until whoever started it continues it; `-f` also where it is a login shell."""
    shell: Interpreter = call.shell
    if not jobcontrol.has_job_control(shell):
        return call.error("no job control")
    if shell.runtime.is_login and call.args[:1] != ["-f"]:
        return call.error("cannot suspend a login shell")
    jobcontrol.suspend(shell)
    return 0


@command("wait", raw=True, usage="wait [-fn] [-p NAME] [JOB|PID…]", category=CATEGORY)
async def wait(call: Call) -> int:
    """Wait for jobs in the background to end: all of them, or those named; the last one's status is given.

    Options:
        -n       wait for the first one to end, and give its status
        -p NAME  put the process id of the job whose status is given into NAME
        -f       wait for the end, where a stop would do

    Examples:
        $ (exit 7) & wait $!; echo $?
        7
        $ (sleep 0.2; exit 1) & (exit 5) & wait -n; echo $?
        5
    """
    shell: Interpreter = call.shell
    words = list(call.args)
    first, name = False, ""
    while words and words[0][:1] == "-" and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        if word == "-p" and words:
            name = words.pop(0)
        elif set(word[1:]) <= set("nf"):
            first = first or "n" in word
        else:
            return call.error(f"{word}: invalid option", 2)
    if name:
        shell.state.variables.unset(name)
    try:
        if first:
            return await _wait_for_first(call, words, name)
        return await _wait_for_all(call, words, name)
    except TrapArrived as arrived:
        return 128 + arrived.number


async def _wait_for_all(call: Call, words: list[str], name: str) -> int:
    shell: Interpreter = call.shell
    status = 0
    if not words:
        for job in shell.jobs:
            if not job.is_stopped:
                await jobcontrol.wait_for_job(shell, job)
    for word in words:
        try:
            status = await _wait_for(call, word, name)
        except AzosError as error:
            status = call.error(error.message, 127)
    return status


async def _wait_for_first(call: Call, words: list[str], name: str) -> int:
    shell: Interpreter = call.shell
    jobs: list[Job] = []
    for word in words:
        job = shell.jobs.by_pid(int(word)) if word.isdecimal() else shell.jobs.find(word)
        past = shell.jobs.past_status(int(word)) if job is None else None
        if past is not None:
            return past
        if job is not None:
            jobs.append(job)
    ended = await jobcontrol.wait_for_first(shell, jobs if words else list(shell.jobs))
    if ended is None:
        return 127
    if name:
        shell.assign_now(name, str(ended.pid))
    return ended.statuses[-1]


async def _wait_for(call: Call, word: str, name: str) -> int:
    shell: Interpreter = call.shell
    table = shell.jobs
    if word.startswith("%"):
        job = table.find(word)
        if name:
            shell.assign_now(name, str(job.pid))
        return await jobcontrol.wait_for_job(shell, job)
    if not word.isdecimal():
        return call.error(f"{word}: not a process id or job", 2)
    if name:
        shell.assign_now(name, word)
    pid = int(word)
    found = table.by_pid(pid)
    if found is not None:
        await jobcontrol.wait_for_job(shell, found)
        return next((m.status for m in found.members if m.pid == pid and m.status is not None), 127)
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


COMMANDS = (jobs, fg, bg, disown, suspend, wait, kill)
