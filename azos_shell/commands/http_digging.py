"""Digging the elements out of JSON as it comes: those of an array, or of one that lies below some names.

An element is cut out of the bytes as it is and given as one line (JSON Lines); what surrounds it is skimmed and
forgotten, so that an answer of any length takes the memory of its longest element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from azos_shell.plugin import AzosError

LONGEST_ELEMENT_BYTES = 16 * 2**20

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(_STRING + rb'|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)
_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL)
_DEPTH = 6


def _container(depth: int) -> bytes:
    """An expression for an array or object that nests so deep at most; what is in it is for others to check."""
    inside = rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+'
    for _ in range(depth):
        inside = rb'[^"\[\]{}]*+(?:(?:' + _STRING + rb"|[\[{]" + inside + rb'[\]}])[^"\[\]{}]*+)*+'
    return rb"[\[{]" + inside + rb"[\]}]"


_NEXT = re.compile(rb"\s*+,?\s*+(" + _container(_DEPTH) + rb")", re.DOTALL)
"""The next element, found at once where it is a container and not very deep: nearly all that there are."""

_SPACES = re.compile(rb"\s*")
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")  # between tokens only: inside a string they must be escaped
_TOLD_NAMES = 12


class Digger:
    """Feed it bytes; it gives lines. ``path`` are the names that lead from a value at the top to the records."""

    def __init__(self, path: Sequence[str] = ()) -> None:
        self._path = [name.encode("utf-8", "surrogateescape") for name in path]
        self._buffer = b""
        self._position = 0
        self._open: list[bytes] = []
        self._names: list[bytes] = []
        """Of each object that is open: the name whose value comes."""
        self._expects_name = False
        self._cut_depth: int | None = None
        """How many brackets are open around the elements that are being cut out."""
        self._element = -1
        """Where in the buffer the element begins that is being read."""
        self._element_depth = 0
        self._found = False
        self._seen: dict[bytes, None] = {}

    def feed(self, data: bytes) -> bytes:
        """The elements that are whole now, a line each. Raises AzosError."""
        self._buffer = self._buffer[self._keep_from() :] + data
        return b"".join(self._lines(at_end=False))

    def finish(self) -> bytes:
        """The last of them. Raises AzosError where the JSON is no whole, or has nothing at the path."""
        last = b"".join(self._lines(at_end=True))
        if self._open or self._position < len(self._buffer.rstrip()):
            raise AzosError("the answer is no whole JSON: it ends in the middle of a value")
        if self._path and not self._found:
            names = ", ".join(name.decode("utf-8", "replace") for name in list(self._seen)[:_TOLD_NAMES])
            raise AzosError(
                f"there is no {'.'.join(name.decode('utf-8', 'replace') for name in self._path)} in the answer"
                + (f"; it has {names}" if names else "")
            )
        return last

    def _keep_from(self) -> int:
        """Forget what has been skimmed; returns where what is still needed begins."""
        start = self._position if self._element < 0 else self._element
        self._position -= start
        self._element = -1 if self._element < 0 else 0
        if len(self._buffer) - start > LONGEST_ELEMENT_BYTES:
            raise AzosError(f"an element of the answer is longer than {LONGEST_ELEMENT_BYTES >> 20} MiB")
        return start

    def _lines(self, *, at_end: bool) -> Iterator[bytes]:
        buffer = self._buffer
        while True:
            if self._element >= 0 and len(self._open) > self._element_depth:
                bracket = _BRACKET.match(buffer, self._position)  # nothing else matters inside an element
                if bracket is None:
                    return
                self._position = bracket.end()
                line = self._inside(bracket[1], bracket.end())
                if line:
                    yield line
                continue
            if self._element < 0 and len(self._open) == self._cut_depth:
                found = _NEXT.match(buffer, self._position)
                if found is not None:
                    self._position = found.end()
                    yield found[1].translate(_LINE_ENDS) + b"\n"
                    continue
            start = _SPACES.match(buffer, self._position).end()  # type: ignore[union-attr]
            token = _TOKEN.match(buffer, start)
            if token is None or (
                token.end() == len(buffer) and not at_end and token[0][:1] not in b'"[]{},:'
            ):
                self._position = start
                return
            self._position = token.end()
            line = self._took(token[0], start, token.end())
            if line:
                yield line

    def _took(self, token: bytes, start: int, end: int) -> bytes:
        """Take a token; the line of the element that ends with it, if one does."""
        if token in b"[{":
            self._begin(token, start)
            self._open.append(token)
            self._expects_name = token == b"{"
            if token == b"{":
                self._names.append(b"")
            return b""
        if token in b"]}":
            return self._closed(token, end)
        if token == b",":
            self._expects_name = self._open[-1:] == [b"{"]
            return b""
        if token == b":":
            self._expects_name = False
            return b""
        if self._expects_name:
            self._name(token)
            return b""
        self._begin(token, start)
        return self._ended(end)

    def _inside(self, bracket: bytes, end: int) -> bytes:
        if bracket in b"[{":
            self._open.append(bracket)
            if bracket == b"{":
                self._names.append(b"")
            return b""
        return self._closed(bracket, end)

    def _begin(self, token: bytes, start: int) -> None:
        """A value begins: is it an element, or where the elements are?"""
        depth = len(self._open)
        if self._element >= 0 or (self._cut_depth is not None and depth != self._cut_depth):
            return
        if self._cut_depth is None:
            if depth != len(self._path) or self._names != self._path or b"[" in self._open:
                return
            self._found = True
            if token == b"[":
                self._cut_depth = depth + 1
                return
        self._element, self._element_depth = start, depth

    def _closed(self, token: bytes, end: int) -> bytes:
        if not self._open or (self._open.pop() == b"{") != (token == b"}"):
            raise AzosError(f"the answer is no JSON: {token.decode()} closes nothing")
        if token == b"}":
            self._names.pop()
        self._expects_name = False
        if self._cut_depth is not None and len(self._open) < self._cut_depth and self._element < 0:
            self._cut_depth = None
        return self._ended(end)

    def _ended(self, end: int) -> bytes:
        if self._element < 0 or len(self._open) != self._element_depth:
            return b""
        element, self._element = self._buffer[self._element : end], -1
        return element.translate(_LINE_ENDS) + b"\n"

    def _name(self, token: bytes) -> None:
        self._names[-1] = _plain(token)
        if self._cut_depth is None and len(self._seen) < _TOLD_NAMES and len(self._names) <= len(self._path):
            self._seen[b".".join(self._names)] = None

    def __repr__(self) -> str:
        return f"<Digger {len(self._open)} deep>"


def _plain(token: bytes) -> bytes:
    """What a name's token says."""
    if b"\\" not in token:
        return token.strip(b'"')
    import json

    try:
        return str(json.loads(token)).encode("utf-8", "surrogatepass")
    except ValueError:
        return token.strip(b'"')
