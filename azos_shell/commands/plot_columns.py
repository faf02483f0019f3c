"""Which columns a plot is made of: those that were named, else those that the first rows suggest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from azos_shell.commands.plot_values import is_quantity, moment_of
from azos_shell.plugin import AzosError, Records, UsageError
from azos_shell.records.columns import place_of, with_columns

Kind = Literal["bar", "line", "hist"]
Habit = Literal["number", "date", "text", "empty"]

GUESSED_LINES: Final = 6
"""So many columns of numbers are drawn without being asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    kind: Kind | None = None
    x: str | None = None
    y: tuple[str, ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn. Without ``x`` the rows are counted; ``left_out`` columns of numbers are not drawn."""

    kind: Kind
    x: str | None
    y: tuple[str, ...]
    by: str | None = None
    x_habit: Habit = "number"
    left_out: int = 0


def choose(wanted: Wanted, head: Records) -> Choice:
    """Decide from the first rows. Raises AzosError if there is no such column or none that fits."""
    wanted = Wanted(
        wanted.kind,
        _found(wanted.x, head.columns) if wanted.x is not None else None,
        tuple(name for text in wanted.y for name in _several(text, head.columns)),
        _found(wanted.by, head.columns) if wanted.by is not None else None,
    )
    habits = {name: habit_of([row[i] for row in head.rows]) for i, name in enumerate(head.columns)}
    if wanted.kind == "hist":
        return _distribution(wanted, habits)
    numbers = [n for n, h in habits.items() if h == "number" and n not in (wanted.x, wanted.by)]
    others = {h: [n for n in habits if habits[n] == h and n not in (*wanted.y, wanted.by)] for h in _ORDER}
    kind = wanted.kind or _kind(wanted, habits, others)
    x = wanted.x or _level(kind, others, spare=wanted.y or numbers)
    if wanted.y:
        return Choice(kind, x, wanted.y, wanted.by, _habit(habits, x))
    numbers = [name for name in numbers if name != x]
    if not numbers:
        raise AzosError(_no_numbers(x, habits))
    most = 1 if kind == "bar" or wanted.by else GUESSED_LINES
    left_out = len(numbers) - most if kind == "line" else 0
    return Choice(kind, x, tuple(numbers[:most]), wanted.by, _habit(habits, x), max(0, left_out))


def _found(name: str, columns: tuple[str, ...]) -> str:
    place = place_of(columns, name)
    if place is None:
        raise AzosError(with_columns(f"no such column: {name}", name, columns))
    return columns[place]


def _several(text: str, columns: tuple[str, ...]) -> list[str]:
    """The columns of a ``-y``: one, whatever is in its name, or several between commas."""
    if place_of(columns, text) is not None:
        return [_found(text, columns)]
    return [_found(name.strip(), columns) for name in text.split(",")]


_ORDER: Final[tuple[Habit, ...]] = ("date", "text", "number")


def habit_of(values: Sequence[Any]) -> Habit:
    """What the values of a column are, NULL apart."""
    given = [value for value in values if value is not None and value != ""]
    if not given:
        return "empty"
    if all(map(is_quantity, given)):
        return "number"
    return "date" if all(moment_of(value) is not None for value in given) else "text"


def _kind(wanted: Wanted, habits: dict[str, Habit], others: dict[Habit, list[str]]) -> Kind:
    """Dates and numbers suggest a line, texts bars."""
    if wanted.x is not None:
        return "bar" if habits[wanted.x] in ("text", "empty") else "line"
    return "bar" if others["text"] and not others["date"] else "line"


def _level(kind: Kind, others: dict[Habit, list[str]], spare: Sequence[str]) -> str | None:
    """The column of x: dates for a line, what comes first for bars; a column of numbers if another is left for y."""
    dates, texts, numbers = (others[habit] for habit in _ORDER)
    if dates and (kind == "line" or not texts):
        return dates[0]
    if texts and kind == "bar":
        return texts[0]
    if numbers and any(name != numbers[0] for name in spare):
        return numbers[0]
    return None


def _habit(habits: dict[str, Habit], x: str | None) -> Habit:
    return "number" if x is None else habits[x]


def _distribution(wanted: Wanted, habits: dict[str, Habit]) -> Choice:
    named = tuple(filter(None, (wanted.x, *wanted.y)))
    if len(named) > 1 or wanted.by is not None:
        raise UsageError("hist shows one column: name it with -x")
    numbers = [name for name, habit in habits.items() if habit == "number"]
    if not named and not numbers:
        raise AzosError(_no_numbers(None, habits))
    return Choice("hist", None, named or (numbers[0],))


def _no_numbers(x: str | None, habits: dict[str, Habit]) -> str:
    columns = ", ".join(habits)
    beside = f" beside {x}" if x is not None else ""
    text = (
        x if x is not None and habits[x] == "text" else next((n for n in habits if habits[n] == "text"), None)
    )
    hint = f"; … | count by {text} | plot draws how often each {text} is there" if text is not None else ""
    return f"no column{beside} holds numbers (columns: {columns}){hint}"
