"""What the answer of a query rests on: a database, files, or both.

What a query does to a database alone SQLite says when it prepares it. A query of files it can't prepare before they are
loaded, so that is told from the text (``sql_file_evidence``), and a database beside the files must hold nothing but
ordinary tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from azos_shell.cache.dependencies import DatabaseFiles, Dependency
from azos_shell.cache.validators import Evidence
from azos_shell.commands.sql_pieces import pieces_of
from azos_shell.commands.sql_question import Question
from azos_shell.plugin import CachePolicy, Call

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
    from azos_shell.commands.sql_file_evidence import evidence_of_files

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
