"""Files that a query names as tables: how they are opened, what their names say of them, and near misses."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterable
from typing import IO

from azos_shell.plugin import AzosError

SLICE_BYTES = 256 * 1024
"""What is read and loaded at once: an interrupt waits no longer than for one of these."""

SQLITE_MAGIC = b"SQLite format 3\0"

_MAGICS = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\0": "lzma"}
_OTHERS = {
    b"PAR1": "is a Parquet file: say --engine duckdb",
    b"PK\x03\x04": "is a zip archive or a spreadsheet, not text",
    b"\xff\xfe": "is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)",
    b"\xfe\xff": "is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)",
}
_READ_ERRORS = (OSError, EOFError, zlib.error)
_NEAR_NAMES = 3


def open_rows(path: str, origin: str) -> IO[bytes]:
    """The file's bytes, unpacked if it is compressed. Raises AzosError, for what is no file of rows, too."""
    try:
        file = os.fdopen(_at_once(path), "rb", buffering=0)
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise AzosError(f"{origin}: {_no_file(path)}")
        begin = file.read(16)
        file.seek(0)
    except OSError as error:
        raise AzosError(f"{origin}: {error.strerror}") from error
    refusal = next((what for magic, what in _OTHERS.items() if begin.startswith(magic)), None)
    if refusal is None and not begin:
        refusal = "the file is empty: it names no columns"
    if refusal is not None:
        file.close()
        raise AzosError(f"{origin}: {refusal}")
    packer = next((name for magic, name in _MAGICS.items() if begin.startswith(magic)), None)
    if packer is None:
        return file
    file.close()
    return _unpacked(path, packer)


def read_slice(file: IO[bytes], origin: str) -> bytes:
    """The next bytes; nothing at the end. Raises AzosError for what can't be read or unpacked."""
    try:
        return file.read(SLICE_BYTES)
    except _READ_ERRORS as error:
        raise AzosError(f"{origin}: can't be read ({error})") from error
    except Exception as error:
        if type(error).__name__ != "LZMAError":  # whose module may be missing from a Python
            raise
        raise AzosError(f"{origin}: can't be read ({error})") from error


def _at_once(path: str, flags: int = os.O_RDONLY) -> int:
    """A FIFO that nobody writes to is no reason to wait."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _no_file(path: str) -> str:
    if os.path.isdir(path):
        return "is a directory"
    return "is no regular file: pipe it in and read from stdin"


def is_packed(path: str) -> bool:
    """Whether the file is one that ``open_rows`` unpacks."""
    try:
        with open(path, "rb", buffering=0, opener=_at_once) as file:
            begin = file.read(8)
    except OSError:
        return False
    return any(begin.startswith(magic) for magic in _MAGICS)


def _unpacked(path: str, packer: str) -> IO[bytes]:
    from importlib import import_module

    try:
        module = import_module(packer)
    except ImportError as error:  # a Python built without that library
        raise AzosError(f"this Python can't unpack {packer} files: {error}") from error
    unpacked: IO[bytes] = module.open(path, "rb")
    return unpacked


def is_sqlite(path: str) -> bool:
    """Whether there is a SQLite database."""
    try:
        with open(path, "rb", buffering=0, opener=_at_once) as file:
            return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except OSError:
        return False


def is_regular(path: str) -> bool:
    """Whether there is something to read rows of, or to say of why not."""
    try:
        return not stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def near_files(name: str, path: str) -> list[str]:
    """The names, as ``name`` is written, of files near to it that are there."""
    directory, wanted = os.path.split(path)
    try:
        there = [entry.name for entry in os.scandir(directory or ".") if not entry.name.startswith(".")]
    except OSError:
        return []
    written = name[: len(name) - len(wanted)]
    return [written + near for near in near_names(wanted, there)]


def near_names(wanted: str, there: Iterable[str]) -> list[str]:
    """Those that ``wanted`` may be a slip of, the nearest first; case doesn't count."""
    import difflib

    lower: dict[str, str] = {}
    for one in there:
        lower.setdefault(one.lower(), one)
    near = difflib.get_close_matches(wanted.lower(), lower, _NEAR_NAMES)
    return [lower[one] for one in near]
