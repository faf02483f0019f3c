"""What the answer of a query rests on: a database, files, or both.

What a query does to a database alone SQLite says when it prepares it. A query of files it can't prepare before they
are loaded, so that is told from the text: every word and quoted name of it that is a file now counts, read or not,
since one too many costs a run and one too few a wrong answer. For the same reason only functions that are known to
give the same every time may be called, and a database beside the files must hold nothing but ordinary tables.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping

from azos_shell.cache.dependencies import DatabaseFiles, Dependency, FileContent
from azos_shell.cache.stamp import FileStamp
from azos_shell.cache.validators import Evidence
from azos_shell.commands.sql_files import is_sqlite
from azos_shell.commands.sql_input import STDIN
from azos_shell.commands.sql_pieces import pieces_of
from azos_shell.commands.sql_question import Question
from azos_shell.commands.sql_words import QUOTES_AND_COMMENTS, plain_names
from azos_shell.plugin import CachePolicy, Call

_STEADY = frozenset(
    """
    abs avg ceil ceiling char coalesce count cume_dist dense_rank exp first_value floor format glob group_concat hex
    ifnull iif instr json json_array json_array_length json_each json_extract json_group_array json_group_object
    json_insert json_object json_patch json_quote json_remove json_replace json_set json_tree json_type json_valid lag
    last_value lead length like ln log log10 log2 lower ltrim max min mod nth_value ntile nullif percent_rank pow power
    printf quote rank replace round row_number rtrim sign sqrt substr substring sum total trim trunc typeof unicode
    unhex upper zeroblob
    """.split()  # noqa: SIM905 - as a list these would be 70 lines
)
"""Functions that give the same for the same."""

_BEFORE_BRACKETS = frozenset(
    """
    all and any as between by case cast distinct else escape except exists filter from glob group having in intersect
    is isnull join like limit materialized not notnull offset on or order over partition select then union using values
    when where with
    """.split()  # noqa: SIM905 - as above
)
"""Words of the language that a bracket may follow."""

_UNSTEADY = re.compile(
    r"current_(?:date|time|timestamp)|pragma\w*|sqlite_\w*|dbstat|bytecode|tables_used|temp", re.IGNORECASE
)
_QUOTED_FUNCTION = re.compile(r"''\s*\(")
"""SQLite takes ``"random"()`` for a call."""

_WORD = re.compile(r"[\w$]+(?P<bracket>\s*\()?")


Parameters = Mapping[str, str]
"""As they were written: as numbers 1 and 1.0 would be the same key."""


def policy_of(call: Call, question: Question, parameters: Parameters) -> CachePolicy | None:
    """How the answer of a query that only reads may be kept; None if it may not."""
    assert question.text is not None
    if question.path is not None:
        policy = _policy_of_database(call, question.path, question.text, parameters)
        if policy is not None:  # then it names no table that is not there, and so no file
            return policy
    pieces = tuple(pieces_of(question.text))
    if len(pieces) != 1 or pieces[0].is_dot:  # what they say is text, which depends on the format, too
        return None
    return _policy_of_files(call, question, parameters)


def _policy_of_database(call: Call, path: str, text: str, parameters: Parameters) -> CachePolicy | None:
    proof = call.services.sqlite.sentinel(path).proof(text)
    if proof is None:
        return None
    real = os.path.realpath(path)
    key = ("sql", real, text, tuple(sorted(parameters.items())))
    return CachePolicy(key, (proof,), durable=lambda: _evidence(real, ()))


def _policy_of_files(call: Call, question: Question, parameters: Parameters) -> CachePolicy | None:
    files = evidence_of_files(call, question)
    if files is None:
        return None
    reading = question.reading
    read_as = (reading.separator, reading.no_header, reading.skips)
    key = ("sql files", call.shell.cwd, question.text, tuple(sorted(parameters.items())), read_as)
    if question.path is None:
        return CachePolicy(key, (files,), durable=lambda: files)
    real = os.path.realpath(question.path)
    proof = call.services.sqlite.sentinel(real).plain_proof()
    if proof is None:
        return None
    return CachePolicy((*key, real), (proof, files), durable=lambda: _evidence(real, files.dependencies))


def _evidence(path: str, files: Iterable[Dependency]) -> Evidence | None:
    try:
        return Evidence([DatabaseFiles.of(path), *files])
    except OSError:
        return None


def evidence_of_files(call: Call, question: Question) -> Evidence | None:
    """The files that the query may read, as they are now; None if its answer must not be kept. Never raises."""
    assert question.text is not None
    quoted = plain_names(question.text)
    words = _steady_words(question.text)
    if words is None or STDIN in words or any(name.lower() == STDIN for name in quoted):
        return None
    names = dict.fromkeys([*quoted, *sorted(words)])
    paths = [os.path.join(call.shell.cwd, call.shell.resolve_path(name)) for name in names]
    files = [path for path in paths if _is_file(path)]
    if not files or any(is_sqlite(path) for path in files):
        return None
    try:
        return Evidence([FileContent(FileStamp.take(path, hashing=False)) for path in files])
    except (OSError, ValueError):
        return None


def _steady_words(text: str) -> set[str] | None:
    """The words outside of quotes; None if one of them may mean another thing each time."""
    bare = QUOTES_AND_COMMENTS.sub(_mark, text)
    if _QUOTED_FUNCTION.search(bare) is not None:
        return None
    words = set()
    for found in _WORD.finditer(bare):
        word = found.group().removesuffix("(").strip()
        words.add(word)
        if _UNSTEADY.fullmatch(word) is not None:
            return None
        if found["bracket"] and word.lower() not in _STEADY | _BEFORE_BRACKETS:
            return None
    return words


def _mark(found: re.Match[str]) -> str:
    """What is left of a comment, and of something in quotes."""
    return " " if found.group().startswith(("--", "/*")) else " '' "


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False
