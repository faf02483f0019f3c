"""History expansion, by table; the answers are those of bash's ``history -p``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from azos_shell.language.history_expansion import HistoryError, expand_history, history_words

LINES = ["echo one two three", "make -C dir all", "git commit -m 'a b'", "cat /usr/local/lib/file.tar.gz"]


class Typed:
    """The lines above."""

    def back(self, count: int) -> str | None:
        return LINES[-count] if 0 < count <= len(LINES) else None

    def numbered(self, number: int) -> str | None:
        return LINES[number - 1] if 0 < number <= len(LINES) else None

    def newest_first(self) -> Iterator[str]:
        return reversed(LINES)


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("!!", LINES[3]),
        ("sudo !!", "sudo " + LINES[3]),
        ("!1", LINES[0]),
        ("!-2", LINES[2]),
        ("!mak", LINES[1]),
        ("!?dir?", LINES[1]),
        ("echo !$", "echo /usr/local/lib/file.tar.gz"),
        ("echo !^", "echo /usr/local/lib/file.tar.gz"),
        ("echo !1*", "echo one two three"),
        ("echo !:0", "echo cat"),
        ("echo !1:2", "echo two"),
        ("echo !1:1-2", "echo one two"),
        ("echo !1:2*", "echo two three"),
        ("echo !1:1-", "echo one two"),
        ("echo !1:-1", "echo echo one"),
        ("echo !1:1-$", "echo one two three"),
        ("echo !?two?:%", "echo two"),
        ("echo !$:h", "echo /usr/local/lib"),
        ("echo !$:t:r", "echo file.tar"),
        ("echo !$:e", "echo .gz"),
        ("!1:s/one/ONE/", "echo ONE two three"),
        ("!1:gs/o/0/", "ech0 0ne tw0 three"),
        ("!1:s/o/&&/", "echoo one two three"),
        ("!1:s/one/1/:s/two/2/", "echo 1 2 three"),
        ("!1:s|one|a/b|", "echo a/b two three"),
        ("^file^FILE^", "cat /usr/local/lib/FILE.tar.gz"),
        ("^file^FILE", "cat /usr/local/lib/FILE.tar.gz"),
        ("^file^FILE^:t", "FILE.tar.gz"),
        ('echo "a!!b"', 'echo "acat /usr/local/lib/file.tar.gzb"'),
        ("!!; echo !!:$", LINES[3] + "; echo /usr/local/lib/file.tar.gz"),
        ("echo a !#", "echo a echo a "),
    ],
)
def test_what_stands_for_an_earlier_line_is_replaced(line: str, expanded: str) -> None:
    found = expand_history(line, Typed())
    assert (found.text, found.is_changed) == (expanded, True)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "echo hi!",
            "! true",
            "a!=b",
            "[[ a != b ]]",
            "echo $! ${!x} [!a] !(a|b)",
            r"echo \!x",
            "echo x # !!",
        ),
        *("echo 'a!!b'", 'echo "hi!"', "echo plain", "^no caret at its end"),
    ],
)
def test_what_is_no_expansion_stays(line: str) -> None:
    found = expand_history(line, Typed())
    assert (found.text, found.is_changed) == (line, False)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("!nosuch", "!nosuch: event not found"),
        ("!99", "!99: event not found"),
        ("echo !:9", "!:9: bad word specifier"),
        ("!1:3-1", "!1:3-1: bad word specifier"),
        ("!!:s/nothing/x/", ":s/nothing/x/: substitution failed"),
        ("!!:y", ":y: unrecognized history modifier"),
        ("!!:&", ":&: no substitution before"),
    ],
)
def test_what_is_not_there_is_an_error(line: str, message: str) -> None:
    with pytest.raises(HistoryError) as error:
        expand_history(line, Typed())
    assert error.value.message == message


def test_p_shows_only() -> None:
    assert expand_history("!!:p", Typed()).is_only_shown


def test_words_are_those_of_the_shell() -> None:
    assert history_words("a 'b c' \"d e\" $(f g) h\\ i|j && k") == [
        *("a", "'b c'", '"d e"', "$(f g)", "h\\ i", "|", "j", "&&", "k")
    ]
