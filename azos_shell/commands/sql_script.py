"""Scripts: several statements and dot commands, from a file, from standard input or from the command line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

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
from azos_shell.pools.sqlite_worker import SqliteWorker


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

    def place(self, piece: Piece) -> str:
        """What stands before an error of that piece."""
        return "" if self.origin is None else f"{self.origin}, line {piece.line}: "


async def run_script(call: Call, question: Question, script: Script) -> AsyncGenerator[Chunk, None]:
    """Run the pieces and yield what each says, formatted; as records where only one of them can give any.

    What writes is one transaction unless the script has its own. Raises AzosError with the place of the piece that
    failed; of a script that goes on the errors are told, and the status is 1 if there were any.
    """
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(worker_of(call, question))
        if question.write:
            begins = script.is_one_transaction
            await stack.enter_async_context(one_transaction(worker, begins=begins))
        tables = Tables(call, worker, question.reading)
        side = SqliteSide(worker, tables, question.parameters, write=question.write)
        chunks = said_by(call, side, script)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk
        if side.in_transaction and not (question.write and script.is_one_transaction):
            _tell_of_open_transaction(call, worker, question)


async def said_by(call: Call, side: Side, script: Script) -> AsyncGenerator[Chunk, None]:
    """What the pieces say on one side."""
    session = Session(call, side)
    as_records = sum(piece.may_give_rows for piece in script.pieces) <= 1
    for piece in script.pieces:
        if piece.is_dot and dot_of(piece.text).name == "quit":
            return
        try:
            chunks = session.answered(piece) if as_records else session.said(piece)
            async with aclosing(chunks):
                async for chunk in chunks:
                    yield chunk
        except BusyError as error:
            raise BusyError(script.place(piece) + error.message) from error
        except AzosError as error:
            message = told(error) if isinstance(error, WriteRefusedError) else error.message
            if not script.goes_on:
                raise AzosError(script.place(piece) + message, status=error.status) from error
            call.status = call.error(script.place(piece) + message)


def _tell_of_open_transaction(call: Call, worker: SqliteWorker, question: Question) -> None:
    if question.write and worker.mode != "memory":
        call.error("the script ends inside a transaction, which is undone: COMMIT is missing")
