"""Scripts run in batches by azos, dash and bash, and where azos stands alone.

A batch is one process: each script runs in a subshell, by ``eval``, in a furnished directory of its own. A batch that
does not end or that a script takes down with it is run again script by script.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.grammar import PRELUDE
from harness.processes import plain_environment, run_process, shell_under_test

if TYPE_CHECKING:
    from collections.abc import Sequence

TIME_LIMIT_SECONDS = 5.0
BATCH = 25
HUNG = (b"it hung", -1)
_MARK = "\x1e"
_FILES = {
    "a.txt": "A\n", "b.txt": "B b\n", ".hid": "h\n", "sp ace": "s\n", "two": "1 one\n2\n", "sub/f": "F\n", "sub/.h": "",
    "script": "echo script $#\n", "args": "echo $#:$1; set -- in\n", "fails": "false\necho not\n", "empty": "",
}  # fmt: skip

Answer = tuple[bytes, int]


@dataclass(slots=True)
class Report:
    """What came of a run: how many scripts, on how many dash and bash agree, and the ones where azos does not."""

    scripts: int = 0
    agreed: int = 0
    differences: list[tuple[str, Answer, Answer]] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.scripts} scripts; dash and bash agree on {self.agreed}; azos differs on {len(self.differences)}; "
            f"tracebacks: {len(self.tracebacks)}"
        )

    @property
    def share(self) -> float:
        """Of the scripts on which dash and bash agree, the part on which azos does, too."""
        return 1 - len(self.differences) / max(1, self.agreed)


def compare(scripts: Sequence[str]) -> Report:
    """Run all of them by the three shells."""
    report = Report(len(scripts))
    for at in range(0, len(scripts), BATCH):
        batch = scripts[at : at + BATCH]
        dash, _ = answers(["dash"], batch)
        bash, _ = answers(["bash"], batch)
        azos, errors = answers(shell_under_test(), batch)
        if "Traceback (most recent" in errors:
            report.tracebacks += [script for script in batch if leaves_a_traceback(script)] or batch[:1]
        for script, one, two, ours in zip(batch, dash, bash, azos, strict=True):
            if one == two and one != HUNG:
                report.agreed += 1
                if ours != one:
                    report.differences.append((script, one, ours))
    return report


def differs(script: str) -> bool:
    """Whether azos answers other than dash and bash, which agree."""
    return bool(compare([script]).differences)


def leaves_a_traceback(script: str) -> bool:
    """Whether azos fails by a Python error."""
    return "Traceback (most recent" in answers(shell_under_test(), [script])[1]


def answers(shell: list[str], scripts: Sequence[str]) -> tuple[list[Answer], str]:
    """What each script printed and returned, and what was said on standard error by all."""
    with tempfile.TemporaryDirectory(prefix="azos-fuzz-") as directory:
        text = [PRELUDE]
        for number, script in enumerate(scripts):
            _furnish(Path(directory, str(number)))
            text.append(
                f"(cd {number}; eval {shlex.quote(script)}) </dev/null 3>&-; printf '{_MARK}%s{_MARK}' $?\n"
            )
        path = Path(directory, "batch")
        path.write_text("".join(text), encoding="utf-8")
        try:
            ran = run_process(
                [*shell, str(path)],
                cwd=directory,
                env={**plain_environment(HOME="/root"), "PWD": directory},
                timeout_seconds=TIME_LIMIT_SECONDS if len(scripts) == 1 else 4 * TIME_LIMIT_SECONDS,
            )
        except AssertionError:
            return _one_by_one(shell, scripts, "it hung")
        parts = ran.stdout.replace(directory.encode(), b"DIRECTORY").split(_MARK.encode())
        if len(parts) != 2 * len(scripts) + 1:
            return _one_by_one(shell, scripts, ran.errors)
        return [(parts[2 * number], int(parts[2 * number + 1])) for number in range(len(scripts))], ran.errors


def _one_by_one(shell: list[str], scripts: Sequence[str], errors: str) -> tuple[list[Answer], str]:
    if len(scripts) == 1:
        return [HUNG], errors
    alone = [answers(shell, [script]) for script in scripts]
    return [answer for [answer], _ in alone], "\n".join(errors for _, errors in alone)


def _furnish(directory: Path) -> None:
    """The files that the scripts know of."""
    (directory / "sub").mkdir(parents=True)
    for name, text in _FILES.items():
        (directory / name).write_text(text, encoding="utf-8")


def shells_are_here() -> bool:
    """Whether there is something to compare with."""
    return bool(shutil.which("dash") and shutil.which("bash"))
