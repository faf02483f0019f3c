"""Commands of random scripts: simple ones, built-ins, compound commands, redirections, here-documents (POSIX 2.7, 2.9).

A command comes as text without a newline at its end, but may hold some. Loops count in variables that nothing else
writes, and functions call none, so that every script ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.words import (
    arithmetic,
    assignment,
    double_quoted,
    expansion,
    names,
    pattern,
    word,
    words,
)
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[str]], str]

SHOW = ("echo", "printf '[%s]'", "printf '%s\\n'", "echo +", "args", "args")
TESTS = (
    "true", "false", "[ -f a.txt ]", "[ -d sub ]", '[ "$x" ]', '[ -z "$x" ]', '[ "$x" = a ]',
    '[ "$x" != "$y" ]', "[ $# -gt 1 ]", "test -e nosuch", "! true", "! false", "[ ! -s empty ]",
    '[ "$x" -eq 1 ] 2>/dev/null', "(exit 3)", "f", "g a", "[ -n '' -o a ]", "test ! a", "test a = a -a b",
    "[ ]", "[ ! ]", '[ "(" ]',
)  # fmt: skip
SIMPLE = (
    ":", "true", "false", "echo", "shift", "shift 2", "set -- a 'b c' d", "set --", "set x y", "unset x",
    "unset y z", "pwd", "cd sub", "cd ..", "cd -P sub; pwd", "f", "f 1 '2 3'", "g $x", 'g "$@"', "export x",
    "readonly r=1", "unset -f g", "umask", "set -e", "set -u", "set -f", "set +f", "set -C", "set +e",
    "set +u", "IFS=:", "IFS=", "IFS=' '", "unset IFS", "IFS=ab", "exit", "exit 3", "(exit 4)", "return 2",
    "wait", "type f >/dev/null", "command -v f", "command -v echo", "cat two", "cat <two",
    "cat nosuch 2>/dev/null", "trap 'echo bye $?' EXIT", "trap - EXIT", "trap '' TERM", "eval",
    "times >/dev/null", "break", "continue", "echo $?", "nosuchcommand", "command echo hi", "command f",
    "echo $IFS | cat", "set | grep -c '^x='", "echo $((n = n + 1))", "echo \"$-\" | grep -c e", "read x <two",
    "read x y z <two", "cat a.txt b.txt", "getopts ab: o -a -b 1",
    "getopts ab o -c 2>/dev/null; echo $o$OPTIND", "command :", "command -p echo p", "exec 3<two",
    "read y <&3", "exec 3<&-", "echo out >&2", "alias q='echo Q'", "local x=1 2>/dev/null",
    "printf '%d %s\\n' 3 a 4", "printf '%5.2s|%-4s|' abc d", "printf '%x %o %c' 255 8 xyz",
    "printf '%b' 'a\\tb\\n'", "printf %%; printf '%03d' 7", "kill -l 15", "hash -r", "wait $!", "LC_ALL=C",
    "x= y=", "x=$y", "x=$* y=\"$@\"", "echo \"${x-}\" | wc -c | tr -d ' '", "test", "[ a = b", "kill -0 $$",
    "test -t 9", "set -o noglob", "set +o noglob", "echo $LINENO | grep -c .", "sub/nosuch",
    "./a.txt 2>/dev/null", "plain", ". ./script", ". ./args 1 2", ". ./fails",
    "command . ./nosuch 2>/dev/null", "eval 'x=1; echo $x'", "eval 'set -- e'; echo $1",
    "sh -c 'echo $0 $1' a b", "exec >&2", "unset nosuch", "readonly x", "export y=2; sh -c 'echo $y'",
    "x=5 sh -c 'echo $x'", "x=7 eval 'echo $x'", "x=8 :; echo $x", "y=9 f; echo $y", "z=1 export z; echo $z",
)  # fmt: skip
FILTERS = ("cat", "cat; echo $?", "tr a-z A-Z", "wc -l | tr -d ' '", "read x", ":")


@st.composite
def redirection(draw: Draw, depth: int) -> str:
    """One redirection; the files are in the script's own directory."""
    return draw(
        st.one_of(
            st.sampled_from(
                (">out", ">>out", "2>&1", "2>/dev/null", "<two", ">|out", "<a.txt", "3>out", ">&2", "<nosuch", "1>&3",
                 "2>&-", "<&-", "> /dev/null", "3<two", "<&3", "<>two", ">sub", "2> out", ">nosuch/f", "4>&1")
            ),
            st.sampled_from((">", ">>", "<")).flatmap(lambda sign: word(depth - 1).map(lambda target: sign + target)),
        )
    )  # fmt: skip


@st.composite
def simple(draw: Draw, depth: int) -> str:
    """A simple command."""
    form = draw(st.integers(0, 9))  # type: ignore[arg-type]
    if form <= 2:
        return draw(st.sampled_from(SIMPLE))
    if form == 3:
        return " ".join(draw(st.lists(assignment(depth), min_size=1, max_size=2)))  # type: ignore[arg-type]
    text = f"{draw(st.sampled_from(SHOW))} {draw(words(depth))}"
    if form == 4:
        text = f"{draw(assignment(depth))} {text}"
    if form == 5:
        text = f"{text} {draw(redirection(depth))}"
    if form == 6:
        text = f"{draw(redirection(depth))} {text}"
    return text


@st.composite
def here_document(draw: Draw, depth: int) -> str:
    """A command fed by one or two here-documents, with what is to follow on its line."""
    line = draw(
        st.sampled_from(
            ("cat", "cat | tr a-z A-Z", "read x; echo $x", 'while read -r y; do echo "<$y>"; done')
        )
    )
    dash = draw(st.sampled_from(("", "-")))
    delimiter = draw(st.sampled_from(("E", "'E'", "\\E", '"E"', "E1")))
    end = delimiter.strip("'\"\\")
    body = draw(
        st.lists(  # type: ignore[arg-type]
            st.one_of(
                st.sampled_from(
                    (
                        "a",
                        "\tb",
                        "$x",
                        "\\$x",
                        "\\\\",
                        "'$x'",
                        '"q"',
                        "a\\\nb",
                        "`echo bq`",
                        "",
                        " E",
                        "$",
                        "\\",
                        "*",
                    )
                ),
                expansion(depth),
                double_quoted(depth - 1),
            ),
            max_size=3,
        )
    )
    head, _, tail = line.partition(" ") if "while" not in line else ("", "", "")
    opened = f"{head} <<{dash}{delimiter} {tail}" if head else f"{line} <<{dash}{delimiter}"
    text = "\n".join([*body, end]) if body else end
    if draw(st.integers(0, 4)) == 0:  # type: ignore[arg-type]
        return f"{opened}; cat <<F\n{text}\n{draw(expansion(depth - 1))}\nF"
    return f"{opened}\n{text}"


def block(depth: int) -> st.SearchStrategy[str]:
    """One to three commands, each on a line of its own."""
    return st.lists(command(depth), min_size=1, max_size=3).map("\n".join)


@st.composite
def loop(draw: Draw, depth: int) -> str:
    """A loop of at most three rounds."""
    form = draw(st.integers(0, 3))  # type: ignore[arg-type]
    body = draw(block(depth - 1))
    leave = draw(
        st.sampled_from(
            ("", "", f"break {depth}", "continue", "[ $# -gt 1 ] && break", "false || continue 2", "break")
        )
    )
    body = f"{body}\n{leave}" if leave else body
    if form == 0:
        return f"for {draw(names)} in {draw(words(depth - 1))}; do\n{body}\ndone"
    if form == 1:
        return f"for x\ndo\n{body}\ndone"
    # The counter is written in the condition, so that no ``continue`` can make the loop endless.
    count = f"c{depth}"
    if form == 2:
        return f"{count}=0; while {count}=$(({count}+1)); [ ${count} -lt 4 ]; do\n{body}\ndone"
    return f"{count}=0; until {count}=$(({count}+1)); [ ${count} -gt 2 ]; do\n{body}\ndone"


@st.composite
def branch(draw: Draw, depth: int) -> str:
    """``if`` or ``case``."""
    if draw(st.booleans()):  # type: ignore[arg-type]
        text = f"if {draw(st.one_of(st.sampled_from(TESTS), simple(0)))}; then\n{draw(block(depth - 1))}\n"
        if draw(st.booleans()):  # type: ignore[arg-type]
            text += f"elif {draw(st.sampled_from(TESTS))}; then\n{draw(block(depth - 1))}\n"
        if draw(st.booleans()):  # type: ignore[arg-type]
            text += f"else\n{draw(block(depth - 1))}\n"
        return text + "fi"
    text = f"case {draw(word(depth))} in\n"
    for _ in range(draw(st.integers(0, 3))):  # type: ignore[arg-type]
        several = draw(st.lists(pattern(depth), min_size=1, max_size=3))  # type: ignore[arg-type]
        opened = draw(st.sampled_from(("", "(")))
        text += f"{opened}{' | '.join(several)}) {draw(block(depth - 1))}\n;;\n"
    return text + "esac"


@st.composite
def compound(draw: Draw, depth: int) -> str:
    """A compound command, perhaps with a redirection."""
    form = draw(st.integers(0, 7))  # type: ignore[arg-type]
    if form <= 1:
        text = draw(loop(depth))
    elif form <= 3:
        text = draw(branch(depth))
    elif form == 4:
        text = f"(\n{draw(block(depth - 1))}\n)"
    elif form == 5:
        text = f"{{ {draw(block(depth - 1))}\n}}"
    elif form == 6:
        return f"x=$(\n{draw(block(depth - 1))}\n)"
    else:
        name = draw(st.sampled_from(("f", "g", "h")))
        return (
            f"{name}() {{\n{draw(block(depth - 1))}\n}}"
            if name == "h"
            else f"{name}() {{\n{draw(simple(1))}\n}}"
        )
    if draw(st.integers(0, 4)) == 0:  # type: ignore[arg-type]
        text += f" {draw(redirection(depth))}"
    return text


@st.composite
def joined(draw: Draw, depth: int) -> str:
    """A pipeline or an and-or list."""
    left = draw(simple(depth))
    form = draw(st.integers(0, 5))  # type: ignore[arg-type]
    if form == 0:
        return f"{left} | {draw(st.sampled_from(FILTERS))}"
    if form == 1:
        return f'{left} | while read x y; do echo "<$x|$y>"; done'
    if form == 2:
        return f"! {left}; echo $?"
    if form == 3:
        return f"{left} & wait $!; echo $?"
    joint, ending = draw(st.sampled_from(("&&", "||"))), draw(st.sampled_from(("&& echo y", "|| echo n")))
    return f"{left} {joint} {draw(simple(depth))} {ending}"


def command(depth: int) -> st.SearchStrategy[str]:
    """Any command."""
    if depth <= 0:
        return simple(0)
    return st.one_of(
        simple(depth),
        simple(depth),
        joined(depth),
        compound(depth),
        here_document(depth),
        arithmetic(depth).map(lambda expression: f"echo $(({expression}))"),
    )
