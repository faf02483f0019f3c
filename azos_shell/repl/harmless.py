"""The input as it may be drawn: what would turn the direction of the terminal's text round shows as ``�``.

prompt_toolkit writes out C0 and C1 controls by itself. What is left (bidirectional overrides, undecodable
bytes) can come in by a paste or a recalled line. Each is replaced by one character: no position moves.
"""

from __future__ import annotations

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

_CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA1))))


class Harmless(Processor):
    """Replaces what is neither printable nor a control that the renderer writes out."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The line's fragments, made harmless."""
        fragments = transformation_input.fragments
        if all(fragment[1].isascii() or fragment[1].isprintable() for fragment in fragments):
            return Transformation(fragments)
        safe: StyleAndTextTuples = [(fragment[0], _replaced(fragment[1])) for fragment in fragments]
        return Transformation(safe)


def _replaced(text: str) -> str:
    return "".join(char if char.isprintable() or char in _CONTROLS else "�" for char in text)
