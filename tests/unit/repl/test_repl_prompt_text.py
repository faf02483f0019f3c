"""The prompt's text."""

from __future__ import annotations

import os

import pytest
from fakes.repl_host import FakeHost

from azos_shell.repl.prompt_text import expand, prompt_text, shortened, styled, with_tilde


def plain(host: FakeHost, status: int = 0, columns: int = 80) -> str:
    return prompt_text(host, status=status, wall=0, columns=columns).plain()


def test_the_default_prompt_shortens_home() -> None:
    host = FakeHost(HOME="/home/me")
    host.cwd = "/home/me/src"
    assert plain(host) == "~/src ❯ "
    host.cwd = "/home/merlin"
    assert plain(host) == "/home/merlin ❯ "


def test_the_mark_turns_red_after_a_failure() -> None:
    assert prompt_text(FakeHost(), status=0, wall=0).line[-1][0] == "class:prompt.mark"
    assert prompt_text(FakeHost(), status=1, wall=0).line[-1][0] == "class:prompt.failed"


def test_a_long_directory_shows_its_end() -> None:
    assert shortened("/a/very/long/way/down", 14) == "…/way/down"
    assert shortened("/x" * 50 + "/last-component-of-it", 10) == "…/last-component-of-it"


def test_tilde_needs_a_whole_component() -> None:
    assert with_tilde("/home/me", "/home/me") == "~"
    assert with_tilde("/home/me2", "/home/me") == "/home/me2"
    assert with_tilde("/x", "/") == "/x"


def test_a_hostile_directory_is_shown_escaped() -> None:
    host = FakeHost()
    host.cwd = "/tmp/\x1b]0;owned\x07"
    assert plain(host) == "/tmp/^[]0;owned^G ❯ "
    host.variables["PS1"] = r"\w\$ "
    assert "\x1b" not in plain(host)


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        (r"\w> ", "~/src> "), (r"\W> ", "src> "), (r"a\\b\x", "a\\b\\x"), (r"\s \j ", "azos 0 "),
        (r"\101\D{%Y}", "A1970"),
        (r"\[\e[31m\]x\[\e[0m\]", "x"), (r"$(touch x)`id` ", "$(touch x)`id` "),
        (r"\h", os.uname().nodename.split(".")[0]),
    ],
)  # fmt: skip
def test_bash_escapes_are_understood(template: str, shown: str) -> None:
    host = FakeHost(HOME="/home/me", PS1=template)
    host.cwd = "/home/me/src"
    assert plain(host) == shown


def test_colours_become_styles_and_titles_take_no_room() -> None:
    fragments = styled(expand(r"\[\e]0;title\a\]\[\e[31m\]x", FakeHost(), 0))
    assert ("[ZeroWidthEscape]", "\x1b]0;title\x07") in fragments
    assert ("ansired", "x") in fragments


def test_lines_above_the_last_stand_above_the_input() -> None:
    prompt = prompt_text(FakeHost(PS1=r"one\n\$ ", PS2="more> "), status=0, wall=0)
    assert prompt.plain().startswith("one\n")
    assert prompt.plain_continuation() == "more> "
    assert "".join(fragment[1] for fragment in prompt.line).endswith(" ")
