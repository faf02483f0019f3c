r"""The prompt: ``PS1`` if it is set, else the working directory and a mark that is red after a failure.

``PS1`` knows bash's usual escapes (bash(1), PROMPTING). What an escape stands for is untrusted (anyone may
name a directory) and shown with its control characters written out; the text of ``PS1`` itself is the
user's own and may hold SGR and OSC sequences. Nothing in it is ever expanded as shell code.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass

from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.utils import get_cwidth

from azos_shell.language.visible import visible
from azos_shell.repl.host import ReplHost

DEFAULT_MARK = "❯ "
DEFAULT_CONTINUATION = "… "
MOST_COLUMNS = 40
"""A longer directory is shown by its last components only."""

_ESCAPE = r"\\(?:([0-7]{3})|D\{([^}]*)\}|((?s:.)))"
_SEQUENCE = r"""(?x)
    \x1b\[[0-9;:]*m                          # SGR
    | (\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))    # OSC
    | \x1b\[[0-?]*[\ -/]*[@-~] | \x1b[^\[\]] | \x07
"""


@dataclass(frozen=True, slots=True)
class PromptText:
    """A prompt ready to be drawn: what stands before the input, before its later lines, and in rows above."""

    line: StyleAndTextTuples
    continuation: StyleAndTextTuples
    above: StyleAndTextTuples

    def plain(self) -> str:
        """The prompt without any style."""
        above = "".join(fragment[1] for fragment in self.above)
        return above + ("\n" if above else "") + _text(self.line)

    def plain_continuation(self) -> str:
        """The continuation prompt without any style."""
        return _text(self.continuation)


def prompt_text(host: ReplHost, *, status: int, wall: float, columns: int = 80) -> PromptText:
    """The prompt of the moment. ``wall`` is what the time escapes show, ``columns`` the terminal's width."""
    template = host.get("PS1")
    above: StyleAndTextTuples = []
    if template is None:
        line = default_prompt(host, status, columns)
    else:
        expanded = expand(template, host, wall)
        upper, newline, last = expanded.rpartition("\n")
        line = styled(last)
        above = styled(upper) if newline else []
    second = host.get("PS2")
    continuation: StyleAndTextTuples = [("class:prompt.continuation", DEFAULT_CONTINUATION)]
    if second is not None:
        continuation = styled(expand(second, host, wall))
    return PromptText(line, continuation, above)


def default_prompt(host: ReplHost, status: int, columns: int) -> StyleAndTextTuples:
    """``~/dir ❯ `` on one line."""
    mark = "class:prompt.mark" if status == 0 else "class:prompt.failed"
    directory = shortened(visible(with_tilde(host.cwd, host.get("HOME"))), min(MOST_COLUMNS, columns // 2))
    return [("class:prompt.directory", directory), ("", " "), (mark, DEFAULT_MARK)]


def with_tilde(path: str, home: str | None) -> str:
    """The path with the home directory written as ``~``."""
    if home and home != "/" and (path == home or path.startswith(home.rstrip("/") + "/")):
        return "~" + path[len(home.rstrip("/")) :]
    return path


def shortened(path: str, columns: int) -> str:
    """The path, or as many of its last components as fit into that many columns; at least the last."""
    if get_cwidth(path) <= columns:
        return path
    parts = path.split("/")
    kept = parts.pop()
    while parts and get_cwidth(f"…/{parts[-1]}/{kept}") <= columns:
        kept = f"{parts.pop()}/{kept}"
    return f"…/{kept}"


def expand(template: str, host: ReplHost, wall: float) -> str:
    """The template with its escapes replaced; SGR and OSC sequences are left in it."""

    def replace(match: re.Match[str]) -> str:
        octal, date, letter = match.groups()
        if octal is not None:
            return chr(int(octal, 8) & 0xFF)
        if date is not None:
            return visible(time.strftime(date or "%X", time.localtime(wall)))
        return _meaning(letter, host, wall)

    return re.sub(_ESCAPE, replace, template)


def styled(text: str) -> StyleAndTextTuples:
    """Text with escape sequences as fragments: colours become styles, titles pass, the rest is dropped."""

    def keep(match: re.Match[str]) -> str:
        if match.group(1):
            return f"\001{match.group(1)}\002"  # prompt_toolkit's brackets for what takes no room
        return match.group() if match.group().endswith("m") and match.group().startswith("\x1b[") else ""

    return list(
        to_formatted_text(ANSI(re.sub(_SEQUENCE, keep, text.replace("\001", "").replace("\002", ""))))
    )


def _meaning(letter: str, host: ReplHost, wall: float) -> str:
    fixed = {"n": "\n", "e": "\x1b", "[": "", "]": "", "a": "\x07", "r": "", "\\": "\\"}
    clock = {"t": "%H:%M:%S", "T": "%I:%M:%S", "A": "%H:%M", "@": "%I:%M %p", "d": "%a %b %d"}
    if letter in fixed:
        return fixed[letter]
    if letter in clock:
        return time.strftime(clock[letter], time.localtime(wall))
    if letter in "wW":
        path = with_tilde(host.cwd, host.get("HOME"))
        return visible(path if letter == "w" or path in ("~", "/") else path.rpartition("/")[2])
    if letter in "hH":
        name = visible(os.uname().nodename)
        return name.partition(".")[0] if letter == "h" else name
    named = {"u": _user, "$": _mark, "s": lambda _: "azos", "j": _jobs}
    return visible(named[letter](host)) if letter in named else "\\" + letter


def _user(host: ReplHost) -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return host.get("USER") or str(os.geteuid())


def _mark(_: ReplHost) -> str:
    return "$" if os.geteuid() else "#"


def _jobs(host: ReplHost) -> str:
    figures = host.figures()
    return str(figures.running_jobs + figures.stopped_jobs)


def _text(fragments: StyleAndTextTuples) -> str:
    return "".join(fragment[1] for fragment in fragments if fragment[0] != "[ZeroWidthEscape]")
