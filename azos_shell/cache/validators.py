"""The proofs that a stored answer is still the answer: each says None while it holds, else in words why it
doesn't.

``now`` is monotonic time. What they look at beside it (files, variables, programs) they look at when asked.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from azos_shell.cache.stamp import FileStamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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


class FilesValidator:
    """Holds while every file has the content it had when looked at.

    A comparison is one ``stat`` a file; the content is read again only where the times can't decide.
    """

    __slots__ = ("_stamps",)

    def __init__(self, stamps: Iterable[FileStamp]) -> None:
        self._stamps = tuple(stamps)

    @classmethod
    def of(cls, paths: Iterable[str], *, hashing: bool = True) -> FilesValidator:
        """Look at files (absolute paths) now, **before** they are read. Raises as ``FileStamp.take`` does."""
        return cls(FileStamp.take(path, hashing=hashing) for path in paths)

    def __repr__(self) -> str:
        return f"FilesValidator({', '.join(stamp.path for stamp in self._stamps)})"

    @property
    def stamps(self) -> tuple[FileStamp, ...]:
        """What is known of the files."""
        return self._stamps

    def reason(self, now: float) -> str | None:
        """None if no content changed. Remembers the new times of a file that was only touched."""
        seen = []
        for stamp in self._stamps:
            reason, current = stamp.compare()
            if reason is not None:
                return reason
            seen.append(current)
        self._stamps = tuple(seen)
        return None


class EnvironmentValidator:
    """Holds while the named variables have the values they had. None stands for a variable that is not set.

    ``read`` is where variables come from: a shell's own lookup, or the environment of this process.
    """

    __slots__ = ("_read", "values")

    def __init__(
        self, values: Iterable[tuple[str, str | None]], read: Callable[[str], str | None] = os.environ.get
    ) -> None:
        self.values = tuple(values)
        self._read = read

    @classmethod
    def of(
        cls, names: Iterable[str], read: Callable[[str], str | None] = os.environ.get
    ) -> EnvironmentValidator:
        """Note the values now."""
        return cls([(name, read(name)) for name in names], read)

    def __repr__(self) -> str:
        return f"EnvironmentValidator({', '.join(name for name, _ in self.values)})"  # values may be secrets

    def reason(self, now: float) -> str | None:
        """None if all values are the same."""
        for name, value in self.values:
            current = self._read(name)
            if current != value:
                verb = (
                    "is not set any more"
                    if current is None
                    else "was not set"
                    if value is None
                    else "differs"
                )
                return f"variable {name} {verb}"
        return None


class ExecutableValidator:
    """Holds while a command name means the same program file, and that was not replaced or changed."""

    __slots__ = ("_resolve", "_stamp", "name")

    def __init__(
        self, name: str, stamp: FileStamp, resolve: Callable[[str], str | None] | None = None
    ) -> None:
        self.name = name
        self._stamp = stamp
        self._resolve = resolve

    @classmethod
    def of(
        cls, name: str, path: str, resolve: Callable[[str], str | None] | None = None
    ) -> ExecutableValidator:
        """Look at the program now. ``resolve`` finds a name on PATH; None if names don't matter."""
        return cls(name, FileStamp.take(path, hashing=False), resolve)

    def __repr__(self) -> str:
        return f"ExecutableValidator({self.name}, {self._stamp.path})"

    def reason(self, now: float) -> str | None:
        """None if the name resolves to the same, unchanged file."""
        if self._resolve is not None:
            path = self._resolve(self.name)
            if path is None:
                return f"{self.name} is not found any more"
            if path != self._stamp.path:
                return f"{self.name} is now {path}, it was {self._stamp.path}"
        reason, self._stamp = self._stamp.compare()
        return reason
