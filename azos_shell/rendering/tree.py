"""The trace of one dispatch as a tree: every stage with its duration and what it decided."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Protocol

from azos_shell.rendering.text import duration, encode_text, escape_control


class TracedStage(Protocol):
    """One stage that was passed. ``ended`` says that the dispatch ended in it."""

    @property
    def name(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def detail(self) -> str: ...
    @property
    def ended(self) -> bool: ...


def trace_tree(
    stages: Sequence[TracedStage], *, width: int = 80, colour: bool = False, title: str = "trace"
) -> bytes:
    """The stages under ``title``, as rich draws a tree; no escape code without ``colour``.

    The slowest stage stands out.
    """
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    total = sum(stage.seconds for stage in stages)
    slowest = max((stage.seconds for stage in stages), default=0.0)
    times = [duration(stage.seconds) for stage in stages]
    name_width = max((len(stage.name) for stage in stages), default=0)
    time_width = max(map(len, times), default=0)
    tree = Tree(Text(f"{escape_control(title)} · {duration(total)}", style="bold"), guide_style="dim")
    for stage, time in zip(stages, times, strict=True):
        line = Text(f"{stage.name:{name_width}}  ")
        line.append(f"{time:>{time_width}}", style="bold" if stage.seconds == slowest else "")
        detail = escape_control(stage.detail) + (" (ended here)" if stage.ended else "")
        line.append(f"  {detail.strip()}" if detail else "", style="dim")
        tree.add(line)
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, 20),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        emoji=False,
        _environ={},
    )
    console.print(tree, soft_wrap=False, no_wrap=True, overflow="ellipsis", crop=True)
    lines = (line.rstrip() for line in out.getvalue().splitlines())
    return encode_text("\n".join(lines) + "\n")
