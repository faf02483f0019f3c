"""What others sent, on a terminal: nothing in it is acted on, all of it is seen.

It is for content that azos's own commands bring (bodies of servers, values of records), never for what programs write:
those may drive the terminal. Lines and tabs stay, CR LF is a line end; every other control character, bidi controls
and bytes that are no UTF-8 are shown written out, as ``^[`` or ``\\x9b``. In JSON they are shown as JSON itself writes
them (``\\u009b``), so that what is copied from the screen is still the same value.
"""

from __future__ import annotations

from codecs import utf_8_decode
from typing import TYPE_CHECKING

from azos_shell.language.visible import is_acted_on, written_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from azos_shell.core.values import Records
    from azos_shell.rendering.formats import Formatter

_PLAIN = bytes([0x09, 0x0A, *range(0x20, 0x7F)])
"""ASCII that is as harmless as it looks."""


class _Shown(dict[int, str]):
    """A table for ``str.translate``, filled as characters are met."""

    def __init__(self, show: Callable[[str], str]) -> None:
        super().__init__({0x09: "\t", 0x0A: "\n"})
        self._show = show

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = shown = self._show(char) if is_acted_on(char) else char
        return shown


def _in_json(char: str) -> str:
    """A character as the string grammar of RFC 8259 section 7 writes any."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


_TEXT = _Shown(written_out)
_JSON = _Shown(_in_json)


def harmless(text: str) -> str:
    """A whole text as it may be shown."""
    return text if text.isprintable() else text.replace("\r\n", "\n").translate(_TEXT)


def harmless_json(text: str) -> str:
    """A whole text that is JSON as it may be shown: still JSON, of the same value."""
    return text if text.isprintable() else text.translate(_JSON)


class HarmlessText:
    """Makes a stream of text harmless, piece by piece; a line end that is cut in two is held until its rest comes."""

    def __init__(self, *, in_json: bool = False) -> None:
        self._shown = _JSON if in_json else _TEXT
        self._rest = ""

    @property
    def holds(self) -> bool:
        """Whether it holds something back."""
        return bool(self._rest)

    def feed(self, text: str) -> str:
        """What can be shown now."""
        if text.isprintable() and not self._rest:
            return text
        text = self._rest + text
        kept = text.removesuffix("\r")  # whether it belongs to a line end is told by what comes
        self._rest = text[len(kept) :]
        return kept.replace("\r\n", "\n").translate(self._shown)

    def finish(self) -> str:
        """What was held, once nothing more comes."""
        rest, self._rest = self._rest, ""
        return rest.translate(self._shown)

    def __repr__(self) -> str:
        return f"<HarmlessText, {len(self._rest)} held>"


class HarmlessBytes:
    """The same for bytes, of which always valid UTF-8 is made; a character that is cut in two is held, too.

    ``in_json`` is for bytes that are JSON.
    """

    def __init__(self, *, in_json: bool = False) -> None:
        self._text = HarmlessText(in_json=in_json)
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """What can be shown now."""
        if not self._rest and not self._text.holds and not data.translate(None, _PLAIN):
            return data
        return self._text.feed(self._decoded(data, at_end=False)).encode()

    def finish(self) -> bytes:
        """What was held, once nothing more comes."""
        return (self._text.feed(self._decoded(b"", at_end=True)) + self._text.finish()).encode()

    def _decoded(self, data: bytes, *, at_end: bool) -> str:
        data = self._rest + data
        text, taken = utf_8_decode(data, "surrogateescape", at_end)
        self._rest = data[taken:]
        return text

    def __repr__(self) -> str:
        return f"<HarmlessBytes, {len(self._rest)} held of {self._text!r}>"


class HarmlessFormatter:
    """A formatter whose output is shown on a terminal, made harmless."""

    def __init__(self, formatter: Formatter, *, in_json: bool) -> None:
        self._formatter = formatter
        self._filter = HarmlessBytes(in_json=in_json)

    def feed(self, batch: Records) -> bytes:
        return self._filter.feed(self._formatter.feed(batch))

    def flush(self) -> bytes:
        return self._filter.feed(self._formatter.flush())

    def finish(self, seconds: float | None = None) -> bytes:
        return self._filter.feed(self._formatter.finish(seconds)) + self._filter.finish()

    def __repr__(self) -> str:
        return f"<HarmlessFormatter of {self._formatter!r}>"
