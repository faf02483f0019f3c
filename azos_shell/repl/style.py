"""The colours of the face. Only the sixteen that every terminal's user has chosen for himself."""

from __future__ import annotations

from prompt_toolkit.styles import Style

COLOURED = Style.from_dict(
    {
        "prompt.directory": "ansiblue bold",
        "prompt.mark": "ansigreen",
        "prompt.failed": "ansired",
        "prompt.continuation": "ansibrightblack",
        "bar": "ansibrightblack",
        "bar.well": "ansigreen",
        "bar.slow": "ansiyellow",
        "bar.failed": "ansired",
        "candidate.selected": "reverse",
        "candidate.note": "ansibrightblack",
        "candidate.more": "ansibrightblack",
    }
)

PLAIN = Style.from_dict({"candidate.selected": "reverse"})
"""For NO_COLOR: what is selected must still be seen."""
