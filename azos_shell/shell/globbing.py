"""Pathname expansion (POSIX XCU 2.14.3): a pattern to the names that match it, sorted."""

from __future__ import annotations

import os
import re

from azos_shell.language.patterns import compile_pattern, has_magic

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def expand_pathnames(pattern: str, cwd: str | None) -> list[str]:
    """The paths that match, in byte order; empty if none does.

    Quoted characters of ``pattern`` are escaped by a backslash. ``cwd`` is the directory that relative patterns start
    from where it is not the process's own.
    """
    rooted = pattern.startswith("/")
    found = ["/"] if rooted else [""]
    components = re.split(r"(/+)", pattern.lstrip("/") if rooted else pattern)
    names, slashes = components[::2], components[1::2]
    if rooted:
        found = [pattern[: len(pattern) - len(pattern.lstrip("/"))]]
    for position, name in enumerate(names):
        slash = slashes[position] if position < len(slashes) else ""
        last = position == len(names) - 1
        if not name:  # after a trailing slash: directories only
            found = [path for path in found if os.path.isdir(_at(path, cwd))]
        elif has_magic(name):
            found = [
                prefix + match + slash
                for prefix in found
                for match in _matches(name, prefix, cwd, directories=not last)
            ]
        else:
            plain = _ESCAPED.sub(r"\1", name)
            found = [
                prefix + plain + slash
                for prefix in found
                if os.path.lexists(_at(prefix + plain + slash, cwd))
            ]
        if not found:
            return []
    return sorted(found, key=_bytes)


def _matches(pattern: str, prefix: str, cwd: str | None, *, directories: bool) -> list[str]:
    matcher = compile_pattern(pattern).fullmatch
    hidden = pattern.startswith((".", "\\."))
    try:
        with os.scandir(os.fsencode(_at(prefix, cwd) or ".")) as entries:
            names = [
                name
                for entry in entries
                if (name := entry.name.decode("utf-8", "surrogateescape")).startswith(".") is hidden
                and matcher(name)
                and (not directories or entry.is_dir())
            ]
    except OSError:
        return []
    if hidden:
        names += [name for name in (".", "..") if matcher(name)]
    return names


def _at(path: str, cwd: str | None) -> str:
    return path if cwd is None else os.path.join(cwd, path)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
