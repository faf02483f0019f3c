"""Documentation: read from docstring and signature, written as text and as Markdown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import pytest

from azos_shell.bus.call import Call
from azos_shell.bus.command import Argument, Command, Option, command
from azos_shell.bus.documentation import (
    Documentation,
    Example,
    OptionHelp,
    documentation_of,
    render_help,
    render_index,
    render_markdown,
    render_reference,
)
from azos_shell.bus.documentation_parts import parse_examples
from azos_shell.bus.registry import CommandRegistry


@command("greet", category="Manners")
def greet(
    call: Call,
    name: Annotated[str, Argument(help="who is greeted")] = "you",
    *,
    loud: Annotated[bool, Option("-l", help="in capitals")] = False,
    times: Annotated[int, Option("-t", help="how often")] = 1,
    style: Annotated[Literal["plain", "formal"], Option(help="the wording")] = "plain",
    also: Annotated[list[str], Option(help="others to greet")] = [],  # noqa: B006
) -> int:
    """Say hello.

    The greeting is written to `standard output`. This paragraph is long enough that it has to be wrapped when
    the terminal is narrow.

    * the first point, which is also rather long and goes on
      on a second line
    * the second

        indented code   stays

    Examples:
        $ greet
        hello you

        $ for i in 1 2
        > do greet $i; done
        hello 1

        hello 2

        $ greet nobody >/dev/null

    Exit status:
        0, always.

    After the sections.
    """
    return 0


@command("shout", raw=True, usage="shout [-n] WORD…")
def shout(call: Call) -> int:
    """Write words in capitals.

    Options:
        -n            no newline; this help goes on
                      on the next line
        -w, --width N
    """
    return 0


@pytest.fixture
def registry() -> CommandRegistry:
    registry = CommandRegistry()
    registry.register(greet)
    registry.register(shout)
    return registry


@pytest.fixture
def found(registry: CommandRegistry) -> Documentation:
    return documentation_of(greet, registry)


def test_the_parts_of_a_docstring_are_told_apart(found: Documentation) -> None:
    assert found.summary == "Say hello."
    assert found.usage == "greet [OPTIONS] [NAME]"
    assert found.category == "Manners"
    assert found.body.startswith("The greeting")
    assert found.body.endswith("After the sections.")
    assert found.exit_status == "0, always."


def test_examples_are_commands_and_exactly_their_output(found: Documentation) -> None:
    assert found.examples == (
        Example(("greet",), "hello you\n"),
        Example(("for i in 1 2", "do greet $i; done"), "hello 1\n\nhello 2\n"),
        Example(("greet nobody >/dev/null",), ""),
    )
    assert found.examples[1].text == "for i in 1 2\ndo greet $i; done"


def test_output_that_begins_with_an_angle_is_output() -> None:
    assert parse_examples(["$ echo a", "a", "> b"]) == (Example(("echo a",), "a\n> b\n"),)


def test_options_come_from_the_signature(found: Documentation) -> None:
    assert found.operands == (OptionHelp("NAME", "who is greeted (default you)"),)
    assert found.options == (
        OptionHelp("-l, --loud", "in capitals"),
        OptionHelp("-t, --times N", "how often (default 1)"),
        OptionHelp("--style plain|formal", "the wording (default plain)"),
        OptionHelp("--also TEXT", "others to greet (may be given several times)"),
        OptionHelp("--help", "show this help"),
    )


def test_options_of_raw_commands_come_from_the_docstring(registry: CommandRegistry) -> None:
    raw = documentation_of(shout, registry)
    assert raw.options == (
        OptionHelp("-n", "no newline; this help goes on on the next line"),
        OptionHelp("-w, --width N", ""),
    )
    assert raw.category == "Other"
    assert raw.exit_status.startswith("0 if it worked")


def test_help_is_plain_text(registry: CommandRegistry) -> None:
    assert render_help(greet, registry, 60) == (
        "usage: greet [OPTIONS] [NAME]\n"
        "\n"
        "Say hello.\n"
        "\n"
        "The greeting is written to standard output. This paragraph\n"
        "is long enough that it has to be wrapped when the terminal\n"
        "is narrow.\n"
        "\n"
        "* the first point, which is also rather long and goes on on\n"
        "  a second line\n"
        "* the second\n"
        "\n"
        "    indented code   stays\n"
        "\n"
        "After the sections.\n"
        "\n"
        "Operands:\n"
        "  NAME  who is greeted (default you)\n"
        "\n"
        "Options:\n"
        "  -l, --loud            in capitals\n"
        "  -t, --times N         how often (default 1)\n"
        "  --style plain|formal  the wording (default plain)\n"
        "  --also TEXT           others to greet (may be given\n"
        "                        several times)\n"
        "  --help                show this help\n"
        "\n"
        "Examples:\n"
        "  $ greet\n"
        "  hello you\n"
        "  $ for i in 1 2\n"
        "  > do greet $i; done\n"
        "  hello 1\n"
        "\n"
        "  hello 2\n"
        "  $ greet nobody >/dev/null\n"
        "\n"
        "Exit status:\n"
        "  0, always.\n"
    )


@pytest.mark.parametrize("width", [1, 30, 40, 72, 80, 200])
def test_help_is_wrapped_to_the_width(registry: CommandRegistry, width: int) -> None:
    lines = render_help(greet, registry, width).splitlines()
    prose = [line for line in lines if "usage:" not in line and "$" not in line]
    assert max(map(len, prose)) <= max(30, min(width, 100))


def test_the_index_lists_by_category_and_the_rest_last(registry: CommandRegistry) -> None:
    assert render_index(registry.all().values()) == (
        "Manners\n  greet  Say hello.\n\nOther\n  shout  Write words in capitals.\n"
    )


def test_markdown_keeps_code_and_examples(found: Documentation) -> None:
    text = render_markdown(found)
    assert text.startswith("## `greet`\n\nSay hello.\n\n```text\ngreet [OPTIONS] [NAME]\n```\n")
    assert "written to `standard output`" in text
    assert "* `-l, --loud`: in capitals\n" in text
    assert "```console\n$ greet\nhello you\n$ for i in 1 2\n> do greet $i; done\n" in text
    assert text.endswith("Exit status: 0, always.\n")


def test_the_reference_holds_every_command_under_its_category(registry: CommandRegistry) -> None:
    text = render_reference(registry)
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == ["# Commands", "## Manners", "### `greet`", "## Other", "### `shout`"]


def test_a_command_without_docstring_still_has_help(registry: CommandRegistry) -> None:
    bare = Command("bare", lambda call: 0, raw=True)
    registry.register(bare)
    assert render_help(bare, registry, 80).startswith("usage: bare\n")


def test_every_built_in_is_documented() -> None:
    from azos_shell.commands import register_builtins

    registry = CommandRegistry()
    register_builtins(registry)
    for name, one in registry.all().items():
        documentation = documentation_of(one, registry)
        assert documentation.summary.endswith((".", ":")), name
        assert documentation.category != "Other", name
        assert one.usage or not one.raw, name


def test_the_generator_writes_and_checks_the_reference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts = Path(__file__).resolve().parents[3] / "scripts"
    sys.path.insert(0, str(scripts))
    try:
        import generate_reference
    finally:
        sys.path.remove(str(scripts))
    path = tmp_path / "docs" / "commands.md"
    assert generate_reference.main(["--check"], path) == 1
    assert "stale" in capsys.readouterr().err
    assert generate_reference.main([], path) == 0
    assert generate_reference.main(["--check"], path) == 0
    assert "### `echo`" in path.read_text(encoding="utf-8")
    path.write_text("old", encoding="utf-8")
    assert generate_reference.main(["--check"], path) == 1
    assert generate_reference.main(["--nosuch"], path) == 2
