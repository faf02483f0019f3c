"""A bus with a fake clock and real lanes, breakers and cache; and commands that do what a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.builtin_call import MemoryInput, MemoryOutput
from fakes.call import FakeShell
from fakes.clock import FakeClock

from azos_shell.bus.call import Call
from azos_shell.bus.command import CachePolicy, Command, Plan, command
from azos_shell.bus.dispatch import Bus
from azos_shell.bus.services import Services
from azos_shell.bus.trace import Trace
from azos_shell.core.values import Chunk, Priority, Records

ROWS = Records(("n",), [(1,), (2,)])


@dataclass
class Changeable:
    """A validator that holds until the test says otherwise."""

    broken: str | None = None

    def reason(self, now: float) -> str | None:
        return self.broken


@dataclass
class Source:
    """What a streaming command does: it yields ``chunks``, raising what is an exception among them.

    ``before`` is awaited first; ``started`` and ``closed`` count how often it began and how often it was left.
    """

    chunks: list[Any] = field(default_factory=lambda: [b"data\n"])
    before: Callable[[], Any] | None = None
    status: int = 0
    started: int = 0
    closed: int = 0

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        self.started += 1
        try:
            if self.before is not None:
                await self.before()
            for chunk in self.chunks:
                if isinstance(chunk, BaseException):
                    raise chunk
                if callable(chunk):
                    await chunk()
                    continue
                yield chunk
            call.status = self.status
        finally:
            self.closed += 1

    def command(self, plan: Plan, *, name: str = "answer") -> Command:
        """The command of that name with that plan."""

        async def answer(call: Call) -> AsyncIterator[Chunk]:
            """Answer."""
            async for chunk in self.stream(call):
                yield chunk

        async def planner(call: Call) -> Plan:
            return plan

        return command(name, records=True, planner=planner)(answer)


class BrokenOutput(MemoryOutput):
    """An output whose reader goes away after ``room`` bytes."""

    def __init__(self, room: int, *, terminal: bool = False) -> None:
        super().__init__(terminal=terminal)
        self._room = room

    def write(self, data: bytes) -> None:
        if len(self.data) + len(data) > self._room:
            raise BrokenPipeError
        super().write(data)


class BusUnderTest:
    """Dispatches calls and keeps their outputs."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.services = Services({}, clock=self.clock)
        self.bus = Bus(self.services)
        self.shell = FakeShell("/")

    def call(
        self,
        command: Command,
        *words: str,
        stdout: MemoryOutput | None = None,
        traced: bool = False,
        fresh: bool = False,
    ) -> Call:
        """A call of the command."""
        return Call(
            command.name,
            list(words),
            stdin=MemoryInput(),
            stdout=stdout or MemoryOutput(),
            stderr=MemoryOutput(),
            shell=self.shell,
            services=self.services,
            trace=Trace(self.clock) if traced else None,
            fresh=fresh,
        )

    async def dispatch(self, command: Command, *words: str, **options: Any) -> tuple[int, bytes, bytes]:
        """Exit status, standard output and standard error of one call."""
        priority = options.pop("priority", Priority.NORMAL)
        call = self.call(command, *words, **options)
        status = await self.bus.dispatch(command, call, priority)
        return status, bytes(call.stdout.data), bytes(call.stderr.data)  # type: ignore[attr-defined]


def kept(*validators: Any, key: str = "key", **more: Any) -> Plan:
    """An inline plan whose result may be kept."""
    return Plan(cache=CachePolicy(key, validators), **more)
