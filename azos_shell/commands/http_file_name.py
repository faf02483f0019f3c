"""The name under which a download is saved: what the server proposes, made harmless, or the end of the address."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

_LONGEST_BYTES = 200  # of the 255 that file systems take, so that `.part.json` fits behind it
_PARAMETER = re.compile(r';\s*(filename\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))', re.IGNORECASE)
_EXTENDED = re.compile(r"([A-Za-z0-9-]+)'[^']*'(.*)")  # RFC 8187


def file_name_of(content_disposition: str, url: str, content_type: str) -> str:
    """A name without directories, that is not hidden, and that no program takes for an option."""
    return (
        _harmless(_proposed(content_disposition))
        or _harmless(unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]))
        or _of_type(content_type)
    )


def free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """The name, with a number in it where it is taken: ``data-1.csv``."""
    stem, dot, ending = name.partition(".")
    free, number = name, 0
    while is_taken(free):
        number += 1
        free = f"{stem}-{number}{dot}{ending}"
    return free


def _proposed(content_disposition: str) -> str:
    found = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain
        for name, quoted, plain in _PARAMETER.findall(f";{content_disposition}")
    }
    extended = _EXTENDED.fullmatch(found.get("filename*", ""))
    if extended is not None:
        try:
            return unquote(extended[2], encoding=extended[1], errors="strict")
        except (LookupError, ValueError):
            pass
    plain = found.get("filename", "")
    try:
        return plain.encode("latin-1").decode()  # headers come as Latin-1, and many servers send UTF-8
    except ValueError:
        return plain


def _harmless(name: str) -> str:
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if char.isprintable()).strip().lstrip(".").strip()
    if name.startswith("-"):
        name = f"_{name[1:]}"
    return os.fsencode(name)[:_LONGEST_BYTES].decode("utf-8", "ignore")


def _of_type(content_type: str) -> str:
    import mimetypes

    return "index" + (mimetypes.guess_extension(content_type.partition(";")[0].strip()) or "")
