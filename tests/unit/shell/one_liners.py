"""One-liners run in batches by azos, dash and bash: what each printed, and with which status it ended.

A batch is one process: each line runs in a subshell of its own, by ``eval``, in a directory of its own. ``⏎`` stands
for a newline.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from harness.processes import Ran, plain_environment, run_process

_MARK = "\x1e"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one line did."""

    line: str
    stdout: bytes
    status: int


def read_lines(path: Path) -> dict[str, list[str]]:
    """The lines of the file by the heading (``# quoting``) that they stand under."""
    groups: dict[str, list[str]] = {}
    group: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            group = groups.setdefault(line[2:], [])
        elif line:
            group.append(line)
    return groups


def furnish(directory: Path) -> None:
    """The files that the lines know of."""
    (directory / "sub" / "deep").mkdir(parents=True)
    for name, text in (
        ("a.txt", "A\n"),
        ("b.txt", "B\n"),
        (".hid", "h\n"),
        ("sp ace", "s\n"),
        ("two", "1\n2\n"),
        ("sub/f", "F\n"),
        ("sub/.h", ""),
        ("script", "echo script $#\n"),
        ("args", "echo $#:$1; set -- in\n"),
        ("fails", "false\necho not\n"),
        ("noexec", "#!/bin/sh\necho\n"),
        ("plain", "echo plain\n"),
        ("pw", "root:x:0:0\n"),
    ):
        (directory / name).write_text(text, encoding="utf-8")
    (directory / "plain").chmod(0o755)
    (directory / "link").symlink_to("sub")


def run_alone(shell: list[str], line: str, directory: Path) -> Answer:
    """Run one line by ``-c``; in it ``SHELL`` is the shell itself. One that hangs has the status -1."""
    furnish(directory)
    ran = run_limited(
        [*shell, "-c", line.replace("⏎", "\n").replace("SHELL", shlex.join(shell)), "sh"], directory
    )
    if ran is None:
        return Answer(line, b"", -1)
    return Answer(line, ran.stdout, ran.status)


def run_limited(argv: list[str], directory: Path) -> Ran | None:
    """Run to the end; None if that does not come within 3 s, which are for a loaded machine."""
    environment = {**plain_environment(HOME="/root"), "PWD": str(directory)}
    try:
        return run_process(argv, cwd=directory, env=environment, timeout_seconds=3)
    except AssertionError:
        return None


def run_batch(shell: list[str], lines: list[str], directory: Path) -> list[Answer]:
    """Run the lines in one process of the shell."""
    script = []
    for number, line in enumerate(lines):
        furnish(directory / str(number))
        text = shlex.quote(line.replace("⏎", "\n"))
        script.append(f"(cd {number}; eval {text}) 2>/dev/null; printf '{_MARK}%s{_MARK}' $?\n")
    ran = run_process(
        [*shell, "-c", "".join(script), "sh"],
        cwd=directory,
        env={**plain_environment(HOME="/root"), "PWD": str(directory)},
        timeout_seconds=60,
    )
    parts = ran.stdout.replace(str(directory).encode(), b"DIRECTORY").split(_MARK.encode())
    if len(parts) != 2 * len(lines) + 1:
        raise AssertionError(f"the shell ended at {lines[len(parts) // 2]!r}: {ran.errors[-500:]}")
    return [Answer(line, parts[2 * number], int(parts[2 * number + 1])) for number, line in enumerate(lines)]
