"""The prompt of ``sql DB``: statements are typed, run on one connection, and shown, until the person leaves."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from azos_shell.bus.dialogue import Completions, DialogueLines
from azos_shell.commands.sql_completion import complete, names_in
from azos_shell.commands.sql_dot import dot_help, dot_of
from azos_shell.commands.sql_pieces import Piece, is_unfinished, pieces_of
from azos_shell.commands.sql_question import Question
from azos_shell.commands.sql_script import Script, said_by, text_of
from azos_shell.commands.sql_session import Session
from azos_shell.commands.sql_side import Schema, Side, SqliteSide, told
from azos_shell.commands.sql_tables import Tables
from azos_shell.language.visible import visible
from azos_shell.plugin import AzosError, BusyError, Call, UsageError
from azos_shell.pools.sqlite_errors import WriteRefusedError


async def talk(call: Call, question: Question) -> None:
    """Prompt until ``.quit`` or Ctrl-D. Raises AzosError if the database can't be opened at all."""
    if call.services.open_dialogue is None:
        raise UsageError("QUERY is missing")
    async with _side(call, question) as side:
        prompt = Prompt(call, side, question)
        await prompt.greet()
        lines = call.services.open_dialogue(call, prompt)
        try:
            await prompt.converse(lines)
        finally:
            lines.close()
        if side.in_transaction and question.write:
            call.error("the transaction that was not committed is undone")


@asynccontextmanager
async def _side(call: Call, question: Question) -> AsyncIterator[Side]:
    if question.engine == "duckdb":
        from azos_shell.commands.sql_duckdb import duckdb_side

        async with duckdb_side(call, question) as duck:
            yield duck
        return
    # A connection of its own, not the pool's writer: nobody else in this shell should wait for a person.
    async with call.services.sqlite.private(question.path, write=question.write) as worker:
        tables = Tables(call, worker, question.reading)
        yield SqliteSide(worker, tables, question.parameters, write=question.write)


_WORDS = {"exit": ".quit", "quit": ".quit", "help": ".help"}
"""What people type to any prompt; none of these begins a statement."""


class Prompt:
    """One conversation; for the line editor, a ``bus.dialogue.Dialogue``."""

    name = "sql"

    def __init__(self, call: Call, side: Side, question: Question) -> None:
        self._call = call
        self._side = side
        self._question = question
        self._session = Session(call, side, counts=True)
        self._schema: Schema = {}
        self._leaves = False

    # -- what the line editor asks -----------------------------------------------------------------------------

    @property
    def prompt(self) -> str:
        """``sql*> `` while a transaction is open."""
        return "sql*> " if self._side.in_transaction else "sql> "

    def is_unfinished(self, text: str) -> bool:
        """Whether a statement goes on."""
        return text.strip().lower() not in _WORDS and is_unfinished(text)

    def completions(self, before: str, after: str) -> Completions:
        """Of the statement that the cursor is in."""
        begin = _statement_before(before)
        found = complete(before[begin:], after, self._schema, self._names_in)
        return Completions(begin + found.start, found.found)

    def _names_in(self, directory: str) -> list[str]:
        return names_in(self._call.shell.resolve_path(directory or "."))

    # -- the conversation --------------------------------------------------------------------------------------

    async def greet(self) -> None:
        """Say what is open, and thereby that it can be opened."""
        self._schema = await self._side.columns()
        path = self._question.path
        tables = f"{len(self._schema)} table{'' if len(self._schema) == 1 else 's'}"
        place = "in memory" if path is None else visible(os.path.basename(path))
        rights = "" if self._question.write else ", not written to without --write"
        self._say(f"{place}: {tables}{rights}. Statements end with ; and .help tells more.\n")

    async def converse(self, lines: DialogueLines) -> None:
        """Run what is typed."""
        while not self._leaves and (text := await lines.read()) is not None:
            text = _WORDS.get(text.strip().lower(), text)
            for piece in tuple(pieces_of(text)):
                if self._leaves or not await self._run(lines, piece):
                    break

    async def _run(self, lines: DialogueLines, piece: Piece) -> bool:
        """Run one piece; whether those that were typed behind it still mean something."""
        try:
            if await lines.interruptible(self._said(piece)):
                return True
            self._say("\ninterrupted\n")
        except BusyError as error:
            self._call.error(error.message + self._holders())
        except WriteRefusedError as error:
            self._call.error(told(error))
        except AzosError as error:
            self._call.error(error.message)
        return False

    async def _said(self, piece: Piece) -> None:
        await self._side.prepare()
        chunks = self._of_prompt(piece)
        if chunks is None:
            await self._session.deliver(piece)
        else:
            async with aclosing(chunks):
                async for chunk in chunks:
                    self._call.stdout.write(chunk)
                    await self._call.stdout.drain()
        self._schema = await self._side.columns()

    def _of_prompt(self, piece: Piece) -> AsyncGenerator[bytes, None] | None:
        """What a dot command says that only means something here; None for all else."""
        if not piece.is_dot:
            return None
        dot = dot_of(piece.text)
        if dot.name == "quit":
            self._leaves = True
            return _text("")
        if dot.name == "help":
            return _text(dot_help())
        if dot.name == "read":
            if dot.argument is None:
                raise AzosError(".read needs the name of a file")
            return self._read(dot.argument)
        return None

    async def _read(self, file: str) -> AsyncGenerator[bytes, None]:
        script = Script.of(await text_of(self._call, file), file)
        async with aclosing(said_by(self._session, script)) as chunks:
            async for chunk in chunks:
                yield chunk

    def _holders(self) -> str:
        from azos_shell.commands.sql_holders import told_holders

        path = self._question.path if self._question.engine == "sqlite" else None  # DuckDB says who it is
        return "" if path is None else told_holders(path)

    def _say(self, text: str) -> None:
        self._call.stderr.write(text.encode("utf-8", "surrogateescape"))

    def __repr__(self) -> str:
        return f"<Prompt of {self._side!r}>"


def _statement_before(text: str) -> int:
    """Where the statement begins that ``text`` ends in."""
    begin = 0
    pieces = tuple(pieces_of(text))
    for piece in pieces:
        begin = text.index(piece.text, begin)
        end = begin + len(piece.text)
        if not is_unfinished(piece.text) and not piece.is_dot:
            begin = end
    return begin if pieces else len(text) - len(text.lstrip())


async def _text(text: str) -> AsyncGenerator[bytes, None]:
    yield text.encode()
