"""The snippets of accept_reject_cases.txt."""

from __future__ import annotations

import re
from pathlib import Path


def snippets() -> list[str]:
    """Each line but the first, with its escaped newlines and backslashes."""
    lines = Path(__file__).with_name("accept_reject_cases.txt").read_text(encoding="utf-8").split("\n")[1:-1]
    return [re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], line) for line in lines]
