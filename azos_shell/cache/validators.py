"""The proofs that a stored answer is still the answer: each says None while it holds, else in words why it
doesn't.

``now`` is monotonic time. What they look at beside it (files, programs, databases) they look at when asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from azos_shell.cache.dependencies import FileContent, from_row
from azos_shell.cache.stamp import FileStamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azos_shell.cache.dependencies import Dependency, Row


class Validator(Protocol):
    """One condition under which a stored answer may be given again."""

    def reason(self, now: float) -> str | None:
        """None if the condition holds at ``now``, else why not, as a clause: ``data.db has changed``."""
        ...


class TtlValidator:
    """Holds until a point in monotonic time."""

    __slots__ = ("expires_at",)

    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at

    def __repr__(self) -> str:
        return f"TtlValidator(expires_at={self.expires_at})"

    def reason(self, now: float) -> str | None:
        """None before ``expires_at``."""
        return None if now < self.expires_at else f"it expired {now - self.expires_at:.1f} s ago"


class Evidence:
    """Holds while everything that was recorded of files, directories and databases is as it was.

    It outlives the process: ``rows`` are its plain values. ``has_news`` says that a comparison has learnt something
    worth keeping (the new times of a file that was only touched).
    """

    __slots__ = ("dependencies", "has_news")

    def __init__(self, dependencies: Iterable[Dependency]) -> None:
        self.dependencies = tuple(dependencies)
        self.has_news = False

    @classmethod
    def of_files(cls, paths: Iterable[str], *, hashing: bool = True) -> Evidence:
        """Look at files (absolute paths) now, **before** they are read. Raises as ``FileStamp.take`` does."""
        return cls(FileContent(FileStamp.take(path, hashing=hashing)) for path in paths)

    @classmethod
    def from_rows(cls, rows: Iterable[Row]) -> Evidence:
        """What was kept by ``rows``. Raises ValueError for what this azos does not understand."""
        return cls(from_row(row) for row in rows)

    def rows(self) -> list[Row]:
        """Plain values, for ``from_rows``."""
        return [dependency.row() for dependency in self.dependencies]

    def reason(self, now: float) -> str | None:
        """None if nothing has changed. Remembers the new times of a file that was only touched."""
        changed: list[Dependency] | None = None
        for position, dependency in enumerate(self.dependencies):
            reason, current = dependency.compare()
            if reason is not None:
                return reason
            if current is not dependency:
                if changed is None:
                    changed = list(self.dependencies)
                changed[position] = current
        if changed is not None:
            self.dependencies = tuple(changed)
            self.has_news = True
        return None

    def reasons(self) -> list[str]:
        """Everything that does not hold any more."""
        return [reason for dependency in self.dependencies if (reason := dependency.compare()[0]) is not None]

    def __len__(self) -> int:
        return len(self.dependencies)

    def __repr__(self) -> str:
        return f"<Evidence of {len(self.dependencies)} dependencies>"


class LiveProof:
    """A proof of this process, quick and exact, beside the evidence that outlives it.

    While the process lives the proof decides; what is kept for others is the evidence.
    """

    __slots__ = ("evidence", "proof")

    def __init__(self, proof: Validator, evidence: Evidence) -> None:
        self.proof = proof
        self.evidence = evidence

    def reason(self, now: float) -> str | None:
        """None while the proof holds."""
        return self.proof.reason(now)

    def __repr__(self) -> str:
        return f"LiveProof({self.proof!r}, {self.evidence!r})"
