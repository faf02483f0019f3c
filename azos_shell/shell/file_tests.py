"""What ``test`` can ask of files (POSIX XCU test; -N, -O, -G, -nt, -ot, -ef as in ksh and bash)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping

FILE_OPERATORS = frozenset("-" + letter for letter in "abcdefgGhkLNOprsSuwx")
FILE_COMPARISONS = frozenset({"-nt", "-ot", "-ef"})


def file_test(operator: str, path: str) -> bool:
    """Whether the file at ``path`` (absolute, or "" for none) is what the unary ``operator`` asks for.

    A file that is not there, or may not be looked at, is nothing of all that.
    """
    if operator in _ACCESS_MODES:
        return _may(path, _ACCESS_MODES[operator])
    found = _look(path, follow=operator not in ("-h", "-L"))
    return found is not None and _TESTS[operator](found)


def compare_files(left: str, operator: str, right: str) -> bool:
    """``-nt``: left is newer or right is not there; ``-ot``: the reverse; ``-ef``: they are one file."""
    first, second = _look(left), _look(right)
    if operator == "-ot":
        first, second = second, first
    if first is None:
        return False
    if operator == "-ef":
        return second is not None and (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)
    return second is None or first.st_mtime_ns > second.st_mtime_ns


def _look(path: str, *, follow: bool = True) -> os.stat_result | None:
    if not path:
        return None
    try:
        return os.stat(path.encode("utf-8", "surrogateescape"), follow_symlinks=follow)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


_EFFECTIVE = os.access in os.supports_effective_ids
_ACCESS_MODES: Mapping[str, int] = {"-r": os.R_OK, "-w": os.W_OK, "-x": os.X_OK}


def _may(path: str, mode: int) -> bool:
    if not path:
        return False
    try:
        return os.access(path.encode("utf-8", "surrogateescape"), mode, effective_ids=_EFFECTIVE)
    except ValueError:
        return False


_TESTS: Mapping[str, Callable[[os.stat_result], bool]] = {
    "-a": lambda found: True,
    "-e": lambda found: True,
    "-b": lambda found: stat.S_ISBLK(found.st_mode),
    "-c": lambda found: stat.S_ISCHR(found.st_mode),
    "-d": lambda found: stat.S_ISDIR(found.st_mode),
    "-f": lambda found: stat.S_ISREG(found.st_mode),
    "-h": lambda found: stat.S_ISLNK(found.st_mode),
    "-L": lambda found: stat.S_ISLNK(found.st_mode),
    "-p": lambda found: stat.S_ISFIFO(found.st_mode),
    "-S": lambda found: stat.S_ISSOCK(found.st_mode),
    "-s": lambda found: found.st_size > 0,
    "-g": lambda found: bool(found.st_mode & stat.S_ISGID),
    "-u": lambda found: bool(found.st_mode & stat.S_ISUID),
    "-k": lambda found: bool(found.st_mode & stat.S_ISVTX),
    "-N": lambda found: found.st_mtime_ns > found.st_atime_ns,
    "-O": lambda found: found.st_uid == os.geteuid(),
    "-G": lambda found: found.st_gid == os.getegid(),
}
