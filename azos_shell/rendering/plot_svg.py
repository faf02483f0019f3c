"""The picture of a plot as SVG: blocks and dots are drawn as shapes, so that no font need have them."""

from __future__ import annotations

from typing import Final

from azos_shell.rendering.layout import cell_width
from azos_shell.rendering.plot_picture import Picture, Run, Style

_WIDTH, _HEIGHT = 9.0, 18.0
"""A cell in pixels; twice as high as wide, as terminals have it."""

_MARGIN: Final = 16.0
_BASELINE: Final = 13.5
_BACKGROUND: Final = "#11161d"
_COLOURS: Final[dict[Style, str]] = {
    "": "#c9d1d9",
    "title": "#f0f3f6",
    "axis": "#8b949e",
    "s0": "#39c5cf",
    "s1": "#d9a62e",
    "s2": "#c297ff",
    "s3": "#56d364",
    "s4": "#6cb6ff",
    "s5": "#ff7b72",
    "s6": "#a5e9ef",
    "s7": "#f2dd7a",
}
_FONT: Final = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_LEFT_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_LOWER_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_SHADES: Final = {"░": 0.25, "▒": 0.5, "▓": 0.75}
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def svg_of(picture: Picture, title: str) -> str:
    """The document. ``title`` is what it is called for those who can't see it."""
    columns = max((sum(cell_width(text) for text, _ in row) for row in picture.rows), default=1)
    width = columns * _WIDTH + 2 * _MARGIN
    height = len(picture.rows) * _HEIGHT + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img">',
        f"<title>{title.translate(_ESCAPES)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{_BACKGROUND}"/>',
        f'<g font-family="{_FONT}" font-size="14.5" transform="translate({_MARGIN:g} {_MARGIN:g})">',
    ]
    for number, row in enumerate(picture.rows):
        parts += _row(row, number * _HEIGHT)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _row(row: list[Run], top: float) -> list[str]:
    parts: list[str] = []
    column = 0
    for text, style in row:
        shapes: list[str] = []
        words, start = "", column
        for char in text:
            shape = _shape(char, column * _WIDTH, top)
            if shape:
                shapes.append(shape)
                parts += _text(words, start, top, style)
                words, start = "", column + 1
            else:
                words += char
            column += max(1, cell_width(char)) if not char.isascii() else 1
        parts += _text(words, start, top, style)
        if shapes:
            parts.append(f'<path fill="{_COLOURS[style]}" d="{"".join(shapes)}"/>')
    return parts


def _text(words: str, column: int, top: float, style: Style) -> list[str]:
    bare = words.lstrip()
    if not bare.strip():
        return []
    column += len(words) - len(bare)
    bare = bare.rstrip()
    weight = ' font-weight="bold"' if style == "title" else ""
    return [
        f'<text x="{column * _WIDTH:g}" y="{top + _BASELINE:g}" textLength="{cell_width(bare) * _WIDTH:g}" '
        f'fill="{_COLOURS[style]}"{weight} xml:space="preserve">{bare.translate(_ESCAPES)}</text>'
    ]


def _shape(char: str, left: float, top: float) -> str:
    """The outline of a block, a shade, a box line or dots of Braille; nothing for other characters."""
    if 0x2800 < ord(char) <= 0x28FF:
        return _braille(ord(char) - 0x2800, left, top)
    if char in _LEFT_EIGHTHS[1:]:
        return _box(left, top + 2, _WIDTH * _LEFT_EIGHTHS.index(char) / 8, _HEIGHT - 4)
    if char in _LOWER_EIGHTHS[1:]:
        high = _HEIGHT * _LOWER_EIGHTHS.index(char) / 8
        return _box(left, top + _HEIGHT - high, _WIDTH, high)
    if char in _SHADES:
        return _shade(_SHADES[char], left, top)
    if char == "━":
        return _box(left, top + _HEIGHT / 2 - 1.5, _WIDTH, 3)
    return "".join(
        _box(left + dx * _WIDTH, top + dy * _HEIGHT, max(w * _WIDTH, 1.0), max(h * _HEIGHT, 1.0))
        for dx, dy, w, h in _LINES.get(char, ())
    )


_LINES: Final[dict[str, tuple[tuple[float, float, float, float], ...]]] = {
    "│": ((0.5, 0, 0, 1),),
    "┤": ((0.5, 0, 0, 1), (0, 0.5, 0.5, 0)),
    "─": ((0, 0.5, 1, 0),),
    "┬": ((0, 0.5, 1, 0), (0.5, 0.5, 0, 0.5)),
    "└": ((0.5, 0, 0, 0.5), (0.5, 0.5, 0.5, 0)),
}
"""Left, top, width and height of the strokes, in parts of a cell."""


def _braille(bits: int, left: float, top: float) -> str:
    size = 3.4
    found = []
    for row, (one, two) in enumerate(((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))):
        for column, bit in enumerate((one, two)):
            if bits & bit:
                found.append(
                    _box(left + column * _WIDTH / 2 + 0.5, top + row * _HEIGHT / 4 + 0.5, size, size)
                )
    return "".join(found)


def _shade(share: float, left: float, top: float) -> str:
    """Stripes that cover that much."""
    return "".join(
        _box(left + part * _WIDTH / 3, top + 2, _WIDTH / 3 * share, _HEIGHT - 4) for part in range(3)
    )


def _box(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:.5g} {top:.5g}h{width:.4g}v{height:.4g}h{-width:.4g}z"
