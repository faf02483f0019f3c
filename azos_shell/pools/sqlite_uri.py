"""A path as SQLite opens it: a URI (https://sqlite.org/uri.html), in which any byte of a path may stand."""

from __future__ import annotations

import os
from typing import Literal
from urllib.parse import quote

Mode = Literal["ro", "rw", "rwc", "memory"]


def database_uri(path: str, mode: Mode) -> str:
    """``file:///tmp/a%3Fb.db?mode=ro``: the absolute path, percent-encoded, with the way it is opened."""
    return f"file://{quote(os.fsencode(os.path.abspath(path)))}?mode={mode}"
