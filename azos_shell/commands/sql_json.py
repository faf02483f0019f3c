"""Objects out of JSON text that comes in pieces.

One a line, or an array of them, or laid out over several lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from azos_shell.plugin import AzosError

VALUE_LIMIT = 64 * 2**20
"""The longest single value of a document, in characters.

Without a limit a missing bracket would fill the memory.
"""

Row = dict[str, Any]


Malformed = Callable[[str], None]
"""Is told of what is no object; what it returns from is left out."""


def objects_of_lines(lines: list[str], first_number: int, origin: str, malformed: Malformed) -> list[Row]:
    """One object a line; blank lines are skipped. ``malformed`` hears the number of a line that is none."""
    rows = []
    for number, line in enumerate(lines, first_number):
        if not line or line.isspace():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            malformed(f"{origin}, line {number}: not JSON ({error})")
            continue
        if isinstance(row, dict):
            rows.append(row)
        else:
            malformed(f"{origin}, line {number}: {_kind(row)}, not an object")
    return rows


class DocumentReader:
    """Takes the objects out of an array, or out of objects that follow each other, as the text comes."""

    def __init__(self, origin: str, malformed: Malformed) -> None:
        self._origin = origin
        self._malformed = malformed
        self._line_number = 1
        self._decoder = json.JSONDecoder()
        self._text = ""
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
        while True:
            position = self._skip(position)
            if position >= len(self._text):
                break
            try:
                value, position = self._decoder.raw_decode(self._text, position)
            except (ValueError, RecursionError) as error:
                rest = len(self._text) - position
                if last or rest > VALUE_LIMIT:
                    number = self._line_number + self._text.count("\n", 0, _position(error, position))
                    raise AzosError(
                        f"{self._origin}, line {number}, after {self._count} objects: not JSON ({error})"
                    ) from error
                self._enough = 2 * rest  # trying again at every piece would be quadratic
                break
            self._count += 1
            self._enough = 0
            if isinstance(value, dict):
                rows.append(value)
            else:
                self._malformed(f"{self._origin}, value {self._count}: {_kind(value)}, not an object")
        self._line_number += self._text.count("\n", 0, position)
        self._text = self._text[position:]
        if last and self._depth:
            raise AzosError(f"{self._origin}, after {self._count} objects: the array does not end")
        return rows

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


def _position(error: Exception, start: int) -> int:
    """Where in the text the error is."""
    return error.pos if isinstance(error, json.JSONDecodeError) else start


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
