"""File tests: what ``test``, ``[`` and ``[[ … ]]`` ask of files (POSIX XCU test)."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.shell.files import FileTable

_KINDS = {
    "-b": stat.S_ISBLK,
    "-c": stat.S_ISCHR,
    "-d": stat.S_ISDIR,
    "-f": stat.S_ISREG,
    "-p": stat.S_ISFIFO,
    "-S": stat.S_ISSOCK,
}
_BITS = {"-g": stat.S_ISGID, "-k": stat.S_ISVTX, "-u": stat.S_ISUID}
_ACCESS = {"-r": os.R_OK, "-w": os.W_OK, "-x": os.X_OK}

UNARY = frozenset({*_KINDS, *_BITS, *_ACCESS, "-a", "-e", "-h", "-L", "-s", "-t", "-O", "-G", "-N"})
BINARY = frozenset({"-nt", "-ot", "-ef"})


def file_test(operator: str, path: str, files: FileTable | None = None) -> bool:
    """Whether the test holds of the file; ``-t`` takes a number of ``files``."""
    if operator == "-t":
        try:
            number = int(path.rsplit("/", 1)[-1])
        except ValueError:
            return False
        return files.get(number).is_terminal() if files is not None else os.isatty(number)
    name = path.encode("utf-8", "surrogateescape")
    if not name or b"\0" in name:
        return False
    try:
        if operator in _ACCESS:
            return os.access(name, _ACCESS[operator], effective_ids=os.access in os.supports_effective_ids)
        if operator in ("-h", "-L"):
            return stat.S_ISLNK(os.lstat(name).st_mode)
        found = os.stat(name)
    except OSError:
        return False
    if operator in _KINDS:
        return _KINDS[operator](found.st_mode)
    if operator in _BITS:
        return bool(found.st_mode & _BITS[operator])
    if operator == "-s":
        return found.st_size > 0
    if operator == "-O":
        return found.st_uid == os.geteuid()
    if operator == "-G":
        return found.st_gid == os.getegid()
    if operator == "-N":
        return found.st_mtime_ns > found.st_atime_ns
    return True


def compare_files(operator: str, left: str, right: str) -> bool:
    """``-nt``, ``-ot`` and ``-ef``; a file that is there is newer than one that is not."""
    one, other = _stat(left), _stat(right)
    if operator == "-ef":
        return one is not None and other is not None and os.path.samestat(one, other)
    if operator == "-ot":
        one, other = other, one
    if one is None:
        return False
    return other is None or one.st_mtime_ns > other.st_mtime_ns


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path.encode("utf-8", "surrogateescape"))
    except (OSError, ValueError):
        return None
