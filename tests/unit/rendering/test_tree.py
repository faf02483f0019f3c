"""The trace of a dispatch as a tree."""

from __future__ import annotations

from azos_shell.bus.trace import Stage
from azos_shell.rendering.tree import trace_tree

STAGES = (
    Stage("resolve", 1.2e-6, "built-in"),
    Stage("cache", 30e-6, "miss: it was not stored yet"),
    Stage("run", 0.25, "status 0"),
)


def test_the_tree_shows_every_stage_with_its_duration_and_detail() -> None:
    assert trace_tree(STAGES, title="sql 'select 1'").decode() == (
        "sql 'select 1' · 250 ms\n"
        "├── resolve  1.2 µs  built-in\n"
        "├── cache     30 µs  miss: it was not stored yet\n"
        "└── run      250 ms  status 0\n"
    )


def test_the_stage_that_ended_it_is_marked() -> None:
    output = trace_tree([Stage("cache", 30e-6, "hit", ended=True)]).decode()
    assert output.splitlines()[1] == "└── cache  30 µs  hit (ended here)"


def test_foreign_control_characters_are_shown_and_lines_fit() -> None:
    output = trace_tree(
        [Stage("run", 1.0, "\x1b]0;title\x07" + "x" * 100)], title="\x1b[2J", width=40
    ).decode()
    assert "\x1b" not in output
    assert "\\x1b[2J" in output
    assert max(map(len, output.splitlines())) <= 40
    assert output.splitlines()[1].endswith("…")


def test_colour_is_an_addition_only() -> None:
    assert b"\x1b[" in trace_tree(STAGES, colour=True)
    assert b"\x1b" not in trace_tree(STAGES, colour=False)


def test_an_empty_trace_is_a_title() -> None:
    assert trace_tree([]).decode() == "trace · 0 µs\n"
