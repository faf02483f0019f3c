"""How bytes are to be read as rows: what the user says, and what a file's name says."""

from __future__ import annotations

import os
from dataclasses import dataclass

STDIN = "stdin"
"""The table of what is piped in."""

_SEPARATORS = {".csv": ",;\t|", ".tsv": "\t", ".tab": "\t", ".psv": "|"}
_COMPRESSED = (".gz", ".bz2", ".xz")


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of the bytes before they are read.

    ``separator`` is what separates fields (None: to be found out, of those that may, in ``separators``, if that is
    not empty); ``header``: the first row holds the names of the columns. The rows of a ``strict`` table have as many
    fields as there are names, and their quotes are closed; one that is not strict takes lines as they are.
    ``with_line``: there is a column ``line``.
    """

    separator: str | None = None
    separators: str = ""
    header: bool = False
    strict: bool = False
    with_line: bool = True


PIPED = Layout()


@dataclass(frozen=True, slots=True)
class Reading:
    """How the user wants rows read: what separates fields, which first rows hold names, what malformed rows mean.

    ``header`` speaks of what is piped, ``no_header`` of files.
    """

    separator: str | None = None
    header: bool = False
    no_header: bool = False
    skips: bool = False

    def of_stdin(self) -> Layout:
        """The layout of what is piped."""
        return Layout(self.separator, header=self.header)

    def of_file(self, path: str) -> Layout:
        """The layout of a file of that name: its extension says what may separate fields."""
        stem, extension = os.path.splitext(path.lower())
        if extension in _COMPRESSED:
            extension = os.path.splitext(stem)[1]
        return Layout(
            self.separator,
            separators=_SEPARATORS.get(extension, ""),
            header=not self.no_header,
            # A file of another name may be any text, a log as well as a table.
            strict=not self.no_header and (self.separator is not None or extension in _SEPARATORS),
            with_line=False,
        )
