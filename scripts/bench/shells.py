"""The shells that are measured, and how each is called: azos, and of its peers those that are installed."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROMPT = "❯ "


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell: the words that start it, those that start it at a terminal, and its dialect (``posix`` or its name)."""

    name: str
    words: tuple[str, ...]
    at_terminal: tuple[str, ...]
    dialect: str = "posix"
    environment: dict[str, str] = field(default_factory=dict)

    def one_shot(self, command: str) -> list[str]:
        """The words that run one command."""
        return [*self.words, "run" if self.name == "azos" else "-c", command]


def installed_shells() -> list[Shell]:
    """azos first, then bash, then whichever of the others is here."""
    azos = str(Path(sys.executable).with_name("azos"))
    prompt = {"PS1": PROMPT}
    known = [
        Shell("bash", ("bash",), ("bash", "--norc", "--noprofile"), environment=prompt),
        Shell("dash", ("dash",), ("dash",), environment=prompt),
        Shell("zsh", ("zsh", "-f"), ("zsh", "-f"), environment={"PROMPT": PROMPT}),
        Shell("xonsh", ("xonsh", "--no-rc"), ("xonsh", "--no-rc", f"-DPROMPT={PROMPT}"), "xonsh"),
        Shell(
            "fish",
            ("fish", "--no-config"),
            ("fish", "--no-config", "-C", f"function fish_prompt; printf '{PROMPT}'; end"),
            "fish",
        ),
    ]
    return [Shell("azos", (azos,), (azos,)), *(found for shell in known if (found := _located(shell)))]


def _located(shell: Shell) -> Shell | None:
    """The shell with the path of its program, since it is measured with a PATH of its own; None if not installed."""
    path = shutil.which(shell.words[0])
    if path is None:
        return None
    return replace(shell, words=(path, *shell.words[1:]), at_terminal=(path, *shell.at_terminal[1:]))
