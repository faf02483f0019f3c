"""printf: byte for byte what bash writes, and what happens to wrong formats and arguments."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from fakes.builtin_call import BuiltinCall, FakeShell, builtin_call
from fakes.clock import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.printf import printf
from azos_shell.commands.printf_format import parse_format
from azos_shell.commands.printf_numbers import read_float, read_integer
from azos_shell.commands.printf_quote import quoted


def run(*words: str, shell: FakeShell | None = None) -> tuple[BuiltinCall, int]:
    call = builtin_call("printf", *words, shell=shell, clock=FakeClock(wall=1_700_000_000.0))
    status = printf.function(call)
    assert isinstance(status, int)
    return call, status


NUMBERS = [
    ("%d", "x"), ("%d", ""), ("%d", "12abc"), ("%d", " 12"), ("%d", "12 "), ("%d", "0x1f"), ("%d", "017"),
    ("%d", "08"), ("%d", "9223372036854775808"), ("%d", "-9223372036854775809"), ("%d", "9" * 5000),
    ("%u", "-1"), ("%u", "18446744073709551616"), ("%u", "-18446744073709551616"), ("%x", "-1"),
    ("%o", "8"), ("%#o", "8"), ("%#o", "0"), ("%#x", "0"), ("%#x", "255"), ("%#X", "255"), ("%x", "0XFF"),
    ("%d", "'A"), ("%d", '"AB'), ("%d", "'"), ("%f", "'A"), ("%i", "7"), ("%d", "+5"), ("%d", "--"),
    ("%d", "0x"), ("%d", "- 5"), ("%x", "abc"), ("%d", "1.5"), ("%d", "1e3"), ("%d", "00x1"),
    ("%5d|", "12"), ("%-5d|", "12"), ("%05d|", "-12"), ("%+d", "12"), ("% d", "12"), ("%.5d", "12"),
    ("%8.5d|", "-12"), ("%08.5d|", "12"), ("%.0d|", "0"), ("%#.0o|", "0"), ("%.d", "5"), ("%-05d|", "3"),
    ("%+u", "3"), ("%+x", "3"), ("%'d", "1234567"), ("%ld", "5"), ("%lld", "5"), ("%hd", "70000"),
    ("%hhd", "300"), ("%jd", "5"), ("%zd", "5"), ("%td", "5"), ("%Lf", "5"), ("%lf", "5"),
]  # fmt: skip
FLOATS = [
    ("%f", "1"), ("%f", "0x1p3"), ("%f", "0x1.8"), ("%f", "1e400"), ("%f", "1e5000"), ("%f", "1e-5000"),
    ("%f", "inf"), ("%F", "-inf"), ("%f", "nan"), ("%f", "-nan"), ("%f", "nan(1)"), ("%f", "infinity"),
    ("%05f|", "inf"), ("%e", "0"), ("%e", "12345.678"), ("%E", "1e-5"), ("%g", "1e-5"), ("%g", "100000"),
    ("%g", "1000000"), ("%#g", "1"), ("%g", "0"), ("%#g", "0"), ("%G", "1e-10"), ("%g", "123456789"),
    ("%.3g", "9999.5"), ("%.0e", "15"), ("%#.0e", "15"), ("%f", "1x"), ("%f", "x"), ("%f", ""), ("%f", "."),
    ("%f", "1e"), ("%f", " 5"), ("%f", "5 "), ("%f", "0x"), ("%+.3f", "1"), ("% f", "1"),
    ("%010.2f|", "-3.14159"), ("%-10.2f|", "3.14159"), ("%#.0f", "3"), ("%.0f", "0.5"), ("%.0f", "1.5"),
    ("%.0f", "2.5"), ("%.20f", "0.1"), ("%.2f", "1.005"), ("%.2f", "2.675"), ("%.15g", "0.1"),
    ("%.17g", "0.1"), ("%.25g", "0.1"), ("%f", "9" * 2000), ("%.3f", "0." + "9" * 2000), ("%e", "1e-4940"),
]  # fmt: skip
EXTENDED = [
    ("%a", "1"), ("%a", "0.1"), ("%.3a", "1"), ("%.0a", "1.99"), ("%a", "0"), ("%A", "255.5"), ("%a", "inf"),
    ("%.10a", "0.1"), ("%#a", "1"), ("%020a", "1"), ("%.1a", "0xf.f8p0"), ("%a", "3e-4951"),
]  # fmt: skip
TEXTS = [
    ("%c", "abc"), ("%c", ""), ("%c",), ("%5c|", "a"), ("%-5c|", "a"), ("%s",), ("%s %s\\n", "a", "b", "c"),
    ("%d",), ("%5s|", "é"), ("%.1s", "abc"), ("%-6.2s|", "abc"), ("%05s", "ab"), ("%+s", "a"), ("%b", "a\\tb\\0101"),
    ("%b", "\\101\\'\\\"\\?\\q"), ("%5b|", "a\\n"), ("%.1b", "abc"), ("%b\\n", "\\c", "z"), ("%b|%s", "x\\cy", "z"),
    ("%*d", "6", "12"), ("%*d|", "-6", "12"), ("%.*d", "-3", "12"), ("%.*f", "2", "1.005"), ("%0*d", "5", "3"),
    ("%*s", "x", "a"), ("%.*s", "", "abc"), ("%lc", "abc"), ("%ls", "abc"),
    ("%d %d", "1", "a", "3"), ("x", "1", "2", "3"), ("\\x41%s", "-"), ("\\101\\060\\n\\'\\\"\\?\\c",), ("\\",),
    ("%%",), ("--", "%s", "a"), ("-",), ("%s", "--"), ("%s\\n",), ("%(%Y)T", "0"), ("%(x%%y)T", "0"),
    ("%10(%Y)T|", "0"), ("%(%Y)T", "abc"), ("%()T", "0"),
]  # fmt: skip
WRONG = [
    ("%",), ("a%",), ("%y",), ("a%d%y%d", "1", "2"), ("%5",), ("%5%",), ("%-%|",), ("%D", "5"), ("%1$s", "a"),
    (), ("--",), ("-x",), ("-%s", "a"), ("-v",), ("-v", "1a", "x"),
]  # fmt: skip
QUOTING = [
    ("%q", word)
    for word in [
        "a b", "", "it's", "a\nb", "a$b", "~a", "a~", "a=~b", "a:~b", "#a", "a#b", "a=b", "{a,b}", "!", "^a",
        "a,b", ":@%+-_./", "\x1b", "\x01\x7f", "'\n\\", "=x", "\"`|&;()<>*?[]", "\t", "\r\a\v\f\b",
    ]
] + [("%10q|", "a b"), ("%.2q", "a b"), ("%Q", "a b"), ("%.1Q|", "a b")]  # fmt: skip


@pytest.mark.skipif(shutil.which("bash") is None, reason="compares with bash")
@pytest.mark.parametrize("words", [*NUMBERS, *FLOATS, *EXTENDED, *TEXTS, *WRONG, *QUOTING], ids=repr)
def test_output_and_status_are_those_of_bash(words: tuple[str, ...]) -> None:
    if words in EXTENDED and not long_double_is_extended():
        pytest.skip("this machine's long double is another one")
    expected = subprocess.run(
        ["bash", "-c", 'printf "$@"', "bash", *words],
        capture_output=True,
        check=False,
        env={"LC_ALL": "C", "TZ": "UTC"},
    )
    call, status = run(*words, shell=FakeShell(variables={"TZ": "UTC"}))
    assert (call.out, status) == (expected.stdout, expected.returncode)
    assert bool(call.err) == bool(expected.stderr)


def long_double_is_extended() -> bool:
    shown = subprocess.run(["bash", "-c", "printf %a 1"], capture_output=True, check=True).stdout
    return shown == b"0x8p-3"


def test_a_wrong_number_is_told_and_the_rest_is_written() -> None:
    call, status = run("%d,%d\\n", "x", "2")
    assert (call.out, status) == (b"0,2\n", 1)
    assert call.err == b"azos: printf: 'x': expected a number\n"


def test_a_wrong_conversion_ends_the_output() -> None:
    call, status = run("a%d%y%d", "1", "2")
    assert (call.out, status) == (b"a1", 1)
    assert call.err == b"azos: printf: 'y': no such conversion\n"


def test_an_absurd_width_is_refused() -> None:
    call, status = run("%99999999999d", "5")
    assert (call.out, status) == (b"", 1)
    assert b"too wide" in call.err


def test_v_sets_a_variable_instead_of_writing() -> None:
    shell = FakeShell()
    call, status = run("-v", "name", "%s-%c|", "a", "", shell=shell)
    assert (call.out, status, shell.variables) == (b"", 0, {"name": "a-|"})
    assert run("-vx", "%b", "\\xff", shell=shell)[1] == 0
    assert shell.variables["x"] == "\udcff"


def test_v_of_a_read_only_variable_fails() -> None:
    shell = FakeShell()
    shell.read_only.add("name")
    call, status = run("-v", "name", "x", shell=shell)
    assert status == 1
    assert call.err == b"azos: printf: name: read-only variable\n"


def test_the_code_of_a_character_is_its_code_point_or_its_byte() -> None:
    assert run("%d %d %d", "'é", "'漢", "'\udcff")[0].out == b"233 28450 255"


def test_what_is_printable_need_not_be_quoted() -> None:
    assert run("%q", "é漢")[0].out == "é漢".encode()
    assert quoted("\udcff") == "$'\\377'"


def test_the_time_now_comes_from_the_clock_and_the_zone_from_the_shell() -> None:
    call, _ = run("%(%F %T)T|%(%F)T", "-1", shell=FakeShell(variables={"TZ": "UTC"}))
    assert call.out == b"2023-11-14 22:13:20|2023-11-14"
    call, _ = run("%(%H)T", "0", shell=FakeShell(variables={"TZ": "No/Where"}))
    assert call.out == b"00"


def test_a_time_out_of_range_is_told() -> None:
    call, status = run("%(%F)T|", "9223372036854775807")
    assert (call.out, status) == (b"|", 1)


def test_a_format_is_read_once() -> None:
    assert parse_format("%-8.3d|")[0] is parse_format("%-8.3d|")[0]


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["%d", "%+d", "% 25d", "%-25d", "%025d", "%.22d"]))
def test_whole_numbers_agree_with_c(value: int, conversion: str) -> None:
    assert run(conversion, str(value))[0].out == (conversion % value).encode()


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["%f", "%.3e", "%G", "%#.12g", "%+015.4f"]),
)
def test_floating_point_numbers_of_moderate_precision_agree_with_c(value: float, conversion: str) -> None:
    assert run(conversion, value.hex())[0].out == (conversion % value).encode()


@given(st.text(max_size=12))
def test_any_text_may_stand_where_a_number_should(text: str) -> None:
    for read in (read_integer(text, signed=True), read_integer(text, signed=False), read_float(text)):
        assert isinstance(read.complete, bool)


TYPED = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
"""What can be in a word; bytes that are no UTF-8 have examples of their own."""


@given(st.text(TYPED, max_size=30), st.lists(st.text(TYPED, max_size=5), max_size=3))
def test_any_format_ends(text: str, arguments: list[str]) -> None:
    if not any(char.isdigit() or char == "*" for char in text):
        assert run("--", text, *arguments)[1] in (0, 1)
