"""Objects out of JSON text that comes in pieces.

One a line, or an array of them, or laid out over several lines.
"""

from __future__ import annotations

import json
import re
from typing import Any

from azos_shell.records.blocks import Refusals, Refuser, decoded

VALUE_LIMIT = 64 * 2**20
"""The longest single value of a document, in characters.

Without a limit a missing bracket would fill the memory.
"""

STANDARD_INPUT = "standard input"

Row = dict[str, Any]


def objects_of_block(block: bytes, first_number: int, refusals: Refuser) -> list[Row]:
    """The objects of whole lines, one a line, of which the first has this number; blank lines are skipped."""
    import msgspec

    try:
        rows: list[Row] = msgspec.json.Decoder().decode_lines(block)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # line by line then, and by the rules of Python's own reader, which takes what azos wrote of bytes
    else:
        if {dict}.issuperset(map(type, rows)):
            return rows
    return objects_of_lines(decoded(block).split("\n"), first_number, refusals)


def objects_of_lines(lines: list[str], first_number: int, refusals: Refuser | None = None) -> list[Row]:
    """One object a line; blank lines are skipped. Raises AzosError with the number of a line that is none."""
    refusals = refusals or Refusals(STANDARD_INPUT)
    rows = []
    for number, line in enumerate(lines, first_number):
        if not line or line.isspace():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else error
            if refusals.refuse(f"line {number}", f"not JSON ({why})"):
                break
            continue
        if isinstance(row, dict):
            rows.append(row)
        elif refusals.refuse(f"line {number}", f"{_kind(row)}, not an object"):
            break
    return rows


class DocumentReader:
    """Takes the objects out of an array, or out of objects that follow each other, as the text comes."""

    def __init__(self, refusals: Refuser | None = None) -> None:
        self._refusals = refusals or Refusals(STANDARD_INPUT)
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._line = 1
        self._enough = 0
        self._depth = 0
        self._count = 0

    def feed(self, text: str, *, last: bool = False) -> list[Row]:
        """The objects that are complete now. Raises AzosError for text that is no JSON, or no objects."""
        self._text += text
        if len(self._text) < self._enough and not last:
            return []
        rows: list[Row] = []
        position = 0
        while (position := self._skip(position)) < len(self._text):
            try:
                value, position = self._decoder.raw_decode(self._text, position)
            except (ValueError, RecursionError) as error:
                rest = len(self._text) - position
                if not (last or rest > VALUE_LIMIT or _is_certain(error, len(self._text))):
                    self._enough = len(text) + 2 * rest  # trying again at every piece would be quadratic
                    break
                following = self._refused(position, error)
                if following is None:
                    return rows
                position = following
                continue
            self._count += 1
            self._enough = 0
            if isinstance(value, dict):
                rows.append(value)
            elif self._refusals.refuse(f"value {self._count}", f"{_kind(value)}, not an object"):
                return rows
        self._line += self._text.count("\n", 0, position)
        self._text = self._text[position:]
        if last and self._depth:
            self._refusals.refuse(f"after {self._count} objects", "the array does not end")
        return rows

    def _refused(self, position: int, error: Exception) -> int | None:
        """Refuse what begins there; return where the next line begins an object, else the end.

        None if nothing after it is to be read.
        """
        text = self._text
        at = error.pos if isinstance(error, json.JSONDecodeError) else position
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        line = self._line + text.count("\n", 0, at)
        if self._refusals.refuse(f"line {line}, after {self._count} objects", f"not JSON ({why})"):
            return None
        found = _OBJECT_ON_A_LINE.search(text, position)
        return found.end() - 1 if found else len(text)

    def _skip(self, position: int) -> int:
        """Past blanks, commas and the brackets of the array."""
        text = self._text
        while position < len(text):
            character = text[position]
            if character == "[" and not self._depth:
                self._depth = 1
            elif character == "]" and self._depth:
                self._depth = 0
            elif character not in " \t\r\n" and not (character == "," and self._depth):
                break
            position += 1
        return position

    def __repr__(self) -> str:
        return f"<DocumentReader {self._count} objects, {len(self._text)} characters held>"


_OBJECT_ON_A_LINE = re.compile(r"\n[ \t]*\{")


def _is_certain(error: Exception, length: int) -> bool:
    """Whether more text could not mend it: it is not the end of the text that is wrong."""
    if not isinstance(error, json.JSONDecodeError):
        return isinstance(error, RecursionError)
    return error.pos < length - _LONGEST_TOKEN and not error.msg.startswith("Unterminated string")


_LONGEST_TOKEN = 16
"""No token but a string or number is longer, nor is the part of one at which the reader says that it is wrong."""


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
