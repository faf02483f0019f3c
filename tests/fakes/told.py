"""A listener that remembers what became of requests."""

from __future__ import annotations


class Told:
    """Keeps notices, warnings and notes; ``notes`` are pairs of stage and detail."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.warnings: list[str] = []
        self.notes: list[tuple[str, str]] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def note(self, stage: str, detail: str) -> None:
        self.notes.append((stage, detail))

    def of(self, stage: str) -> list[str]:
        """What was noted of a stage."""
        return [detail for name, detail in self.notes if name == stage]
