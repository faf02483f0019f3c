"""The format of bytes, told from their beginning, or from what the user and the file's name say.

JSON shows itself. Text is CSV or TSV if a separator (tab, comma, semicolon, in this order) is in the first line
and cuts most of the lines that are there into as many fields; else each line is a record of one column.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from azos_shell.core.errors import AzosError
from azos_shell.records.blocks import decoded
from azos_shell.records.shape import Kind, json_kind
from azos_shell.records.splitting import RecordReader, split_quoted, split_with

FORMATS = ("json", "jsonl", "csv", "tsv", "lines")

ENDINGS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".md": "markdown",
    ".markdown": "markdown",
}
"""The formats that a file's name tells."""

PACKED = ".gz"
"""Ends the names of files that are packed by gzip."""

SAMPLE_BYTES = 65_536
_SAMPLE_LINES = 100
_SEPARATORS = "\t,;"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Format:
    """One of ``FORMATS``; with CSV the separator."""

    name: str
    separator: str = ""


def format_of_name(path: str) -> str | None:
    """The format that a file's name tells, ``.gz`` at its end aside."""
    return ENDINGS.get(os.path.splitext(path.lower().removesuffix(PACKED))[1])


def without_mark(head: bytes, origin: str) -> bytes:
    """The bytes without a byte order mark. Raises AzosError for UTF-16, which nothing here reads."""
    if head.startswith(_UTF_16):
        raise AzosError(f"{origin}: is UTF-16; put `iconv -f utf-16 -t utf-8` before it")
    return head.removeprefix(BYTE_ORDER_MARK)


def format_of(head: bytes, *, whole: bool, origin: str, name_tells: str | None = None) -> Format | None:
    """The format of what begins with ``head``; None if that is too little to tell it.

    ``name_tells`` is what holds for text that does not show itself to be JSON. Raises AzosError for binary data.
    """
    end = len(head) if whole or len(head) >= SAMPLE_BYTES else head.rfind(b"\n") + 1
    sample = decoded(head[: min(end, SAMPLE_BYTES)])
    lines = [line.removesuffix("\r") for line in sample.split("\n")]
    if not whole and end > SAMPLE_BYTES:
        lines.pop()  # it may go on after the sample
    lines = [line for line in lines if line.strip()][:_SAMPLE_LINES]
    kind = json_kind(sample)
    if kind is not None:
        return Format("jsonl" if kind is Kind.JSON_LINES else "json")
    if not lines:
        return Format(name_tells or "lines", ",") if whole else None
    if name_tells is not None:
        return named_format(name_tells, lines[0])
    if len(lines) == 1 and not whole and any(mark in lines[0] for mark in _SEPARATORS):
        return None  # a header, if the next line is like it; no row is held back for that
    return _format_of_text(lines, origin)


def named_format(name: str, first_line: str) -> Format:
    """The format of this name, for text whose first line is this."""
    if name != "csv":
        return Format(name, "\t" if name == "tsv" else "")
    for separator in ",;\t":
        if len(split_quoted(first_line, separator)) > 1:
            return Format("csv", separator)
    return Format("csv", ",")


def _format_of_text(lines: list[str], origin: str) -> Format:
    for separator in _SEPARATORS:
        cut = split_with if separator == "\t" else split_quoted
        records = RecordReader(separator).records(lines, last=True)
        width = len(cut(records[0], separator))
        if width > 1 and sum(len(cut(record, separator)) == width for record in records) * 2 > len(records):
            return Format("tsv" if separator == "\t" else "csv", separator)
    if any("\0" in line for line in lines):
        raise AzosError(f"{origin}: is binary data, not text")
    return Format("lines")
