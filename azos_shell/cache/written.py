"""Written files as part of an answer: kept with their mode, and put back where they are not as they were left."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

from azos_shell.cache.entry import FILE
from azos_shell.cache.evidence import NotKept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azos_shell.cache.entry import Said


def kept_files(paths: Iterable[str], made: frozenset[str]) -> list[Said]:
    """The files as they are now. ``made`` are those that the program made itself, and may have taken away again.

    Raises NotKept for what can't be put back: links, devices, and files of others that were taken away.
    """
    kept: list[Said] = []
    for path in paths:
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            if path in made:
                continue
            raise NotKept(f"it took {path} away") from None
        except OSError as error:
            raise NotKept(f"{path} can't be looked at: {error.strerror}") from error
        head: dict[str, object] = {"path": path, "mode": stat.S_IMODE(found.st_mode)}
        content = b""
        if stat.S_ISDIR(found.st_mode):
            head["directory"] = True
        elif stat.S_ISREG(found.st_mode):
            content = _content(path)
        else:
            raise NotKept(f"it made {path}, which is neither a file nor a directory")
        kept.append((FILE, json.dumps(head).encode() + b"\n" + content))
    return kept


def put_back(piece: bytes) -> bool:
    """Make the file what it was left as; False if it is that already. Raises OSError."""
    line, _, content = piece.partition(b"\n")
    head = json.loads(line)
    path, mode = head["path"], head["mode"]
    if head.get("directory"):
        if os.path.isdir(path):
            return False
        os.makedirs(path, mode=mode)
        return True
    try:
        if stat.S_IMODE(os.stat(path).st_mode) == mode and _content(path) == content:
            return False
    except (OSError, NotKept):
        pass
    os.makedirs(os.path.dirname(path), exist_ok=True)
    part = f"{path}.azos-{os.urandom(4).hex()}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fchmod(descriptor, mode)
        os.rename(part, path)
    except BaseException:
        os.unlink(part)
        raise
    finally:
        os.close(descriptor)
    return True


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise NotKept(f"{path} can't be read: {error.strerror}") from error
