"""What an answer that came means for what is kept: RFC 9111 sections 3 and 4.3, as hishel decides them.

hishel's states are asked, and nothing else of it: its storages and transports would keep answers beside azos's own
cache (docs/decisions/0004-http-answers.md). Where it is laxer than "never wrong" allows, that is said here. For a
request with credentials we are a shared cache, which keeps little; for all others a private one.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import hishel

from azos_shell.cache.http_answer import StoredAnswer, credentials_of, varied
from azos_shell.cache.http_freshness import directives, seconds_of
from azos_shell.core.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from azos_shell.pools.http_request import HttpRequest

    Pairs = Iterable[tuple[str, str]]

LONGEST_HEURISTIC_SECONDS = 86_400.0
"""Without a word of the server's a day is the longest: RFC 9111 section 4.2.2 would warn from there on."""

_HEURISTIC_SHARE = 0.1  # the same section: of the time since the last change
_HEURISTIC_STATUS = frozenset(
    {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}
)  # RFC 9110 section 15.1


def storable(
    request: HttpRequest,
    status: int,
    reason: str,
    headers: Sequence[tuple[str, str]],
    *,
    delay_seconds: float,
    wall_seconds: float,
) -> StoredAnswer | str:
    """What is to be kept of an answer that has just come, or why nothing is, in words.

    ``delay_seconds`` is how long it took to come, ``wall_seconds`` the time of day.
    """
    shared = bool(credentials_of(request))
    response = hishel.Response(status, _grouped(headers))
    control = directives(response.headers.get("cache-control", ""))
    vary = response.headers.get("vary", "")
    if "set-cookie" in response.headers:
        return "it sets a cookie"
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        return "it is a stream of events"
    if "*" in vary:
        return "it varies by what is not in the request (Vary: *)"
    state: Any = hishel.CacheMiss(_options(shared), _request(request)).next(response)
    if not isinstance(state, hishel.StoreAndUse):
        return _refusal(request, status, control, shared=shared)
    kept = state.response.headers
    lifetime = lifetime_seconds(response, shared=shared, wall_seconds=wall_seconds)
    return StoredAnswer(
        method=request.method,
        status=status,
        reason=reason,
        headers=tuple((name, value) for name, value in headers if name.lower() in kept),
        vary=varied(request, vary),
        age_then=_age_then(response, delay_seconds, wall_seconds),
        lifetime_seconds=lifetime,
        no_cache=_is_checked_each_time(response, control),
        must_revalidate=_forbids_stale(control, shared=shared),
        credentials=credentials_of(request),
        body_bytes=0,
    )


def freshened(
    request: HttpRequest,
    answer: StoredAnswer,
    headers: Sequence[tuple[str, str]],
    *,
    delay_seconds: float,
    wall_seconds: float,
) -> StoredAnswer | None:
    """The stored answer as a 304 with these headers renews it; None if the 304 is about another."""
    shared = bool(answer.credentials)
    entry = hishel.Entry(
        uuid.UUID(int=0), _request(request), hishel.Response(answer.status, _grouped(answer.headers))
    )
    asked = hishel.NeedRevalidation(
        options=_options(shared),
        request=_request(request),
        original_request=_request(request),
        revalidating_entries=[entry],
    )
    state: Any = asked.next(hishel.Response(304, _grouped(headers)))
    if not isinstance(state, hishel.NeedToBeUpdated):
        return None
    response = state.updating_entries[0].response
    control = directives(response.headers.get("cache-control", ""))
    if "no-store" in control:
        return None
    renewed = [(name, value) for name in response.headers for value in response.headers.get_list(name) or ()]
    return replace(
        answer,
        headers=tuple(_in_order(answer.headers, renewed)),
        age_then=_age_then(hishel.Response(304, _grouped(headers)), delay_seconds, wall_seconds),
        lifetime_seconds=lifetime_seconds(response, shared=shared, wall_seconds=wall_seconds),
        no_cache=_is_checked_each_time(response, control),
        must_revalidate=_forbids_stale(control, shared=shared),
    )


def lifetime_seconds(response: hishel.Response, *, shared: bool, wall_seconds: float) -> float:
    """How old the answer may become (RFC 9111 sections 4.2.1 and 4.2.2); what can't be read is old at once."""
    headers = response.headers
    control = directives(headers.get("cache-control", ""))
    if shared and "s-maxage" in control:
        return seconds_of(control["s-maxage"], missing=0.0, wrong=0.0)
    if "max-age" in control:
        return seconds_of(control["max-age"], missing=0.0, wrong=0.0)
    date = _date(headers.get("date", ""))
    since = wall_seconds if date is None else date
    if "expires" in headers:
        expires = _date(headers["expires"])
        return max(0.0, expires - since) if expires is not None else 0.0
    changed = _date(headers.get("last-modified", ""))
    if changed is None or response.status_code not in _HEURISTIC_STATUS:
        return 0.0
    return min(LONGEST_HEURISTIC_SECONDS, max(0.0, _HEURISTIC_SHARE * (since - changed)))


def _age_then(response: hishel.Response, delay_seconds: float, wall_seconds: float) -> float:
    date = _date(response.headers.get("date", ""))
    apparent = max(0.0, wall_seconds - date) if date is not None else 0.0
    told = response.headers.get("age", "").partition(",")[0].strip()
    return max(apparent, seconds_of(told, missing=0.0, wrong=0.0) + delay_seconds)


def _refusal(request: HttpRequest, status: int, control: Mapping[str, str], *, shared: bool) -> str:
    """hishel does not say why; these are its reasons in its order."""
    if request.method not in ("GET", "HEAD"):
        return f"answers to {request.method} are not kept"
    if status in (206, 304):
        return f"a {status} is only part of an answer"
    if "no-store" in control:
        return "its server says no-store"
    if shared:
        return "it was asked with credentials, and its server does not say that others may see it"
    return f"a {status} that says nothing of how long it is good is not kept"


def _forbids_stale(control: Mapping[str, str], *, shared: bool) -> bool:
    for_shared = shared and ("proxy-revalidate" in control or "s-maxage" in control)
    return for_shared or "must-revalidate" in control or "no-cache" in control


def _is_checked_each_time(response: hishel.Response, control: Mapping[str, str]) -> bool:
    if "cache-control" in response.headers:
        return control.get("no-cache") == ""  # with names of headers it is about those, which are not kept
    return "no-cache" in response.headers.get("pragma", "").lower()


def _date(text: str) -> float | None:
    """Seconds since the epoch; None for what is no date. Servers write anything here."""
    from calendar import timegm
    from email.utils import parsedate_tz

    try:
        found = parsedate_tz(text)
        return None if found is None else float(timegm(found[:6]))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _request(request: HttpRequest) -> hishel.Request:
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
    if credentials_of(request):
        pairs.append(("authorization", "given"))  # cookies and an address with a password are no less
    return hishel.Request(request.method, request.url, _grouped(pairs))


def _grouped(pairs: Pairs) -> hishel.Headers:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name.lower(), []).append(value)
    return hishel.Headers(grouped)


def _in_order(old: Sequence[tuple[str, str]], new: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The new headers, written and ordered as the old ones where they have the same name."""
    spelling = {name.lower(): name for name, _ in old}
    places = {name: place for place, name in enumerate(spelling)}
    ordered = sorted(new, key=lambda pair: places.get(pair[0], len(places)))
    return [(spelling.get(name, name), value) for name, value in ordered]


def _options(shared: bool) -> hishel.CacheOptions:
    return hishel.CacheOptions(shared=shared, supported_methods=["GET", "HEAD"], allow_stale=False)
