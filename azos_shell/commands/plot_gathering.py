"""What a plot keeps of the records that pass, until all have come and it is drawn."""

from __future__ import annotations

import math
from typing import Any, Final, Protocol

from azos_shell.commands.plot_bins import Distribution
from azos_shell.commands.plot_columns import Choice
from azos_shell.commands.plot_points import Points
from azos_shell.commands.plot_values import moment_of, number_of, text_of
from azos_shell.language.visible import visible
from azos_shell.plugin import AzosError, Records
from azos_shell.rendering.plot_axis import LARGEST
from azos_shell.rendering.plot_bars import Bars, draw_bars
from azos_shell.rendering.plot_frame import gutter_room
from azos_shell.rendering.plot_histogram import Histogram, draw_histogram
from azos_shell.rendering.plot_lines import Lines, Series, draw_lines
from azos_shell.rendering.plot_picture import MOST_SERIES, Look, Picture

MOST_BARS: Final = 100
"""More bars than that nobody compares; what else comes is counted."""

MOST_TEXTS: Final = 1_000
"""Different texts along a line."""

_LONGEST_VALUE: Final = 40


class Gathering(Protocol):
    """Takes the records of one stream; then draws. ``notes`` say what was left out."""

    def add(self, batch: Records) -> None:
        """Further records. Raises AzosError for text where a number must be."""

    def draw(self, look: Look, title: str | None) -> Picture:
        """The picture. Raises AzosError if there is nothing to draw."""
        ...

    @property
    def notes(self) -> list[str]:
        """What the reader of the picture should know of."""
        ...


def gathering_for(choice: Choice) -> Gathering:
    """What gathers for this choice."""
    if choice.kind == "hist":
        return _Histogram(choice)
    return _Bars(choice) if choice.kind == "bar" else _Lines(choice)


class _Numbers:
    """Reads numbers of columns and counts those that can't be drawn."""

    def __init__(self) -> None:
        self.row = 0
        self.missing = 0
        self.endless = 0

    def read(self, value: Any, column: str) -> float | None:
        """The number; None if there is none to draw. Raises AzosError for text."""
        if value is None or value == "":
            self.missing += 1
            return None
        number = number_of(value)
        if number is None:
            raise AzosError(_not_a("number", value, column, self.row))
        if math.isnan(number):
            self.endless += 1
            return None
        return number

    def notes(self, *, missing: bool = True) -> list[str]:
        """What was left out."""
        found = []
        if missing and self.missing:
            found.append(f"left out: {_counted(self.missing, 'row')} without a value")
        if self.endless:
            found.append(f"left out: {_counted(self.endless, 'value')} that {_ENDLESS}")
        return found


_ENDLESS: Final = f"can't be drawn (infinite, NaN or beyond {LARGEST:g})"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _not_a(what: str, value: Any, column: str, row: int) -> str:
    text = text_of(value)
    shown = repr(text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…")
    return f"row {row}: {column} is {shown}, not a {what} (`where` before it chooses rows, -x and -y columns)"


def _place(batch: Records, column: str | None) -> int:
    return -1 if column is None else batch.columns.index(column)


class _Series:
    """Which number has a series, by its name."""

    def __init__(self, choice: Choice) -> None:
        self._by = choice.by
        self.names: dict[str, int] = {} if choice.by is not None else {y: i for i, y in enumerate(choice.y)}
        if len(choice.y) > MOST_SERIES:
            raise AzosError(f"{len(choice.y)} columns for y: {MOST_SERIES} can be told apart")
        if choice.by is not None and len(choice.y) > 1:
            raise AzosError("--by makes several series of one column: name just one with -y")

    def number(self, value: Any) -> int:
        """The number of the series that ``--by`` says. Raises AzosError for one too many."""
        name = text_of(value)
        number = self.names.setdefault(name, len(self.names))
        if number >= MOST_SERIES:
            raise AzosError(
                f"--by {self._by}: more than {MOST_SERIES} different values, which can't be told apart "
                "(`where` before it chooses some)"
            )
        return number


class _Lines:
    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._series = _Series(choice)
        self._points: dict[int, Points] = {}
        self._numbers = _Numbers()
        self._without_x = 0
        self._texts: dict[str, int] = {}

    def add(self, batch: Records) -> None:
        x_place, by_place = _place(batch, self._choice.x), _place(batch, self._choice.by)
        y_places = [(_place(batch, y), y) for y in self._choice.y]
        for row in batch.rows:
            self._numbers.row += 1
            x = float(self._numbers.row) if x_place < 0 else self._level(row[x_place])
            if x is None:
                self._without_x += 1
                continue
            for index, (place, name) in enumerate(y_places):
                number = index if by_place < 0 else self._series.number(row[by_place])
                points = self._points.get(number)
                if points is None:
                    points = self._points[number] = Points()
                points.add(x, self._numbers.read(row[place], name))

    def _level(self, value: Any) -> float | None:
        if value is None or value == "":
            return None
        habit, column = self._choice.x_habit, self._choice.x or ""
        if habit == "text":
            place = self._texts.setdefault(text_of(value), len(self._texts))
            if place >= MOST_TEXTS:
                raise AzosError(
                    f"{column} has more than {MOST_TEXTS:,} different texts: -x names a column of numbers or dates"
                )
            return float(place)
        found = moment_of(value) if habit == "date" else number_of(value)
        if found is None:
            raise AzosError(_not_a("date" if habit == "date" else "number", value, column, self._numbers.row))
        return None if math.isnan(found) else found

    def draw(self, look: Look, title: str | None) -> Picture:
        names = {number: name for name, number in self._series.names.items()}
        series = [
            Series(names[number], points.in_order())
            for number, points in sorted(self._points.items())
            if points.has_values
        ]
        if not series:
            raise AzosError(_nothing(self._choice, self._numbers))
        habit = self._choice.x_habit
        lines = Lines(
            series,
            "dates" if habit == "date" else "texts" if habit == "text" else "numbers",
            tuple(self._texts),
            title if title is not None else _title(self._choice, alone=len(series) == 1),
        )
        return draw_lines(lines, look)

    @property
    def notes(self) -> list[str]:
        found = self._numbers.notes(missing=False)
        if self._without_x:
            found.append(f"left out: {_counted(self._without_x, 'row')} without {self._choice.x}")
        if self._choice.left_out:
            count = len(self._choice.y)
            found.append(
                f"{count} of {count + self._choice.left_out} columns of numbers are drawn; -y names others"
            )
        return found


class _Bars:
    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._series = _Series(choice)
        self._labels: list[str] = []
        self._values: list[list[float | None]] = []
        self._known: dict[str, int] = {}
        self._more = 0
        self._numbers = _Numbers()

    def add(self, batch: Records) -> None:
        x_place, by_place = _place(batch, self._choice.x), _place(batch, self._choice.by)
        y_places = [(_place(batch, y), y) for y in self._choice.y]
        for row in batch.rows:
            self._numbers.row += 1
            name = str(self._numbers.row) if x_place < 0 else text_of(row[x_place])
            values = [self._numbers.read(row[place], column) for place, column in y_places]
            if by_place < 0:
                self._put(name, values)
            else:
                self._put_by(name, values[0], row[by_place])

    def _put(self, name: str, values: list[float | None]) -> None:
        if len(self._labels) >= MOST_BARS:
            self._more += 1
            return
        self._labels.append(name)
        self._values.append(values)

    def _put_by(self, name: str, value: float | None, by: Any) -> None:
        place = self._known.get(name)
        if place is None:
            if len(self._labels) >= MOST_BARS:
                self._more += 1
                return
            place = self._known[name] = len(self._labels)
            self._put(name, [None] * MOST_SERIES)
        number = self._series.number(by)
        if self._values[place][number] is not None:
            raise AzosError(
                f"row {self._numbers.row}: a second value for {name} and {text_of(by)}: "
                "`sql` with sum() or avg() before it makes one of several"
            )
        self._values[place][number] = value

    def draw(self, look: Look, title: str | None) -> Picture:
        if not any(value is not None for values in self._values for value in values):
            raise AzosError(_nothing(self._choice, self._numbers))
        names = list(self._series.names)
        values = [row[: len(names)] for row in self._values]
        shown = title if title is not None else _title(self._choice, alone=len(names) == 1)
        return draw_bars(Bars(self._labels, names, values, shown), look)

    @property
    def notes(self) -> list[str]:
        found = self._numbers.notes(missing=False)
        if self._more:
            found.append(
                f"the first {MOST_BARS} are drawn, {_counted(self._more, 'further row')} not: `sql` groups or chooses"
            )
        return found


class _Histogram:
    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._distribution = Distribution()
        self._numbers = _Numbers()

    def add(self, batch: Records) -> None:
        place, name = _place(batch, self._choice.y[0]), self._choice.y[0]
        column = [row[place] for row in batch.rows]
        if set(map(type, column)) == {float} and all(-LARGEST <= value <= LARGEST for value in column):
            self._numbers.row += len(column)
            self._distribution.add(column)
            return
        numbers = []
        for value in column:
            self._numbers.row += 1
            number = self._numbers.read(value, name)
            if number is not None:
                numbers.append(number)
        self._distribution.add(numbers)

    def draw(self, look: Look, title: str | None) -> Picture:
        if not self._distribution.count:
            raise AzosError(_nothing(self._choice, self._numbers))
        first, width, counts = self._distribution.bins(
            max(1, look.width - gutter_room(self._distribution.count))
        )
        shown = (
            title
            if title is not None
            else f"{self._choice.y[0]}: {_counted(self._distribution.count, 'value')}"
        )
        return draw_histogram(Histogram(first, width, counts, shown), look)

    @property
    def notes(self) -> list[str]:
        return self._numbers.notes()


def _title(choice: Choice, *, alone: bool) -> str:
    """What is drawn, where no legend says it."""
    if choice.by is None and not alone:
        return ""
    by = f" by {choice.x}" if choice.x is not None else ""
    return f"{choice.y[0]}{by}{' and ' + choice.by if choice.by is not None and not alone else ''}"


def _nothing(choice: Choice, numbers: _Numbers) -> str:
    if not numbers.row:
        return "nothing to draw: no records came in"
    what = " and ".join(map(visible, choice.y))
    return f"nothing to draw: of {_counted(numbers.row, 'row')} none has a value of {what} that can be drawn"
