"""Pathname expansion (POSIX XCU 2.14.3): a pattern to the names that match it, sorted."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from azos_shell.language.extended_patterns import is_extended
from azos_shell.language.patterns import compile_pattern, has_magic

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
Matcher = Callable[[str], re.Match[str] | None]


class Globbing:
    """One pattern's expansion, under options of ``shopt``: ``dotglob extglob globstar nocaseglob``.

    ``cwd`` is the directory that relative patterns start from where it is not the process's own.
    """

    __slots__ = ("cwd", "options")

    def __init__(self, cwd: str | None, options: frozenset[str] = frozenset()) -> None:
        self.cwd = cwd
        self.options = options

    def paths(self, pattern: str) -> list[str]:
        """The paths that match, in byte order; empty if none does.

        Quoted characters of ``pattern`` are escaped by a backslash.
        """
        rooted = pattern.startswith("/")
        found = [""]
        components = re.split(r"(/+)", pattern.lstrip("/") if rooted else pattern)
        names, slashes = components[::2], components[1::2]
        if rooted:
            found = [pattern[: len(pattern) - len(pattern.lstrip("/"))]]
        for position, name in enumerate(names):
            slash = slashes[position] if position < len(slashes) else ""
            if name == "**" and "globstar" in self.options:
                links = names[position + 1 :] == [""]
                found = [
                    path for prefix in found for path in self._walk(prefix, files=not slash, links=links)
                ]
                if not slash:
                    found = [path for path in found if path]
            else:
                found = self._step(found, name, slash, last=position == len(names) - 1)
            if not found:
                return []
        return sorted(found, key=_bytes)

    def is_pattern(self, text: str) -> bool:
        """Whether ``text`` may match anything but itself."""
        return has_magic(text) or ("extglob" in self.options and is_extended(text))

    def _step(self, found: list[str], name: str, slash: str, *, last: bool) -> list[str]:
        """What has been found so far, one component longer."""
        if not name:  # after a trailing slash: directories only
            return [path for path in found if path and os.path.isdir(self._at(path))]
        if self.is_pattern(name):
            return [
                prefix + match + slash
                for prefix in found
                for match in self._matches(name, prefix, directories=not last)
            ]
        plain = _ESCAPED.sub(r"\1", name)
        return [
            prefix + plain + slash for prefix in found if os.path.lexists(self._at(prefix + plain + slash))
        ]

    def _walk(self, prefix: str, *, files: bool, links: bool = False) -> Iterator[str]:
        """``prefix`` and every directory below it, or with ``files`` everything.

        Links to directories are not followed; with ``links`` they are told.
        """
        yield prefix
        try:
            with os.scandir(os.fsencode(self._at(prefix) or ".")) as entries:
                below = [
                    (entry.name, entry.is_dir(follow_symlinks=False), entry.is_dir()) for entry in entries
                ]
        except OSError:
            return
        for raw, is_directory, leads_to_one in below:
            name = raw.decode("utf-8", "surrogateescape")
            if name.startswith(".") and "dotglob" not in self.options:
                continue
            path = f"{prefix}{name}/"
            if files:
                yield path[:-1]
            if is_directory:
                walk = self._walk(path, files=files, links=links)
                if files:
                    next(walk)  # told already, without its slash
                yield from walk
            elif links and leads_to_one:
                yield path

    def _matches(self, pattern: str, prefix: str, *, directories: bool) -> list[str]:
        matcher = self._matcher(pattern)
        hidden = pattern.startswith((".", "\\."))
        every = "dotglob" in self.options and not hidden
        names = []
        try:
            with os.scandir(os.fsencode(self._at(prefix) or ".")) as entries:
                for entry in entries:
                    name = entry.name.decode("utf-8", "surrogateescape")
                    if (
                        (every or name.startswith(".") is hidden)
                        and matcher(name)
                        and (not directories or entry.is_dir())
                    ):
                        names.append(name)
        except OSError:
            return []
        if hidden:
            names += [name for name in (".", "..") if matcher(name)]
        return names

    def _matcher(self, pattern: str) -> Matcher:
        compiled = compile_pattern(pattern, extglob="extglob" in self.options)
        if "nocaseglob" in self.options:
            compiled = re.compile(compiled.pattern, compiled.flags | re.IGNORECASE)
        return compiled.fullmatch

    def _at(self, path: str) -> str:
        return path if self.cwd is None else os.path.join(self.cwd, path)

    def __repr__(self) -> str:
        return f"<Globbing in {self.cwd!r} {' '.join(sorted(self.options))}>"


def expand_pathnames(pattern: str, cwd: str | None, options: frozenset[str] = frozenset()) -> list[str]:
    """The paths that match ``pattern``, in byte order; see ``Globbing``."""
    return Globbing(cwd, options).paths(pattern)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
