"""Patterns: what they match, and what ``#``, ``##``, ``%`` and ``%%`` remove by them."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azos_shell.language.patterns import (
    compile_pattern,
    escape,
    has_magic,
    remove_prefix,
    remove_suffix,
    translate,
)
from azos_shell.language.regexes import compile_regex

MATCHES = [
    ("abc", "abc", True),
    ("abc", "ab", False),
    ("", "", True),
    ("*", "", True),
    ("*", "a\nb", True),
    ("a*c", "abbc", True),
    ("a*c", "ac", True),
    ("a*c", "acb", False),
    ("a*b*c", "aXbXbXc", True),
    ("?", "a", True),
    ("?", "", False),
    ("??", "é日", True),
    ("[abc]", "b", True),
    ("[abc]", "d", False),
    ("[!abc]", "d", True),
    ("[^abc]", "a", False),
    ("[a-c]x", "bx", True),
    ("[c-a]", "b", False),
    ("[]a]", "]", True),
    ("[!]a]", "b", True),
    ("[!]a]", "]", False),
    ("[a-]", "-", True),
    ("[-a]", "-", True),
    ("[a", "[a", True),
    ("[", "[", True),
    ("a]", "a]", True),
    ("[[:alpha:]]", "é", True),
    ("[[:alpha:]]", "1", False),
    ("[[:digit:]x]", "x", True),
    ("[![:digit:]]", "1", False),
    ("[![:digit:]x]", "y", True),
    ("[[:upper:]][[:lower:]]", "Äb", True),
    ("[[:space:]]", "\t", True),
    ("[[:punct:]]", "~", True),
    ("[[:nosuch:]]", "a", False),
    ("[[.a.]b]", "a", True),
    ("[[=a=]]", "a", True),
    ("[a-c-e]", "-", True),
    ("[[]", "[", True),
    ("[&&a]", "&", True),
    (r"\*", "*", True),
    (r"\*", "a", False),
    (r"[\]a]", "]", True),
    (r"[\a\-\c]", "-", True),
    (r"[\a\-\c]", "b", False),
    ("a\\", "a\\", True),
    (".", "a", False),
    ("(a|b)+$^", "(a|b)+$^", True),
    ("\udcff?", "\udcff\udcfe", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), MATCHES)
def test_a_pattern_matches_whole_texts(pattern: str, text: str, expected: bool) -> None:
    assert (compile_pattern(pattern).match(text) is not None) is expected
    assert (re.fullmatch(translate(pattern), text, re.DOTALL) is not None) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*.c", "a.c", True),
        ("*.c", "b/a.c", False),
        ("*/*.c", "b/a.c", True),
        ("?", "/", False),
        ("[!a]", "/", False),
        ("a*b*c", "axb/yc", False),
    ],
)
def test_in_path_names_only_a_slash_matches_a_slash(pattern: str, text: str, expected: bool) -> None:
    assert (compile_pattern(pattern, pathname=True).match(text) is not None) is expected


EXTENDED = [
    ("@(a|b)c", "bc", True),
    ("@(a|b)c", "cc", False),
    ("?(a)b", "b", True),
    ("*(ab)c", "ababc", True),
    ("+(ab)c", "c", False),
    ("+([0-9])", "123", True),
    ("!(a|b)", "c", True),
    ("!(a|b)", "a", False),
    ("!(*.c)", "a.h", True),
    ("!(*.c)", "a.c", False),
    ("!(a|b).txt", "a.txt", False),
    ("!(a|b).txt", "ab.txt", True),
    ("@(a|@(b|c)d)", "cd", True),
    (r"@(a\|b)", "a|b", True),
    ("a@(b", "a@(b", True),
    ("*@(.c|.h)", "x.h", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), EXTENDED)
def test_extended_groups_match_when_asked_for(pattern: str, text: str, expected: bool) -> None:
    assert (compile_pattern(pattern, extglob=True).match(text) is not None) is expected


def test_extended_groups_are_plain_text_otherwise() -> None:
    assert compile_pattern("@(a|b)").match("@(a|b)")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("a", False), ("*", True), ("a?", True), ("[a]", True), ("[a", False), (r"\*", False), (r"\[a]", False),
     ("[]", False), ("[]]", True), ("a]", False), (r"\\*", True), (r"[a\]", False)],
)  # fmt: skip
def test_magic_is_told_from_plain_text(pattern: str, expected: bool) -> None:
    assert has_magic(pattern) is expected


REMOVALS = [
    ("a/b/c", "*/", "b/c", "c", "a/b/c", "a/b/c"),
    ("a/b/c", "/*", "a/b/c", "a/b/c", "a/b", "a"),
    ("a.b.c", ".*", "a.b.c", "a.b.c", "a.b", "a"),
    ("aXbXc", "*X*", "bXc", "", "aXb", ""),
    ("abc", "a", "bc", "bc", "abc", "abc"),
    ("abc", "c", "abc", "abc", "ab", "ab"),
    ("abc", "*", "abc", "", "abc", ""),
    ("abc", "?", "bc", "bc", "ab", "ab"),
    ("aab12", "[0-9]*", "aab12", "aab12", "aab1", "aab"),
    ("aab12", "*[ab]", "ab12", "12", "aab12", "aab12"),
    ("a*b", r"\*b", "a*b", "a*b", "a", "a"),
    ("a*b", r"*\*", "b", "b", "a*b", "a*b"),
    ("abab", "*a*b", "ab", "", "ab", ""),
    ("", "*", "", "", "", ""),
    ("a\nb", "*b", "", "", "a\n", ""),
    ("foo", "", "foo", "foo", "foo", "foo"),
    ("xyxy", "x*y", "xy", "", "xy", ""),
]


@pytest.mark.parametrize(
    ("value", "pattern", "short_prefix", "long_prefix", "short_suffix", "long_suffix"), REMOVALS
)
def test_prefixes_and_suffixes_are_removed(
    value: str, pattern: str, short_prefix: str, long_prefix: str, short_suffix: str, long_suffix: str
) -> None:
    assert remove_prefix(value, pattern, False) == short_prefix
    assert remove_prefix(value, pattern, True) == long_prefix
    assert remove_suffix(value, pattern, False) == short_suffix
    assert remove_suffix(value, pattern, True) == long_suffix


def test_extended_groups_can_be_removed() -> None:
    assert remove_prefix("aab", "+(a)", True, extglob=True) == "b"
    assert remove_prefix("aab", "+(a)", False, extglob=True) == "ab"
    assert remove_suffix("x.tar.gz", "@(.gz|.tar.gz)", True, extglob=True) == "x"


pattern_text = st.text(st.sampled_from("ab*?[]!-x"), max_size=8)
value_text = st.text(st.sampled_from("abx-]"), max_size=8)


@settings(max_examples=400, deadline=None)
@given(value_text, pattern_text)
def test_removal_agrees_with_trying_every_length(value: str, pattern: str) -> None:
    matches = compile_pattern(pattern).match
    prefixes = [n for n in range(len(value) + 1) if matches(value[:n])]
    suffixes = [n for n in range(len(value) + 1) if matches(value[n:])]
    assert remove_prefix(value, pattern, False) == value[min(prefixes, default=0) :]
    assert remove_prefix(value, pattern, True) == value[max(prefixes, default=0) :]
    assert remove_suffix(value, pattern, False) == value[: max(suffixes, default=len(value))]
    assert remove_suffix(value, pattern, True) == value[: min(suffixes, default=len(value))]


@given(st.text(max_size=20))
def test_an_escaped_text_matches_itself_and_has_no_magic(text: str) -> None:
    assert compile_pattern(escape(text)).match(text)
    assert not has_magic(escape(text))


def test_many_stars_take_no_exponential_time() -> None:
    assert not compile_pattern("*a" * 30 + "b").match("a" * 2000)
    assert remove_suffix("a" * 2000, "b" + "*a" * 30, True) == "a" * 2000


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
def test_case_in_dash_agrees() -> None:
    ascii_cases = [
        case for case in MATCHES if case[1].isascii() and "\0" not in case[1] and not case[0].startswith(("[^", "[&"))
        and "nosuch" not in case[0] and "[." not in case[0] and "[=" not in case[0]
    ]  # fmt: skip
    script = "".join(
        f"v='{text}'; p='{pattern}'; case $v in $p) echo y;; *) echo n;; esac\n"
        for pattern, text, _ in ascii_cases
    )
    done = subprocess.run(["dash", "-c", script], capture_output=True, text=True, check=True, timeout=10)
    theirs = dict(zip(ascii_cases, done.stdout.split(), strict=True))
    assert [case for case, answer in theirs.items() if (answer == "y") != case[2]] == []


REGEXES = [
    ("^a+$", "aa", True),
    ("^a+$", "aa\n", False),
    ("[[:digit:]]{2}", "x12", True),
    ("^[^[:space:]]+$", "a b", False),
    (r"a\.b", "axb", False),
    (r"^\w+\>", "ab c", True),
    ("a|b", "xb", True),
    ("^[]a]$", "]", True),
    (r"^[\.]$", "\\", True),
    ("a{", "a{", True),
    ("^(a|b)*c$", "abac", True),
]


@pytest.mark.parametrize(("expression", "text", "expected"), REGEXES)
def test_posix_regular_expressions_are_translated(expression: str, text: str, expected: bool) -> None:
    assert (compile_regex(expression).search(text) is not None) is expected
