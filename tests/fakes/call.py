"""A call without a bus.

Standard input from memory, outputs into memory, a shell that stands in one directory.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from typing import Any

from fakes.clock import FakeClock

from azos_shell.plugin import Call, Records, Services


class FakeInput:
    """Gives its chunks one by one and remembers whether it was read."""

    def __init__(self, chunks: Iterable[bytes] = (), *, terminal: bool = False) -> None:
        self._chunks = iter(chunks)
        self._terminal = terminal
        self.was_read = False

    async def read(self, size: int = 65536) -> bytes:
        self.was_read = True
        return next(self._chunks, b"")

    async def chunks(self) -> AsyncIterator[bytes]:
        while chunk := await self.read():
            yield chunk

    def fileno(self) -> int:
        raise OSError("not a file")

    def is_terminal(self) -> bool:
        return self._terminal


class FakeOutput:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data

    async def drain(self) -> None:
        pass

    def fileno(self) -> int:
        raise OSError("not a file")

    def is_terminal(self) -> bool:
        return False


class FakeShell:
    """A shell view with variables of its own."""

    is_interactive = False
    origin = "azos: "

    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self.variables: dict[str, str] = {}

    def has_option(self, name: str) -> bool:
        return False

    def get(self, name: str) -> str | None:
        return self.variables.get(name)

    def set(self, name: str, value: str) -> None:
        self.variables[name] = value

    def environment(self) -> dict[str, str]:
        return self.variables

    def resolve_path(self, path: str) -> str:
        return os.path.join(self.cwd, path)


class FakeCall(Call):
    """``run(command, *words)`` binds the words by the command's signature and gathers what it yields."""

    def __init__(
        self,
        cwd: str = "/",
        *,
        stdin: bytes | Iterable[bytes] = b"",
        terminal: bool = False,
        services: Services | None = None,
    ) -> None:
        self.input = FakeInput(
            [stdin] if isinstance(stdin, bytes) and stdin else stdin or (), terminal=terminal
        )
        self.output = FakeOutput()
        self.errors = FakeOutput()
        super().__init__(
            "fake",
            [],
            stdin=self.input,
            stdout=self.output,
            stderr=self.errors,
            shell=FakeShell(cwd),
            services=services or Services({}, clock=FakeClock()),
        )

    def bound(self, command: Any, *words: str) -> dict[str, Any]:
        """The arguments that these words mean."""
        self.name = command.name
        return self.services.registry.signature(command).bind(list(words))

    def plan(self, command: Any, *words: str) -> Any:
        """What the command's planner says to these words."""
        return command.planner(self, **self.bound(command, *words))

    def chunks(self, command: Any, *words: str) -> Any:
        """The stream of chunks that these words give."""
        from azos_shell.bus.signature import call_arguments

        bound = self.bound(command, *words)
        self.format = bound.get("bus:format")
        positional, keywords = call_arguments(self.services.registry.signature(command), bound)
        return command.function(self, *positional, **keywords)

    async def run(self, command: Any, *words: str) -> list[dict[str, Any]] | bytes:
        """Rows as dictionaries for records, else the bytes."""
        rows: list[dict[str, Any]] = []
        data = bytearray()
        async for chunk in self.chunks(command, *words):
            if isinstance(chunk, Records):
                rows += [dict(zip(chunk.columns, row, strict=True)) for row in chunk.rows]
            else:
                data += chunk
        return rows if command.records and not data else bytes(data)
