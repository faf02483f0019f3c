"""Pictures of bars, lines and distributions, as text and as SVG."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.rendering.layout import cell_width
from azos_shell.rendering.plot_axis import LARGEST
from azos_shell.rendering.plot_bars import Bars, draw_bars
from azos_shell.rendering.plot_histogram import Histogram, draw_histogram
from azos_shell.rendering.plot_lines import Lines, Point, Series, draw_lines
from azos_shell.rendering.plot_picture import Look, Picture
from azos_shell.rendering.plot_svg import svg_of

PLAIN = Look(40, 10)
ASCII = Look(40, 10, unicode=False)
COLOURED = Look(40, 10, colour=True)

finite = st.floats(-LARGEST, LARGEST, allow_nan=False)
looks = st.builds(Look, st.integers(20, 120), st.integers(5, 30), st.booleans(), st.booleans())


def shown(picture: Picture) -> list[str]:
    return picture.text(colour=False).splitlines()


def fits(picture: Picture, look: Look) -> bool:
    rows = shown(picture)
    return all(cell_width(row) <= look.width for row in rows) and (look.unicode or "".join(rows).isascii())


def test_bars_are_as_long_as_their_values() -> None:
    bars = Bars(["a", "bb"], ["n"], [[10.0], [5.0]])
    rows = shown(draw_bars(bars, PLAIN))
    assert [(row[:6], row[6:].count("█")) for row in rows] == [("a  10 ", 33), ("bb  5 ", 16)]
    assert rows[1].endswith("█▌")
    assert shown(draw_bars(bars, ASCII))[1] == "bb  5 |" + "#" * 16


def test_bars_below_zero_go_to_the_left() -> None:
    rows = shown(draw_bars(Bars(["a", "b", "c", "d"], ["n"], [[-5.0], [10.0], [0.0], [None]]), PLAIN))
    axis = {row.index("│") for row in rows}
    assert axis == {16}
    assert rows[0].endswith("█│")
    assert rows[1].count("█") == 2 * rows[0].count("█") == 22
    assert [row[:4] for row in rows[2:]] == ["c  0", "d  -"]


def test_a_value_that_is_not_zero_is_always_seen() -> None:
    rows = shown(draw_bars(Bars(["a", "b", "c"], ["n"], [[1e9], [1.0], [-1.0]]), PLAIN))
    assert rows[1].endswith("│▏")
    assert rows[2].count("█") == 1


def test_several_series_have_a_legend_and_fillings_of_their_own() -> None:
    rows = shown(draw_bars(Bars(["x", "y"], ["one", "two"], [[2.0, 1.0], [None, 2.0]]), PLAIN))
    assert rows[0] == "██ one  ▒▒ two"
    assert rows[3] == ""
    assert "▒" in rows[2]
    assert rows[4].startswith("y - │")


def test_labels_are_harmless_and_as_wide_as_they_look() -> None:
    rows = shown(draw_bars(Bars(["\x1b[31mred\n", "日本語"], ["n"], [[1.0], [2.0]]), PLAIN))
    assert "\x1b" not in "".join(rows)
    assert len({cell_width(row.partition("│")[0]) for row in rows}) == 1


@given(st.lists(st.tuples(st.text(max_size=30), finite | st.none()), min_size=1, max_size=12), looks)
def test_any_bars_fit(values: list[tuple[str, float | None]], look: Look) -> None:
    labels = [text for text, _ in values]
    picture = draw_bars(
        Bars([*labels, "x"], ["n"], [*([value] for _, value in values), [1.0]], "title"), look
    )
    assert fits(picture, look)
    assert len(picture.rows) == len(values) + 2


def line(*points: Point) -> Lines:
    return Lines([Series("y", list(points))])


def test_a_line_goes_from_corner_to_corner() -> None:
    rows = shown(draw_lines(line((0.0, 0.0), (10.0, 10.0)), ASCII))
    assert rows[0].startswith("10 +")
    assert rows[0].endswith("*")
    assert rows[7].startswith(" 0 +*")
    assert rows[8].startswith("   ++")


def test_a_gap_interrupts_a_line() -> None:
    whole = shown(draw_lines(line((0.0, 1.0), (1.0, 1.0), (2.0, 1.0)), ASCII))
    broken = shown(draw_lines(line((0.0, 1.0), (1.0, None), (2.0, 1.0)), ASCII))
    assert sum(row.count("*") for row in whole) > 30
    assert sum(row.count("*") for row in broken) == 2


def test_one_point_and_a_constant_are_drawn() -> None:
    assert "*" in "".join(shown(draw_lines(line((3.0, 5.0)), ASCII)))
    rows = shown(draw_lines(line((0.0, 5.0), (1.0, 5.0)), ASCII))
    assert sum("****" in row for row in rows) == 1


def test_without_colours_several_lines_have_markers_and_with_them_dots() -> None:
    two = Lines([Series("up", [(0.0, 0.0), (1.0, 1.0)]), Series("down", [(0.0, 1.0), (1.0, 0.0)])])
    plain = draw_lines(two, PLAIN).text(colour=False)
    assert plain.startswith("* up  + down\n")
    assert not re.search("[\u2800-\u28ff]", plain)
    coloured = draw_lines(two, COLOURED).text(colour=True)
    assert re.search("\x1b\\[36m[\u2800-\u28ff]+\x1b\\[m", coloured)
    assert re.search("\x1b\\[33m[\u2800-\u28ff]+\x1b\\[m", coloured)


def test_texts_are_marked_below_a_line() -> None:
    lines = Lines([Series("y", [(0.0, 1.0), (1.0, 2.0)])], "texts", ("first", "second"))
    assert shown(draw_lines(lines, ASCII))[-1].split() == ["first", "second"]


points = st.lists(st.tuples(finite, finite | st.none()), max_size=20)


@given(points, points, looks)
def test_any_lines_fit(one: list[Point], other: list[Point], look: Look) -> None:
    series = [Series("one", [*one, (1.0, 2.0)]), Series("other", [*other, (0.0, 0.0)])]
    picture = draw_lines(Lines(series, title="t"), look)
    assert fits(picture, look)
    assert len(picture.rows) <= max(look.height, 7)


def test_columns_of_a_distribution_are_as_high_as_their_counts() -> None:
    rows = shown(draw_histogram(Histogram(-1, 10.0, [4, 0, 8]), PLAIN))
    heights = [sum(row[at : at + 1] == "█" for row in rows) for at in (4, 15, 27)]
    assert heights == [4, 0, 8]
    assert rows[-1].split() == ["-10", "0", "10", "20"]


def test_a_bin_that_is_not_empty_is_always_seen() -> None:
    rows = shown(draw_histogram(Histogram(0, 1.0, [1, 10**9, 0]), ASCII))
    assert rows[-3].partition("+")[2].split() == ["#" * 10, "#" * 10]


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=60), st.integers(-5, 5), looks)
def test_any_distribution_fits(counts: list[int], first: int, look: Look) -> None:
    room = look.width - 24
    counts = [*counts[: max(0, room - 1)], 1]
    if room > 0:
        assert fits(draw_histogram(Histogram(first, 0.5, counts), look), look)


def test_colours_are_taken_back_and_rows_end_without_blanks() -> None:
    text = draw_bars(Bars(["a", "b"], ["n"], [[2.0], [0.0]], "t"), COLOURED).text(colour=True)
    assert text.startswith("\x1b[1mt\x1b[m\n")
    assert text.count("\x1b[m") == len(re.findall("\x1b\\[[0-9]+m", text))
    assert all(row == row.rstrip() for row in text.splitlines())


SVG = "{http://www.w3.org/2000/svg}"


def test_svg_has_texts_as_texts_and_bars_as_shapes() -> None:
    picture = draw_bars(Bars(["<a & b>", "c"], ["n"], [[2.0], [1.0]], "title"), COLOURED)
    root = ElementTree.fromstring(svg_of(picture, 'a "title" & <more>'))
    assert root.findtext(f"{SVG}title") == 'a "title" & <more>'
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts == ["title", "<a & b> 2", "c       1"]
    widths = [
        _width_of(str(path.get("d"))) for path in root.iter(f"{SVG}path") if path.get("fill") == "#39c5cf"
    ]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.1)


def _width_of(path: str) -> float:
    return sum(float(width) for width in re.findall(r"z?M[^h]*h([0-9.]+)v", path))


@given(points, looks)
def test_any_picture_is_well_formed_svg_without_a_character_that_fonts_lack(
    given_: list[Point], look: Look
) -> None:
    picture = draw_lines(
        Lines([Series("\x00\x1b<", [*given_, (0.0, math.pi)]), Series("b", [(1.0, 1.0)])]), look
    )
    document = svg_of(picture, "t")
    ElementTree.fromstring(document)
    assert not re.search("[\u2500-\u259f\u2800-\u28ff]", document)
