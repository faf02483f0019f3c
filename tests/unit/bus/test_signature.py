"""The signature: words to arguments, as the types and defaults of the function say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import pytest

from azos_shell.bus.command import Argument, Option, Plan, command
from azos_shell.bus.signature import HelpRequested, Signature, call_arguments
from azos_shell.plugin import Call, Chunk, UsageError


@command("every")
def every(
    call: Call,
    first: str,
    number: int = 7,
    *rest: str,
    flag: bool = False,
    name: Annotated[str, Option("-n", help="a name")] = "none",
    count: Annotated[int | None, Option("-c")] = None,
    ratio: Annotated[float, Option("-r")] = 1.5,
    include: Annotated[list[str], Option("-I", "--inc")] = [],  # noqa: B006 - never changed: every call gets a copy
    sizes: list[int] | None = None,
    pair: Annotated[dict[str, str], Option("-p", long=False)] = {},  # noqa: B006 - as above
    verbose: Annotated[bool, Option("-v")] = False,
    extra: Annotated[bool, Option("-x")] = False,
    colour: Literal["never", "always"] = "never",
    max_size: int = 0,
    class_: str = "",
) -> int:
    """Takes every kind of parameter."""
    return 0


EVERY = Signature.of(every)


def bind(*words: str, signature: Signature = EVERY) -> dict[str, Any]:
    return signature.bind(list(words))


def refusal(*words: str, signature: Signature = EVERY) -> str:
    with pytest.raises(UsageError) as caught:
        signature.bind(list(words))
    assert caught.value.status == 2
    return caught.value.message


def test_what_is_left_out_has_its_default() -> None:
    bound = bind("a")
    assert bound["first"] == "a"
    assert bound["number"] == 7
    assert bound["rest"] == ()
    assert (bound["flag"], bound["name"], bound["count"], bound["ratio"]) == (False, "none", None, 1.5)
    assert (bound["include"], bound["sizes"], bound["pair"], bound["colour"]) == ([], None, {}, "never")


@pytest.mark.parametrize(
    ("words", "parameter", "value"),
    [
        (["a", "--flag"], "flag", True),
        (["--flag", "a"], "flag", True),
        (["a", "-n", "x"], "name", "x"),
        (["a", "-nx"], "name", "x"),
        (["a", "--name", "x"], "name", "x"),
        (["a", "--name=x"], "name", "x"),
        (["a", "--name="], "name", ""),
        (["a", "--name=x=y"], "name", "x=y"),
        (["a", "--name", "--flag"], "name", "--flag"),
        (["a", "--nam", "x"], "name", "x"),
        (["a", "-c", "-5"], "count", -5),
        (["a", "-c-5"], "count", -5),
        (["a", "--ratio", "0.25"], "ratio", 0.25),
        (["a", "-I", "x", "--inc", "y", "--include=z"], "include", ["x", "y", "z"]),
        (["a", "--sizes", "1", "--sizes", "2"], "sizes", [1, 2]),
        (["a", "-p", "k=v", "-pq=r=s", "-p", "e="], "pair", {"k": "v", "q": "r=s", "e": ""}),
        (["a", "-p", "k=1", "-p", "k=2"], "pair", {"k": "2"}),
        (["a", "--colour", "always"], "colour", "always"),
        (["a", "--colour=always"], "colour", "always"),
        (["a", "--max-size", "3"], "max_size", 3),
        (["a", "--class", "c"], "class_", "c"),
        (["a", "5"], "number", 5),
        (["a", "-5"], "number", -5),
        (["-1.5", "2"], "first", "-1.5"),
        (["-", "2"], "first", "-"),
        (["--", "-x"], "first", "-x"),
        (["--", "--"], "first", "--"),
        (["a", "1", "b", "c"], "rest", ("b", "c")),
        (["a", "1", "--", "-x", "--flag"], "rest", ("-x", "--flag")),
        (["a", "1", "b", "-v", "c"], "rest", ("b", "c")),
        (["a", "-n", "1", "-n", "2"], "name", "2"),
    ],
)
def test_words_become_arguments(words: list[str], parameter: str, value: object) -> None:
    assert bind(*words)[parameter] == value


def test_short_options_may_be_bundled_and_the_last_may_take_a_value() -> None:
    bound = bind("a", "-vxnme")
    assert (bound["verbose"], bound["extra"], bound["name"]) == (True, True, "me")
    bound = bind("-vxn", "me", "a")
    assert (bound["first"], bound["name"]) == ("a", "me")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "FIRST is missing"),
        (["--flag"], "FIRST is missing"),
        (["a", "--name"], "option --name needs a value"),
        (["a", "-n"], "option -n needs a value"),
        (["a", "--flag=yes"], "option --flag takes no value"),
        (["a", "--verbos=1"], "option --verbos takes no value"),
        (["a", "-c", "x"], "-c: 'x' is no number"),
        (["a", "--ratio", "x"], "--ratio: 'x' is no number"),
        (["a", "x"], "NUMBER: 'x' is no number"),
        (["a", "--colour", "red"], "--colour: 'red' is none of never, always"),
        (["a", "-p", "kv"], "-p takes NAME=VALUE, not 'kv'"),
        (["a", "--verbsoe"], "unknown option --verbsoe (did you mean --verbose?)"),
        (["a", "-q"], "unknown option -q"),
        (["a", "-vq"], "unknown option -q"),
        (["a", "--co", "1"], "unknown option --co"),
    ],
)
def test_words_that_do_not_fit_are_refused_in_words(words: list[str], message: str) -> None:
    assert refusal(*words).startswith(message)


def test_a_name_kept_from_the_long_options_is_not_one() -> None:
    assert refusal("a", "--pair", "k=v").startswith("unknown option --pair")


@pytest.mark.parametrize(
    "words", [["--help"], ["a", "--help"], ["-h"], ["a", "-vh"], ["--flag", "--help", "x"]]
)
def test_help_goes_before_anything_that_is_missing(words: list[str]) -> None:
    with pytest.raises(HelpRequested):
        bind(*words)


def test_help_after_the_end_of_options_is_an_operand() -> None:
    assert bind("--", "--help")["first"] == "--help"


def test_defaults_that_can_be_changed_are_not_shared_between_calls() -> None:
    bind("a")["include"].append("x")
    bind("a")["pair"]["k"] = "v"
    assert bind("a")["include"] == []
    assert bind("a")["pair"] == {}


def test_too_many_operands_are_refused() -> None:
    @command("two")
    def two(call: Call, a: str, b: str = "") -> int:
        return 0

    assert refusal("1", "2", "3", signature=Signature.of(two)) == "unexpected operand '3'"


def test_the_usage_line_shows_what_may_be_left_out() -> None:
    assert EVERY.usage == "every [OPTIONS] FIRST [NUMBER] [REST…]"


def test_options_first_gives_everything_after_the_first_operand_to_the_command() -> None:
    @command("runs", options_first=True)
    def runs(call: Call, *words: str, verbose: Annotated[bool, Option("-v")] = False) -> int:
        return 0

    signature = Signature.of(runs)
    assert signature.bind(["-v", "ls", "-l", "--help", "--", "x"]) == {
        "verbose": True,
        "words": ("ls", "-l", "--help", "--", "x"),
    }
    assert signature.bind(["--", "-v"]) == {"verbose": False, "words": ("-v",)}


def test_arguments_reach_the_function_in_its_own_order() -> None:
    positional, keywords = call_arguments(EVERY, bind("a", "3", "b", "c", "-v"))
    assert positional == ["a", 3, "b", "c"]
    assert keywords["verbose"] is True
    assert keywords["class_"] == ""


def test_records_take_the_format_options_and_the_last_one_counts() -> None:
    @command("rows", records=True, planner=lambda call, **bound: Plan())
    async def rows(call: Call) -> AsyncIterator[Chunk]:
        yield b""

    signature = Signature.of(rows)
    assert signature.bind(["--csv", "--json"])["bus:format"] == "json"
    assert signature.bind(["--fresh"])["bus:fresh"] is True
    assert "bus:format" not in signature.bind([])
    assert call_arguments(signature, signature.bind(["--json", "--fresh"])) == ([], {})


def test_raw_commands_have_no_signature() -> None:
    @command("plain", raw=True)
    def plain(call: Call) -> int:
        return 0

    assert Signature.of(plain).options == ()


def test_an_operand_may_say_more_of_itself() -> None:
    @command("opens")
    def opens(
        call: Call, path: Annotated[str | None, Argument(metavar="FILE", complete="path")] = None
    ) -> int:
        return 0

    (operand,) = Signature.of(opens).operands
    assert (operand.metavar, operand.complete, operand.required) == ("FILE", "path", False)


def test_each_value_of_a_repeatable_choice_is_checked() -> None:
    @command("chooses")
    def chooses(call: Call, *, kind: list[Literal["a", "b"]] = []) -> int:  # noqa: B006 - never changed
        return 0

    signature = Signature.of(chooses)
    assert signature.bind(["--kind", "a"])["kind"] == ["a"]
    refusal("--kind", "z", signature=signature)


@pytest.mark.parametrize(
    "text", ["1_000", " 5", "٣", "", "1.0", "0x10", "5\n", pytest.param("9" * 5000, id="long")]
)
def test_only_plain_digits_are_a_number(text: str) -> None:
    assert "is no number" in refusal("a", f"--max-size={text}")


@pytest.mark.parametrize("text", ["1_0.5", " .5", "٣.٥", "nan", "inf", "1e999", ".", "e5"])
def test_only_decimal_forms_are_a_ratio(text: str) -> None:
    assert "is no number" in refusal("a", f"--ratio={text}")


@pytest.mark.parametrize(
    ("text", "value"), [("2", 2.0), ("-.5", -0.5), ("3.", 3.0), ("+1.5e3", 1500.0), ("-1e-2", -0.01)]
)
def test_every_decimal_form_is_a_ratio(text: str, value: float) -> None:
    assert bind("a", "-r", text)["ratio"] == value


@pytest.mark.parametrize(("text", "value"), [("-5", -5), ("+7", 7), ("007", 7)])
def test_whole_numbers_may_have_a_sign_and_leading_zeros(text: str, value: int) -> None:
    assert bind("a", text)["number"] == value


def test_a_word_of_other_scripts_digits_after_a_dash_is_no_number_but_an_unknown_option() -> None:
    assert "unknown option -٣" in refusal("a", "-٣")
