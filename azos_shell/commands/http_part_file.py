"""An unfinished download: ``FILE.part``, and beside it what tells whether the rest still belongs to it."""

from __future__ import annotations

import fcntl
import os
import re
import stat
from typing import Any

import msgspec

from azos_shell.plugin import AzosError

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)
_UNSATISFIED = re.compile(r"bytes \*/(\d+)", re.IGNORECASE)


class PartFile:
    """The part of ``path`` that is there. One process at a time may hold it. Every step raises AzosError."""

    def __init__(self, path: str, *, go_on: bool) -> None:
        self._path = path
        self._part = f"{path}.part"
        self._facts_path = f"{path}.part.json"
        self._descriptor = -1
        self._go_on = go_on
        self._facts: dict[str, Any] = {}
        self.size = 0

    def __enter__(self) -> PartFile:
        try:
            self._descriptor = os.open(
                self._part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666
            )
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._close()
            raise AzosError(f"{self._part}: another download is writing it") from error
        except OSError as error:
            raise self._failed(error) from error
        self._facts = _facts_of(self._facts_path) if self._go_on else {}
        self.size = os.fstat(self._descriptor).st_size if self.validator else 0
        if not self.size:
            self.restart("", {})
        return self

    @property
    def validator(self) -> str:
        """What the server must find unchanged (``If-Range``); empty where it gave nothing to tell by."""
        value = self._facts.get("validator")
        return value if isinstance(value, str) else ""

    def restart(self, url: str, headers: dict[str, str]) -> None:
        """Begin anew, with what these headers of an answer tell of the whole."""
        try:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
        except OSError as error:
            raise self._failed(error) from error
        self.size = 0
        self._facts = {"url": url, "validator": validator_of(headers)}
        if self.validator:
            self._write_facts()

    def go_on(self, content_range: str) -> None:
        """The answer is the rest. Raises AzosError if it is any other part."""
        found = _CONTENT_RANGE.fullmatch(content_range.strip())
        if found is None or int(found[1]) != self.size:
            raise AzosError(
                f"the server gave another part ({content_range!r}) than that from byte {self.size} on"
            )
        try:
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
        except OSError as error:
            raise self._failed(error) from error

    def write(self, data: bytes) -> None:
        """Add to it."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise self._failed(error) from error
        self.size += len(data)

    def keep(self) -> None:
        """It is whole: give it its name."""
        try:
            if os.path.exists(self._path):
                os.fchmod(self._descriptor, stat.S_IMODE(os.stat(self._path).st_mode))
            os.rename(self._part, self._path)
        except OSError as error:
            raise self._failed(error) from error
        _remove(self._facts_path)
        self._close()

    def __exit__(self, *_: object) -> None:
        if self._descriptor < 0:
            return
        if not self.size or not self.validator:  # nobody could go on with it
            _remove(self._part)
            _remove(self._facts_path)
        self._close()

    def _write_facts(self) -> None:
        try:
            with open(self._facts_path, "wb") as file:
                file.write(msgspec.json.encode(self._facts))
        except OSError as error:
            raise self._failed(error) from error

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _failed(self, error: OSError) -> AzosError:
        return AzosError(f"{self._path}: {error.strerror}")

    def __repr__(self) -> str:
        return f"<PartFile {self._part} {self.size} bytes>"


def validator_of(headers: dict[str, str]) -> str:
    """What tells one state of a resource from the next: its strong ETag, else when it was last changed."""
    etag = headers.get("etag", "")
    if etag and not etag.startswith("W/"):  # a weak one may stay while bytes change (RFC 9110 section 13.1.5)
        return etag
    return headers.get("last-modified", "")


def whole_size(content_range: str) -> int | None:
    """The size of the whole, as an answer with status 416 tells it; None if it doesn't."""
    found = _UNSATISFIED.fullmatch(content_range.strip())
    return None if found is None else int(found[1])


def _facts_of(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            facts = msgspec.json.decode(file.read(65_536))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
