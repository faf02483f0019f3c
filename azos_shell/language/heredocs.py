"""Here-documents (POSIX 2.7.4): lines that follow the command line and end at a delimiter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from azos_shell.language.errors import IncompleteInput
from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.substitutions import PendingHereDocument, SubstitutionReader
from azos_shell.language.tree import Quoted, Redirection, Word

if TYPE_CHECKING:
    from azos_shell.language.tree import Assignment, Part

_DELIMITER: Final = LazyRegex(r"(?:[^ \t\n\\'\"<>&|;()]++|\\.|'[^']*+'|\"(?:[^\"\\]++|\\.)*+\")++", re.DOTALL)
_DELIMITER_PIECE: Final = r"(?s)\\\n|\\(.)|\$?'([^']*)'|\$?\"((?:[^\"\\]|\\.)*)\"|([^\\'\"$]+|\$)"
_UNQUOTE_DOUBLE: Final = LazyRegex(r"\\(?:([$`\"\\])|\n)")


class HereDocumentReader(SubstitutionReader):
    """Reads the operators and, after the newline, the texts of here-documents."""

    __slots__ = ()

    def here_document_text(self, text: str, offset: int) -> tuple[Part, ...]:
        """The parts of an unquoted here-document's text, which stands (more or less) at ``offset``."""
        raise NotImplementedError

    def here_document_operator(
        self, fd: int | None, operator: str, start: int, variable: Assignment | None = None
    ) -> Redirection:
        """The delimiter at ``pos``; the redirection gets its text after the next newline."""
        match = _DELIMITER.match(self.text, self.pos)
        if match is None or match[0][0] == "#":
            raise self.problem(
                self.pos,
                f"expected a here-document delimiter after '{operator}'",
                expected="a here-document delimiter",
            )
        self.pos = match.end()
        delimiter, quoted = _unquoted(match[0])
        redirection = Redirection(fd, operator, Word((), "", self.pos, self.pos), start, self.pos, variable)
        self.pending.append(
            PendingHereDocument(redirection, delimiter, quoted=quoted, strips_tabs=operator == "<<-")
        )
        return redirection

    def here_documents(self) -> None:
        """The texts of all pending here-documents; ``pos`` is after the newline."""
        pending, self.pending = self.pending, []
        for document in pending:
            # The node is fresh and seen by nobody yet: this completes it.
            object.__setattr__(document.redirection, "target", self._content(document))

    def _content(self, document: PendingHereDocument) -> Word:
        start = self.pos
        lines = []
        while True:
            line = self._next_line_of(document)
            if document.strips_tabs:
                line = line.lstrip("\t")
            plain = line.replace("\\\n", "") if "\\\n" in line and not document.quoted else line
            if plain == document.delimiter or plain == document.delimiter + "\n":
                break
            if not line:
                if not self.final:
                    raise self._unfinished(document)
                break
            lines.append(line)
        text = "".join(lines)
        if document.quoted or not ("$" in text or "`" in text or "\\" in text):
            parts: tuple[Part, ...] = (Quoted(text, start, self.pos),) if text else ()
            return Word(parts, text, start, self.pos)
        parts = self.here_document_text(text, start)
        static = "".join(part.text for part in parts if isinstance(part, Quoted))
        return Word(
            parts, static if all(isinstance(part, Quoted) for part in parts) else None, start, self.pos
        )

    def _next_line_of(self, document: PendingHereDocument) -> str:
        """The next line; backslash-newlines join lines unless the delimiter was quoted. Empty at the end of input."""
        start = searched = self.pos
        while True:
            end = self.text.find("\n", searched) + 1
            if not end:
                searched = len(self.text)
                if self.refill():
                    continue
                self.pos = len(self.text)
                break
            self.pos = searched = end
            if document.quoted or not _is_continued(self.text, start, end):
                break
        return self.text[start : self.pos]

    def _unfinished(self, document: PendingHereDocument) -> Exception:
        redirection = document.redirection
        wanted = f"a line '{document.delimiter}'"
        return self.problem(
            redirection.start,
            f"the here-document opened by '{redirection.operator}' here is not closed: "
            f"expected {wanted}, found end of input",
            IncompleteInput,
            expected=wanted,
            found="end of input",
        )


def _is_continued(text: str, start: int, end: int) -> bool:
    """Whether an odd number of backslashes precedes the newline that ends ``text[start:end]``."""
    at = end - 1
    while at > start and text[at - 1] == "\\":
        at -= 1
    return (end - 1 - at) % 2 == 1


def _unquoted(delimiter: str) -> tuple[str, bool]:
    """The delimiter without its quotes, and whether any part of it was quoted."""
    text = re.sub(_DELIMITER_PIECE, _piece, delimiter)
    return text, text != delimiter.replace("\\\n", "")


def _piece(match: re.Match[str]) -> str:
    escaped, single, double, plain = match.groups()
    if double is not None:
        return _UNQUOTE_DOUBLE.sub(lambda quoted: quoted[1] or "", double)
    return escaped or single or plain or ""
