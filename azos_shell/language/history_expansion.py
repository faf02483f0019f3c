"""History expansion: ``!!``, ``!$``, ``!make:s/a/b/`` and ``^old^new`` in a line typed at the prompt (bash, from csh).

Pure: what earlier lines there are is asked of ``Events``. Quotes count as bash counts them: nothing is expanded in
single quotes, behind a backslash, in a comment, or where ``!`` belongs to ``$!``, ``${!name}``, ``[!a]`` or ``!(…)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen
from azos_shell.language.quoting import quote

_ORDINARY: Final = frozenset(" \t\n=(")
"""After one of these, or at the end of the line, ``!`` stands for itself."""
_END_OF_NAME: Final = " \t\n:;&()|<>^$*%"
"""What ends the text of ``!text``."""
_WORD: Final = re.compile(
    r"(?:\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|[^\s;&|<>()])+|[;&|<>()]+",
    re.DOTALL,
)
_DESIGNATOR: Final = re.compile(r":?(\^|\$|\*|%)|:(\d+)?(?:(-)(\d+|\$)?|(\*))?(?=\W|\Z)|(?<!:)-(\d+|\$)?")
_QUICK: Final = re.compile(r"\^((?:[^^\\]|\\.)+)\^((?:[^^\\]|\\.)*)(?:\^|\Z)", re.DOTALL)


class HistoryError(AzosError):
    """What the line asks of the history is not there; the line does not run."""


class Events(Protocol):
    """The lines typed before."""

    def back(self, count: int) -> str | None:
        """The line that many lines ago; 1 is the last one."""
        ...

    def numbered(self, number: int) -> str | None:
        """The line that ``history`` lists under that number."""
        ...

    def newest_first(self) -> Iterator[str]:
        """All that are at hand."""
        ...


@frozen
class ExpandedLine:
    """A line after expansion. ``is_only_shown``: ``:p`` asks that it be shown and recorded, but not run."""

    text: str
    is_changed: bool
    is_only_shown: bool


def expand_history(line: str, events: Events) -> ExpandedLine:
    """The line with what it takes from earlier lines put in. Raises HistoryError."""
    if line.startswith("^") and (quick := _QUICK.match(line)):
        line = f"!!:s\x00{quick[1]}\x00{quick[2]}\x00{line[quick.end() :]}"
    elif "!" not in line:
        return ExpandedLine(line, False, False)
    reader = _Reader(line, events)
    text = reader.read()
    return ExpandedLine(text, reader.is_changed, reader.is_only_shown)


def history_words(line: str) -> list[str]:
    """The words of a line, with the operators between them, as ``!:2`` counts them."""
    return _WORD.findall(line)


class _Reader:
    """Reads one line from left to right."""

    def __init__(self, line: str, events: Events) -> None:
        self._line = line
        self._events = events
        self._at = 0
        self._out: list[str] = []
        self._searched_word = ""
        self._substitution: tuple[str, str] | None = None
        self.is_changed = False
        self.is_only_shown = False

    def read(self) -> str:
        line, out = self._line, self._out
        quote_sign = ""
        while self._at < len(line):
            char = line[self._at]
            if char == "\\" and quote_sign != "'":
                out.append(line[self._at : self._at + 2])
                self._at += 2
            elif char == "!" and quote_sign != "'" and self._begins(quote_sign):
                self._at += 1
                out.append(self._expansion(quote_sign))
                self.is_changed = True
            elif char == "#" and not quote_sign and (self._at == 0 or line[self._at - 1] in " \t\n;&|("):
                end = line.find("\n", self._at)
                end = len(line) if end < 0 else end
                out.append(line[self._at : end])
                self._at = end
            else:
                if char == quote_sign:
                    quote_sign = ""
                elif char in "'\"" and not quote_sign:
                    quote_sign = char
                out.append(char)
                self._at += 1
        return "".join(out)

    def _begins(self, quote_sign: str) -> bool:
        """Whether the ``!`` here begins an expansion."""
        following = self._line[self._at + 1 : self._at + 2]
        if not following or following in _ORDINARY or (quote_sign and following == quote_sign):
            return False
        before = self._line[max(0, self._at - 2) : self._at]
        return not (before.endswith(("$", "[")) or before == "${")

    # -- one expansion -----------------------------------------------------------------------------------------

    def _expansion(self, quote_sign: str) -> str:
        start = self._at
        event = self._event(quote_sign)
        match = _DESIGNATOR.match(self._line, self._at)
        if match is not None and match[0] not in ("", ":"):
            self._at = match.end()
            event = self._words(event, match, start)
        while modify := self._modifier():
            event = modify(event)
        return event

    def _event(self, quote_sign: str) -> str:
        """The line that is meant; ``at`` is moved behind what says so."""
        line, start = self._line, self._at
        if line[start] == "!":
            self._at += 1
            return self._found(self._events.back(1), "!")
        if line[start] == "#":
            self._at += 1
            return "".join(self._out)
        if line[start] in ":^$*%":  # !$ is short for !!:$
            return self._found(self._events.back(1), line[start])
        if number := re.compile(r"-?\d+").match(line, start):
            self._at = number.end()
            value = int(number[0][:18])
            return self._found(
                self._events.back(-value) if value < 0 else self._events.numbered(value), number[0]
            )
        return self._sought(quote_sign)

    def _sought(self, quote_sign: str) -> str:
        line, start = self._line, self._at
        if line[start] == "?":
            end = line.find("?", start + 1)
            text = line[start + 1 : end] if end >= 0 else line[start + 1 :].rstrip("\n")
            self._at = end + 1 if end >= 0 else start + 1 + len(text)
            found = next((event for event in self._events.newest_first() if text in event), None)
            event = self._found(found, f"?{text}")
            self._searched_word = next((word for word in history_words(event) if text in word), "")
            return event
        end = start
        while end < len(line) and line[end] not in _END_OF_NAME and line[end] != quote_sign:
            end += 1
        text = line[start:end]
        self._at = end
        return self._found(
            next((one for one in self._events.newest_first() if one.startswith(text)), None), text
        )

    def _found(self, event: str | None, sought: str) -> str:
        if event is None:
            raise HistoryError(f"!{sought}: event not found")
        return event

    def _words(self, event: str, match: re.Match[str], start: int) -> str:
        words = history_words(event)
        last = len(words) - 1
        sign, first_text, dash, end_text, star, bare_end = match.groups()
        if sign == "%":
            return self._searched_word
        if sign == "*" or star:
            first = int(first_text or 1) if star else 1
            if first > last + 1:
                raise HistoryError(f"!{self._line[start : self._at]}: bad word specifier")
            return " ".join(words[first:])
        if sign:
            first = end = 1 if sign == "^" else last
        elif dash or (first_text is None and not star):
            first = int(first_text or 0)
            given = end_text or bare_end
            end = last if given == "$" else int(given) if given else last - 1
        else:
            first = end = int(first_text)
        if not 0 <= first <= end <= last:
            raise HistoryError(f"!{self._line[start : self._at]}: bad word specifier")
        return " ".join(words[first : end + 1])

    # -- modifiers ---------------------------------------------------------------------------------------------

    def _modifier(self) -> Callable[[str], str] | None:
        """The modifier here, if there is one; ``at`` is moved behind it."""
        line = self._line
        if not line.startswith(":", self._at) or self._at + 1 == len(line):
            return None
        at = self._at + 1
        scope = line[at] if line[at] in "gaG" else ""
        at += len(scope)
        letter = line[at : at + 1]
        self._at = at + 1
        if letter == "s":
            self._substitution = self._read_substitution()
        if letter in ("s", "&"):
            if self._substitution is None:
                raise HistoryError(":&: no substitution before")
            return _substituter(*self._substitution, scope)
        if letter == "p":
            self.is_only_shown = True
            return str
        modifier = None if scope else _MODIFIERS.get(letter)
        if modifier is None:
            raise HistoryError(f":{scope}{letter}: unrecognized history modifier")
        return modifier

    def _read_substitution(self) -> tuple[str, str]:
        """``/old/new/`` with any character for the slash, which a backslash makes ordinary; the last may be missing."""
        line = self._line
        delimiter = line[self._at : self._at + 1]
        self._at += 1
        parts: list[str] = []
        for _ in range(2):
            part = []
            while self._at < len(line) and line[self._at] != delimiter and line[self._at] != "\n":
                if line[self._at] == "\\" and line[self._at + 1 : self._at + 2] == delimiter:
                    self._at += 1
                part.append(line[self._at])
                self._at += 1
            self._at += self._at < len(line) and line[self._at] == delimiter
            parts.append("".join(part))
        if not parts[0] and self._substitution is not None:
            parts[0] = self._substitution[0]
        if not parts[0]:
            raise HistoryError(":s: nothing to replace")
        return parts[0], parts[1]


def _substituter(old: str, new: str, scope: str) -> Callable[[str], str]:
    replacement = re.sub(r"\\(&)|&", lambda match: match[1] or old, new)

    def substitute(text: str) -> str:
        if old not in text:
            raise HistoryError(f":s/{old}/{new}/: substitution failed")
        if scope == "G":  # once in each word
            return re.sub(r"\S+", lambda match: match[0].replace(old, replacement, 1), text)
        return text.replace(old, replacement, -1 if scope else 1)

    return substitute


_MODIFIERS: Final[dict[str, Callable[[str], str]]] = {
    "h": lambda text: text.rpartition("/")[0] if "/" in text else text,
    "t": lambda text: text.rpartition("/")[2],
    "r": lambda text: text.rpartition(".")[0] if "." in text else text,
    "e": lambda text: "." + text.rpartition(".")[2] if "." in text else text,
    "q": quote,
    "x": lambda text: " ".join(quote(word) for word in text.split()),
}

__all__ = ["Events", "ExpandedLine", "HistoryError", "expand_history", "history_words"]
