"""Text for people: control characters made visible, durations and sizes in their natural units."""

from __future__ import annotations

from azos_shell.language.visible import escape, is_acted_on

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BYTE_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


class _Escapes(dict[int, str]):
    """A table for ``str.translate`` that works an escape out when its character is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        shown = _SHORT.get(char) or (escape(char) if is_acted_on(char) else char)
        self[code] = shown
        return shown


_ESCAPES = _Escapes()


def escape_control(text: str) -> str:
    """``text`` with everything a terminal would act on shown instead: ``\\x1b``, ``\\n``, ``\\u202e``.

    A byte that was no UTF-8 (a surrogate of ``surrogateescape``) is shown as ``\\xNN``.
    """
    return text if text.isprintable() else text.translate(_ESCAPES)


def encode_text(text: str) -> bytes:
    """``text`` as UTF-8; bytes that were no UTF-8 leave as they came, lone surrogates as U+FFFD."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        kept = ("\ufffd" if "\ud800" <= c <= "\udc7f" or "\udd00" <= c <= "\udfff" else c for c in text)
        return "".join(kept).encode("utf-8", "surrogateescape")


def duration(seconds: float) -> str:
    """``850 µs``, ``3.4 ms``, ``12 ms``, ``3.4 s``, ``2 m 03 s``, ``1 h 02 m``."""
    seconds = max(seconds, 0.0)
    for unit, scale in (("µs", 1e6), ("ms", 1e3), ("s", 1.0)):
        value = seconds * scale
        if value < 9.95:
            return f"{value:.1f} {unit}" if value >= 0.05 else f"0 {unit}"
        if value < (59.5 if unit == "s" else 999.5):
            return f"{value:.0f} {unit}"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} m"


def size(size_bytes: int) -> str:
    """``512 B``, ``1.5 KiB``, ``46 MiB``; negative sizes (something shrank) keep their sign."""
    value = abs(float(size_bytes))
    sign = "-" if size_bytes < 0 else ""
    if value < 1024:
        return f"{sign}{value:.0f} B"
    for unit in _BYTE_UNITS:
        value /= 1024
        if value < 9.95:
            return f"{sign}{value:.1f} {unit}"
        if value < 1023.5:
            return f"{sign}{value:.0f} {unit}"
    return f"{sign}{value:.0f} {_BYTE_UNITS[-1]}"
