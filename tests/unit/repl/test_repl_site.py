"""What the scanner finds at the cursor."""

from __future__ import annotations

import pytest

from azos_shell.repl.site import Kind, Site, site_at, split_words

VARIABLES = {"HOME": "/home/me", "D": "/data"}


def at(text: str) -> Site:
    return site_at(text, VARIABLES.get)


@pytest.mark.parametrize(
    "line",
    [
        "gi", "ls | gi", "a; gi", "a && gi", "a || gi", "a & gi", "(gi", "{ gi", "echo $(gi", 'echo "$(gi', "echo `gi",
        "sudo gi", "sudo -u root gi", "command gi", "exec gi", "A=1 gi", "if gi", "! gi", "a\ngi", "nice -n 5 gi",
        "true > out; gi", "x=$(date) gi", "echo hi 2>&1 | gi",
    ],
)  # fmt: skip
def test_a_command_is_expected(line: str) -> None:
    site = at(line)
    assert (site.kind, site.typed, line[site.start :]) == (Kind.COMMAND, "gi", "gi")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("git fi", "git"), ("sudo git fi", "git"), ("A=1 git fi", "git"), ("a | git fi", "git"),
        ("git 2>err fi", "git"),        ("echo $(date) fi", "echo"),
        ("git 'a b' fi", "git"), ("sudo -u root git fi", "git"), ("'if' fi", "if"),
    ],
)  # fmt: skip
def test_an_argument_belongs_to_its_command(line: str, command: str) -> None:
    site = at(line)
    assert (site.kind, site.command, site.typed) == (Kind.ARGUMENT, command, "fi")


@pytest.mark.parametrize("line", ["cat < fi", "cat >fi", "cat 2>> fi", "cat &> fi", "X=fi", "grep --file=fi"])
def test_a_file_is_expected(line: str) -> None:
    site = at(line)
    assert (site.kind, site.typed, line[site.start :]) == (Kind.FILE, "fi", "fi")


@pytest.mark.parametrize(
    ("line", "typed", "braced"),
    [("echo $HO", "HO", False), ("echo ${HO", "HO", True), ('echo "$HO', "HO", False), ("$", "", False)],
)
def test_a_variable_is_expected(line: str, typed: str, braced: bool) -> None:
    site = at(line)
    assert (site.kind, site.typed, site.braced) == (Kind.VARIABLE, typed, braced)
    assert line[site.start :] == typed


@pytest.mark.parametrize(
    ("line", "directory", "typed", "replaced", "quote"),
    [
        ("cat src/ma", "src/", "ma", "ma", ""),
        ("cat ~/ma", "~/", "ma", "ma", ""),
        ("cat $D/ma", "/data/", "ma", "ma", ""),
        ('cat "$HOME/My Do', "/home/me/", "My Do", "My Do", '"'),
        ("cat 'My Do", "", "My Do", "My Do", "'"),
        (r"cat My\ Do", "", "My Do", r"My\ Do", ""),
        ("cat 'a b'/c", "a b/", "c", "c", ""),
        ("cat 'a b'c", "", "a bc", "'a b'c", ""),
        ("cat '~/x", "./~/", "x", "x", "'"),
        ("cat ", "", "", "", ""),
    ],
)
def test_only_the_last_component_of_a_path_is_replaced(
    line: str, directory: str, typed: str, replaced: str, quote: str
) -> None:
    site = at(line)
    assert (site.directory, site.typed, line[site.start :], site.quote) == (directory, typed, replaced, quote)


@pytest.mark.parametrize("line", ["# comm", "ls # comm", "echo ${x:-fo"])
def test_nothing_is_completed_in_comments_and_half_written_expansions(line: str) -> None:
    assert at(line).kind is Kind.NOTHING


def test_no_line_is_too_broken_to_be_looked_at() -> None:
    pieces = [
        "'",
        '"',
        "$(",
        ")",
        "`",
        "\\",
        "${",
        "}",
        "|",
        ">",
        "<<",
        "a",
        " ",
        "#",
        "\n",
        "~/",
        "=",
        "$'",
        "&",
    ]
    for one in pieces:
        for two in pieces:
            for three in pieces:
                text = one + two + three
                assert 0 <= at(text).start <= len(text), text


def test_words_keep_their_quotes() -> None:
    assert split_words("cp 'a b' \"c d\"/e f\\ g | wc") == ["cp", "'a b'", '"c d"/e', "f\\ g", "wc"]
