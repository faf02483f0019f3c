"""Write docs/commands.md from the commands themselves; with ``--check``, exit 1 if it is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from azos_shell.bus.documentation import render_reference
from azos_shell.bus.registry import CommandRegistry
from azos_shell.commands import register_builtins

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"


def main(arguments: list[str], path: Path = REFERENCE) -> int:
    """Write the reference, or check it; returns the exit status."""
    if arguments not in ([], ["--check"]):
        print("usage: generate_reference.py [--check]", file=sys.stderr)
        return 2
    registry = CommandRegistry()
    register_builtins(registry)
    text = render_reference(registry)
    if not arguments:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return 0
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return 0
    print(f"{path.name} is stale: run scripts/generate_reference.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
