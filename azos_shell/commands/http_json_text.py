"""JSON laid out for reading, as it comes: indented, coloured if wanted, and no value in it changed.

Numbers, escapes and repeated names stay as the server wrote them, since the text is only cut at its tokens. What turns
out to be no JSON is given as it is from there on.
"""

from __future__ import annotations

import re

from azos_shell.rendering.harmless import harmless, harmless_json

_TOKEN = re.compile(
    r'[ \t\r\n]+|(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")|(?P<mark>[\[\]{},:])'
    r"|(?P<scalar>-?[0-9][0-9.eE+-]*|true|false|null)",
    re.DOTALL,
)
_INDENT = "    "
_LONGEST_TOKEN = 2**20
_RESET = "\x1b[0m"
_COLOURS = {"name": "\x1b[34;1m", "string": "\x1b[32m", "number": "\x1b[36m", "word": "\x1b[35m"}


class JsonText:
    """Feed it text; it gives the same laid out. Anything in it that a terminal would obey is written out."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._rest = ""
        self._open: list[str] = []
        """The brackets that are open."""
        self._just_opened = False
        self._after_value = False
        self._name_is_next = False
        self.is_broken = False
        """Whether it has turned out to be no JSON."""

    def feed(self, text: str) -> str:
        """What can be laid out now."""
        return self._laid_out(text, at_end=False)

    def finish(self) -> str:
        """The rest, and the end of the last line."""
        return self._laid_out("", at_end=True) + "\n"

    def _laid_out(self, text: str, *, at_end: bool) -> str:
        text = self._rest + text
        self._rest = ""
        if self.is_broken:
            return harmless(text)
        out: list[str] = []
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            is_torn = found is None or (found["scalar"] is not None and found.end() == len(text))
            if is_torn and not at_end and _may_go_on(text, position):
                self._rest = text[position:]
                break
            if found is None:
                self.is_broken = True
                out.append(harmless(text[position:]))
                break
            position = found.end()
            if found["mark"]:
                self._put_mark(found["mark"], out)
            elif found.lastgroup is not None:
                self._begin_value(out)
                out.append(self._painted(found[0], found.lastgroup))
                self._after_value = True
        return "".join(out)

    def _put_mark(self, mark: str, out: list[str]) -> None:
        if mark in "[{":
            self._begin_value(out)
            self._open.append(mark)
            self._just_opened, self._after_value = True, False
            self._name_is_next = mark == "{"
            out.append(mark)
            return
        if mark in "]}":
            if self._open:
                self._open.pop()
            if not self._just_opened:
                out.append(self._new_line())
            self._just_opened, self._after_value = False, True
            self._name_is_next = False
            out.append(mark)
            return
        self._after_value = False
        self._name_is_next = mark == "," and self._open[-1:] == ["{"]
        out.append(": " if mark == ":" else "," + self._new_line())

    def _begin_value(self, out: list[str]) -> None:
        if self._just_opened:
            out.append(self._new_line())
        elif self._after_value:  # a further value at the top, as in JSON Lines
            out.append("\n")
        self._just_opened = False

    def _new_line(self) -> str:
        return "\n" + _INDENT * len(self._open)

    def _painted(self, token: str, kind: str) -> str:
        shown = harmless_json(token)
        if not self._colour:
            return shown
        if kind == "string":
            return f"{_COLOURS['name' if self._name_is_next else 'string']}{shown}{_RESET}"
        return f"{_COLOURS['word' if token[0] in 'tfn' else 'number']}{shown}{_RESET}"

    def __repr__(self) -> str:
        return f"<JsonText {len(self._open)} deep>"


def _may_go_on(text: str, position: int) -> bool:
    """Whether more text may make a token, or a longer one, of what is there."""
    if len(text) - position > _LONGEST_TOKEN:
        return False
    if text[position] in '"-0123456789':
        return True
    rest = text[position : position + 6]
    return any(word.startswith(rest) for word in ("true", "false", "null"))
