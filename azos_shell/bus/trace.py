"""The trace: what each stage of one dispatch took and decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from azos_shell.core.clock import Clock

STAGES = ("resolve", "plan", "cache", "admit", "guard", "run", "record", "deliver")
"""The stages of a dispatch, in order (see docs/architecture.md)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage that was passed. ``ended`` says that the dispatch ended in it: a hit, a refusal, an error."""

    name: str
    seconds: float
    detail: str = ""
    ended: bool = False


class Note:
    """What is said of a stage while it runs: ``detail`` in words, ``ended`` if nothing comes after it."""

    __slots__ = ("_began", "_name", "_trace", "detail", "ended")

    def __init__(self, trace: Trace, name: str) -> None:
        self._trace = trace
        self._name = name
        self._began = 0.0
        self.detail = ""
        self.ended = False

    def __enter__(self) -> Note:
        self._began = self._trace.clock.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        seconds = self._trace.clock.monotonic() - self._began
        if error is not None:
            self.ended = True
            self.detail = self.detail or str(error) or type(error).__name__
        self._trace.add(Stage(self._name, seconds, self.detail, self.ended))


class Trace:
    """Collects the stages of one dispatch: ``with trace.stage("cache") as note: note.detail = "hit"``.

    A stage that raises is noted as the one in which the dispatch ended.
    """

    __slots__ = ("_stages", "clock")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._stages: list[Stage] = []

    def stage(self, name: str) -> Note:
        """Measure a stage from entering the ``with`` block to leaving it."""
        return Note(self, name)

    def add(self, stage: Stage) -> None:
        """Note a stage that was measured elsewhere."""
        self._stages.append(stage)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages passed so far, in the order they ended."""
        return tuple(self._stages)

    @property
    def seconds(self) -> float:
        """What the stages took together."""
        return sum(stage.seconds for stage in self._stages)

    def __repr__(self) -> str:
        return f"<Trace {' '.join(stage.name for stage in self._stages) or 'empty'}>"
