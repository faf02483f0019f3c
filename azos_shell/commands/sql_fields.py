"""How the fields of a file's lines are cut, so that the empty text is told from NULL where the file tells them apart.

In CSV ``""`` is the empty text and nothing at all is NULL. In TSV it is so, too, and ``\\t \\n \\r \\\\`` and ``\\N``
(NULL) are the escapes of databases and of azos's own output. What is piped in is cut as it comes
(``records.splitting``), since it may be any text at all.
"""

from __future__ import annotations

from azos_shell.records.delimited import field_pattern, unescaped
from azos_shell.records.splitting import QUOTED_SEPARATORS, Splitter, split_quoted, splitter


class _EmptyText(str):
    """An empty text that was written as one; fields that hold nothing are equal to it, but not it."""

    __slots__ = ()


EMPTY = _EmptyText()


def file_splitter(separator: str | None) -> Splitter:
    """What cuts a record of a file."""
    if separator == "\t":
        return _split_escaped
    if separator is not None and separator in QUOTED_SEPARATORS:
        return lambda record: _split_telling(record, separator)
    return splitter(separator)


def needs_care(text: str, separator: str | None) -> bool:
    """Whether records of this text may be more than what stands between separators."""
    if separator == "\t":
        return "\\" in text or '""' in text
    return separator is None or separator == " " or (separator in QUOTED_SEPARATORS and '"' in text)


def as_null(fields: list[str | None] | tuple[str | None, ...]) -> list[str | None] | tuple[str | None, ...]:
    """The fields of a column with NULL for those that hold nothing."""
    if "" not in fields:
        return fields
    return [field if field or field is EMPTY else None for field in fields]


def _split_telling(record: str, separator: str) -> list[str]:
    if '""' not in record:
        return split_quoted(record, separator)
    return [
        EMPTY if quoted == '""' and not plain else quoted[1:-1].replace('""', '"') + plain
        for quoted, plain in field_pattern(separator).findall(record + separator)
    ]


def _split_escaped(record: str) -> list[str]:
    fields = record.split("\t")
    if "\\" not in record and '""' not in record:
        return fields
    return [_unescaped(field) for field in fields]


def _unescaped(field: str) -> str:
    if field == '""':
        return EMPTY
    if field == "\\N":
        return ""
    return unescaped(field) if "\\" in field else field
