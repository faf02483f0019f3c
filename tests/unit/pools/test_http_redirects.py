"""Where an answer sends a request, and with what: decided purely."""

from __future__ import annotations

import pytest

from azos_shell.core.errors import AzosError
from azos_shell.pools.http_redirects import redirected, without_credentials
from azos_shell.pools.http_request import HttpRequest, origin_of

HEADERS = (
    (b"Accept", b"a/b"),
    (b"Authorization", b"Bearer s3cret"),
    (b"Cookie", b"a=b"),
    (b"X-Api-Key", b"s3cret"),
    (b"X-Auth-Token", b"s3cret"),
    (b"X-Other", b"1"),
)


def get(url="https://one.org/a", method="GET", headers=HEADERS, body=None):
    return HttpRequest(method, url, headers, body)


@pytest.mark.parametrize(
    ("status", "location"), [(200, "/b"), (304, "/b"), (300, "/b"), (302, ""), (404, "/b")]
)
def test_what_is_no_redirect_leads_nowhere(status, location):
    assert redirected(get(), status, location) is None


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b?c=d", "https://one.org/b?c=d"),
        ("b", "https://one.org/b"),
        ("//two.org/b", "https://two.org/b"),
        ("https://two.org", "https://two.org"),
        ("/a b\r\nX: y", "https://one.org/a%20b%0D%0AX:%20y"),
    ],
)
def test_the_address_is_taken_from_where_we_are(location, url):
    following = redirected(get(), 302, location)
    assert following is not None
    assert following.url == url


def test_the_fragment_stays_with_the_one_who_asked():
    assert redirected(get("https://one.org/a#here"), 302, "/b").url == "https://one.org/b#here"
    assert redirected(get("https://one.org/a#here"), 302, "/b#there").url == "https://one.org/b#there"


def test_credentials_stay_with_their_origin():
    assert redirected(get(), 302, "/b").headers == HEADERS
    for other in ("https://two.org/", "https://one.org:444/", "https://one.org.evil.org/"):
        assert redirected(get(), 302, other).headers == (HEADERS[0], HEADERS[-1])
    assert without_credentials(HEADERS) == (HEADERS[0], HEADERS[-1])


def test_a_password_in_the_address_stays_with_its_origin_and_none_is_taken_from_a_server():
    request = get("https://u:p@one.org/a")
    assert redirected(request, 302, "/b").url == "https://u:p@one.org/b"
    assert redirected(request, 302, "https://two.org/b").url == "https://two.org/b"
    assert redirected(get(), 302, "https://evil:pw@one.org/b").url == "https://one.org/b"


def test_the_way_from_http_to_https_is_another_origin_and_back_is_not_gone():
    assert redirected(get("http://one.org/"), 302, "https://one.org/").headers == (HEADERS[0], HEADERS[-1])
    with pytest.raises(AzosError, match=r"from https to http://one\.org/b, where anybody could read along"):
        redirected(get(), 302, "http://one.org/b")


@pytest.mark.parametrize("location", ["ftp://x/", "javascript:alert(1)", "http://[::1", "file:///etc/passwd"])
def test_to_what_is_no_web_address_nobody_goes(location):
    with pytest.raises(AzosError):
        redirected(get(), 302, location)


@pytest.mark.parametrize(
    ("method", "status", "becomes"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("PUT", 302, "PUT"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("HEAD", 303, "HEAD"),
    ],
)
def test_the_method_changes_as_it_has_always_done(method, status, becomes):
    request = get(method=method, body=b"x", headers=((b"content-type", b"a/b"), (b"accept", b"c/d")))
    following = redirected(request, status, "/b")
    assert following.method == becomes
    assert following.body == (b"x" if becomes == method else None)
    assert len(following.headers) == (2 if becomes == method else 1)


def test_a_body_that_is_gone_is_not_sent_again():
    async def stream():
        yield b"x"

    with pytest.raises(AzosError, match="can't be sent again"):
        redirected(get(method="POST", body=stream()), 307, "/b")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTP://Example.org/x", "http://example.org:80"),
        ("https://u:p@example.org:444/", "https://example.org:444"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_the_origin_of_an_address(url, origin):
    assert origin_of(url) == origin
