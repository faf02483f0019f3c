"""What the answer of a query over files rests on, told from its text before it runs.

Every table that the database does not have is a file that the text names, and every word and quoted name of the text
that is a file now counts, read or not: one too many costs a run, one too few a wrong answer. For the same reason only
functions that are known to give the same every time may be called.
"""

from __future__ import annotations

import os
import re
import stat

from azos_shell.cache.dependencies import FileContent
from azos_shell.cache.stamp import FileStamp
from azos_shell.cache.validators import Evidence
from azos_shell.commands.sql_files import is_sqlite
from azos_shell.commands.sql_layout import STDIN
from azos_shell.commands.sql_question import Question
from azos_shell.commands.sql_words import QUOTES_AND_COMMENTS, plain_names
from azos_shell.plugin import Call

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
