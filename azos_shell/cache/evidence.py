"""Evidence of a traced run: from what a program looked at to what its answer rests on, or why it can't be kept.

The trace tells names only, and only afterwards. So everything is looked at when the run is over, and what was changed
while it ran (its time of status change is not before the start) is refused: nobody knows which of two contents the
program saw. What the program itself made it can't have depended on; what it both read and changed will be another thing
the next time.

Times count where a program asked for them: a file whose ``stat`` it looked at by name is another file once touched,
one that it only opened is not. Of the working directory that a shell compares with PWD, and of the directories above it
that were merely passed through on the way to a file, only their place and permissions count.
"""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from azos_shell.cache.dependencies import (
    Absence,
    Dependency,
    FileContent,
    FileMetadata,
    LinkTarget,
    Listing,
    Permission,
    PseudoFile,
    Refusal,
    names_hash,
)
from azos_shell.cache.stamp import HASHED_UP_TO_BYTES, FileStamp
from azos_shell.cache.tracer import is_privileged
from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from azos_shell.cache.trace_log import Accesses

TICK_NS = 20_000_000
"""File times are those of the last tick of the kernel, at most 10 ms ago; twice that to be sure."""

_HARMLESS_DEVICES = frozenset({"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"})
_STANDARD = frozenset(
    f"{directory}/{number}" for directory in ("/dev/fd", "/proc/self/fd") for number in (0, 1, 2)
) | {"/dev/stdin", "/dev/stdout", "/dev/stderr"}
"""Its standard files by name: the input is watched or part of the key, the outputs are kept."""
_OF_NO_CONCERN = _HARMLESS_DEVICES | _STANDARD
_MEMORY = "/dev/shm/"
"""Files like any other, in memory."""
_TELL_TIME = frozenset({"date", "cal", "ncal", "uptime", "w", "who", "last", "hwclock", "timedatectl"})
"""Standard programs whose subject is the time: that others ask for it can't be seen (the vDSO needs no kernel)."""
_RANDOM = frozenset({"/dev/random", "/dev/urandom"})
_OWN_PROCESS = ("/proc/self/", "/proc/thread-self/")
_OWN_PROCESS_FIXED = frozenset({"/proc/self/exe", "/proc/self/maps", "/proc/self/fd", "/proc/self/task"})
"""What a program finds here concerns its own insides: what it has open, where it is loaded."""


@frozen
class Permitted:
    """What a run may do and be kept all the same, since the user said so."""

    network: bool = False
    clock: bool = False
    terminal: bool = False
    random: bool = False
    writes: bool = False
    outputs: bool = False
    """Files written are part of the answer."""
    times: bool = True
    """Whether times count where the program asked for them."""


@frozen
class Gathered:
    """What an answer rests on, and the files that are part of it."""

    dependencies: tuple[Dependency, ...]
    outputs: tuple[str, ...] = ()


class NotKept(Exception):
    """Why an answer can't be kept, as a clause."""


@frozen
class Surroundings:
    """What is known of a run beside its trace. ``listings`` are the names that directories held before it began."""

    started_wall_ns: int
    temporary: str
    cwd: str
    own: tuple[str, ...] = ()
    listings: Mapping[str, list[str]] = {}
    hashed_up_to_bytes: int = HASHED_UP_TO_BYTES


def gather(seen: Accesses, around: Surroundings, permitted: Permitted) -> Gathered:
    """What the answer rests on. Raises NotKept."""
    if not seen.is_whole:
        raise NotKept(seen.problem or "its trace is not whole")
    _check_world(seen, permitted)
    outputs = _check_writes(seen, around, permitted)
    witness = _Witness(seen, around, permitted)
    witness.look()
    return Gathered(tuple(witness.found), tuple(outputs))


def _check_world(seen: Accesses, permitted: Permitted) -> None:
    """Refuse what depends on more than files."""
    if seen.network and not permitted.network:
        raise NotKept(f"it used the network ({_first(seen.network)}); --allow network keeps it all the same")
    if seen.terminal and not permitted.terminal:
        raise NotKept(f"it read the terminal ({_first(seen.terminal)})")
    if seen.clock and not permitted.clock:
        raise NotKept(f"it asked for the time ({_first(seen.clock)}); --allow clock keeps it all the same")
    if seen.volatile:
        raise NotKept(f"it asked for what changes all the time ({_first(seen.volatile)})")
    for path in sorted(seen.executed):
        if os.path.basename(path) in _TELL_TIME and not permitted.clock:
            raise NotKept(f"it ran {path}, which tells the time; --allow clock keeps it all the same")
        if is_privileged(path):
            raise NotKept(
                f"{path} runs with other rights, and what it does then can't be traced (try --no-trace)"
            )


def _check_writes(seen: Accesses, around: Surroundings, permitted: Permitted) -> list[str]:
    """Refuse what left something behind; the files that are part of the answer."""
    outputs = []
    for path in sorted(seen.written):
        if _is_passing(path, around) or path in _OF_NO_CONCERN:
            continue
        if permitted.outputs:
            outputs.append(path)
        elif not permitted.writes:
            raise NotKept(
                f"it wrote {path}; --outputs keeps what it wrote too, --allow writes keeps what it said alone"
            )
    return outputs


def _is_passing(path: str, around: Surroundings) -> bool:
    """Whether a file is of no concern afterwards: a temporary one, a compiled module, or azos's own.

    Where one works below the place for temporary files, what is left there is no temporary file.
    """
    return (
        (_is_under(path, around.temporary) and not (_is_under(path, around.cwd) and os.path.lexists(path)))
        or _is_compiled(path)
        or _is_own(path, around)
    )


def _is_own(path: str, around: Surroundings) -> bool:
    """Whether it is a file of azos's own."""
    return any(_is_under(path, place) for place in around.own)


def _is_compiled(path: str) -> bool:
    """Python's cache of a compiled module: it follows the source, which is looked at as well."""
    return "/__pycache__/" in path or path.endswith("/__pycache__")


def _is_under(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


class _Witness:
    """Looks at everything that a trace names."""

    def __init__(self, seen: Accesses, around: Surroundings, permitted: Permitted) -> None:
        self._seen = seen
        self._around = around
        self._permitted = permitted
        self._ignored = set(seen.made)
        self.found: list[Dependency] = []

    def look(self) -> None:
        """Fill ``found``. Raises NotKept."""
        seen = self._seen
        self._let_the_tick_pass()
        for path in sorted(seen.read | seen.executed):
            self._content(path)
        for path in sorted(seen.listed):
            self._listing(path)
        for path in sorted(seen.looked_at):
            self._metadata(path, follow=True)
        for path in sorted(seen.lstat):
            self._metadata(path, follow=False)
        for path in sorted(seen.readlink):
            self._link(path)
        for path in sorted((seen.passed | seen.accessible) - seen.looked_at):
            self._permission(path)
        for path in sorted(seen.absent):
            self._absence(path)
        for path in sorted(seen.denied):
            self._refusal(path)

    def _let_the_tick_pass(self) -> None:
        """A change that came in the tick in which we look could bear the very times that we see: look a tick later."""
        time.sleep(TICK_NS / 1e9)

    def _content(self, path: str) -> None:
        if path in self._ignored or self._is_own(path):
            return
        if path.startswith(("/dev/", "/proc/", "/sys/")) and not path.startswith(_MEMORY):
            self._pseudo(path)
            return
        if self._seen_changing(path):
            return
        try:
            stamp = FileStamp.take(path, hashed_up_to_bytes=self._around.hashed_up_to_bytes)
        except OSError as error:
            raise NotKept(f"{path} can't be looked at: {error.strerror}") from error
        if not stamp.exists:
            raise NotKept(f"{path} was there while it ran and is gone now")
        if stat.S_ISDIR(stamp.mode):
            self._metadata(path, follow=True)
            return
        if not stat.S_ISREG(stamp.mode):
            raise NotKept(f"it read {path}, which is no regular file")
        self._refuse_if_changed(path, stamp.ctime_ns)
        self.found.append(FileContent(stamp))
        if path in self._seen.executed:
            self._interpreter(path)

    def _pseudo(self, path: str) -> None:
        if path in _OF_NO_CONCERN or path in _OWN_PROCESS_FIXED or path.startswith("/proc/self/fd/"):
            return
        if path in _RANDOM:
            if not self._permitted.random:
                raise NotKept(f"it read {path}; --allow random keeps it all the same")
            return
        if path.startswith(("/dev/", *_OWN_PROCESS)):
            raise NotKept(f"it read {path}, which gives something else every time")
        try:
            self.found.append(PseudoFile.of(path))
        except OSError as error:
            raise NotKept(f"{path} can't be read: {error.strerror}") from error

    def _interpreter(self, path: str) -> None:
        """The kernel opens the interpreter of a script itself, which no trace shows."""
        try:
            with open(path, "rb") as file:
                line = file.readline(256)
        except OSError:
            return
        if line.startswith(b"#!"):
            words = line[2:].split()
            if words:
                self._content(os.fsdecode(words[0]))

    def _listing(self, path: str) -> None:
        if path in self._ignored or self._is_own(path):
            return
        if path.startswith("/proc/"):
            if path.startswith("/proc/self/"):
                return  # its own descriptors and threads
            raise NotKept(f"it listed {path}, which changes all the time")
        try:
            names = os.listdir(path)
            changed = os.stat(path).st_mtime_ns
        except OSError as error:
            raise NotKept(f"{path} can't be listed: {error.strerror}") from error
        if self._is_since_start(changed) and not self._was_changed_by_itself_alone(path, names):
            raise NotKept(f"files came or went in {path} while it ran")
        self.found.append(Listing(path, names_hash(names)))

    def _metadata(self, path: str, *, follow: bool) -> None:
        if path in self._ignored or self._is_own(path) or path.startswith(("/dev/", "/proc/", "/sys/")):
            return
        if self._seen_changing(path):
            return
        if not self._permitted.times or (_is_compiled(path) and os.path.isdir(path)):
            self._permission(path)
            return
        try:
            found = FileMetadata.of(path, follow=follow)
        except OSError as error:
            raise NotKept(f"{path} can't be looked at: {error.strerror}") from error
        if self._is_since_start(found.ctime_ns):
            if not found.is_directory or not self._was_changed_by_itself_alone(path, None):
                raise NotKept(f"{path} changed while it ran")
            self._permission(path)  # its own making of files in there is no news to it
            return
        self.found.append(found)

    def _permission(self, path: str) -> None:
        if path in self._ignored or self._is_own(path) or path.startswith(("/dev/", "/proc/")):
            return
        try:
            self.found.append(Permission.of(path))
        except OSError as error:
            raise NotKept(f"{path} can't be looked at: {error.strerror}") from error

    def _link(self, path: str) -> None:
        if path.startswith("/proc/") or path in self._ignored or self._is_own(path):
            return
        try:
            self.found.append(LinkTarget.of(path))
        except OSError as error:
            raise NotKept(f"{path} can't be looked at: {error.strerror}") from error

    def _absence(self, path: str) -> None:
        if self._is_own(path) or path in self._seen.written:
            if path in self._seen.written and not _is_compiled(path) and os.path.lexists(path):
                raise NotKept(f"it made {path}, which it had looked for: the next run will find it")
            return
        if os.path.exists(path):
            raise NotKept(f"{path} appeared while it ran")
        self.found.append(Absence(path))

    def _refusal(self, path: str) -> None:
        if self._is_own(path) or path in _HARMLESS_DEVICES:
            return
        refusal = Refusal.of(path)
        if refusal is not None:
            self.found.append(refusal)

    def _seen_changing(self, path: str) -> bool:
        """Whether the file is one that it changed, which it may only have done to what nobody depends on."""
        if path not in self._seen.written:
            return False
        if _is_compiled(path):
            return True
        raise NotKept(f"it reads {path} and changes it")

    def _refuse_if_changed(self, path: str, ctime_ns: int) -> None:
        if self._is_since_start(ctime_ns):
            raise NotKept(f"{path} changed while it ran")

    def _is_since_start(self, time_ns: int) -> bool:
        return time_ns >= self._around.started_wall_ns - TICK_NS // 2

    def _was_changed_by_itself_alone(self, path: str, names: list[str] | None) -> bool:
        """Whether a directory that changed holds what it held before, but for what the program made or took away."""
        before = self._around.listings.get(path.rstrip("/") or "/")
        if before is None:
            return False
        try:
            now = set(os.listdir(path) if names is None else names)
        except OSError:
            return False
        prefix = path.rstrip("/") + "/"
        own = {
            written[len(prefix) :].partition("/")[0]
            for written in self._seen.written
            if written.startswith(prefix)
        }
        return now ^ set(before) <= own

    def _is_own(self, path: str) -> bool:
        return _is_own(path, self._around)


def _first(texts: Iterable[str]) -> str:
    return min(texts)
