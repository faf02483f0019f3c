"""Brace expansion (bash): one word that holds ``{a,b}`` or ``{1..9}`` to several, before any other expansion.

It is lexical. Braces and commas count only where they are unquoted, thus in literals; all other parts are opaque. A
brace that is not matched, or whose content is neither a list nor a sequence, stands for itself.
"""

from __future__ import annotations

import re
from typing import Final

from azos_shell.language.input import MAX_NESTING
from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.tree import Literal, Part, Word
from azos_shell.language.words import split_tildes, static_text

# A word may give as many words as a machine holds in some 200 MB, and not more text than that.
MAX_WORDS: Final = 1_000_000
MAX_CHARACTERS: Final = 100_000_000

_TOKENS: Final = r"[{},]|[^{},]+"
_NUMBERS: Final = LazyRegex(r"([+-]?[0-9]{1,18})\.\.([+-]?[0-9]{1,18})(?:\.\.([+-]?[0-9]{1,18}))?\Z")
_LETTERS: Final = LazyRegex(r"([A-Za-z])\.\.([A-Za-z])(?:\.\.([+-]?[0-9]{1,18}))?\Z")
_PADDED: Final = LazyRegex(r"[+-]?0[0-9]")


class BraceExpansionTooLarge(ValueError):
    """A word would expand to more than memory should hold."""


# A field is one word in the making: a list of parts, with plain strings for literal text.
Field = list["str | Part"]


class _Group:
    """An open brace: the alternatives before the last comma, and the fields of the one being read."""

    __slots__ = ("alternatives", "fields")

    def __init__(self) -> None:
        self.alternatives: list[list[Field]] = []
        self.fields: list[Field] = [[]]


def expand_braces(word: Word) -> tuple[Word, ...]:
    """The words that ``word`` expands to: itself, where its braces mean nothing; those left empty vanish."""
    groups = [_Group()]
    expanded = False
    for part in word.parts:
        if not isinstance(part, Literal):
            _append(groups[-1].fields, part)
            continue
        for token in re.findall(_TOKENS, part.text):
            if token == "{":
                groups.append(_Group())
                if len(groups) > MAX_NESTING:
                    raise BraceExpansionTooLarge(f"the braces are nested deeper than {MAX_NESTING} levels")
            elif token == "," and len(groups) > 1:
                groups[-1].alternatives.append(groups[-1].fields)
                groups[-1].fields = [[]]
            elif token == "}" and len(groups) > 1:
                group = groups.pop()
                alternatives = _alternatives(group)
                expanded = expanded or alternatives is not None
                groups[-1].fields = _product(groups[-1].fields, alternatives or _as_written(group, "}"))
            else:
                _append(groups[-1].fields, token)
    if not expanded:
        return (word,)
    while len(groups) > 1:
        group = groups.pop()
        groups[-1].fields = _product(groups[-1].fields, _as_written(group, ""))
    return _words(groups[0].fields, word)


def _append(fields: list[Field], piece: str | Part) -> None:
    for field in fields:
        field.append(piece)


def _product(heads: list[Field], tails: list[Field]) -> list[Field]:
    if len(heads) * len(tails) > MAX_WORDS:
        raise BraceExpansionTooLarge(f"the braces give more than {MAX_WORDS:,} words")
    if heads == [[]]:
        return tails
    if len(tails) == 1:
        for head in heads:
            head += tails[0]
        return heads
    return [head + tail for head in heads for tail in tails]


def _alternatives(group: _Group) -> list[Field] | None:
    """What a closed brace expands to, or None if it stands for itself."""
    if group.alternatives:
        fields = [field for alternative in group.alternatives for field in alternative] + group.fields
        if len(fields) > MAX_WORDS:
            raise BraceExpansionTooLarge(f"the braces give more than {MAX_WORDS:,} words")
        return fields
    if len(group.fields) == 1 and len(group.fields[0]) == 1 and isinstance(group.fields[0][0], str):
        sequence = _sequence(group.fields[0][0])
        return None if sequence is None else [[text] for text in sequence]
    return None


def _as_written(group: _Group, closing: str) -> list[Field]:
    """The fields of a brace that stands for itself; braces inside it may have expanded."""
    fields: list[Field] = [["{"]]
    for alternative in group.alternatives:
        fields = _product(fields, alternative)
        _append(fields, ",")
    fields = _product(fields, group.fields)
    if closing:
        _append(fields, closing)
    return fields


def _sequence(text: str) -> list[str] | None:
    """The members of ``first..last`` or ``first..last..step``."""
    if match := _NUMBERS.match(text, 0):
        first, last, step = match.groups()
        width = max(len(first), len(last)) if _PADDED.match(first, 0) or _PADDED.match(last, 0) else 0
        return [f"{n:0{width}d}" if width else str(n) for n in _range(int(first), int(last), int(step or 1))]
    if match := _LETTERS.match(text, 0):
        first, last, step = match.groups()
        return [chr(n) for n in _range(ord(first), ord(last), int(step or 1))]
    return None


def _range(first: int, last: int, step: int) -> range:
    step = abs(step) or 1
    members = range(first, last + 1, step) if last >= first else range(first, last - 1, -step)
    if len(members) > MAX_WORDS:
        raise BraceExpansionTooLarge(f"the sequence {first}..{last} has more than {MAX_WORDS:,} members")
    return members


def _words(fields: list[Field], word: Word) -> tuple[Word, ...]:
    if sum(len(piece) for field in fields for piece in field if isinstance(piece, str)) > MAX_CHARACTERS:
        raise BraceExpansionTooLarge(f"the braces give more than {MAX_CHARACTERS:,} characters")
    words = []
    for field in fields:
        parts = _parts(field, word.start, word.end)
        if len(parts) == 1 and isinstance(parts[0], Literal) and parts[0].text.isalnum():
            words.append(Word(parts, parts[0].text, word.start, word.end))
        elif parts:
            if isinstance(parts[0], Literal) and parts[0].text.startswith("~"):
                parts = _with_tilde(parts[0], parts[1:])
            words.append(Word(parts, static_text(parts), word.start, word.end))
    return tuple(words)


def _with_tilde(first: Literal, rest: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts of a word whose tilde came to its start out of a brace."""
    parts: list[Part] = []
    split_tildes(parts, first.text, first.start, {0}, assignment=False, at_word_end=not rest)
    return (*parts, *rest)


def _parts(field: Field, start: int, end: int) -> tuple[Part, ...]:
    """The parts of one field, neighbouring texts made one literal."""
    if len(field) == 1 and isinstance(field[0], str):
        return (Literal(field[0], start, end),)
    parts: list[Part] = []
    texts: list[str] = []
    for piece in field:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if texts:
            parts.append(Literal("".join(texts), start, end))
            texts = []
        parts.append(piece)
    if texts:
        parts.append(Literal("".join(texts), start, end))
    return tuple(parts)
