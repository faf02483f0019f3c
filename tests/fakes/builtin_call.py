"""A call for built-ins under test: output in memory, a shell of a few variables, services made by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from types import SimpleNamespace
from typing import Any

from azos_shell.bus.call import Call
from azos_shell.bus.command import Command
from azos_shell.bus.signature import Signature, call_arguments
from azos_shell.core.errors import AzosError
from azos_shell.core.values import Chunk
from azos_shell.shell.state import Options


class MemoryOutput:
    """Output that is kept; ``terminal`` makes it look like one."""

    def __init__(self, *, terminal: bool = False) -> None:
        self.data = bytearray()
        self._terminal = terminal

    def write(self, data: bytes) -> None:
        self.data += data

    async def drain(self) -> None:
        return

    def fileno(self) -> int:
        raise OSError("memory has no descriptor")

    def is_terminal(self) -> bool:
        return self._terminal


class MemoryInput:
    """Input from memory."""

    def __init__(self, data: bytes = b"", *, terminal: bool = False) -> None:
        self._data = data
        self._terminal = terminal

    async def read(self, size: int = 65536) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    async def chunks(self) -> AsyncIterator[bytes]:
        while chunk := await self.read():
            yield chunk

    def fileno(self) -> int:
        raise OSError("memory has no descriptor")

    def is_terminal(self) -> bool:
        return self._terminal


class FakeShell:
    """Variables, options, a working directory, and nothing else."""

    def __init__(self, cwd: str = "/", variables: Mapping[str, str] | None = None) -> None:
        self.cwd = cwd
        self.variables = dict(variables or {})
        self.read_only: set[str] = set()
        self.is_interactive = False
        self.origin = "azos: "
        self.state = SimpleNamespace(options=Options())

    def has_option(self, name: str) -> bool:
        return False

    def get(self, name: str) -> str | None:
        return self.variables.get(name)

    def set(self, name: str, value: str) -> None:
        if name in self.read_only:
            raise AzosError(f"{name}: read-only variable")
        self.variables[name] = value

    def environment(self) -> Mapping[str, str]:
        return self.variables

    def resolve_path(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.cwd.rstrip('/')}/{path}"


class BuiltinCall(Call):
    """A real ``Call`` whose files are memory; what was written is read back as bytes."""

    stdout: MemoryOutput
    stderr: MemoryOutput
    shell: FakeShell

    @property
    def out(self) -> bytes:
        return bytes(self.stdout.data)

    @property
    def err(self) -> bytes:
        return bytes(self.stderr.data)


def builtin_call(
    name: str,
    *args: str,
    shell: FakeShell | None = None,
    terminal: bool = False,
    stdin: MemoryInput | None = None,
    **services: Any,
) -> BuiltinCall:
    """A call of ``name`` with these words; ``services`` are the attributes of ``call.services``."""
    holder: Any = SimpleNamespace(**services)
    return BuiltinCall(
        name,
        list(args),
        stdin=stdin or MemoryInput(),
        stdout=MemoryOutput(terminal=terminal),
        stderr=MemoryOutput(terminal=terminal),
        shell=shell or FakeShell(),
        services=holder,
    )


async def run_typed(command: Command, call: Call) -> tuple[int, list[Chunk]]:
    """Parse the call's words by the command's signature and run it; its status and what it yielded."""
    signature = Signature.of(command)
    positional, keywords = call_arguments(signature, signature.bind(call.args))
    outcome: Any = command.function(call, *positional, **keywords)
    if isinstance(outcome, AsyncIterator):
        chunks = [chunk async for chunk in outcome]
        return call.status, chunks
    status = await outcome if isinstance(outcome, Awaitable) else outcome
    return status or 0, []
