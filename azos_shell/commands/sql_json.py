"""Objects out of JSON text that comes in pieces.

One a line, or an array of them, or laid out over several lines.
"""

from __future__ import annotations

import json
from typing import Any

from azos_shell.plugin import AzosError

VALUE_LIMIT = 64 * 2**20
"""The longest single value of a document, in characters.

Without a limit a missing bracket would fill the memory.
"""

Row = dict[str, Any]


def objects_of_lines(lines: list[str], first_number: int) -> list[Row]:
    """One object a line; blank lines are skipped. Raises AzosError with the number of a line that is none."""
    rows = []
    for number, line in enumerate(lines, first_number):
        if not line or line.isspace():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise AzosError(f"standard input, line {number}: not JSON ({error})") from error
        if not isinstance(row, dict):
            raise AzosError(f"standard input, line {number}: {_kind(row)}, not an object")
        rows.append(row)
    return rows


class DocumentReader:
    """Takes the objects out of an array, or out of objects that follow each other, as the text comes."""

    def __init__(self) -> None:
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
                    raise AzosError(
                        f"standard input, after {self._count} objects: not JSON ({error})"
                    ) from error
                self._enough = 2 * rest  # trying again at every piece would be quadratic
                break
            if not isinstance(value, dict):
                raise AzosError(f"standard input, value {self._count + 1}: {_kind(value)}, not an object")
            self._count += 1
            rows.append(value)
            self._enough = 0
        self._text = self._text[position:]
        if last and self._depth:
            raise AzosError(f"standard input, after {self._count} objects: the array does not end")
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


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
