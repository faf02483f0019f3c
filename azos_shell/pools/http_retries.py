"""Whether a request is sent again, and when: only where that is safe, and no longer than is bearable.

Safe is what no byte of has left, what is idempotent (RFC 9110 section 9.2.2), and what the caller has given an
``Idempotency-Key``. Worth it are connections that failed or broke before an answer came, 429 and 503 (RFC 9110
section 15.6.4: with ``Retry-After``, in seconds or as a date), and for GET and HEAD all three of 502, 503 and 504.

Pure: time and chance are arguments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen
from azos_shell.pools.http_errors import LostError, NotSentError, NotSentInTimeError

if TYPE_CHECKING:
    from azos_shell.pools.http_request import HttpRequest

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_READS = frozenset({"GET", "HEAD"})


@frozen
class Trouble:
    """What went wrong, in words, and what the server asked for: ``retry_after`` in seconds, if it said so."""

    told: str
    retry_after: float | None = None


def trouble_of_error(request: HttpRequest, error: AzosError) -> Trouble | None:
    """The trouble that another attempt may cure, or None."""
    unsent = isinstance(error, NotSentError | NotSentInTimeError)
    if unsent or (isinstance(error, LostError) and is_safe(request)):
        return Trouble(error.message)
    return None


def trouble_of_answer(
    request: HttpRequest, status: int, retry_after: str, wall_seconds: float
) -> Trouble | None:
    """The same for an answer that came."""
    if not is_safe(request):
        return None
    asked = retry_after_seconds(retry_after, wall_seconds)
    worth_it = (
        status == 429
        or (status == 503 and asked is not None)
        or (status in (502, 503, 504) and request.method in _READS)
    )
    return Trouble(f"answered {status}", asked) if worth_it else None


def is_safe(request: HttpRequest) -> bool:
    """Whether sending it twice does what sending it once does."""
    if not request.may_be_sent_again:
        return False
    return request.method in _IDEMPOTENT or bool(request.header("idempotency-key"))


def retry_after_seconds(value: str, wall_seconds: float) -> float | None:
    """What ``Retry-After`` says (RFC 9110 section 10.2.3), never negative; None if it says nothing."""
    value = value.strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(value[:20])
    if not value or value[0] not in "MTWFS":
        return None
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - wall_seconds)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
