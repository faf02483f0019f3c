"""The shape of piped rows, told from their beginning: JSON, or text with a separator.

The rule for text, as `help sql` states it: of comma, tab and runs of blanks, in this order, the first that
cuts all sampled lines into the same number of fields, at least two. If none does, the first that is in every
line, then the first that is in most lines. If none is, the line is one field.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum

from azos_shell.records.splitting import split_blanks, split_quoted, split_with

SAMPLE_BYTES = 65_536
_SAMPLE_LINES = 200


class Kind(Enum):
    """How rows are written."""

    JSON_LINES = "one object a line"
    JSON_DOCUMENT = "an array of objects, or objects over several lines"
    TEXT = "lines of text"


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows are written, and what separates the fields of lines of text (None: the line is one field)."""

    kind: Kind
    separator: str | None = None


BLANKS = " "
"""The separator that stands for runs of blanks, as in awk."""


def guess_shape(sample: str, *, whole: bool, separators: str = "") -> Shape:
    """The shape of input that begins with ``sample``; ``whole`` if that is all of it.

    ``separators`` are those that may separate, the likeliest first; without them the rule above holds.
    """
    kind = json_kind(sample)
    if kind is not None:
        return Shape(kind)
    lines = sample.split("\n")
    if not whole and len(lines) > 1:
        lines.pop()  # it may go on after the sample
    if separators:
        head = [line for line in lines if line.strip()][:1]
        return Shape(Kind.TEXT, next((one for one in separators if one in "".join(head)), separators[0]))
    return Shape(Kind.TEXT, guess_separator([line for line in lines if line.strip()][:_SAMPLE_LINES]))


def guess_separator(lines: list[str]) -> str | None:
    """The separator of these lines, by the rule above."""
    if not lines:
        return None
    candidates = {
        ",": [len(split_quoted(line, ",")) for line in lines],
        "\t": [len(split_with(line, "\t")) for line in lines],
        BLANKS: [len(split_blanks(line)) for line in lines],
    }
    for separator, counts in candidates.items():
        if counts[0] > 1 and len(set(counts)) == 1:
            return separator
    for separator, counts in candidates.items():
        if min(counts) > 1:
            return separator
    for separator, counts in candidates.items():
        if sum(count > 1 for count in counts) * 2 > len(counts):
            return separator
    return None


def json_kind(sample: str) -> Kind | None:
    """How the JSON that begins with ``sample`` is written; None if it is no JSON of objects."""
    text = sample.lstrip()
    if text.startswith("{"):
        try:
            if isinstance(json.loads(text.split("\n", 1)[0]), dict):
                return Kind.JSON_LINES
        except ValueError:
            pass
        return Kind.JSON_DOCUMENT if text[1:].lstrip()[:1] in ('"', "}", "") else None
    if text.startswith("[") and text[1:].lstrip()[:1] in ("{", "]", ""):
        return Kind.JSON_DOCUMENT
    return None
