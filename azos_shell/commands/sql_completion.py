"""What could stand at the cursor in a statement: tables where tables stand, columns of the tables that it names, files
in quotes, keywords, dot commands.

A light scanner, as for command lines: it never fails, since a statement that is being typed is hardly ever correct.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from azos_shell.bus.dialogue import Completion, Completions
from azos_shell.commands.sql_dot import DOTS
from azos_shell.commands.sql_side import Schema
from azos_shell.commands.sql_table import quoted
from azos_shell.rendering import FORMATS

KEYWORDS = tuple(
    """
    abort add after all alter analyze and as asc attach before begin between by cascade case check collate column
    commit conflict constraint create cross current_date current_time current_timestamp database default delete desc
    detach distinct drop each else end escape except exclude exists explain filter following for foreign from full
    generated glob group having if ignore in index indexed inner insert instead intersect into is isnull join key
    last left like limit materialized natural not notnull null nulls offset on or order outer over partition plan
    pragma preceding primary query range recursive references regexp reindex release rename replace returning right
    rollback row rows savepoint select set table temp then to transaction trigger unbounded union unique update using
    vacuum values view virtual when where window with without
    """.split()  # noqa: SIM905 - as a list these would be 150 lines
)
FUNCTIONS = tuple(
    """
    abs avg cast ceil coalesce count date datetime exp first_value floor format group_concat ifnull iif instr
    json_array json_each json_extract json_group_array json_group_object json_object julianday lag last_value lead
    length ln lower ltrim max min mod nullif pow printf quote random rank replace round row_number rtrim sign sqrt
    strftime substr sum time total trim typeof unixepoch upper
    """.split()  # noqa: SIM905 - as above
)

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TABLE_COMES = re.compile(
    r"\b(?:from|join|into|update|table|view|references|analyze)\s+(?:[\w.\"]+(?:\s+(?:as\s+)?\w+)?\s*,\s*)*$",
    re.IGNORECASE,
)
_WORD_AT_END = re.compile(r"(?:(?P<owner>[A-Za-z_]\w*|\"(?:[^\"]|\"\")*\")\.)?(?P<word>\"[^\"]*|\w*)$")
_OPEN_STRING = re.compile(r"(?:[^']|'(?:[^']|'')*')*?'(?P<text>[^']*)$", re.DOTALL)
_DOT_LINE = re.compile(r"\s*\.(?P<name>\w*)(?P<gap>\s+)?(?P<rest>.*)$", re.DOTALL)
_TOKENS = re.compile(r"'(?P<string>(?:[^']|'')*)'?|\"(?P<quoted>(?:[^\"]|\"\")*)\"|--[^\n]*|(?P<name>\w+)|\S")
_NOT_ALIASES = frozenset(KEYWORDS)

Files = Callable[[str], Iterable[str]]
"""The names in a directory, as it is written (relative to the shell's); directories with a slash."""


@dataclass(slots=True)
class _Named:
    """The tables that a statement names, as the schema writes them, and what it calls them."""

    tables: list[str] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)


def complete(before: str, after: str, schema: Schema, files: Files) -> Completions:
    """All that could stand between ``before`` and ``after``."""
    dot = _DOT_LINE.match(before)
    if dot is not None:
        return _of_dot(before, dot, schema, files)
    string = _OPEN_STRING.match(before)
    if string is not None:
        text = string["text"]
        return (
            _paths(len(before) - len(text), text, files)
            if _table_comes(before[: -len(text) - 1])
            else Completions(0)
        )
    found = _WORD_AT_END.search(before)
    assert found is not None  # it matches nothing, too
    owner, word = found["owner"], found["word"]
    start = found.start("word")
    named = _named(before[:start] + " " + after, schema)
    if owner is not None:
        table = named.aliases.get(_unquoted(owner).lower())
        return Completions(start, _names(word, schema.get(table, []) if table else [], ending=" "))
    if _table_comes(before[:start]):
        return Completions(start, _names(word, schema, note="table"))
    return Completions(start, _anything(word, named, schema))


def _anything(word: str, named: _Named, schema: Schema) -> list[Completion]:
    found: list[Completion] = []
    for table in named.tables or (schema if word else ()):
        found += _names(word, schema[table], note=table)
    found += _names(word, [alias for alias in named.aliases if alias], ending=".", note="table")
    if word and not word.startswith('"'):
        found += _words(word, FUNCTIONS, ending="(")
        found += _words(word, KEYWORDS)
    unique: dict[str, Completion] = {}
    for one in found:
        unique.setdefault(one.value, one)
    return list(unique.values())


def _table_comes(before: str) -> bool:
    return _TABLE_COMES.search(before) is not None


def _named(statement: str, schema: Schema) -> _Named:
    known = {table.lower(): table for table in schema}
    named = _Named()
    tokens = list(_TOKENS.finditer(statement))
    for position, token in enumerate(tokens):
        table = known.get(_name_of(token).lower())
        if table is None:
            continue
        if table not in named.tables:
            named.tables.append(table)
        named.aliases.setdefault(table.lower(), table)
        alias = _alias(tokens[position + 1 : position + 3])
        if alias:
            named.aliases[alias] = table
    return named


def _alias(following: Sequence[re.Match[str]]) -> str:
    names = [_name_of(token).lower() for token in following]
    if names and names[0] == "as":
        names.pop(0)
    return names[0] if names and names[0] not in _NOT_ALIASES else ""


def _name_of(token: re.Match[str]) -> str:
    """The name that a token is; files are named by strings."""
    return (
        token["name"]
        or (token["quoted"] or "").replace('""', '"')
        or (token["string"] or "").replace("''", "'")
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _names(word: str, names: Iterable[str], *, ending: str = " ", note: str = "") -> list[Completion]:
    """Names of tables and columns, quoted where they must be."""
    typed = word.removeprefix('"').lower()
    return [
        Completion(_written(name, word), ending, note) for name in names if name.lower().startswith(typed)
    ]


def _written(name: str, word: str) -> str:
    plain = _PLAIN_NAME.fullmatch(name) is not None and name.lower() not in _NOT_ALIASES
    return name if plain and not word.startswith('"') else quoted(name)


def _words(word: str, words: Iterable[str], *, ending: str = " ") -> list[Completion]:
    """Words of the language, in capitals if they are typed so."""
    as_typed = str.upper if word.isupper() else str.lower
    return [Completion(as_typed(one), ending) for one in words if one.startswith(word.lower())]


def _of_dot(before: str, dot: re.Match[str], schema: Schema, files: Files) -> Completions:
    if dot["gap"] is None:
        names = [name for name in DOTS if name.startswith(dot["name"])]
        return Completions(
            dot.start("name"), [Completion(name, " ", DOTS[name].partition("  ")[2]) for name in names]
        )
    rest, start = dot["rest"], dot.start("rest")
    match dot["name"]:
        case "schema" | "indexes" | "tables":
            return Completions(
                start, [Completion(name) for name in schema if name.lower().startswith(rest.lower())]
            )
        case "mode":
            return Completions(start, [Completion(name) for name in FORMATS if name.startswith(rest)])
        case "timer":
            return Completions(start, [Completion(name) for name in ("on", "off") if name.startswith(rest)])
        case "read":
            return _paths(start, rest, files, ending=" ")
        case "explain":
            inner = complete(rest, "", schema, files)
            return Completions(start + inner.start, inner.found)
    return Completions(start)


def _paths(start: int, typed: str, files: Files, *, ending: str = "'") -> Completions:
    directory, _, prefix = typed.rpartition("/")
    begin = start + len(typed) - len(prefix)
    names = files(directory + "/" if "/" in typed else "")
    hidden = prefix.startswith(".")
    found = [
        Completion(
            name.removesuffix("/") if name.endswith("/") else name, "/" if name.endswith("/") else ending
        )
        for name in sorted(names)
        if name.startswith(prefix) and (hidden or not name.startswith("."))
    ]
    return Completions(begin, found)


def names_in(directory: str) -> list[str]:
    """The names in a directory, directories with a slash; nothing where it can't be listed."""
    try:
        with os.scandir(directory) as entries:
            return [entry.name + ("/" if _is_directory(entry) else "") for entry in entries]
    except OSError:
        return []


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
