"""Which requests are sent again, and when: decided purely."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from azos_shell.core.errors import DependencyError, TimeLimitError
from azos_shell.pools.http_errors import LostError, NotSentError, NotSentInTimeError
from azos_shell.pools.http_request import HttpRequest
from azos_shell.pools.http_retries import (
    is_safe,
    retry_after_seconds,
    trouble_of_answer,
    trouble_of_error,
)

NOW = 1_700_000_000.0
KEY = ((b"Idempotency-Key", b"4711"),)


async def stream():
    yield b"x"


@pytest.mark.parametrize(
    ("request_", "safe"),
    [
        (HttpRequest("GET", "http://x/"), True),
        (HttpRequest("HEAD", "http://x/"), True),
        (HttpRequest("PUT", "http://x/", (), b"body"), True),
        (HttpRequest("DELETE", "http://x/"), True),
        (HttpRequest("POST", "http://x/"), False),
        (HttpRequest("PATCH", "http://x/", (), b"body"), False),
        (HttpRequest("BREW", "http://x/"), False),
        (HttpRequest("POST", "http://x/", KEY, b"body"), True),
        (HttpRequest("PUT", "http://x/", (), stream()), False),
        (HttpRequest("POST", "http://x/", KEY, stream()), False),
    ],
)
def test_only_what_is_idempotent_and_still_there_is_safe(request_, safe):
    assert is_safe(request_) is safe


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize("error", [NotSentError("refused"), NotSentInTimeError("no connection")])
def test_what_never_left_is_sent_again_whatever_it_is(method, error):
    assert trouble_of_error(HttpRequest(method, "http://x/", (), stream()), error) is not None


def test_what_may_have_arrived_is_sent_again_only_if_that_is_safe():
    assert trouble_of_error(HttpRequest("GET", "http://x/"), LostError("hung up")) is not None
    assert trouble_of_error(HttpRequest("POST", "http://x/"), LostError("hung up")) is None
    assert trouble_of_error(HttpRequest("POST", "http://x/", KEY), LostError("hung up")) is not None


@pytest.mark.parametrize("error", [DependencyError("bad certificate"), TimeLimitError("nothing came")])
def test_what_stays_wrong_or_took_long_already_is_not_repeated(error):
    assert trouble_of_error(HttpRequest("GET", "http://x/"), error) is None


@pytest.mark.parametrize(
    ("method", "status", "retry_after", "again"),
    [
        ("GET", 200, "", False),
        ("GET", 404, "5", False),
        ("GET", 429, "", True),
        ("GET", 500, "", False),
        ("GET", 502, "", True),
        ("GET", 503, "", True),
        ("GET", 504, "", True),
        ("HEAD", 503, "", True),
        ("PUT", 429, "", True),
        ("PUT", 502, "", False),
        ("PUT", 503, "", False),
        ("PUT", 503, "1", True),
        ("POST", 429, "1", False),
        ("POST", 503, "1", False),
    ],
)
def test_which_answers_are_worth_another_attempt(method, status, retry_after, again):
    assert (
        trouble_of_answer(HttpRequest(method, "http://x/"), status, retry_after, NOW) is not None
    ) is again


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("10000000000", 1e10),
        ("9" * 400, 1e20),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW - 30, usegmt=True), 0.0),
        ("Friday, 14-Nov-23 22:13:50 GMT", 30.0),
        ("-1", None),
        ("1e10", None),
        ("1.5", None),
        ("soon", None),
        ("Tue, 99 Nov 2023", None),
        ("Thu, 01 Jan 99999 00:00:00 GMT", None),
        ("", None),
        ("٣", None),
    ],
)
def test_what_retry_after_says(value, seconds):
    assert retry_after_seconds(value, NOW) == (seconds if seconds is None else pytest.approx(seconds))
