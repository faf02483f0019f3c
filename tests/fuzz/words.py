"""Words of random scripts: quoting, expansions with every operator, arithmetic and patterns (POSIX 2.2 and 2.6).

``depth`` is how much deeper a word may nest. Nothing here ends in an endless loop, asks for the time or for chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[str]], str]

NAMES = ("x", "y", "z", "v1", "_u", "unset1", "empty")
# Values that splitting, globbing and quoting treat each in its own way.
VALUES = (
    "", "a", "a b", "'a b'", '"a  b"', "'*'", "'a:b::c'", "x/y.tar.gz", "' lead trail '", "'\\'", "1", "-n",
    "'3 + 4'", "'$x'", '"\'"', "'a\tb'", "'[ab]*'", "~", "a=b", "0012", "'a\nb'", "é",
)  # fmt: skip
PLAIN = (
    "a", "b", "abc", "1", "20", "-", "x=1", "/", ".", "a.txt", "%", "in", "do", "then", "fi", "}", "=", "a#b",
    "é", "-e", ",", "@", "^", "+", "two", "!", "{", "esac", ":", "a:b",
)  # fmt: skip
GLOBS = (
    "*", "*.txt", "?.txt", "[ab].txt", "[!a].txt", "sub/*", "*/", ".h*", "no*match", "[[:alpha:]].*", "s*e",
    "[", "*[",
)  # fmt: skip
QUOTED = (
    "'a b'", "'$x'", "\\a", "\\$x", "\\ ", "\\\\", "''", '""', '"a b"', "'\"'", '"\'"', "'*'",
    "\\*", "'\\'", "\\\n", "'a\nb'", '"\\\\"', '"\\$"', '"\\a"', '"a\\\nb"', "\\'", "'#'",
)  # fmt: skip
PATTERNS = (
    "*", "?", "a*", "*b", "[ab]", "[!ab]", "a", "b c", "*.*", "*/", "/*", "[a-c]*", "'*'", "\\*", '"?"', "$x",
    '"$y"', "[[:digit:]]", "*[[:space:]]*", "[]a]", "[a", "''", ".*", "~", "[!]]", "[a-", "*:", "?*",
)  # fmt: skip
SPECIALS = (
    "$#", "$?", "$*", "$@", '"$@"', '"$*"', "$1", '"$2"', "${10}", "$-x", "$3", "${1}0", '"${@}"', "$@$@", '"a$@b"',
)  # fmt: skip
NUMBERS = ("0", "1", "2", "7", "10", "010", "0x1F", "255", "x", "$x", "${#x}", "n", "$n", "unset1")
BINARY = ("+", "-", "*", "/", "%", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^", "&&", "||")

names = st.sampled_from(NAMES)


@st.composite
def arithmetic(draw: Draw, depth: int) -> str:
    """An expression; what it divides by is seldom zero."""
    form = draw(st.integers(0, 9)) if depth > 0 else 0  # type: ignore[arg-type]
    if form <= 2:
        return draw(st.sampled_from(NUMBERS))
    left = draw(arithmetic(depth - 1))
    if form <= 5:
        return f"{left} {draw(st.sampled_from(BINARY))} {draw(arithmetic(depth - 1))}"
    if form == 6:
        return f"({left})"
    if form == 7:
        return draw(st.sampled_from(("-", "!", "~", "+", "- -"))) + f"({left})"
    if form == 8:
        return f"n{draw(st.sampled_from(('=', '+=', '-=', '*=', '|=', '^=', '&=', '<<=')))}{left}"
    return f"{left} ? {draw(arithmetic(depth - 1))} : {draw(arithmetic(depth - 1))}"


@st.composite
def parameter(draw: Draw, depth: int) -> str:
    """``${…}`` with any operator of POSIX."""
    name = draw(st.one_of(names, st.sampled_from(("1", "2", "9", "@", "*", "#", "?"))))
    form = draw(st.integers(0, 4))  # type: ignore[arg-type]
    if form == 0:
        return f"${name}" if len(name) == 1 or name[0] not in "12349" else f"${{{name}}}"
    if form == 1:
        return f"${{#{name}}}" if name not in "@*#?" else f"${{{name}}}"
    if form == 2 or name in "@*#?":
        operator = draw(st.sampled_from(("-", ":-", "+", ":+", "=", ":=", "?", ":?")))
        if operator[-1] in "=" and not name.isidentifier():
            operator = "-"
        return f"${{{name}{operator}{draw(operand(depth - 1))}}}"
    operator = draw(st.sampled_from(("#", "##", "%", "%%")))
    return f"${{{name}{operator}{draw(pattern(depth - 1))}}}"


@st.composite
def operand(draw: Draw, depth: int) -> str:
    """The word after an operator, which may hold blanks."""
    pieces = draw(st.lists(word(depth), min_size=0, max_size=3))  # type: ignore[arg-type]
    return " ".join(pieces).replace("}", "") if depth <= 0 else " ".join(pieces)


@st.composite
def pattern(draw: Draw, depth: int) -> str:
    """A pattern as in ``case``."""
    if depth > 0 and draw(st.integers(0, 5)) == 0:  # type: ignore[arg-type]
        return draw(double_quoted(depth - 1)) + draw(st.sampled_from(("", "*")))
    return draw(st.sampled_from(PATTERNS))


@st.composite
def double_quoted(draw: Draw, depth: int) -> str:
    """``"…"`` of texts and expansions."""
    pieces = draw(
        st.lists(  # type: ignore[arg-type]
            st.one_of(
                st.sampled_from(
                    ("a", " ", "\\$", "\\\\", '\\"', "\\`", "'", "*", "~", "\\n", "}", "{", "#", "a  b", "\n")
                ),
                expansion(depth),
            ),
            max_size=3,
        )
    )
    return '"' + "".join(pieces) + '"'


@st.composite
def expansion(draw: Draw, depth: int) -> str:
    """A parameter, a command substitution or arithmetic."""
    form = draw(st.integers(0, 9))  # type: ignore[arg-type]
    if form <= 4 or depth <= 0:
        return draw(parameter(depth))
    if form <= 6:
        return f"$(({draw(arithmetic(2))}))"
    if form == 7:
        inner = draw(word(0)).replace("\\", "/").replace("`", "").replace('"', "")
        return f"`printf '<%s>' {inner}`"
    command = draw(st.sampled_from(("printf '%s\\n'", "printf '<%s>'", "printf '%s' x", "echo")))
    return f"$({command} {draw(word(depth - 1))})"


@st.composite
def word(draw: Draw, depth: int) -> str:
    """One word, of one to three pieces."""
    pieces = draw(
        st.lists(  # type: ignore[arg-type]
            st.one_of(
                st.sampled_from(PLAIN),
                st.sampled_from(QUOTED),
                st.sampled_from(GLOBS),
                st.sampled_from(SPECIALS),
                *([expansion(depth), double_quoted(depth)] if depth > 0 else []),
            ),
            min_size=1,
            max_size=3 if depth > 0 else 1,
        )
    )
    return "".join(pieces)


def words(depth: int, most: int = 3) -> st.SearchStrategy[str]:
    """Words with blanks between them."""
    return st.lists(word(depth), max_size=most).map(" ".join)


@st.composite
def assignment(draw: Draw, depth: int) -> str:
    """``name=value``."""
    value = draw(st.one_of(st.sampled_from(VALUES), word(depth) if depth > 0 else st.just("q")))
    return f"{draw(names)}={value}"
