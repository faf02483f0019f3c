"""Where the cursor stands in a command line, and what could be completed there.

A light scanner, not the parser: it goes once over the text before the cursor, knows quotes, nesting,
operators and redirections, and never fails, since a line that is being typed is hardly ever correct. It
tells the kind of the word under the cursor, the command it belongs to, and which part of it a completion
replaces: only the last component of a path, so that ``"$HOME/My Do`` keeps what the user wrote before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

Lookup = Callable[[str], str | None]

KEYWORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"})
"""Words after which a command follows."""

PREFIXES: dict[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-D"}),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "-C"}),
    "nice": frozenset({"-n"}),
    "xargs": frozenset({"-I", "-n", "-P", "-L", "-d", "-s", "-a"}),
    "exec": frozenset({"-a"}),
    "memo": frozenset({"--ttl", "--stale", "--on", "--env", "--codes", "--key", "--tag", "--allow"}),
} | {
    name: frozenset()
    for name in ("command", "builtin", "nohup", "setsid", "trace", "keep", "strace", "watch")
}
"""Commands whose operands are a command, with those of their options that take a value."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_NAME = re.compile(r"\w*")


class Kind(Enum):
    """What may stand where the cursor is."""

    COMMAND = "command"
    ARGUMENT = "argument"
    FILE = "file"
    VARIABLE = "variable"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Site:
    """The word at the cursor. ``text[start:]`` is what a completion replaces, inside ``quote`` if set."""

    kind: Kind
    command: str = ""
    start: int = 0
    quote: str = ""
    typed: str = ""
    directory: str = ""
    braced: bool = False
    literal: bool = False
    """Whether ``--`` came before, so that a leading dash is no option."""


@dataclass(slots=True)
class _Frame:
    """One simple command being scanned; ``closer`` ends the construct it is nested in."""

    closer: str = ""
    command: str = ""
    prefix: str = ""
    literal: bool = False
    redirect: bool = False
    skip_value: bool = False
    outer_quote: str = ""
    outer_word: _Word | None = None

    def restart(self) -> None:
        """After an operator: the next word is a command again."""
        self.command = self.prefix = ""
        self.literal = self.redirect = self.skip_value = False


@dataclass(slots=True)
class _Word:
    start: int
    value: list[str] = field(default_factory=list)
    base: int = 0
    base_length: int = 0
    base_quote: str = ""
    tilde: bool = False
    bare: bool = True

    def text(self) -> str:
        return "".join(self.value)


class _Scanner:
    def __init__(self, text: str, lookup: Lookup) -> None:
        self.text = text
        self.lookup = lookup
        self.at = 0
        self.quote = ""
        self.word: _Word | None = None
        self.frame = _Frame()
        self.stack: list[_Frame] = []
        self.found: Site | None = None

    def scan(self) -> Site:
        while self.at < len(self.text) and self.found is None:
            char = self.text[self.at]
            if self.quote == "'":
                self.single_quoted(char)
            elif char == "\\":
                self.backslash()
            elif char == "$":
                self.dollar()
            elif char == "`":
                self.backquote()
            elif self.quote:
                self.double_quoted(char)
            else:
                self.plain(char)
        return self.found or self.site()

    # -- characters ------------------------------------------------------------------------------------------

    def single_quoted(self, char: str) -> None:
        if char == "'":
            self.quote = ""
            self.at += 1
        else:
            self.add(char)

    def double_quoted(self, char: str) -> None:
        if char == '"':
            self.quote = ""
            self.at += 1
        else:
            self.add(char)

    def backslash(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if self.quote and following and following not in '$`"\\\n':
            self.add("\\")
            return
        word = self.begin_word()
        word.bare = False
        if following != "\n":
            word.value.append(following)
        self.at += 2

    def dollar(self) -> None:
        rest = self.text[self.at + 1 :]
        if rest.startswith("("):
            self.begin_word()
            self.push(")", 2)
        elif rest.startswith("{"):
            self.braced_variable()
        elif rest.startswith("'") and not self.quote:
            self.begin_word().bare = False
            self.quote, self.at = "'", self.at + 2
        else:
            self.variable()

    def variable(self) -> None:
        match = _NAME.match(self.text, self.at + 1)
        name = match.group() if match else ""
        end = self.at + 1 + len(name)
        if end == len(self.text):
            self.found = Site(Kind.VARIABLE, start=self.at + 1, quote=self.quote, typed=name)
        elif not name:
            self.add("$")
        else:
            self.expand(name, end)

    def braced_variable(self) -> None:
        match = _NAME.match(self.text, self.at + 2)
        name = match.group() if match else ""
        end = self.at + 2 + len(name)
        if end == len(self.text):
            self.found = Site(Kind.VARIABLE, start=self.at + 2, quote=self.quote, typed=name, braced=True)
            return
        close = self.text.find("}", end)
        if close < 0:
            self.found = Site(Kind.NOTHING)
        else:
            self.expand(name, close + 1)

    def expand(self, name: str, end: int) -> None:
        word = self.begin_word()
        word.value.append(self.lookup(name) or "")
        word.bare = False
        self.at = end

    def backquote(self) -> None:
        if self.frame.closer == "`":
            self.pop()
        else:
            self.begin_word()
            self.push("`", 1)

    def plain(self, char: str) -> None:
        if char in "\"'":
            self.begin_word().bare = False
            self.quote = char
            self.at += 1
        elif char in " \t":
            self.end_word()
            self.at += 1
        elif char == "#" and self.word is None:
            end = self.text.find("\n", self.at)
            self.found = Site(Kind.NOTHING) if end < 0 else None
            self.at = end
        elif char in "<>":
            self.redirection()
        elif char == "(":
            self.end_word()
            self.push(")", 1)
        elif char == ")":
            self.end_word()
            self.pop()
        elif char in "|&;\n":
            self.operator(char)
        else:
            self.add(char)

    def operator(self, char: str) -> None:
        if char == "&" and self.text[self.at + 1 : self.at + 2] == ">":
            self.end_word()
        else:
            self.end_word()
            self.frame.restart()
        self.at += 1

    def redirection(self) -> None:
        if self.word is not None and self.word.text().isdigit():
            self.word = None
        self.end_word()
        while self.at < len(self.text) and self.text[self.at] in "<>&|":
            self.at += 1
        self.frame.redirect = True

    # -- words and nesting -----------------------------------------------------------------------------------

    def add(self, char: str) -> None:
        word = self.begin_word()
        word.value.append(char)
        if char == "~" and not self.quote and len(word.value) == 1:
            word.tilde = True
        self.at += 1
        if char == "/" or (char == "=" and not self.quote and self.parameter(word)):
            word.base, word.base_length, word.base_quote = self.at, len(word.text()), self.quote
            if char == "=":
                word.start, word.value, word.base_length = self.at, [], 0

    def parameter(self, word: _Word) -> bool:
        """Whether the word so far is ``NAME=`` in front of a command, or ``--option=``."""
        text = word.text()
        if text.startswith("--"):
            return word.bare
        return word.bare and not self.frame.command and _ASSIGNMENT.fullmatch(text) is not None

    def begin_word(self) -> _Word:
        if self.word is None:
            self.word = _Word(self.at, base=self.at)
        return self.word

    def end_word(self) -> None:
        word, self.word = self.word, None
        if word is None:
            return
        frame, value = self.frame, word.text()
        if frame.redirect:
            frame.redirect = False
        elif frame.skip_value:
            frame.skip_value = False
        elif frame.command:
            frame.literal = frame.literal or value == "--"
        elif frame.prefix and value.startswith("-"):
            frame.skip_value = value in PREFIXES[frame.prefix]
        elif self.text[word.start - 1 : word.start] == "=" or _ASSIGNMENT.match(value):
            pass
        elif word.bare and value in PREFIXES:
            frame.prefix = value
        elif not (word.bare and value in KEYWORDS):
            frame.command = value

    def push(self, closer: str, width: int) -> None:
        self.stack.append(self.frame)
        self.frame = _Frame(closer, outer_quote=self.quote, outer_word=self.word)
        self.quote, self.word = "", None
        self.at += width

    def pop(self) -> None:
        self.at += 1
        if self.stack:
            self.end_word()
            self.quote, self.word = self.frame.outer_quote, self.frame.outer_word
            self.frame = self.stack.pop()
        else:
            self.frame.restart()

    # -- the answer ------------------------------------------------------------------------------------------

    def site(self) -> Site:
        word = self.word or _Word(self.at, base=self.at)
        value = word.text()
        directory, typed = value[: word.base_length], value[word.base_length :]
        if word.tilde and "/" not in value:
            directory, typed = "", value
        elif directory.startswith("~") and not word.tilde:
            directory = "./" + directory
        start, quote = word.base, word.base_quote
        if start == word.start and self.text[start : start + 1] in ("'", '"') and self.quote:
            start, quote = start + 1, self.quote
        elif start == word.start and not word.base_length:
            quote = ""
        frame = self.frame
        return Site(
            self.kind(word),
            frame.command or frame.prefix,
            start,
            quote,
            typed,
            directory,
            literal=frame.literal,
        )

    def kind(self, word: _Word) -> Kind:
        frame = self.frame
        if frame.redirect or frame.skip_value or self.text[word.start - 1 : word.start] == "=":
            return Kind.FILE
        if frame.command or (frame.prefix and word.text().startswith("-")):
            return Kind.ARGUMENT
        return Kind.COMMAND


def site_at(text: str, lookup: Lookup) -> Site:
    """What stands at the end of ``text``, the part of a command line before the cursor."""
    return _Scanner(text, lookup).scan()


_WORD = re.compile(r"""(?:\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|[^\s'"\\|&;<>()]|\\)+""", re.DOTALL)


def split_words(line: str) -> list[str]:
    """The line's words as they were written, quotes and all."""
    return _WORD.findall(line)
