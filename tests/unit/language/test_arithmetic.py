"""Arithmetic: the operators of C on 64 bits, variables, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azos_shell.language.arithmetic import ArithmeticSyntaxError, DivisionByZero, evaluate


class Names(dict[str, str]):
    """Variables in a dictionary."""

    def set(self, name: str, value: int) -> None:
        self[name] = str(value)

    def is_associative(self, name: str) -> bool:
        return name == "map"


VALUES = [
    ("", 0),
    ("  \n", 0),
    ("1+2*3", 7),
    ("(1+2)*3", 9),
    ("10-3-2", 5),
    ("100/7/2", 7),
    ("7%4", 3),
    ("-7/2", -3),
    ("-7%2", -1),
    ("7/-2", -3),
    ("7%-2", 1),
    ("2**10", 1024),
    ("2**3**2", 512),
    ("-2**2", 4),
    ("2**0", 1),
    ("1<<4|1", 17),
    ("1<<63", -(1 << 63)),
    ("-16>>2", -4),
    ("1<<64", 1),
    ("5&3^1|8", 8),
    ("~5", -6),
    ("!5", 0),
    ("!0", 1),
    ("!!7", 1),
    ("- -3", 3),
    ("+3", 3),
    ("1<2", 1),
    ("2<=1", 0),
    ("1==1!=0", 1),
    ("1&&2", 1),
    ("0||0", 0),
    ("0&&1||1", 1),
    ("1?2:3", 2),
    ("0?2:0?4:5", 5),
    ("1,2,3", 3),
    ("0x1F", 31),
    ("010", 8),
    ("2#101", 5),
    ("16#fF", 255),
    ("36#Z", 35),
    ("64#_", 63),
    ("64#@", 62),
    ("9223372036854775807+1", -(1 << 63)),
    ("-9223372036854775808/-1", -(1 << 63)),
    ("9223372036854775807*2", -2),
    ("i", 5),
    ("i+1", 6),
    ("unset+1", 1),
    ("empty+1", 1),
    ("expression*2", 24),
    ("octal", 8),
    ("negative", -4),
    ("spaced", 7),
    ("indirect", 5),
    ("a[1]", 11),
    ("a[i-4]+a[0]", 21),
    ("1++2", 3),
    ("1--2", 3),
    ("++3", 3),
    ("- --3", -3),
    ("i - -1", 6),
    ("i+++1", 6),
    ("(i)", 5),
    ("x = 3, x += 4, x", 7),
    ("x=y=2, x+y", 4),
]


def names() -> Names:
    return Names(
        i="5", empty="", expression="3*4", octal="010", negative="-4", spaced=" 7 ", indirect="i",
        **{"a[0]": "10", "a[1]": "11"},
    )  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_an_expression_has_the_value_that_c_gives_it(text: str, expected: int) -> None:
    assert evaluate(text, names()) == expected


ASSIGNMENTS = [
    ("i=3", "i", "3"),
    ("i+=3", "i", "8"),
    ("i-=3", "i", "2"),
    ("i*=3", "i", "15"),
    ("i/=2", "i", "2"),
    ("i%=3", "i", "2"),
    ("i<<=1", "i", "10"),
    ("i>>=1", "i", "2"),
    ("i&=4", "i", "4"),
    ("i^=1", "i", "4"),
    ("i|=8", "i", "13"),
    ("i**=2", "i", "25"),
    ("i++", "i", "6"),
    ("++i", "i", "6"),
    ("i--", "i", "4"),
    ("--i", "i", "4"),
    ("i=x=7", "i", "7"),
    ("new=1", "new", "1"),
    ("a[i]=9", "a[5]", "9"),
    ("a[1]++", "a[1]", "12"),
    ("0&&(i=1)", "i", "5"),
    ("1||(i=1)", "i", "5"),
    ("1?2:(i=1)", "i", "5"),
    ("0?(i=1):2", "i", "5"),
]


@pytest.mark.parametrize(("text", "name", "expected"), ASSIGNMENTS)
def test_assignments_change_variables_only_where_they_are_evaluated(
    text: str, name: str, expected: str
) -> None:
    variables = names()
    evaluate(text, variables)
    assert variables[name] == expected


def test_stepping_gives_the_value_before_or_after() -> None:
    variables = names()
    assert [evaluate("i++", variables), evaluate("++i", variables), evaluate("i--", variables)] == [5, 7, 7]


ERRORS = [
    ("1+", "operand expected"),
    ("1 2", "operator expected"),
    ("a b", "operator expected"),
    ("(1", "missing ')'"),
    ("1)", "operator expected"),
    ("a[1", "missing ']'"),
    ("1?2", "':' expected"),
    ("1=2", "operator expected"),
    ("a+b=2", "operator expected"),
    ("08", "'8' is no digit of base 8"),
    ("0x", "without digits"),
    ("1.5", "unexpected character '.'"),
    ("'1'", "unexpected character"),
    ("2#3", "'3' is no digit of base 2"),
    ("65#1", "the base of a number is 2 to 64"),
    ("12ab", "'a' is no digit of base 10"),
    ("2**-1", "exponent less than 0"),
    ("i+=", "operand expected"),
    ("++", "operand expected"),
    ("9" * 5000, "number too long"),
    ("\x1b[31m", "^["),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_what_is_no_expression_is_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(ArithmeticSyntaxError) as caught:
        evaluate(text, names())
    assert message in caught.value.message
    assert "\x1b" not in caught.value.message
    assert caught.value.status == 1


@pytest.mark.parametrize("text", ["1/0", "1%0", "i/=0", "1/(i-5)"])
def test_division_by_zero_is_an_error_of_its_own(text: str) -> None:
    with pytest.raises(DivisionByZero):
        evaluate(text, names())


def test_a_variable_that_refers_to_itself_is_refused() -> None:
    with pytest.raises(ArithmeticSyntaxError, match=r"refers to itself|nested too deeply"):
        evaluate("x", Names(x="y", y="x+1"))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 10_000 + "1" + ")" * 10_000,
        "2**" * 10_000 + "1",
        "1?" * 10_000,
        "a=" * 10_000 + "1",
    ],
)
def test_deep_expressions_are_refused(text: str) -> None:
    with pytest.raises(ArithmeticSyntaxError):
        evaluate(text, Names())


def test_long_chains_are_no_deep_ones() -> None:
    assert evaluate("+".join(["1"] * 50_000), Names()) == 50_000
    assert evaluate("-" * 50_000 + "1", Names()) == 1
    assert evaluate("||".join(["0"] * 50_000), Names()) == 0


def test_a_subscript_of_an_associative_array_is_a_key_and_not_evaluated() -> None:
    variables = names()
    evaluate("map[i] = 3, map[if then]++", variables)
    assert (variables["map[i]"], variables["map[ifthen]"]) == ("3", "1")


def test_the_errors_of_the_variables_come_through() -> None:
    class Strict(Names):
        def get(self, name: str, default: object = None, /) -> NoReturn:
            raise KeyError(name)

    with pytest.raises(KeyError):
        evaluate("x+1", Strict())


operands = st.one_of(st.integers(0, 20).map(str), st.integers(0, 2**63 - 1).map(str), st.just("i"))
expressions = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(
                ["+", "-", "*", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^", "&&", "||", "<<", ">>"]
            ),
            inner,
        ).map(" ".join),
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"- {e}"),
        inner.map(lambda e: f"! {e}"),
        inner.map(lambda e: f"~ {e}"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
    ),
    max_leaves=8,
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@settings(max_examples=15, deadline=None)
@given(st.lists(expressions, min_size=20, max_size=40))
def test_bash_gives_the_same_values(texts: list[str]) -> None:
    script = "i=5\n" + "".join(f"echo $(( {text} ))\n" for text in texts)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=10)
    assert [evaluate(text, Names(i="5")) for text in texts] == list(map(int, done.stdout.split()))
