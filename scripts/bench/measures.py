"""What is measured: each measure takes a shell and gives seconds a piece of work, or None where it means nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shells import PATH, PROMPT, Shell

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))  # the terminal is the tests' own

from harness.terminal import Terminal

ROOT = Path(__file__).parents[2]
LOOPED, LINES, SPAWNS, CAPTURES, HITS, BYTES, JOBS = 100_000, 10_000, 500, 300, 1_000, 300_000_000, 200
LONG_QUERY = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1e12) select max(i) from n"
)
TYPED = 15

_home = tempfile.TemporaryDirectory(prefix="azos-bench-")


@dataclass(frozen=True, slots=True)
class Measure:
    """A named measure. ``unit`` scales what is shown; ``budget`` is what the project sets itself."""

    name: str
    unit: str
    take: Callable[[Shell], float | None]
    budget: str = ""


def environment(shell: Shell) -> dict[str, str]:
    """Small and the same for all; each shell has a home of its own."""
    home = Path(_home.name) / shell.name
    home.mkdir(exist_ok=True)
    return {
        "PATH": PATH,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        **shell.environment,
    }


def run_seconds(shell: Shell, argv: list[str], script: str | None = None) -> float:
    """Wall time from start to reaped. Raises where the shell fails: a wrong run must not look like a fast one."""
    started = time.perf_counter()
    done = subprocess.run(
        argv, input=script, text=True, env=environment(shell), capture_output=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{argv}: status {done.returncode}: {done.stderr[-500:]}")
    return seconds


def script_seconds(shell: Shell, script: str) -> float:
    """Wall time of a script on standard input."""
    return run_seconds(shell, list(shell.words), script)


def beyond_start(shell: Shell, script: str, pieces: int) -> float:
    """Seconds per piece of work, without what an empty script costs."""
    return max(script_seconds(shell, script) - script_seconds(shell, "true\n"), 0.0) / pieces


def one_shot(shell: Shell) -> float:
    """Start, run `true`, end."""
    return run_seconds(shell, shell.one_shot("true"))


def loop(shell: Shell) -> float | None:
    """A built-in in a loop."""
    scripts = {
        "posix": f"for i in $(seq {LOOPED}); do echo $i; done >/dev/null\n",
        "fish": f"for i in (seq {LOOPED}); echo $i; end >/dev/null\n",
    }
    script = scripts.get(shell.dialect)
    return None if script is None else beyond_start(shell, script, LOOPED)


def flat(shell: Shell) -> float | None:
    """Lines of a flat script on standard input."""
    if shell.dialect == "xonsh":
        return None  # 3 ms a line: it would take longer than all the rest
    return beyond_start(shell, "".join(f"echo {n}\n" for n in range(LINES)), LINES)


def spawn(shell: Shell) -> float:
    """External programs, one after the other."""
    return beyond_start(shell, "/bin/true\n" * SPAWNS, SPAWNS)


def capturing(command: str) -> Callable[[Shell], float | None]:
    """The output of a command captured."""

    def take(shell: Shell) -> float | None:
        scripts = {
            "posix": f"for i in $(seq {CAPTURES}); do x=$({command}); done\n",
            "fish": f"for i in (seq {CAPTURES}); set x ({command}); end\n",
        }
        script = scripts.get(shell.dialect)
        return None if script is None else beyond_start(shell, script, CAPTURES)

    return take


def pipeline(shell: Shell) -> float:
    """A gigabyte's share through an external pipeline; scaled up to one gigabyte."""
    script = f"head -c {BYTES} /dev/zero | cat | wc -c >/dev/null\n"
    return beyond_start(shell, script, 1) * 1_000_000_000 / BYTES


def prompt_start(shell: Shell) -> float:
    """From exec to a prompt on the screen."""
    started = time.perf_counter()
    terminal = Terminal(shell.at_terminal, cwd=Path(_home.name), env=environment(shell))
    try:
        terminal.wait_for(lambda: terminal.before_cursor().endswith(PROMPT))
        return time.perf_counter() - started
    finally:
        terminal.close()


def typed_echo(shell: Shell, load: str) -> float:
    """Enter to output, the median of some: with this load started in the background before."""
    terminal = Terminal(shell.at_terminal, cwd=Path(_home.name), env=environment(shell))
    seconds = []
    try:
        terminal.prompt()
        if load:
            path = Path(_home.name) / f"load.{shell.name}"
            path.write_text(load)
            terminal.send(f". {path}\r")
            terminal.wait_for(lambda: terminal.before_cursor().strip() == "")
            terminal.wait_for(terminal.at_prompt)
        for number in range(TYPED):
            terminal.type_line(f"echo $((9000+{number})) ")
            wanted = f"{9000 + number}".encode()
            seen = len(terminal.output)
            started = time.perf_counter()
            terminal.send("\r")
            while wanted not in terminal.output[seen:]:
                terminal.pump(1.0)
            seconds.append(time.perf_counter() - started)
            terminal.prompt()
    finally:
        terminal.close()
    return sorted(seconds)[len(seconds) // 2]


def echo_idle(shell: Shell) -> float | None:
    """Enter to output with nothing else going on."""
    return typed_echo(shell, "") if shell.dialect == "posix" else None


def echo_under_load(shell: Shell) -> float | None:
    """Enter to output beside 200 short sleeps again and again, and (azos) a long query."""
    if shell.dialect != "posix":
        return None
    jobs = "sleep 30 &\n" * JOBS
    query = f'sql :memory: "{LONG_QUERY}" >/dev/null &\n' if shell.name == "azos" else ""
    return typed_echo(shell, jobs + query)


def sql_hit(shell: Shell) -> float | None:
    """A line of a script that asks a database for what is in the cache already."""
    if shell.name != "azos":
        return None
    database = Path(_home.name) / "rows.db"
    if not database.exists():
        made = [sys.executable, str(ROOT / "scripts" / "make_database.py"), str(database), "--rows", "50000"]
        subprocess.run(made, check=True, capture_output=True)
    line = f"sql {database} 'select count(*) as n from lines'\n"
    return max(script_seconds(shell, line * (HITS + 1)) - script_seconds(shell, line), 0.0) / HITS


_stages: dict[str, float] = {}


def inside(kind: str) -> Callable[[Shell], float | None]:
    """One of the costs inside the process; they are measured together, once a round."""

    def take(shell: Shell) -> float | None:
        if shell.name != "azos":
            return None
        if kind not in _stages:
            argv = [sys.executable, str(Path(__file__).with_name("stages.py"))]
            _stages.update(json.loads(subprocess.run(argv, check=True, capture_output=True).stdout))
        return _stages.pop(kind)

    return take


MEASURES = [
    Measure("one-shot start", "ms", one_shot, "0.4 of xonsh"),
    Measure("prompt drawn", "ms", prompt_start, "200 ms, 0.5 of xonsh"),
    Measure("built-in in a loop, each", "µs", loop, "10 µs"),
    Measure("line of a flat script", "µs", flat, "40 µs"),
    Measure("built-in, inline, in the process", "µs", inside("inline")),
    Measure("built-in, all stages, in the process", "µs", inside("stages"), "25 µs"),
    Measure("cache hit, in the process", "µs", inside("hit"), "100 µs"),
    Measure("sql answered from the cache, a line", "µs", sql_hit, "5 ms"),
    Measure("external program, spawn to reaped", "µs", spawn, "bash's"),
    Measure("$(built-in)", "µs", capturing("echo a"), "50 µs"),
    Measure("$(program)", "µs", capturing("/bin/echo a"), "bash's"),
    Measure("1 GB through a pipeline", "ms", pipeline, "bash's"),
    Measure("Enter to output", "ms", echo_idle, "5 ms"),
    Measure("Enter to output beside 200 jobs and a query", "ms", echo_under_load, "16.67 ms"),
]
