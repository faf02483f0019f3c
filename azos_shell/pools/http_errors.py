"""httpx's errors as azos tells them: which server, what happened, in one line."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from azos_shell.core.errors import AzosError, DependencyError, TimeLimitError, UsageError
from azos_shell.language.visible import visible
from azos_shell.pools.http_steps import Reached

_HUNG_UP = ("disconnected", "ConnectionTerminated", "StreamReset")  # the last two are HTTP/2's
_CUT_SHORT = ("incomplete", "complete message body", "InvalidBodyLength")


class NotSentError(DependencyError):
    """No connection, for a reason that may pass; no byte of the request has left."""


class NotSentInTimeError(TimeLimitError):
    """No connection in time; no byte of the request has left."""


class LostError(DependencyError):
    """The connection broke before the answer began: nobody knows whether the request was heeded."""


def translated(
    error: Exception,
    url: httpx.URL,
    timeout_seconds: float,
    *,
    reached: Reached = Reached.WAITING,
    reused: bool = False,
) -> AzosError:
    """``error`` as an AzosError; raise it ``from`` the original.

    What speaks of the server's health is a DependencyError or a TimeLimitError; what was asked wrongly is
    neither. ``reached`` is how far the exchange had come, ``reused`` whether by a connection that others had been
    answered on before.
    """
    where = _authority(url)
    match error:
        case httpx.ConnectTimeout():
            return NotSentInTimeError(f"{where}: no connection within {timeout_seconds:g} s")
        case httpx.TimeoutException() | TimeoutError():
            return TimeLimitError(f"{where}: nothing came for {timeout_seconds:g} s")
        case httpx.TooManyRedirects():
            return AzosError(f"{where}: redirected more than 20 times")
        case httpx.UnsupportedProtocol():
            return AzosError(f"{where}: only http and https are spoken")
        case httpx.LocalProtocolError() if reached < Reached.WAITING:
            return UsageError(f"the request can't be sent: {visible(str(error))}")
        case httpx.ProxyError():
            return DependencyError(f"the proxy to {where} failed: {visible(str(error))}")
        case httpx.ConnectError():
            return _connection_trouble(error, where)
    if isinstance(error, httpx.ProtocolError):
        told = f"{where}: {_broken_answer(str(error), reached)}"
        # What is no HTTP on a connection that spoke it before is left over from an earlier answer: lost, too.
        hung_up = reused or any(word in str(error) for word in _HUNG_UP)
    else:
        told = f"{where}: the connection broke ({visible(_reason(error))})"
        hung_up = True
    if reached is Reached.ANSWER or not hung_up:
        return DependencyError(told)
    return NotSentError(told) if reached is Reached.NOTHING else LostError(told)


def _authority(url: httpx.URL) -> str:
    port = f":{url.port}" if url.port is not None else ""
    return f"{url.host}{port}"


def _connection_trouble(error: Exception, where: str) -> AzosError:
    """A certificate and a name are wrong for longer than a few seconds; all else may pass."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DependencyError(f"{where}: its certificate is not trusted ({cause.verify_message})")
        if isinstance(cause, ssl.SSLError):
            return DependencyError(f"{where}: no secure connection ({cause.reason or cause})")
        if isinstance(cause, socket.gaierror):
            if cause.errno == socket.EAI_NONAME:
                return DependencyError(f"{where}: no such host")
            return NotSentError(f"{where}: host not found ({cause.strerror})")
        if isinstance(cause, ConnectionRefusedError):
            return NotSentError(f"{where}: connection refused")
    return NotSentError(f"{where}: no connection ({visible(_reason(error))})")


def _broken_answer(message: str, reached: Reached) -> str:
    """h2 takes what a server does wrong for a local error, so only how far it came tells whose it was."""
    hung_up = any(word in message for word in _HUNG_UP)
    if any(word in message for word in _CUT_SHORT) or (hung_up and reached is Reached.ANSWER):
        return "the answer was cut short"
    if hung_up:
        return "hung up without an answer"
    return f"the answer is not HTTP ({visible(message)})"


def _reason(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what caused it, and the members of groups among those."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__
