"""The programs on PATH: found once, remembered until PATH changes (POSIX ``hash``)."""

from __future__ import annotations

import os
import stat

from azos_shell.core.errors import AzosError, NotExecutableError, NotFoundError

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_LONGEST_SHOWN = 200
"""Characters of an unknown name that a message repeats: an accident may make a megabyte of one."""
_LONGEST_GUESSED = 64
"""Nobody mistypes a longer name by a letter or two."""


class ProgramCache:
    """Finds programs by name."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._found: dict[str, str] = {}
        self._listing: tuple[str, float, list[str]] | None = None

    def find(self, name: str, path: str | None, cwd: str) -> str | None:
        """The file that ``name`` runs, or None. ``path`` is the value of PATH."""
        if "/" in name:
            full = name if name.startswith("/") else os.path.join(cwd, name)
            return full if os.path.exists(full) else None
        if path is None:
            path = ""  # dash and bash look here then
        if path != self._path:
            self._found.clear()
            self._path = path
        found = self._found.get(name)
        if found is None:
            found = search(name, path, cwd)
            if found is not None and found.startswith("/"):
                self._found[name] = found
        return found

    def remember(self, name: str, place: str, path: str | None) -> None:
        """From now on, while PATH is ``path``, the program of that name is the file ``place``."""
        path = "" if path is None else path
        if path != self._path:
            self._found.clear()
            self._path = path
        self._found[name] = place

    def forget(self, name: str | None = None) -> None:
        """Forget one program, or all."""
        if name is None:
            self._found.clear()
        else:
            self._found.pop(name, None)

    def remembered(self) -> dict[str, str]:
        """Name and file of every program remembered."""
        return dict(self._found)

    def names(self, path: str | None) -> list[str]:
        """All names of programs on PATH, sorted; for completion and near misses. Listed anew when PATH changes."""
        path = "" if path is None else path
        stamp = sum(_mtime(directory) for directory in path.split(":"))
        if self._listing is None or self._listing[:2] != (path, stamp):
            names: set[str] = set()
            for directory in path.split(":"):
                try:
                    with os.scandir(directory or ".") as entries:
                        names.update(entry.name for entry in entries if _is_program(entry))
                except OSError:
                    continue
            self._listing = (path, stamp, sorted(names))
        return self._listing[2]

    def __repr__(self) -> str:
        return f"<ProgramCache {len(self._found)} remembered>"


def search(name: str, path: str, cwd: str) -> str | None:
    """The first executable file of that name on ``path``; else the first that is there at all; else None."""
    present = None
    for directory in path.split(":"):
        candidate = (
            os.path.join(cwd, directory, name) if not directory.startswith("/") else f"{directory}/{name}"
        )
        try:
            mode = os.stat(candidate).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode):
            if os.access(candidate, os.X_OK):
                return candidate
            present = present or candidate
    return present


def why_not(name: str, near: list[str]) -> AzosError:
    """The error for a command that was not found (127) with near misses, or that is no program (126)."""
    shown = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}… ({len(name)} characters)"
    if "/" in name:
        if os.path.isdir(name):
            return NotExecutableError(f"{shown}: is a directory")
        return NotFoundError(f"{shown}: no such file or directory")
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    return NotFoundError(f"{shown}: command not found{hint}")


def near_misses(name: str, candidates: list[str]) -> list[str]:
    """Up to two names that ``name`` was probably meant to be: its letters in another order, or nearly its letters."""
    if not 1 < len(name) <= _LONGEST_GUESSED:
        return []
    import difflib

    letters = sorted(name)
    swapped = [one for one in candidates if len(one) == len(name) and sorted(one) == letters]
    similar = [one for one in candidates if abs(len(one) - len(name)) <= 2 and one[:1] == name[:1]]
    close = difflib.get_close_matches(name, similar, 2, 0.65)
    return list(dict.fromkeys([*swapped, *close]))[:2]


def _is_program(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file() and os.access(entry.path, os.X_OK)
    except OSError:
        return False


def _mtime(directory: str) -> float:
    try:
        return os.stat(directory or ".").st_mtime
    except OSError:
        return 0.0
