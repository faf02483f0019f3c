"""Whether a stored answer may be given without asking its server: RFC 9111 sections 4.2, 4.4 and 5.2.1.

Pure. What the answer itself said of its life was read when it was stored (``cache.http_rules``); here are its age now
and what this request wants. hishel has rules for that, too, but they read the machine's wall clock, know neither
``Age`` nor what a request says beyond ``no-cache``, and importing it costs as much as the whole of a hit.
"""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING

from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from azos_shell.cache.http_answer import StoredAnswer
    from azos_shell.cache.moment import Moment
    from azos_shell.pools.http_request import HttpRequest

_DIRECTIVE = re.compile(r'([!#$%&\'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,]*)))?')
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110 section 9.2.1
_GOES_ROUND = ("range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since")


@frozen
class Wishes:
    """What a request says of stored answers, by RFC 9111 section 5.2.1."""

    no_store: bool = False
    no_cache: bool = False
    only_if_cached: bool = False
    max_age: float = inf
    min_fresh: float = 0.0
    max_stale: float = 0.0


def wishes_of(request: HttpRequest) -> Wishes:
    """The wishes of a request. ``Pragma: no-cache`` counts where there is no ``Cache-Control`` (section 5.4)."""
    line = request.header("cache-control")
    if not line:
        return Wishes(no_cache="no-cache" in request.header("pragma").lower())
    said = directives(line)
    return Wishes(
        no_store="no-store" in said,
        no_cache="no-cache" in said,
        only_if_cached="only-if-cached" in said,
        max_age=seconds_of(said.get("max-age"), missing=inf, wrong=0.0),
        min_fresh=seconds_of(said.get("min-fresh"), missing=0.0, wrong=inf),
        max_stale=inf
        if said.get("max-stale") == ""
        else seconds_of(said.get("max-stale"), missing=0.0, wrong=0.0),
    )


def goes_round(request: HttpRequest, wishes: Wishes) -> str:
    """Why this request has nothing to do with stored answers, in words; empty if it has."""
    if request.method not in ("GET", "HEAD"):
        return f"{request.method} is not answered from the cache"
    if wishes.no_store:
        return "the request says no-store"
    for name in _GOES_ROUND:
        if request.header(name):
            return f"the request has its own {name.title()}"
    return "the request has a body" if request.body is not None else ""


def must_ask(answer: StoredAnswer, wishes: Wishes, now: Moment) -> str:
    """Why the server must be asked before this answer is given, in words; empty if it need not be."""
    if wishes.no_cache:
        return "the request wants it checked"
    if answer.no_cache:
        return "its server wants it checked each time"
    age_seconds = answer.age_seconds(now)
    if age_seconds == inf:
        return "its age is not known: the clock was set back since it was stored"
    if age_seconds > wishes.max_age:
        return f"it is {age_seconds:.0f} s old, and the request wants {wishes.max_age:g} s at most"
    lifetime = answer.lifetime_seconds
    if age_seconds + wishes.min_fresh < lifetime:
        return ""
    if age_seconds < lifetime:
        return f"it is fresh for {lifetime - age_seconds:.0f} s only"
    if wishes.max_stale and not answer.must_revalidate and age_seconds - lifetime <= wishes.max_stale:
        return ""
    if lifetime <= 0:
        return "it is good for one time only"
    return f"it is {age_seconds:.0f} s old, past the {lifetime:.0f} s that it is fresh"


def makes_stale(request: HttpRequest, status: int) -> bool:
    """Whether an answer of this status means that what is kept of the address has changed (section 4.4)."""
    return request.method not in _SAFE and 200 <= status < 400


def directives(line: str) -> dict[str, str]:
    """The directives of ``Cache-Control`` in lower case, each with its value or ""; the first of several counts."""
    said: dict[str, str] = {}
    for found in _DIRECTIVE.finditer(line):
        said.setdefault(found[1].lower(), found[2] if found[2] is not None else found[3] or "")
    return said


def seconds_of(value: str | None, *, missing: float, wrong: float) -> float:
    """A number of seconds as a header has it."""
    if value is None:
        return missing
    return float(value[:20]) if re.fullmatch(r"[0-9]+", value) else wrong
