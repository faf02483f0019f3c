"""plot: which columns it draws, what it says of what it can't draw, and how it looks where."""

from __future__ import annotations

import math

import pytest
from fakes.call import FakeCall

from azos_shell.commands.plot import plot
from azos_shell.commands.plot_columns import Choice, Wanted, choose
from azos_shell.commands.plot_gathering import MOST_BARS
from azos_shell.commands.plot_values import moment_of, number_of
from azos_shell.plugin import AzosError, Records, UsageError

WEATHER = Records(
    ("date", "sky", "warm", "cold"), [("2012/01/01", "sun", 12.5, 3), ("2012/01/02", "fog", None, 4)]
)


@pytest.mark.parametrize(
    ("wanted", "kind", "x", "y"),
    [
        (Wanted(), "line", "date", ("warm", "cold")),
        (Wanted("bar"), "bar", "sky", ("warm",)),
        (Wanted(x="sky"), "bar", "sky", ("warm",)),
        (Wanted("line", x="warm"), "line", "warm", ("cold",)),
        (Wanted(y=("cold,WARM",)), "line", "date", ("cold", "warm")),
        (Wanted("hist"), "hist", None, ("warm",)),
        (Wanted("hist", x="cold"), "hist", None, ("cold",)),
        (Wanted(by="sky"), "line", "date", ("warm",)),
    ],
)
def test_columns_are_guessed_from_what_they_hold(
    wanted: Wanted, kind: str, x: str | None, y: tuple[str, ...]
) -> None:
    found: Choice = choose(wanted, WEATHER)
    assert (found.kind, found.x, found.y) == (kind, x, y)


def test_numbers_alone_are_drawn_over_the_first_or_over_their_rows() -> None:
    assert choose(Wanted(), Records(("a", "b"), [(1, 2)])).x == "a"
    assert choose(Wanted(), Records(("a",), [(1,)])).x is None


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2012-01-02", 1325462400.0),
        ("2012/1/2", 1325462400.0),
        ("Jan 2 2012", 1325462400.0),
        ("2 January 2012", 1325462400.0),
        ("2012-01", 1325376000.0),
        ("2012/01/02 03:04", 1325473440.0),
        ("2012-01-02T03:04:05.5Z", 1325473445.5),
        ("2012-01-02T03:04:05+01:00", 1325469845.0),
        ("2012-13-02", None),
        ("20120102", None),
        ("2012.01", None),
        ("Foo 2 2012", None),
        (20120102, None),
    ],
)
def test_dates_are_told_from_other_texts(text: object, iso: float | None) -> None:
    assert moment_of(text) == iso


def test_numbers_that_no_plot_has_room_for_are_none() -> None:
    assert number_of("1.5") == 1.5
    assert number_of("x") is None
    assert number_of(True) is None
    assert all(math.isnan(number_of(value) or 0) for value in (10**400, 1e301, math.inf, math.nan, "1e999"))


def call_of(text: str, **variables: str) -> FakeCall:
    call = FakeCall(stdin=text.encode())
    call.shell.variables.update({"LANG": "C.UTF-8", **variables})
    return call


async def drawn(call: FakeCall, *words: str) -> str:
    data = await call.run(plot, *words)
    assert isinstance(data, bytes)
    return data.decode()


@pytest.mark.parametrize("locale", ["", "C", "de_DE.ISO-8859-1"])
async def test_a_locale_that_is_not_utf_8_gets_ascii(locale: str) -> None:
    assert (await drawn(call_of("a,b\nx,1\n", LC_ALL=locale, LANG=locale))).isascii()
    assert not (await drawn(call_of("a,b\nx,1\n"))).isascii()


async def test_into_a_pipe_no_colour_is_written_and_no_wider_than_eighty() -> None:
    text = await drawn(call_of("d,a,b\n2020-01-01,1,2\n2020-01-02,2,1\n"))
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        ("", (), "no records came in"),
        ("a,b\n", (), "no records came in"),
        ("a,b\nx,y\n", (), "no column beside a holds numbers (columns: a, b); … | count by a | plot"),
        ("a,b\nx,1\ny,abc\n", ("-y", "b"), "row 2: b is 'abc', not a number; `where typeof(b) <> 'text'`"),
        ("a,b\nx,1\n", ("-y", "c"), "no such column: c; there are: a, b"),
        ('{"a":null}\n', ("-y", "a"), "of 1 row none has a value of a"),
        ("a,b,c\nx,1,p\nx,2,p\n", ("bar", "--by", "c"), "row 2: a second value for x and p"),
        (
            "d,b\n" + "".join(f"2020-01-0{i},{i}\n" for i in range(1, 10)),
            ("-y", "b", "--by", "d"),
            "more than 8",
        ),
    ],
)
async def test_what_can_not_be_drawn_is_told(text: str, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(AzosError) as caught:
        await drawn(call_of(text), *words)
    assert message in str(caught.value)
    assert caught.value.status == 1


async def test_only_text_is_said_to_be_left_out_by_its_type() -> None:
    for value, hinted in (("true", False), ("[1]", False), ('"x"', True)):
        with pytest.raises(AzosError, match="not a number") as caught:
            await drawn(call_of(f'{{"a":"x","b":{value}}}\n'), "-y", "b")
        assert ("typeof" in str(caught.value)) is hinted


@pytest.mark.parametrize(
    "words", [("pie",), ("-w", "3"), ("-h", "1"), ("hist", "--by", "a"), ("hist", "-x", "b", "-y", "b")]
)
async def test_wrong_options_are_told(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        await drawn(call_of("a,b\nx,1\n"), *words)


async def test_values_that_are_left_out_are_told() -> None:
    call = call_of('{"a":1}\n{"a":null}\n{"a":1e305}\n{"a":2}\n')
    await drawn(call, "hist")
    told = call.errors.data.decode()
    assert "left out: 1 row without a value" in told
    assert "left out: 1 value that can't be drawn" in told


async def test_no_more_than_a_hundred_bars_are_drawn_and_the_others_told() -> None:
    call = call_of("a,b\n" + "".join(f"x{i},{i}\n" for i in range(5_000)))
    text = await drawn(call)
    assert len(text.splitlines()) == MOST_BARS + 1
    assert "4,900 further rows not" in call.errors.data.decode()


async def test_columns_that_come_later_than_the_first_rows_are_found() -> None:
    text = await drawn(call_of('{"a":"x"}\n{"a":"y","b":2}\n'))
    assert text.startswith("b by a\nx - │\ny 2 │█")


async def test_values_of_by_are_in_their_own_order() -> None:
    text = await drawn(
        call_of("k,n,year\nx,1,10\nx,2,9\ny,3,10\n"), "bar", "-x", "k", "-y", "n", "--by", "year"
    )
    assert text.startswith("n by k and year\n██ 9  ▒▒ 10\nx 2")
