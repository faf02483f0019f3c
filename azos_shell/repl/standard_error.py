"""Standard error, as the prompt uses it."""

from __future__ import annotations

import sys


def show(text: str) -> None:
    """Write to standard error. A terminal that is gone is told by reading, so writing is silent about it."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):  # ValueError: the stream was closed
        pass
