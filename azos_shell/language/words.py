"""Words: quoting and expansions, as they are written (POSIX 2.2 and 2.6), read part by part.

Two loops read everything. ``unquoted_parts`` reads where blanks and operators may end a word and all quotes work;
``quoted_parts`` reads where only ``$``, a backquote and some backslashes are special, as between double quotes. Each
is told by a regular expression which characters are plain there, and stops at the first that is neither plain nor the
start of an expansion; the caller looks whether that is the one it waits for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from azos_shell.language.escapes import unescape
from azos_shell.language.input import Input
from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.tokens import ASSIGNMENT, CONTINUATION, NAME
from azos_shell.language.tree import DoubleQuoted, Literal, Parameter, Quoted, Tilde, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azos_shell.language.tree import Part


# A dollar sign that begins no expansion stands for itself.
_LONE_DOLLAR: Final = r"\$(?![A-Za-z0-9_@*#?$!({\['\"\\-])"
_LONE_DOLLAR_QUOTED: Final = r"\$(?![A-Za-z0-9_@*#?$!({\[\\-])"
_LONE_DOLLAR_IN_BRACES: Final = r"\$(?![A-Za-z0-9_@*#?$!({\['\\-])"


def unquoted_run(stops: str) -> LazyRegex:
    """Matches plain text where quotes work; ``stops`` (inside a character class) are not plain."""
    return LazyRegex(rf"(?:[^\\'\"$`{stops}]++|\\\n|{_LONE_DOLLAR})++")


def quoted_run(stops: str, lone_dollar: str = _LONE_DOLLAR_QUOTED) -> LazyRegex:
    """Matches plain text and backslashes as between double quotes."""
    return LazyRegex(rf"(?:[^\\$`{stops}]++|\\.|{lone_dollar})++", re.DOTALL)


WORD_RUN: Final = unquoted_run(r" \t\n<>&|;()")
GROUP_RUN: Final = unquoted_run("()")
BRACE_RUN: Final = unquoted_run("}")
DOUBLE_QUOTE_RUN: Final = quoted_run('"')
QUOTED_BRACE_RUN: Final = quoted_run('"}', _LONE_DOLLAR_IN_BRACES)
HERE_DOCUMENT_RUN: Final = quoted_run("")

EXTENDED: Final = frozenset("?*+@!")
"""The characters that may stand before an extended pattern's group."""
_DOUBLE_QUOTED: Final = LazyRegex(r'"([^"$`\\]*+)"')
_ESCAPES: Final = LazyRegex(r"(?:\\[^\n])++")
_C_QUOTED: Final = LazyRegex(r"'((?:[^'\\]++|\\.)*+)'", re.DOTALL)
_DOLLAR: Final = LazyRegex(
    rf"\${CONTINUATION}(?:({NAME}|[0-9@*#?$!-])|(\{{)|(\({CONTINUATION}\()|(\()|(')|(\")|(\[))?+"
)
_UNQUOTE_DOUBLE: Final = LazyRegex(r"\\([$`\"\\]|\n)")
_UNQUOTE_BRACE: Final = LazyRegex(r"\\([$`\"\\}]|\n)")
_UNQUOTE_HERE_DOCUMENT: Final = LazyRegex(r"\\([$`\\]|\n)")
_UNQUOTE: Final = {
    DOUBLE_QUOTE_RUN: _UNQUOTE_DOUBLE,
    QUOTED_BRACE_RUN: _UNQUOTE_BRACE,
    HERE_DOCUMENT_RUN: _UNQUOTE_HERE_DOCUMENT,
}
_PATTERN: Final = re.compile(r"[*?]|[@+!]\(").search
_TILDE: Final = r"~([A-Za-z0-9_.+-]*)(?=/|(:)|\Z)"
_WORD_ENDS: Final = frozenset(["", " ", "\t", "\n", "<", ">", "&", "|", ";", "(", ")", "}"])


class WordReader(Input):
    """Reads words and what stands in them."""

    __slots__ = ("extglob", "saw_brace")

    extglob: bool
    """Whether words may hold extended groups; the shell sets it."""

    # -- what the layers above read ----------------------------------------------------------------------------

    def braced_parameter(self, start: int, quoted: bool) -> Part:
        """``${…}``; ``pos`` is after the brace."""
        raise NotImplementedError

    def command_substitution(self, start: int) -> Part:
        """``$(…)``; ``pos`` is after the parenthesis."""
        raise NotImplementedError

    def arithmetic_expansion(self, start: int, inside: int) -> Part:
        """``$((…))`` or what turns out to be ``$( (…) )``; ``inside`` is the offset after the parentheses."""
        raise NotImplementedError

    def old_arithmetic(self, parts: list[Part], start: int) -> bool:
        """``$[…]`` (bash), if it is closed on its line; ``pos`` is after the bracket."""
        raise NotImplementedError

    def backquoted(self, quoted: bool) -> Part:
        """A command substitution in backquotes, the first of them at ``pos``."""
        raise NotImplementedError

    def process_substitution(self) -> Part:
        """``<(…)`` or ``>(…)`` at ``pos``."""
        raise NotImplementedError

    # -- words -------------------------------------------------------------------------------------------------

    def word(self, run: LazyRegex = WORD_RUN) -> Word:
        """The word at ``pos``; a word of the shape ``name=value`` has the tildes of an assignment."""
        start = self.pos
        assignment = ASSIGNMENT.match(self.text, start)
        parts = self.unquoted_parts(run, value_at=start if assignment is None else assignment.end())
        return Word(tuple(parts), static_text(parts), start, self.pos)

    def value(self) -> Word:
        """The value of an assignment, which may be empty; ``pos`` is after the equals sign."""
        start = self.pos
        parts = self.unquoted_parts(WORD_RUN, value_at=start, assignment=True)
        return Word(tuple(parts), static_text(parts, pattern=False), start, self.pos)

    def unquoted_parts(self, run: LazyRegex, *, value_at: int = -1, assignment: bool = False) -> list[Part]:
        """Parts up to a character that is not plain by ``run``.

        A tilde may begin the text or stand at ``value_at``; from there on also after a colon, if this is the value of
        an ``assignment`` (which it also is when ``value_at`` is not the start).
        """
        start = self.pos
        assignment = assignment or value_at > start
        parts: list[Part] = []
        while True:
            text, pos = self.text, self.pos
            match = run.match(text, pos)
            if match is not None:
                self.pos = match.end()
                self._literal(parts, match[0], pos, start, value_at, assignment)
                pos = self.pos
            char = text[pos : pos + 1]
            if char == "$":
                self.dollar(parts, False)
            elif char == '"':
                parts.append(self.double_quoted())
            elif char == "'":
                parts.append(self.single_quoted())
            elif char == "\\":
                self._escapes(parts)
            elif char == "`":
                parts.append(self.backquoted(False))
            elif (char == "<" or char == ">") and run is WORD_RUN and text.startswith("(", pos + 1):
                parts.append(self.process_substitution())
            elif char == "(" and run is WORD_RUN and self.extglob and invites_group(parts):
                self.group(parts)
            elif char or run is WORD_RUN or not self.refill():
                return parts

    def group(self, parts: list[Part]) -> None:
        """Append a balanced ``( … )`` of an extended pattern with all that is in it."""
        opened = self.pos
        nested = 0
        while True:
            char = self.text[self.pos : self.pos + 1]
            if not char:
                raise self.unfinished("'('", opened, "')'")
            nested += 1 if char == "(" else -1
            parts.append(Literal(char, self.pos, self.pos + 1))
            self.pos += 1
            if not nested:
                return
            parts += self.unquoted_parts(GROUP_RUN)

    def _literal(
        self, parts: list[Part], text: str, at: int, start: int, value_at: int, assignment: bool
    ) -> None:
        """Append unquoted text, its tildes apart."""
        end = self.pos
        if "\\" in text:
            text = text.replace("\\\n", "")
        if "{" in text:
            self.saw_brace = True
        if "~" in text:
            places = {0} if at == start else set()
            if at <= value_at < end:
                places.add(value_at - at)
            if assignment:
                places.update(m.end() for m in re.finditer(":", text) if m.end() > value_at - at)
            split_tildes(parts, text, at, places, assignment, self.text[end : end + 1] in _WORD_ENDS)
        elif text:
            parts.append(Literal(text, at, end))

    def _escapes(self, parts: list[Part]) -> None:
        match = _ESCAPES.match(self.text, self.pos)
        if match is not None:
            parts.append(Quoted(match[0][1::2], self.pos, match.end()))
            self.pos = match.end()
        elif not self.refill():
            # Nothing follows the backslash: it stands for itself, if the input has really ended.
            if not self.final:
                raise self.unfinished("a backslash", self.pos, "a further line")
            parts.append(Quoted("\\", self.pos, self.pos + 1))
            self.pos += 1

    # -- quotes ------------------------------------------------------------------------------------------------

    def single_quoted(self) -> Quoted:
        """``'…'``: every character stands for itself."""
        start = self.pos
        searched = start + 1
        while (end := self.text.find("'", searched)) < 0:
            searched = len(self.text)
            if not self.refill():
                raise self.unfinished('"\'"', start, '"\'"')
        self.pos = end + 1
        return Quoted(self.text[start + 1 : end], start, end + 1)

    def c_quoted(self, start: int) -> Quoted:
        """``$'…'`` with the escapes of C; ``pos`` is at the quote."""
        at = self.pos
        while (match := _C_QUOTED.match(self.text, at)) is None:
            if not self.refill():
                raise self.unfinished('"$\'"', start, '"\'"')
        self.pos = match.end()
        return Quoted(unescape(match[1]), start, self.pos)

    def double_quoted(self) -> DoubleQuoted:
        """``"…"``."""
        start = self.pos
        match = _DOUBLE_QUOTED.match(self.text, start)
        if match is not None:
            self.pos = end = match.end()
            return DoubleQuoted((Quoted(match[1], start + 1, end - 1),) if match[1] else (), start, end)
        self.enter(start)
        self.pos = start + 1
        parts = self.quoted_parts(DOUBLE_QUOTE_RUN)
        if not self.text.startswith('"', self.pos):
            raise self.unfinished("'\"'", start, "'\"'")
        self.pos += 1
        self.depth -= 1
        return DoubleQuoted(tuple(parts), start, self.pos)

    def quoted_parts(self, run: LazyRegex) -> list[Part]:
        """Parts up to a character that is not plain by ``run``, read as between double quotes."""
        unquote = _UNQUOTE[run]
        parts: list[Part] = []
        while True:
            text, pos = self.text, self.pos
            match = run.match(text, pos)
            if match is not None:
                self.pos = match.end()
                plain = match[0]
                if "\\" in plain:
                    plain = unquote.sub(_kept, plain)
                if plain:
                    parts.append(Quoted(plain, pos, self.pos))
                pos = self.pos
            char = text[pos : pos + 1]
            if char == "$":
                self.dollar(parts, True, in_braces=run is QUOTED_BRACE_RUN)
            elif char == "`":
                parts.append(self.backquoted(True))
            elif char == '"' and run is QUOTED_BRACE_RUN:
                parts.append(self.double_quoted())
            elif char == "\\" and run is HERE_DOCUMENT_RUN:
                self.pos = pos + 1
                parts.append(Quoted("\\", pos, pos + 1))
            elif (char and char != "\\") or not self.refill():
                return parts

    # -- expansions --------------------------------------------------------------------------------------------

    def dollar(self, parts: list[Part], quoted: bool, *, in_braces: bool = False) -> None:
        """What a dollar sign at ``pos`` begins; ``$'…'`` also in ``"${…}"``, where ``in_braces`` says so."""
        start = self.pos
        match = _DOLLAR.match(self.text, start)
        assert match is not None
        kind = match.lastindex
        self.pos = match.end()
        if kind == 1:
            name = match[1].replace("\\\n", "")
            parts.append(Parameter(name, "", None, None, None, False, start, self.pos))
        elif kind == 2:
            parts.append(self.braced_parameter(start, quoted))
        elif kind == 3:
            self.pos = match.start(3) + 1
            parts.append(self.arithmetic_expansion(start, match.end()))
        elif kind == 4:
            parts.append(self.command_substitution(start))
        elif kind == 5 and (in_braces or not quoted):
            self.pos = match.start(5)
            parts.append(self.c_quoted(start))
        elif kind == 6 and not quoted:
            self.pos = match.start(6)
            parts.append(self.double_quoted())
        elif kind != 7 or not self.old_arithmetic(parts, start):
            self.pos = start + 1
            parts.append((Quoted if quoted else Literal)("$", start, start + 1))


def invites_group(parts: Sequence[Part]) -> bool:
    """Whether an extended pattern's group may follow: its character stands unquoted before it."""
    return bool(parts) and isinstance(parts[-1], Literal) and parts[-1].text[-1] in EXTENDED


def static_text(parts: Sequence[Part], *, pattern: bool = True) -> str | None:
    """The text that ``parts`` always give, or None. Where ``pattern`` is false no pathname expansion takes place."""
    texts = []
    unquoted = []
    for part in parts:
        kind = type(part)
        if kind is Literal:
            unquoted.append(part.text)  # type: ignore[union-attr]
            texts.append(part.text)  # type: ignore[union-attr]
            continue
        unquoted.append("_")
        if kind is Quoted:
            texts.append(part.text)  # type: ignore[union-attr]
        elif isinstance(part, DoubleQuoted):
            for inner in part.parts:
                if not isinstance(inner, Quoted):
                    return None
                texts.append(inner.text)
        else:
            return None
    if pattern and _is_pattern("".join(unquoted)):
        return None
    return "".join(texts)


def _is_pattern(unquoted: str) -> bool:
    """Whether pathname expansion may take place. A bracket expression may begin in one part and end in another."""
    return _PATTERN(unquoted) is not None or "]" in unquoted[unquoted.find("[") + 1 or len(unquoted) :]


def _kept(match: re.Match[str]) -> str:
    """The character that a backslash quoted; a quoted newline is no character at all."""
    return "" if match[1] == "\n" else match[1]


def split_tildes(
    parts: list[Part], text: str, at: int, places: set[int], assignment: bool, at_word_end: bool
) -> None:
    """Append ``text`` as literals and tildes; a tilde-prefix begins at one of ``places`` and ends before a slash, a
    colon (in an assignment) or the end of the word."""
    done = 0
    for match in re.finditer(_TILDE, text):
        if match.start() not in places or (match[2] and not assignment):
            continue
        if match.end() == len(text) and not at_word_end:
            continue
        if match.start() > done:
            parts.append(Literal(text[done : match.start()], at + done, at + match.start()))
        parts.append(Tilde(match[1], at + match.start(), at + match.end()))
        done = match.end()
    if done < len(text):
        parts.append(Literal(text[done:], at + done, at + len(text)))
