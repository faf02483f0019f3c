"""What the bus costs a built-in, measured inside a process: prints three medians in seconds, one JSON object.

inline   a raw built-in: one call and one counter
stages   a typed command: all eight stages
hit      a typed command whose answer is in the cache
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))  # a shell and an output that cost nothing

from fakes.call import FakeOutput, FakeShell

from azos_shell.bus.dispatch import Bus
from azos_shell.plugin import CachePolicy, Call, Command, LaneName, Plan, Services, command

CALLS = 2_000
ROUNDS = 9


@command("inline-noop", raw=True)
def inline_noop(call: Call) -> int:
    """Write a line."""
    call.write("x\n")
    return 0


@command("staged-noop")
def staged_noop(call: Call, word: str, *, flag: bool = False) -> int:
    """Write a line, after the signature has parsed the words."""
    call.write("x\n")
    return 0


def _keep(call: Call, word: str) -> Plan:
    return Plan(lane=LaneName.INLINE, cache=CachePolicy(key=word))


@command("cached-noop", planner=_keep)
async def cached_noop(call: Call, word: str) -> AsyncIterator[bytes]:
    """Give a line that may be kept."""
    yield b"x\n"


async def seconds_per_call(bus: Bus, command: Command, words: list[str]) -> float:
    """The median over rounds of the mean cost of a dispatch."""
    output, shell = FakeOutput(), FakeShell("/")
    costs = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(CALLS):
            call = Call(
                command.name,
                words,
                stdin=None,
                stdout=output,
                stderr=output,
                shell=shell,
                services=bus.services,
            )
            await bus.dispatch(command, call)
        costs.append((time.perf_counter() - started) / CALLS)
    return statistics.median(costs)


async def main() -> None:
    """Measure and print."""
    services = Services({})
    bus = Bus(services)
    commands = [("inline", inline_noop), ("stages", staged_noop), ("hit", cached_noop)]
    for _, one in commands:
        services.registry.register(one)
    print(json.dumps({name: await seconds_per_call(bus, one, ["word"]) for name, one in commands}))
    await services.aclose()


if __name__ == "__main__":
    asyncio.run(main())
