"""Row 17: job control on a real terminal: the shell has the terminal and its modes back, and `jobs` is right.

Each case is a dialogue, one step a line: a verb and its text (``STEPS`` tells what they do).
"""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from harness.processes import STAND_IN

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.terminal import Terminal

FULL_ROUNDS = 20
CONTROL_C, CONTROL_Z = "\x03", "\x1a"

CASES: dict[str, str] = {
    # -- one program
    "a program stops, waits and goes on": """
        start cat
        key Z
        see ^\\[1\\]\\+ +Stopped +cat$
        prompt
        start fg
        keys once\\r
        lines 2 once
        key D
        prompt
        run jobs; echo end $?
        see ^end 0$
        count 1 Stopped
    """,
    "the status of a stopped program is 148": """
        start /bin/sleep 30
        key Z
        prompt
        run echo status $?
        see ^status 148$
    """,
    "bg lets a stopped program run and jobs says so": """
        start /bin/sleep 30
        key Z
        prompt
        run bg
        see ^\\[1\\]\\+ /bin/sleep 30 &$
        run jobs
        see ^\\[1\\]\\+ +Running +/bin/sleep 30 &$
        run kill %1
        told Terminated
    """,
    "a program stops again and again": """
        start cat
        key Z
        prompt
        start fg
        key Z
        prompt
        start fg
        key Z
        prompt
        run jobs
        see ^\\[1\\]\\+ +Stopped +cat$
        start fg
        key C
        prompt
        run jobs; echo left $?
        see ^left 0$
    """,
    "what stops in the foreground does not end an and-list happily": """
        enter /bin/sleep 30 && echo after
        programs
        key Z
        see Stopped
        prompt
        absent ^after$
        run kill %%
        told Terminated
        absent ^after$
    """,
    # -- pipelines
    "a pipeline stops and goes on as one": """
        start cat | cat
        keys first\\r
        lines 2 first
        key Z
        see Stopped +cat \\| cat
        prompt
        states stopped
        start fg
        keys second\\r
        lines 2 second
        key D
        prompt
        gone
    """,
    "a pipeline whose first member has exited stops and goes on": """
        start /bin/true | cat - /dev/tty
        until cat
        key Z
        see Stopped
        prompt
        start fg
        keys typed\\r
        lines 2 typed
        key C
        prompt
        gone
    """,
    "a pipeline of three whose first two members have exited stops and goes on": """
        start /bin/true | /bin/true | cat - /dev/tty
        until cat
        key Z
        see Stopped
        prompt
        start fg
        keys typed\\r
        lines 2 typed
        key C
        prompt
        gone
    """,
    "a pager over an endless program stops, goes on and quits": """
        start cat /dev/zero | tr '\\0' 'z' | fold | less
        see ^zzzz
        key Z
        see Stopped
        prompt
        enter fg
        wait-programs
        redraw ^zzzz
        keys q
        prompt
        gone
        same-modes
    """,
    "a pipeline with a built-in in it stops and goes on": """
        start echo from here | cat - /dev/tty
        see ^from here$
        key Z
        see Stopped
        prompt
        start fg
        keys typed\\r
        lines 2 typed
        key D
        prompt
        gone
    """,
    "a pipeline with a loop in it stops and goes on": """
        start cat | while read line; do echo got $line; done
        keys first\\r
        see ^got first$
        key Z
        see Stopped
        prompt
        start fg
        keys second\\r
        see ^got second$
        key D
        prompt
        gone
    """,
    "a pipeline out of a loop is ended by Ctrl-C": """
        enter while :; do echo y; done | cat >/dev/null
        programs
        key C
        prompt
        run echo status $?
        see ^status 130$
        gone
    """,
    "the statuses of a stopped pipeline are those of the signal": """
        start /bin/sleep 30 | /bin/sleep 31
        programs 2
        key Z
        prompt
        run echo ${PIPESTATUS[*]}
        see ^148 148$
    """,
    # -- what the shell runs itself
    "a sleep of the shell's own is interrupted": """
        enter echo so; sleep 30
        see ^so$
        again C prompt
        run echo status $?
        see ^status 130$
    """,
    "a subshell stops and goes on": """
        start (cat; echo then $?)
        key Z
        see Stopped
        prompt
        start fg
        keys typed\\r
        lines 2 typed
        key D
        see ^then 0$
        prompt
    """,
    "a subshell whose first program has ended stops and goes on": """
        enter (/bin/true; /bin/true; cat; echo then $?)
        until cat
        key Z
        see Stopped +\\(
        prompt
        run jobs
        start fg
        keys typed\\r
        lines 2 typed
        key D
        see ^then 0$
        prompt
    """,
    "a subshell between two programs is ended by Ctrl-C": """
        enter (/bin/true; echo so; while :; do :; done)
        see ^so$
        again C prompt
        run echo status $?
        see ^status 130$
    """,
    "a pipeline whose program has ended is ended by Ctrl-C": """
        enter /bin/true | { echo so; while :; do :; done; }
        see ^so$
        again C prompt
        run echo status $?
        see ^status 130$
    """,
    "a trap of a subshell runs when its program is interrupted": """
        enter (trap 'echo trapped' INT; /bin/sleep 30; echo went on)
        until sleep
        key C
        see trapped$
        see ^went on$
        prompt
    """,
    "a subshell in the background runs one program after the other": """
        enter (/bin/true; /bin/sleep 0.1; /bin/echo went on) &
        see went on$
        absent not permitted
    """,
    "a for loop is left when its program is stopped": """
        start for i in 1 2 3; do /bin/sleep 30; echo done $i; done
        key Z
        see Stopped
        prompt
        absent ^done \\d$
        run echo status $?; jobs
        see ^status 148$
        see Stopped
    """,
    "a for loop is ended by Ctrl-C": """
        start for i in 1 2 3; do /bin/sleep 30; done
        key C
        prompt
        run echo status $?
        see ^status 130$
        gone
    """,
    "a loop of the shell's own is ended by Ctrl-C": """
        enter echo so; while :; do :; done
        see ^so$
        again C prompt
        run echo status $?
        see ^status 130$
    """,
    "a function is ended by Ctrl-C": """
        run f() { /bin/sleep 30; echo not here; }
        start f
        key C
        prompt
        absent ^not here$
        run echo status $?
        see ^status 130$
    """,
    "a substitution is ended by Ctrl-C": """
        enter echo so; x=$(/bin/sleep 30); echo not here
        see ^so$
        until sleep
        key C
        prompt
        absent ^not here$
        gone
    """,
    "read is ended by Ctrl-C": """
        enter echo so; read x
        see ^so$
        again C prompt
        run echo status $?
        see ^status 130$
    """,
    "read takes what is typed": """
        enter read x; echo "<$x>"
        pause
        keys some words\\r
        see ^<some words>$
        prompt
    """,
    # -- the other keys
    "Ctrl-\\ in the foreground ends the program and tells": """
        start /bin/sleep 30
        key \\
        see Quit
        prompt
        run echo status $?
        see ^status 131$
    """,
    "a program that ignores Ctrl-C is not ended by it": """
        enter sh -c 'trap "" INT; exec cat'
        until cat
        key C
        keys alive\\r
        lines 1 alive
        key D
        prompt
    """,
    "a program that handles Ctrl-C ends as it likes": """
        enter sh -c 'trap "echo handled; exit 7" INT; echo so; while :; do /bin/sleep 1; done'
        see ^so$
        again C prompt
        see handled
        run echo status $?
        see ^status 7$
    """,
    "Ctrl-C at a prompt leaves the jobs alone": """
        run /bin/sleep 30 &
        key C
        prompt
        run jobs
        see ^\\[1\\]\\+ +Running +/bin/sleep 30 &$
        run kill %1
        told Terminated
    """,
    # -- the background
    "a background job tells its number, and that it is done": """
        run /bin/sleep 0.05 &
        see ^\\[1\\] \\d+$
        told ^\\[1\\]\\+ +Done +/bin/sleep 0\\.05
    """,
    "a background job that fails tells its status": """
        run sh -c 'exit 3' &
        told ^\\[1\\]\\+ +Exit 3 +sh -c
    """,
    "a background job that reads the terminal is stopped, and fg lets it read": """
        run cat &
        told ^\\[1\\]\\+ +Stopped.* +cat
        start fg
        keys typed\\r
        lines 2 typed
        key D
        prompt
        gone
    """,
    "a background pipeline that reads the terminal is stopped, and fg lets it read": """
        run cat | cat &
        told Stopped
        start fg
        keys typed\\r
        lines 2 typed
        key D
        prompt
        gone
    """,
    "a background job writes to the terminal": """
        enter sh -c 'echo from behind' &
        see from behind$
    """,
    "under stty tostop a background job that writes is stopped": """
        run stty tostop
        run sh -c 'echo from behind' &
        told Stopped
        absent ^from behind$
        enter fg
        see ^from behind$
        prompt
        run stty -tostop
    """,
    "fg brings a running job to the front": """
        run /bin/sleep 30 &
        start fg
        key C
        prompt
        run jobs; echo left
        count 0 Running
        gone
    """,
    "wait is interrupted by Ctrl-C and the job goes on": """
        run /bin/sleep 30 &
        enter echo so; wait
        see ^so$
        again C prompt
        run echo status $?; jobs
        see ^status 130$
        see Running +/bin/sleep 30
        run kill %1
        told Terminated
    """,
    "a loop in the background stops and goes on": """
        run for i in 1 2 3; do /bin/sleep 0.05; done &
        run wait; echo waited $?
        see ^waited 0$
    """,
    # -- names and marks
    "jobs are named by number, by mark, by name and by text": """
        run /bin/sleep 31 &
        run /bin/sleep 32 &
        run /bin/sleep 33 &
        run jobs
        see ^\\[1\\]  +Running +/bin/sleep 31 &$
        see ^\\[2\\]- +Running +/bin/sleep 32 &$
        see ^\\[3\\]\\+ +Running +/bin/sleep 33 &$
        run kill %?31; kill %-; kill %+; wait; jobs; echo all
        see ^all$
        gone
    """,
    "a name that fits several jobs is ambiguous": """
        run /bin/sleep 31 &
        run /bin/sleep 32 &
        run fg %/bin; echo status $?
        see ambiguous
        see ^status 1$
        run kill %1 %2
    """,
    "a name that fits no job is told": """
        run fg %none; echo status $?
        see no such job
        see ^status 1$
        run bg %3; echo then $?
        see ^then 1$
        run fg; echo last $?
        see ^last 1$
    """,
    "the job stopped last is the current one": """
        run /bin/sleep 31 &
        start /bin/sleep 32
        key Z
        prompt
        run /bin/sleep 33 &
        run jobs
        see ^\\[2\\]\\+ +Stopped +/bin/sleep 32$
        see ^\\[3\\]- +Running +/bin/sleep 33 &$
        see ^\\[1\\]  +Running +/bin/sleep 31 &$
        run kill %1 %2 %3
    """,
    "a job is named alone": """
        start cat
        key Z
        prompt
        start %1
        keys typed\\r
        lines 2 typed
        key D
        prompt
        start cat
        key Z
        prompt
        start %cat
        key D
        prompt
        gone
    """,
    "jobs -l, -p, -r and -s choose and tell": """
        run /bin/sleep 31 &
        start /bin/sleep 32
        key Z
        prompt
        run jobs -l
        see ^\\[2\\]\\+ +\\d+ Stopped.* +/bin/sleep 32$
        run clear
        run jobs -r
        see /bin/sleep 31
        absent /bin/sleep 32
        run clear
        run jobs -s
        see /bin/sleep 32
        absent /bin/sleep 31
        run kill $(jobs -p); kill -CONT %2
        gone
    """,
    # -- signals from outside
    "a program stopped and continued from outside": """
        start /bin/sleep 30
        outside STOP sleep
        see Stopped
        prompt
        outside CONT sleep
        told-jobs Running +/bin/sleep 30
        run kill %1
        told Terminated
    """,
    "a background program stopped from outside is told": """
        run /bin/sleep 30 &
        outside STOP sleep
        told Stopped.* +/bin/sleep 30
        run bg; jobs
        see Running +/bin/sleep 30
        run kill %1
        told Terminated
    """,
    "a program killed from outside is told": """
        start /bin/sleep 30
        outside KILL sleep
        see Killed
        prompt
        run echo status $?
        see ^status 137$
    """,
    "one member of a pipeline killed from outside leaves the other": """
        start sleep 30 | cat
        outside KILL cat
        again C prompt
        gone
    """,
    # -- the terminal is the shell's again
    "a child that dies leaving raw mode": """
        run sh -c 'stty raw -echo; kill -KILL $$'
        same-modes
        run echo drawn
        see ^drawn$
    """,
    "a child that ends in peace leaving raw mode": """
        run sh -c 'stty raw -echo'
        same-modes
        run echo drawn
        see ^drawn$
    """,
    "a child that is stopped in raw mode": """
        enter sh -c 'stty raw -echo; kill -STOP $$; stty sane'
        see Stopped
        prompt
        same-modes
        run fg
        same-modes
    """,
    "a child that grabs the terminal and dies": """
        run perl -MPOSIX -e '$SIG{TTOU}="IGNORE"; setpgid(0,0); tcsetpgrp(0,$$); kill 9,$$'
        run echo mine
        see ^mine$
        start cat
        key D
        prompt
    """,
    "a grandchild that grabs the terminal and outlives its parent": """
        run perl -MPOSIX -e 'if(fork){sleep 1;exit}$SIG{TTOU}="IGNORE";setpgid(0,0);tcsetpgrp(0,$$);sleep 3'
        run echo mine
        see ^mine$
        start cat
        key D
        prompt
    """,
    "the settings of a command that ended in peace stay": """
        run stty intr '^X'
        run stty -a | grep -o 'intr = ^X'
        see ^intr = \\^X$
    """,
    # -- what is typed
    "what is typed ahead is run after the command": """
        start /bin/sleep 1
        keys echo ahead\\r
        lines 1 ahead
        prompt
    """,
    "a pasted text of thirty lines runs as one": """
        paste 30
        keys \\r
        prompt
        run wc -l <pasted
        see ^30$
    """,
    # -- leaving
    "exit tells of stopped jobs once": """
        start cat
        key Z
        prompt
        enter exit
        see stopped jobs
        prompt
        enter exit
        ended
    """,
    "Ctrl-D tells of stopped jobs once": """
        start cat
        key Z
        prompt
        key D
        see stopped jobs
        prompt
        key D
        ended
    """,
    "a command between makes exit tell again": """
        start cat
        key Z
        prompt
        enter exit
        see stopped jobs
        prompt
        run clear
        enter exit
        see stopped jobs
        prompt
        enter exit
        ended
    """,
    "what is disowned outlives the shell": """
        run /bin/sleep 30 &
        run echo $! >pid; disown; jobs; echo none
        enter exit
        ended
        alive
    """,
    "what is stopped is hung up when the terminal goes": """
        start /bin/sleep 30
        key Z
        prompt
        hang-up
        all-dead
    """,
}
# What bash itself does in another way, or loses: cases in which it is no measure.
OURS = {
    "a pipeline with a loop in it stops and goes on",
    "a pipeline out of a loop is ended by Ctrl-C",
    "the statuses of a stopped pipeline are those of the signal",
    "a subshell stops and goes on",
    "a background job writes to the terminal",
    "a child that ends in peace leaving raw mode",
}


class Dialogue:
    """One case being played on a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.seen: list[psutil.Process] = []

    def play(self, case: str) -> None:
        """Do its steps."""
        for step in case.strip().splitlines():
            verb, _, text = step.strip().partition(" ")
            try:
                STEPS[verb](self, text)
            except AssertionError as error:
                raise AssertionError(f"{step.strip()}: {error}") from None
            self.seen = self.terminal.children() or self.seen

    def key(self, name: str) -> None:
        """Press Control and a key."""
        self.terminal.send(chr(ord(name) & 31))

    def keys(self, text: str) -> None:
        """Type, with ``\\r`` for Enter."""
        self.terminal.send(text.replace("\\r", "\r"))

    def enter(self, line: str) -> None:
        """Type a line and Enter, and wait for nothing."""
        self.terminal.type_line(line)
        self.terminal.send("\r")

    def again(self, text: str) -> None:
        """Press a key until there is a prompt: before a command of the shell's own runs, a signal finds nothing."""
        name = text.split(maxsplit=1)[0]
        for _ in range(100):
            self.key(name)
            for _ in range(10):
                if self.terminal.at_prompt():
                    return
                self.terminal.pump(0.02)
        self.terminal.prompt()

    def lines(self, text: str) -> None:
        """Until the screen has so many lines of just this text."""
        number, _, line = text.partition(" ")
        self.terminal.wait_for(lambda: self.terminal.lines().count(line) >= int(number))

    def count(self, text: str) -> None:
        """The screen has so many of this."""
        number, _, pattern = text.partition(" ")
        found = re.findall(pattern, self.terminal.text(), re.MULTILINE)
        assert len(found) == int(number), self.terminal.text()

    def absent(self, pattern: str) -> None:
        """The screen does not hold this."""
        assert not re.search(pattern, self.terminal.text(), re.MULTILINE), self.terminal.text()

    def told(self, notice: str) -> None:
        """Notices come before a prompt: ask for prompts until this one has come."""
        self._asking("true", notice)

    def told_jobs(self, line: str) -> None:
        """Ask with ``jobs`` until it says this."""
        self._asking("jobs", line)

    def _asking(self, command: str, wanted: str) -> None:
        for _ in range(200):
            if re.search(wanted, self.terminal.text(), re.MULTILINE):
                return
            self.terminal.run(command)
        raise AssertionError(f"{wanted!r} was never told:\n{self.terminal.text()}")

    def until(self, name: str) -> None:
        """Until the one program left runs by this name."""
        self.terminal.wait_for(lambda: {name} == {child.name() for child in self.terminal.living()})

    def redraw(self, pattern: str) -> None:
        """Have a full-screen program draw itself, and wait for it."""
        self.terminal.send("\x0c")
        self.terminal.wait_for(pattern)

    def states(self, state: str) -> None:
        """Every process is in this state."""
        self.terminal.wait_for(lambda: {child.status() for child in self.terminal.children()} == {state})

    def outside(self, text: str) -> None:
        """A signal to the program of this name, from somebody else."""
        number, _, name = text.partition(" ")
        self.terminal.wait_for(lambda: any(child.name() == name for child in self.terminal.children()))
        for child in self.terminal.children():
            if child.name() == name:
                child.send_signal(signal.Signals[f"SIG{number}"])

    def gone(self, _: str) -> None:
        """No process is left."""
        self.terminal.wait_for(lambda: not self.terminal.living())

    def pause(self, _: str) -> None:
        """Let the command line begin: the editor has given the terminal back once the echo is the kernel's."""
        import termios

        self.terminal.wait_for(lambda: bool(self.terminal.modes()[3] & termios.ICANON))

    def same_modes(self, _: str) -> None:
        """Programs find the modes of the terminal that they found in the beginning."""
        self.terminal.run("stty -g >after; cmp before after && echo same $((1+1))")
        self.terminal.wait_for("^same 2$")

    def paste(self, text: str) -> None:
        """Paste so many lines."""
        lines = "".join(f"echo line {number} >>pasted\n" for number in range(1, int(text) + 1))
        self.terminal.paste(lines.rstrip("\n"))

    def ended(self, _: str) -> None:
        """The shell ends."""
        self.terminal.wait_exit()

    def alive(self, _: str) -> None:
        """What the shell had started lives on (and is ended now)."""
        assert self.seen and all(process.is_running() for process in self.seen)
        for process in self.seen:
            process.kill()

    def all_dead(self, _: str) -> None:
        """What the shell had started ends."""
        _, alive = psutil.wait_procs(self.seen, timeout=20)
        for process in alive:
            process.kill()
        assert not alive

    def hang_up(self, _: str) -> None:
        """The terminal goes away."""
        self.terminal.hang_up()


STEPS: dict[str, Callable[[Dialogue, str], None]] = {
    "run": lambda self, text: self.terminal.run(text),
    "start": lambda self, text: self.terminal.start(text),
    "enter": Dialogue.enter,
    "programs": lambda self, count: self.terminal.wait_for(
        lambda: self.terminal.program_runs(int(count or 1))
    ),
    "wait-programs": lambda self, _: self.terminal.wait_for(self.terminal.program_runs),
    "key": Dialogue.key,
    "keys": Dialogue.keys,
    "again": Dialogue.again,
    "see": lambda self, text: self.terminal.wait_for(text),
    "lines": Dialogue.lines,
    "count": Dialogue.count,
    "absent": Dialogue.absent,
    "prompt": lambda self, _: self.terminal.prompt(),
    "told": Dialogue.told,
    "told-jobs": Dialogue.told_jobs,
    "until": Dialogue.until,
    "redraw": Dialogue.redraw,
    "states": Dialogue.states,
    "outside": Dialogue.outside,
    "gone": Dialogue.gone,
    "pause": Dialogue.pause,
    "same-modes": Dialogue.same_modes,
    "paste": Dialogue.paste,
    "ended": Dialogue.ended,
    "alive": Dialogue.alive,
    "all-dead": Dialogue.all_dead,
    "hang-up": Dialogue.hang_up,
}


def play(terminal: Terminal, name: str) -> None:
    """One case, from a fresh shell."""
    terminal.run("stty -g >before")
    Dialogue(terminal).play(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_job_control_is_right(terminal: Terminal, name: str) -> None:
    if STAND_IN and name in OURS:
        pytest.skip("bash is no measure here")
    play(terminal, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_job_control_is_right_every_time(open_terminal: Callable[..., Terminal], name: str) -> None:
    for _ in range(FULL_ROUNDS):
        terminal = open_terminal()
        play(terminal, name)
        terminal.close()
