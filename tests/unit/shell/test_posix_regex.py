"""Regular expressions by the C library."""

import pytest

from azos_shell.shell.posix_regex import InvalidRegex, compiled


@pytest.mark.parametrize(
    ("expression", "text", "groups"),
    [
        ("foo|foobar", "a foobar", ["foobar"]),
        ("(a?)(ab)?", "ab", ["ab", "", "ab"]),
        ("(a)(x)?", "a", ["a", "a", ""]),
        (r"([(])\((b)", "((b", ["((b", "(", "b"]),
        ("^.$", "é", ["é"]),
        ("x", "abc", None),
    ],
)
def test_a_search_gives_the_longest_match_and_its_groups(
    expression: str, text: str, groups: list[str] | None
) -> None:
    assert compiled(expression)(text) == groups


def test_letter_case_can_be_ignored() -> None:
    assert compiled("FO+", ignore_case=True)("xfoo") == ["foo"]


@pytest.mark.parametrize("expression", ["(", "[a", "a{2,1}", "*a", "\\"])
def test_what_is_no_expression_is_told(expression: str) -> None:
    with pytest.raises(InvalidRegex):
        compiled(expression)


def test_nesting_that_the_library_might_not_survive_is_left_to_python() -> None:
    depth = 5000
    try:
        assert compiled("(" * depth + "a" + ")" * depth)("a") is not None
    except InvalidRegex:
        pass  # Python has its limits, too
