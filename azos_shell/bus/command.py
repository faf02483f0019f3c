"""The command: a typed function with what the bus must know to run it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Any

from azos_shell.core.frozen import frozen
from azos_shell.core.values import Chunk, LaneName, Priority

if TYPE_CHECKING:
    from azos_shell.bus.call import Call
    from azos_shell.cache.validators import Evidence, Validator

Outcome = int | None | Awaitable[int | None] | AsyncIterator[Chunk]
Handler = Callable[..., Outcome]


@frozen
class Option:
    """Says how a keyword-only parameter is written: ``Annotated[bool, Option("-w", help="…")]``.

    ``flags`` are the short or further spellings; ``--parameter-name`` is always there unless ``long`` is False.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str
    long: bool

    def __init__(self, *flags: str, help: str = "", metavar: str = "", long: bool = True) -> None:
        object.__setattr__(self, "flags", flags)
        object.__setattr__(self, "help", help)
        object.__setattr__(self, "metavar", metavar)
        object.__setattr__(self, "long", long)


@frozen
class Argument:
    """Says more of a positional parameter: ``Annotated[str, Argument(help="…", complete="path")]``."""

    help: str = ""
    metavar: str = ""
    complete: str = ""
    """What completes it: ``path``, ``directory``, ``command``, ``variable``, ``job`` or nothing."""


@frozen
class CachePolicy:
    """That and how the result of this dispatch may be kept.

    ``key`` tells this result from every other of the command. ``validators`` were taken *before* the run, so that a
    change during it is seen as a change. ``codes`` are the exit statuses worth keeping.
    """

    key: Hashable
    validators: tuple[Validator, ...] = ()
    ttl_seconds: float = 300.0
    codes: frozenset[int] = frozenset({0})
    durable: Callable[[], Evidence | None] | None = None


@frozen
class Plan:
    """What a dispatch asks of the bus. ``circuit`` names what it depends on.

    ``only_for_reader`` says that it has no effect but its output, so that it can be ended once nobody reads that.
    ``by_itself`` says that the command sees to cache and circuits itself, since what it asks for takes several steps of
    which each has its own (``http``); it heeds ``call.fresh``.
    """

    lane: LaneName = LaneName.INLINE
    priority: Priority | None = None
    cache: CachePolicy | None = None
    time_limit_seconds: float | None = None
    circuit: str | None = None
    only_for_reader: bool = False
    by_itself: bool = False


Planner = Callable[..., Plan | Awaitable[Plan]]


@frozen
class Command:
    """A command as the registry holds it.

    ``raw`` commands get their words as they are, in ``call.args``; the others get them parsed by their signature.
    ``records`` commands yield ``Records`` and take the format options (``--json`` and kin); ``reads_records`` ones read
    their input by ``call.records()`` and can be given it as it is. ``options_first`` ends
    option parsing at the first operand, as for commands that run a command. ``special`` marks the special built-ins
    of POSIX 2.14, ``waits`` a raw command that takes its time. ``planner(call, **bound)`` gives the plan; without one
    the lane alone does.
    """

    name: str
    function: Handler
    lane: LaneName = LaneName.INLINE
    raw: bool = False
    records: bool = False
    reads_records: bool = False
    special: bool = False
    options_first: bool = False
    waits: bool = False
    usage: str = ""
    planner: Planner | None = None
    category: str = ""

    @property
    def is_job(self) -> bool:
        """Whether it is a job at the prompt: it may take its time, and does not act on the shell itself."""
        return self.waits or not self.raw

    @property
    def documentation(self) -> str:
        """The docstring, as written."""
        return self.function.__doc__ or ""

    @property
    def summary(self) -> str:
        """The docstring's first line."""
        return self.documentation.strip().split("\n", 1)[0]


def command(
    name: str,
    *,
    lane: LaneName = LaneName.INLINE,
    raw: bool = False,
    records: bool = False,
    reads_records: bool = False,
    special: bool = False,
    options_first: bool = False,
    waits: bool = False,
    usage: str = "",
    planner: Planner | None = None,
    category: str = "",
) -> Callable[[Handler], Command]:
    """Make a ``Command`` of a function: ``@command("pwd", raw=True)``."""

    def make(function: Handler) -> Command:
        return Command(
            name=name,
            function=function,
            lane=lane,
            raw=raw,
            records=records,
            reads_records=reads_records,
            special=special,
            options_first=options_first,
            waits=waits,
            usage=usage,
            planner=planner,
            category=category,
        )

    return make


def planned(call: Call, command: Command, bound: dict[str, Any]) -> Plan | Awaitable[Plan]:
    """The plan of this call: the planner's, else the command's lane and nothing else."""
    if command.planner is None:
        return Plan(lane=command.lane)
    return command.planner(call, **bound)
