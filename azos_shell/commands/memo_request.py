"""The request: what ``memo`` is asked, in all that can make its answer another one, and the key that this gives.

Asked the same in the same place with the same environment, the answer is the same as long as what it rests on is; the
rest (files, programs, listings) is kept as evidence beside the answer. A key hides what it was made of, so the request
keeps its parts for ``memo why``; values of variables as hashes, for they may be secrets.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from azos_shell import __version__
from azos_shell.core.digest import blake2b
from azos_shell.core.errors import UsageError
from azos_shell.core.frozen import frozen
from azos_shell.language.quoting import quote
from azos_shell.shell.simple import find_program

if TYPE_CHECKING:
    from azos_shell.commands.memo_options import MemoOptions
    from azos_shell.shell.interpreter import Interpreter

_FORMAT = 1
"""Raised when a key of the same parts must mean something else."""

SESSION_VARIABLES = frozenset(
    {
        "_",
        "DBUS_SESSION_BUS_ADDRESS",
        "GPG_TTY",
        "INVOCATION_ID",
        "ITERM_SESSION_ID",
        "JOURNAL_STREAM",
        "KITTY_WINDOW_ID",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "SSH_AGENT_PID",
        "SSH_AUTH_SOCK",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "SSH_TTY",
        "STY",
        "TERM_SESSION_ID",
        "TMUX",
        "TMUX_PANE",
        "WEZTERM_PANE",
        "WINDOWID",
        "XDG_SESSION_ID",
        "ZELLIJ_PANE_ID",
        "ZELLIJ_SESSION_NAME",
    }
)
"""Variables that name a window or a login, and so differ between two terminals side by side: they count only where
the command line mentions them or ``--env`` does. (The directory counts by itself.)"""

_SHELL_MARKS = frozenset(" \t\n;|&()<>'\"`$\\*?[]{}~#!")


@frozen
class Request:
    """One question. ``program`` is the file to run with ``words``; or ``text`` is a command line, with its scope.

    ``parts`` is what it is told apart by, as plain values.
    """

    label: str
    words: tuple[str, ...]
    program: str | None
    text: str
    positional: tuple[str, ...]
    volatile: str
    parts: dict[str, object]

    def asked_with(self, consumed: int | None) -> str:
        """The parts as they are stored, with how many bytes of standard input were taken."""
        return json.dumps({"parts": self.parts, "consumed": consumed}, sort_keys=True)

    @property
    def asked(self) -> str:
        """The parts as JSON, the same text for the same parts."""
        return json.dumps(self.parts, sort_keys=True)

    def key(self, stdin: str = "") -> tuple[str, str]:
        """The key, for one standard input; "" for a program that reads none."""
        if "full_key" in self.parts:
            return ("memo", f"{self.parts['full_key']}")
        return ("memo", _hash(self.asked, stdin))


def request_of(
    shell: Interpreter, words: list[str], options: MemoOptions, environment: dict[bytes, bytes]
) -> Request:
    """The request for a command's words, or for one word that is a command line.

    Raises UsageError where there is none, NotFoundError and NotExecutableError for a program that can't be run.
    """
    if not words:
        raise UsageError("a command is missing")
    name = words[0]
    is_line = len(words) == 1 and not _SHELL_MARKS.isdisjoint(name)
    if is_line or name in shell.state.functions or shell.runtime.registry.get(name) is not None:
        from azos_shell.commands.memo_scope import scope_of  # its expressions take 5 ms to compile

        text = name if is_line else " ".join(quote(word) for word in words)
        scope = scope_of(shell, text)
        program, whole, positional, volatile = None, scope.prologue + text, scope.positional, scope.volatile
    else:
        program = find_program(shell, name, environment.get(b"PATH"))
        text, whole, positional, volatile = " ".join(quote(word) for word in words), "", (), ""
    parts: dict[str, object] = {
        "format": _FORMAT,
        "as": options.key if options.key is not None else [program or "", *words[:1]],
        "words": []
        if options.key is not None
        else [whole, *positional]
        if program is None
        else list(words[1:]),
        "cwd": _place(shell.cwd) if options.with_cwd else [],
        "user": [os.geteuid(), os.getegid(), *sorted(os.getgroups())],
        "machine": [*os.uname(), __version__ if program is None else ""],
        "mask": shell.file_mask(),
        "merged": shell.state.files.get(1) is shell.state.files.get(2),
        "trust": [sorted(options.allowed), options.times, options.outputs, options.trace is not False],
        "environment": _environment(shell, options, environment, whole),
        "on": list(options.on),
    }
    if options.full_key is not None:
        parts["full_key"] = options.full_key
    label = text if options.label is None else options.label
    return Request(label, tuple(words), program, whole, positional, volatile, parts)


def _place(cwd: str) -> list[object]:
    """The directory: as it was reached, as it is, and which one that is."""
    try:
        found = os.stat(cwd)
    except OSError:
        return [cwd]
    return [cwd, os.path.realpath(cwd), found.st_dev, found.st_ino]


def _environment(
    shell: Interpreter, options: MemoOptions, environment: dict[bytes, bytes], text: str
) -> dict[str, str | None]:
    """The hashes of the variables that count."""
    counted: dict[str, str | None] = {}
    if options.with_environment:
        for name_bytes, value in environment.items():
            name = name_bytes.decode("utf-8", "surrogateescape")
            if name not in SESSION_VARIABLES or (len(name) > 1 and name in text):
                counted[name] = _hash(value.decode("utf-8", "surrogateescape"))
    for name in options.env:
        given = environment.get(name.encode("utf-8", "surrogateescape"))
        if given is not None:
            counted[name] = _hash(given.decode("utf-8", "surrogateescape"))
        else:  # one of the shell's own, which the program does not see
            named = shell.get(name)
            counted[f"{name} (not exported)"] = None if named is None else _hash(named)
    return counted


def _hash(*texts: str) -> str:
    digest = blake2b(digest_size=20)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


_OTHER_PARTS = {
    "user": "the user",
    "machine": "the machine or its kernel",
    "mask": "the umask",
    "merged": "whether both outputs go to one file",
    "trust": "what the options allow",
    "on": "what --on names",
}


def difference(asked: str, earlier: str) -> list[str]:
    """In what two requests differ, in words; the same label is assumed."""
    now, then = json.loads(asked)["parts"], json.loads(earlier)["parts"]
    found = []
    if now["cwd"][:1] != then["cwd"][:1]:
        found.append(f"the directory is {''.join(now['cwd'][:1])}, it was {''.join(then['cwd'][:1])}")
    elif now["cwd"] != then["cwd"]:
        found.append("the directory is another of the same name")
    if now["as"] != then["as"]:
        found.append(f"it runs {' '.join(now['as'])}, it was {' '.join(then['as'])}")
    if now["words"] != then["words"]:
        found.append("functions, aliases or variables that it mentions differ")
    here, there = now["environment"], then["environment"]
    for name in sorted(here.keys() | there.keys()):
        if here.get(name) != there.get(name):
            verb = (
                "is not set now"
                if here.get(name) is None
                else "was not set"
                if there.get(name) is None
                else "differs"
            )
            found.append(f"variable {name} {verb}")
    for part, words in _OTHER_PARTS.items():
        if now[part] != then[part]:
            found.append(f"{words} differs")
    return found
