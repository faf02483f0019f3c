"""What the items and the body options of one ``http`` ask for, put together as headers, query and one body."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from azos_shell.commands.http_body import Body, file_body, whole
from azos_shell.commands.http_items import Item, Kind
from azos_shell.commands.http_multipart import Part, multipart_body
from azos_shell.commands.http_nested import encode_fields, raw_json
from azos_shell.commands.http_request import FORM, JSON, content_type_of, header_of
from azos_shell.plugin import UsageError


@dataclass(frozen=True, slots=True)
class Given:
    """The items, sorted. ``files`` are names, paths and content types."""

    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    unset: set[str] = field(default_factory=set)
    query: list[tuple[str, str]] = field(default_factory=list)
    fields: list[tuple[str, Any]] = field(default_factory=list)
    files: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def whole_file(self) -> str | None:
        """The path of the file that is the body, if the items are that one file."""
        if len(self.files) == 1 and not self.files[0][0] and not self.fields:
            return self.files[0][1]
        return None

    @property
    def has_data(self) -> bool:
        """Whether anything in it goes into a body."""
        return bool(self.fields or self.files)


def given_of(items: Iterable[Item]) -> Given:
    """Sort the items. Raises UsageError for what can't be sent."""
    given = Given()
    for item in items:
        value = item.value or ""
        match item.kind:
            case Kind.HEADER if item.value is None:
                given.unset.add(header_of(item.key, "")[0].decode().lower())
            case Kind.HEADER | Kind.EMPTY_HEADER:
                given.headers.append(header_of(item.key, value))
            case Kind.QUERY:
                given.query.append((item.key, value))
            case Kind.FIELD:
                given.fields.append((item.key, value))
            case Kind.JSON:
                given.fields.append((item.key, raw_json(item.key, value)))
            case Kind.FILE:
                path, typed, content_type = value.partition(";type=")
                header_of("Content-Type", content_type)
                given.files.append((item.key, path, content_type if typed else None))
    return given


def body_of(
    given: Given, encoding: str, *, boundary: Callable[[], str], resolve: Callable[[str], str]
) -> tuple[Body, bytes]:
    """The fields and files as one body, and its content type. ``encoding`` is json, form or multipart."""
    if (path := given.whole_file) is not None and encoding != "multipart":
        return file_body(resolve(path)), (given.files[0][2] or _type_of_file(path)).encode()
    if given.files and encoding == "json":
        raise UsageError("files go with -f, as a form; or one @FILE without a name is the whole body")
    if any(not name for name, _, _ in given.files):
        raise UsageError("a file in a form needs a name: name@FILE")
    if given.files or encoding == "multipart":
        return _multipart(given, boundary(), resolve)
    if encoding == "form":
        content = urlencode([(name, _text(value)) for name, value in given.fields])
        return whole(content.encode()), FORM + b"; charset=utf-8"
    return whole(encode_fields(given.fields)), JSON


def raw_body(content: bytes) -> tuple[Body, bytes]:
    """Data that were given as they are."""
    return whole(content), content_type_of(content)


def _multipart(given: Given, boundary: str, resolve: Callable[[str], str]) -> tuple[Body, bytes]:
    parts = [Part(name, whole(_text(value))) for name, value in given.fields]
    for name, path, content_type in given.files:
        guessed = content_type or _type_of_file(path)
        parts.append(Part(name, file_body(resolve(path)), os.path.basename(path), guessed))
    return multipart_body(parts, boundary), f"multipart/form-data; boundary={boundary}".encode()


def _text(value: Any) -> bytes:
    """A field of a form; of raw JSON its text, of a JSON string what it says."""
    import msgspec

    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    said = msgspec.json.decode(value)
    return said.encode() if isinstance(said, str) else bytes(value)


def _type_of_file(path: str) -> str:
    import mimetypes

    return mimetypes.guess_type(path)[0] or "application/octet-stream"
