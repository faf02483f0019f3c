"""The signature: how a command's words become the arguments of its function, and how its usage reads.

Positional parameters are operands (one with a default may be left out, ``*rest`` takes what is left); keyword-only
parameters are options. Options may stand between operands and end at ``--`` (GNU's habit; POSIX XBD 12.2 is its
subset), unless the command says ``options_first``.
"""

from __future__ import annotations

import inspect
import math
import re
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from azos_shell.bus.command import Argument, Command, Option
from azos_shell.core.errors import UsageError

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "markdown")

_FORMAT_NAMES = {
    "json": "one JSON array",
    "jsonl": "JSON Lines",
    "table": "a table",
    "markdown": "a table in Markdown",
}

BUS = "bus:"
"""Begins the parameters that the bus keeps for itself: ``bus:format`` (one of FORMATS) and ``bus:fresh``."""

_DIGITS = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


class HelpRequested(Exception):
    """``--help`` was among the words."""


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option: its spellings, the parameter it sets, and how its value is read."""

    spellings: tuple[str, ...]
    parameter: str
    type: Any
    default: Any
    help: str
    metavar: str
    choices: tuple[str, ...] = ()
    repeats: bool = False
    pairs: bool = False

    @property
    def is_flag(self) -> bool:
        """Whether it takes no value."""
        return self.type is bool


@dataclass(frozen=True, slots=True)
class OperandSpec:
    """One operand."""

    parameter: str
    type: Any
    required: bool
    repeats: bool
    default: Any
    help: str
    metavar: str
    complete: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """The options and operands of one command."""

    command: Command
    options: tuple[OptionSpec, ...]
    operands: tuple[OperandSpec, ...]
    spellings: dict[str, OptionSpec]

    @classmethod
    def of(cls, command: Command) -> Signature:
        """Read the signature of ``command.function`` (all parameters but the first, the call)."""
        if command.raw:
            return cls(command, (), (), {})
        hints = typing.get_type_hints(command.function, include_extras=True)
        options, operands = [], []
        for parameter in list(inspect.signature(command.function).parameters.values())[1:]:
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                options.append(_option(parameter, hints[parameter.name]))
            else:
                operands.append(_operand(parameter, hints[parameter.name]))
        if command.records:
            options += [_format_option(name) for name in FORMATS]
        if command.planner is not None:
            options.append(
                OptionSpec(
                    ("--fresh",), f"{BUS}fresh:", bool, False, "run anew, whatever the cache knows", ""
                )
            )
        spellings = {spelling: option for option in options for spelling in option.spellings}
        return cls(command, tuple(options), tuple(operands), spellings)

    @property
    def usage(self) -> str:
        """One line: ``sql [OPTIONS] [DB] QUERY``."""
        if self.command.usage:
            return self.command.usage
        words = [self.command.name]
        if self.options:
            words.append("[OPTIONS]")
        for operand in self.operands:
            word = operand.metavar + ("…" if operand.repeats else "")
            words.append(word if operand.required else f"[{word}]")
        return " ".join(words)

    def bind(self, words: list[str]) -> dict[str, Any]:
        """The arguments of the function for these words, and what is meant for the bus under ``bus:…``.

        Raises UsageError for words that do not fit and HelpRequested for ``--help``.
        """
        bound: dict[str, Any] = {}
        values: list[str] = []
        index = 0
        while index < len(words):
            word = words[index]
            index += 1
            if word == "--":
                values += words[index:]
                break
            if (
                word == "-"
                or not word.startswith("-")
                or (_is_number(word) and word[:2] not in self.spellings)
            ):
                values.append(word)
                if self.command.options_first:
                    values += words[index:]
                    break
            elif word.startswith("--"):
                index = self._long(word, words, index, bound)
            else:
                index = self._short(word, words, index, bound)
        self._bind_operands(values, bound)
        for option in self.options:
            if option.parameter not in bound and not option.parameter.startswith(BUS):
                default = option.default
                bound[option.parameter] = default.copy() if isinstance(default, list | dict) else default
        return bound

    def _long(self, word: str, words: list[str], index: int, bound: dict[str, Any]) -> int:
        name, equals, value = word.partition("=")
        option = self.spellings.get(name) or self._abbreviated(name)
        if option is None:
            if name == "--help":
                raise HelpRequested
            raise self._unknown(name)
        if option.is_flag:
            if equals:
                raise UsageError(f"option {name} takes no value")
            _store(option, True, bound)
        elif equals:
            _store(option, _convert(option, name, value), bound)
        elif index < len(words):
            _store(option, _convert(option, name, words[index]), bound)
            index += 1
        else:
            raise UsageError(f"option {name} needs a value")
        return index

    def _short(self, word: str, words: list[str], index: int, bound: dict[str, Any]) -> int:
        position = 1
        while position < len(word):
            name = "-" + word[position]
            position += 1
            option = self.spellings.get(name)
            if option is None:
                if name == "-h":
                    raise HelpRequested
                raise self._unknown(name)
            if option.is_flag:
                _store(option, True, bound)
                continue
            value = word[position:]
            if not value:
                if index >= len(words):
                    raise UsageError(f"option {name} needs a value")
                value = words[index]
                index += 1
            _store(option, _convert(option, name, value), bound)
            break
        return index

    def _abbreviated(self, name: str) -> OptionSpec | None:
        """The one option that ``name`` is a beginning of, as getopt_long has it."""
        found = {
            spec.parameter: spec
            for spelling, spec in self.spellings.items()
            if spelling.startswith(name) and spelling.startswith("--") and len(name) > 3
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _unknown(self, name: str) -> UsageError:
        import difflib

        near = difflib.get_close_matches(name, [*self.spellings, "--help"], 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return UsageError(f"unknown option {name}{hint}")

    def _bind_operands(self, values: list[str], bound: dict[str, Any]) -> None:
        rest = list(values)
        for operand in self.operands:
            if operand.repeats:
                if operand.required and not rest:
                    raise UsageError(f"{operand.metavar} is missing")
                bound[operand.parameter] = tuple(_convert(operand, operand.metavar, value) for value in rest)
                rest = []
            elif rest:
                bound[operand.parameter] = _convert(operand, operand.metavar, rest.pop(0))
            elif operand.required:
                raise UsageError(f"{operand.metavar} is missing")
            else:
                bound[operand.parameter] = operand.default
        if rest:
            raise UsageError(f"unexpected operand {rest[0]!r}")


def call_arguments(signature: Signature, bound: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """``bound`` as positional and keyword arguments (a ``*rest`` parameter needs the former)."""
    positional: list[Any] = []
    for operand in signature.operands:
        value = bound[operand.parameter]
        if operand.repeats:
            positional += value
        else:
            positional.append(value)
    return positional, {o.parameter: bound[o.parameter] for o in signature.options if o.parameter in bound}


def _option(parameter: inspect.Parameter, hint: Any) -> OptionSpec:
    hint, details = _strip(hint, Option)
    details = details or Option()
    type_, choices, repeats, pairs = _value_type(hint)
    long = ("--" + parameter.name.rstrip("_").replace("_", "-"),) if details.long else ()
    default = parameter.default
    if default is inspect.Parameter.empty:
        default = [] if repeats else {} if pairs else None
    metavar = details.metavar or ("|".join(choices) if choices else _metavar(type_, pairs))
    return OptionSpec(
        (*details.flags, *long),
        parameter.name,
        type_,
        default,
        details.help,
        metavar,
        choices,
        repeats,
        pairs,
    )


def _operand(parameter: inspect.Parameter, hint: Any) -> OperandSpec:
    hint, details = _strip(hint, Argument)
    details = details or Argument()
    repeats = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    type_, choices, _, _ = _value_type(hint)
    required = not repeats and parameter.default is inspect.Parameter.empty
    metavar = details.metavar or parameter.name.upper().replace("_", "-")
    return OperandSpec(
        parameter.name,
        type_,
        required,
        repeats,
        parameter.default,
        details.help,
        metavar,
        details.complete,
        choices,
    )


def _format_option(name: str) -> OptionSpec:
    article = _FORMAT_NAMES.get(name, name.upper())
    short = ("--md",) if name == "markdown" else ()
    return OptionSpec((*short, f"--{name}"), f"{BUS}format:{name}", bool, False, f"output as {article}", "")


def _strip(hint: Any, wanted: type) -> tuple[Any, Any]:
    """The plain type inside ``Annotated`` and ``| None``, and the details of the wanted kind."""
    details = None
    if get_origin(hint) is Annotated:
        details = next((extra for extra in hint.__metadata__ if isinstance(extra, wanted)), None)
        hint = hint.__origin__
    if get_origin(hint) in (Union, types.UnionType):
        plain = [part for part in get_args(hint) if part is not type(None)]
        hint = plain[0] if len(plain) == 1 else hint
    return hint, details


def _value_type(hint: Any) -> tuple[Any, tuple[str, ...], bool, bool]:
    origin = get_origin(hint)
    if origin is list:
        type_, choices, _, _ = _value_type(get_args(hint)[0])
        return type_, choices, True, False
    if origin is dict:
        return str, (), False, True
    if origin is Literal:
        return str, tuple(str(choice) for choice in get_args(hint)), False, False
    return hint, (), False, False


def _metavar(type_: Any, pairs: bool) -> str:
    if pairs:
        return "NAME=VALUE"
    return {int: "N", float: "SECONDS", bool: ""}.get(type_, "TEXT")


def _convert(spec: OptionSpec | OperandSpec, name: str, value: str) -> Any:
    if spec.choices and value not in spec.choices:
        raise UsageError(f"{name}: {value!r} is none of {', '.join(spec.choices)}")
    if isinstance(spec, OptionSpec) and spec.pairs:
        if "=" not in value:
            raise UsageError(f"{name} takes NAME=VALUE, not {value!r}")
        return value
    if spec.type in (int, float):
        return _number(spec.type, name, value)
    return value


def _number(type_: type[int] | type[float], name: str, value: str) -> int | float:
    """The number that ``value`` writes in plain digits: ``int`` itself takes ``1_000``, `` 5`` and ``٣``."""
    pattern = _DIGITS if type_ is int else _DECIMAL
    try:
        number = type_(value) if pattern.fullmatch(value) else math.nan
    except ValueError:  # more digits than int reads (sys.get_int_max_str_digits)
        number = math.nan
    if not isinstance(number, int) and not math.isfinite(number):
        raise UsageError(f"{name}: {value!r} is no number")
    return number


def _store(option: OptionSpec, value: Any, bound: dict[str, Any]) -> None:
    if option.parameter.startswith(BUS):
        name, _, choice = option.parameter.removeprefix(BUS).partition(":")
        bound[BUS + name] = choice or True
    elif option.pairs:
        name, _, text = value.partition("=")
        bound.setdefault(option.parameter, {})[name] = text
    elif option.repeats:
        bound.setdefault(option.parameter, []).append(value)
    else:
        bound[option.parameter] = value


def _is_number(word: str) -> bool:
    return _DECIMAL.fullmatch(word) is not None
