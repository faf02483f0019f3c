"""What the answer of one run under ``memo`` rests on: declared, given as an argument, and traced."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from azos_shell.cache.dependencies import FileContent, Matches, matching
from azos_shell.cache.evidence import NotKept, Surroundings, gather
from azos_shell.cache.stamp import HASHED_UP_TO_BYTES, FileStamp
from azos_shell.cache.written import kept_files
from azos_shell.core.frozen import replace

if TYPE_CHECKING:
    from azos_shell.cache.dependencies import Dependency
    from azos_shell.cache.entry import Said
    from azos_shell.commands.memo_options import MemoOptions
    from azos_shell.commands.memo_request import Request
    from azos_shell.commands.memo_run import MemoRun
    from azos_shell.shell.interpreter import Interpreter

_PATTERN_MARKS = frozenset("*?[")
_LISTED_NAMES = 20_000
"""A directory with more names is not looked at beforehand: that would take longer than a person feels."""
_HASHED_PER_SECOND = 50_000_000
"""Bytes of a file that are hashed for each second that the command took: a tenth of what hashing does in one."""
_WORD = re.compile(r"[^\s;|&()<>'\"`]+").findall


class EvidenceOfRun:
    """Collects the evidence: before the run what is known then, after it what the trace says."""

    def __init__(self, shell: Interpreter, request: Request, options: MemoOptions) -> None:
        self._shell = shell
        self._request = request
        self._options = options
        self._before: list[Dependency] = []
        self._listings: dict[str, list[str]] = {}
        self._untraceable = ""
        self.strace = self._tracer()

    def look_before(self) -> None:
        """Look at what is named: the program, the arguments that are files, and what ``--on`` says. Raises NotKept."""
        if self._options.trace and self.strace is None:
            raise NotKept("it can't be traced here: strace is not installed, or may not trace")
        if self._untraceable:
            raise NotKept(self._untraceable)
        named = self._named_files()
        try:
            if self._request.program is not None:
                self._before.append(
                    FileContent(FileStamp.take(os.path.join(self._shell.cwd, self._request.program)))
                )
            self._before += [FileContent(FileStamp.take(path)) for path in named]
            for pattern in self._options.on:
                self._before += self._declared(os.path.join(self._shell.cwd, os.path.expanduser(pattern)))
        except OSError as error:
            raise NotKept(f"{error.filename} can't be read: {error.strerror}") from error
        if self.strace is not None:
            for directory in {self._shell.cwd, *(os.path.dirname(path) for path in named)}:
                self._list(directory)

    def look_after(self, run: MemoRun) -> tuple[list[Dependency], list[Said]]:
        """All that the answer rests on, and the files that are part of it. Raises NotKept."""
        self._check_still()
        hashed_up_to_bytes = max(HASHED_UP_TO_BYTES, int(run.cost_seconds * _HASHED_PER_SECOND))
        self._before = [_with_hash(dependency, hashed_up_to_bytes) for dependency in self._before]
        seen = run.accesses()
        if seen is None:
            if self._options.outputs:
                raise NotKept("what it wrote is only known where it is traced, and that does not work here")
            return self._before, []
        places = self._shell.runtime.services.places
        temporary = self._shell.environment().get("TMPDIR") or "/tmp"
        around = Surroundings(
            started_wall_ns=run.started_wall_ns,
            temporary=os.path.realpath(temporary),
            cwd=os.path.realpath(self._shell.cwd),
            own=tuple(place for place in (places.cache_dir, places.state_dir) if place is not None),
            listings=self._listings,
            hashed_up_to_bytes=hashed_up_to_bytes,
        )
        gathered = gather(seen, around, self._options.permitted)
        files = kept_files(gathered.outputs, seen.made) if self._options.outputs else []
        return [*self._before, *gathered.dependencies], files

    # -- inside ----------------------------------------------------------------------------------------------

    def _tracer(self) -> str | None:
        """The tracer to run it under, if any."""
        if self._options.trace is False:
            return None
        program = self._request.program
        if program is not None and not _is_startable(os.path.join(self._shell.cwd, program)):
            return None
        from azos_shell.cache.tracer import is_privileged, works

        search_path = self._shell.get("PATH")
        words = [program] if program is not None else _WORD(self._request.label)
        for word in words:
            if is_privileged(shutil.which(word, path=search_path) or word):
                self._untraceable = f"{word} runs with other rights and can't be traced (try --no-trace)"
                return None
        strace = shutil.which("strace", path=search_path)
        return (
            strace
            if strace is not None and works(strace, self._shell.runtime.services.places.cache_dir)
            else None
        )

    def _named_files(self) -> list[str]:
        """The words that are existing files, absolute."""
        request = self._request
        words = _WORD(request.label) if request.program is None else list(request.words[1:])
        candidates = [*words, *(word.partition("=")[2] for word in words if "=" in word)]
        paths = {os.path.join(self._shell.cwd, word) for word in candidates if word and "\0" not in word}
        return sorted(path for path in paths if os.path.isfile(path))

    def _declared(self, path: str) -> list[Dependency]:
        if _PATTERN_MARKS.isdisjoint(path):
            return [FileContent(FileStamp.take(path))]
        found = [match for match in matching(path) if os.path.isfile(match)]
        return [Matches.of(path), *(FileContent(FileStamp.take(match)) for match in found)]

    def _list(self, directory: str) -> None:
        try:
            names = os.listdir(directory)
        except OSError:
            return
        if len(names) <= _LISTED_NAMES:
            self._listings[directory] = names

    def _check_still(self) -> None:
        for dependency in self._before:
            reason, _ = dependency.compare()
            if reason is not None:
                raise NotKept(f"{reason} while it ran")


def _with_hash(dependency: Dependency, hashed_up_to_bytes: int) -> Dependency:
    """The same file with the hash of its content, where that was too long to read before the run was known to be."""
    if not isinstance(dependency, FileContent) or dependency.stamp.content_hash is not None:
        return dependency
    stamp = FileStamp.take(dependency.stamp.path, hashed_up_to_bytes=hashed_up_to_bytes)
    is_same = (
        replace(stamp, content_hash=None, seen_wall_ns=dependency.stamp.seen_wall_ns) == dependency.stamp
    )
    return FileContent(stamp) if is_same else dependency


def _is_startable(path: str) -> bool:
    """Whether the kernel starts the file by itself; what has neither a format nor ``#!`` a shell runs."""
    try:
        with open(path, "rb") as file:
            head = file.read(4)
    except OSError:
        return True  # it may be executed and not read
    return head.startswith((b"#!", b"\x7fELF")) or os.name != "posix"
