"""The curl command that does what one ``http`` does, quoted for a shell."""

from __future__ import annotations

import shlex

from azos_shell.commands.http_asked import Asked
from azos_shell.commands.http_credentials import Credentials
from azos_shell.commands.http_request import Request
from azos_shell.commands.http_sending import Way
from azos_shell.plugin import UsageError


def curl_of(request: Request, asked: Asked, way: Way, credentials: Credentials | None) -> str:
    """One line. Raises UsageError for a body that curl could not be given on it."""
    words = ["curl"]
    if request.method == "HEAD":
        words.append("-I")
    elif request.method != ("GET" if request.body is None else "POST") or request.body is not None:
        words += ["-X", request.method]
    words.append(request.address.url)
    for name, value in request.headers:
        text = value.decode("utf-8", "surrogateescape")
        words += ["-H", f"{name.decode()}: {text}" if text else f"{name.decode()};"]
    for unset in sorted(request.unset):
        words += ["-H", f"{unset}:"]
    words += _credential_words(credentials)
    words += _body_words(request, asked)
    words += _way_words(asked, way)
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """The word for a shell; what a terminal would obey, and line ends, written out (``$'…'``)."""
    if word.isprintable():
        return shlex.quote(word)
    pieces = [char if char.isprintable() and char not in "'\\" else _escaped(char) for char in word]
    return f"$'{''.join(pieces)}'"


def _escaped(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def _credential_words(credentials: Credentials | None) -> list[str]:
    if credentials is None:
        return []
    if credentials.kind == "bearer":
        return ["-H", f"Authorization: Bearer {credentials.password}"]
    digest = ["--digest"] if credentials.kind == "digest" else []
    return [*digest, "-u", f"{credentials.user}:{credentials.password}"]


def _body_words(request: Request, asked: Asked) -> list[str]:
    if request.body is None:
        return []
    if asked.data is not None and asked.data.startswith("@"):
        return ["--data-binary", asked.data]
    if request.body.content is None:
        raise UsageError("this body can't be given to curl on one line; use --data @FILE")
    try:
        text = request.body.content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            "this body is no text, and can't be given to curl on one line; use --data @FILE"
        ) from error
    if "\0" in text:
        raise UsageError(
            "this body holds a zero byte, and can't be given to curl on one line; use --data @FILE"
        )
    return ["--data-raw", text]


def _way_words(asked: Asked, way: Way) -> list[str]:
    words = []
    if way.follow:
        words.append("-L")
    if not way.asking.surroundings.is_verified:
        words.append("-k")
    if way.asking.surroundings.certificate_file:
        words += ["--cert", way.asking.surroundings.certificate_file]
    if way.asking.surroundings.certificate_key_file:
        words += ["--key", way.asking.surroundings.certificate_key_file]
    if asked.output is not None:
        words += ["-o", asked.output]
    elif asked.download:
        words.append("-OJ")
    return words
