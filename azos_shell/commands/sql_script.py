"""Scripts: several statements and dot commands, from a file, from standard input or from the command line."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import cast

from azos_shell.commands.sql_answer import worker_of
from azos_shell.commands.sql_dot import dot_of
from azos_shell.commands.sql_pieces import Piece, pieces_of
from azos_shell.commands.sql_question import Question
from azos_shell.commands.sql_session import Session
from azos_shell.commands.sql_side import Side, SqliteSide, told
from azos_shell.commands.sql_tables import Tables
from azos_shell.plugin import AzosError, BusyError, Call, Chunk
from azos_shell.pools.sqlite_errors import WriteRefusedError
from azos_shell.pools.sqlite_script import one_transaction

_TOGETHER = 1_000
"""Statements that are looked at to be run together."""

_INNER_LINE = re.compile(r"\(line (?P<line>\d+), ")


@dataclass(frozen=True, slots=True)
class Script:
    """The pieces, where they come from (None: the command line), and whether errors end it."""

    pieces: Sequence[Piece]
    origin: str | None = None
    goes_on: bool = False

    @classmethod
    def of(cls, text: str, origin: str | None = None, *, goes_on: bool = False) -> Script:
        """Cut the text."""
        return cls(tuple(pieces_of(text)), origin, goes_on)

    @property
    def is_one_transaction(self) -> bool:
        """Whether it does not begin and end its transactions itself; one statement is atomic anyhow."""
        statements = [piece for piece in self.pieces if not piece.is_dot]
        return len(statements) > 1 and not any(piece.begins_transaction for piece in statements)

    def told(self, piece: Piece, message: str) -> str:
        """An error of that piece, with its place in the script and not in the statement."""
        if self.origin is None:
            return message
        inner = _INNER_LINE.search(message)
        line = piece.line
        if inner is not None:
            line += int(inner["line"]) - 1
            message = f"{message[: inner.start()]}({message[inner.end() :]}"
        return f"{self.origin}, line {line}: {message}"


async def run_script(call: Call, question: Question, script: Script) -> AsyncGenerator[Chunk, None]:
    """Run the pieces and yield what each says, formatted; as records where only one of them can give any.

    What writes is one transaction unless the script has its own. Raises AzosError with the place of the piece that
    failed; of a script that goes on the errors are told, and the status is 1 if there were any.
    """
    async with _side_of(call, question, script) as side:
        session = Session(call, side)
        is_one_answer = sum(piece.may_give_rows for piece in script.pieces) <= 1
        said = session.answered if is_one_answer else session.said
        async with aclosing(_of_pieces(session, script, said)) as chunks:
            async for chunk in chunks:
                yield chunk
        if side.in_transaction and question.write and not script.is_one_transaction:
            call.error("the script ends inside a transaction, which is undone: COMMIT is missing")


@asynccontextmanager
async def _side_of(call: Call, question: Question, script: Script) -> AsyncIterator[Side]:
    """A connection on which the script is one transaction where it should be."""
    begins = question.write and script.is_one_transaction
    if question.engine == "duckdb":
        from azos_shell.commands.sql_duckdb import duckdb_side

        async with duckdb_side(call, question) as side:
            if begins:
                await run_quietly(side, "BEGIN")
            yield side
            if begins:
                await run_quietly(side, "COMMIT")
        return
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(worker_of(call, question))
        if question.write:
            await stack.enter_async_context(one_transaction(worker, begins=begins))
        yield SqliteSide(
            worker, Tables(call, worker, question.reading), question.parameters, write=question.write
        )


async def run_quietly(side: Side, statement: str) -> None:
    """Run a statement that gives no rows."""
    async with aclosing(side.answer(statement)) as nothing:
        async for _ in nothing:
            pass


async def said_by(session: Session, script: Script) -> AsyncGenerator[bytes, None]:
    """What the pieces say, one after the other."""
    chunks = _of_pieces(session, script, session.said)
    async with aclosing(chunks):
        async for chunk in chunks:
            yield cast("bytes", chunk)


async def _of_pieces(
    session: Session, script: Script, said: Callable[[Piece], AsyncGenerator[Chunk, None]]
) -> AsyncGenerator[Chunk, None]:
    position = 0
    while position < len(script.pieces):
        if done := await session.run_together(script.pieces[position : position + _TOGETHER]):
            position += done
            continue
        piece = script.pieces[position]
        position += 1
        if piece.is_dot and dot_of(piece.text).name == "quit":
            return
        try:
            async with aclosing(said(piece)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except BusyError as error:
            raise BusyError(script.told(piece, error.message)) from error
        except AzosError as error:
            message = told(error) if isinstance(error, WriteRefusedError) else error.message
            if not script.goes_on:
                raise AzosError(script.told(piece, message), status=error.status) from error
            session.call.status = session.call.error(script.told(piece, message))


async def text_of(call: Call, file: str) -> str:
    """The script in that file, or in standard input for ``-``. Raises AzosError."""
    if file == "-":
        data = b"".join([chunk async for chunk in call.stdin.chunks()])
    else:
        try:
            with open(call.shell.resolve_path(file), "rb") as script:
                data = script.read()
        except OSError as error:
            raise AzosError(f"{file}: {error.strerror}") from error
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
