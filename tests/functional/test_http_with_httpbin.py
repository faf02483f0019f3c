"""http against httpbin: methods, bodies, who asks, redirects, cookies and sessions, packed answers."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.httpbin import Httpbin
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only


def told(azos: Azos, line: str, **options: object) -> Any:
    """What the server tells back, of a request that is answered with 200."""
    ran = azos.run(line, **options)
    assert (ran.status, ran.errors) == (0, "")
    return json.loads(ran.text)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_method_is_spoken(azos: Azos, httpbin: Httpbin, method: str) -> None:
    assert told(azos, f"http {method} {httpbin.url}/{method} q==1")["args"] == {"q": "1"}


def test_fields_are_sent_as_json(azos: Azos, httpbin: Httpbin) -> None:
    answer = told(azos, f"http {httpbin.url}/post name=ann n:=1 'a[b][]=c' X-Mine:yes")
    assert answer["json"] == {"name": "ann", "n": 1, "a": {"b": ["c"]}}
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Accept"] == "application/json, */*;q=0.5"
    assert answer["headers"]["X-Mine"] == "yes"


def test_fields_are_sent_as_a_form(azos: Azos, httpbin: Httpbin) -> None:
    assert told(azos, f"http -f {httpbin.url}/post a=1 'b=x y&z'")["form"] == {"a": "1", "b": "x y&z"}


def test_files_are_sent_with_a_form(azos: Azos, httpbin: Httpbin) -> None:
    (azos.cwd / "small.txt").write_text("some text")
    (azos.cwd / "large.bin").write_bytes(b"x" * 1_500_000)
    answer = told(azos, f"http -f {httpbin.url}/post a=1 f@small.txt g@large.bin")
    assert answer["form"] == {"a": "1"}
    assert answer["files"] == {"f": "some text", "g": "x" * 1_500_000}


def test_a_default_header_can_be_left_out_or_sent_empty(azos: Azos, httpbin: Httpbin) -> None:
    headers = told(azos, f"http {httpbin.url}/headers User-Agent: 'X-Empty;'")["headers"]
    assert "User-Agent" not in headers
    assert headers["X-Empty"] == ""


def test_what_is_piped_in_is_the_body(azos: Azos, httpbin: Httpbin) -> None:
    data = "echo '{\"a\":1}'"
    (azos.cwd / "f").write_text('{"a":1}')
    for line in (
        f"{data} | http PUT {httpbin.url}/anything",
        f"{data} | http {httpbin.url}/anything",
        f"http {httpbin.url}/anything <f",
        f"cat f | http {httpbin.url}/anything | cat",
        f"echo $(http {httpbin.url}/anything <f)",
        f"(http {httpbin.url}/anything <f)",
    ):
        answer = told(azos, line)
        assert (answer["method"], answer["json"]) == ("PUT" if "PUT" in line else "POST", {"a": 1}), line
    assert told(azos, f"http POST {httpbin.url}/post", stdin=b"from outside")["form"] == {"from outside": ""}


def test_what_is_piped_in_is_of_the_kind_that_is_asked_for(azos: Azos, httpbin: Httpbin) -> None:
    assert told(azos, f"echo '[1]' | http -f {httpbin.url}/anything")["headers"]["Content-Type"].endswith(
        "urlencoded"
    )
    answer = told(azos, f"http -j {httpbin.url}/anything --raw 1")
    assert (answer["json"], answer["headers"]["Content-Type"]) == (1, "application/json")
    assert azos.run(f"http --multipart {httpbin.url}/anything").status == 2


def test_what_others_are_reading_is_no_body(azos: Azos, httpbin: Httpbin) -> None:
    for line in (
        f"echo x | http -I {httpbin.url}/anything",
        f"echo x | http GET {httpbin.url}/anything",
        f"http {httpbin.url}/anything",
        f"echo x | {{ http {httpbin.url}/anything; }}",
        f"f() {{ http {httpbin.url}/anything; }}; echo x | f",
        f"http {httpbin.url}/anything </dev/null",
    ):
        answer = told(azos, line, stdin=b"from outside")
        assert (answer["method"], answer["data"], answer["form"]) == ("GET", "", {}), line
    script = f"http {httpbin.url}/uuid >/dev/null\necho still here\n"
    assert azos.piped(script).text == "still here\n"


def test_a_loop_over_addresses_keeps_its_input(azos: Azos, httpbin: Httpbin) -> None:
    lines = "".join(f"{httpbin.url}/anything/{number}\n" for number in range(3))
    ran = azos.run(
        "while read -r url; do http $url | sql 'select method, url from stdin'; done", stdin=lines.encode()
    )
    assert [json.loads(line) for line in ran.text.splitlines()] == [
        {"method": "GET", "url": f"{httpbin.url}/anything/{number}"} for number in range(3)
    ]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ("-a ann:secret", "/basic-auth/ann/secret"),
        ("-A digest -a ann:secret", "/digest-auth/auth/ann/secret"),
        ("-A digest -a ann:secret", "/digest-auth/auth/ann/secret/SHA-256"),
        ("-A bearer -a t0ken", "/bearer"),
    ],
)
def test_who_asks_is_proven(azos: Azos, httpbin: Httpbin, options: str, path: str) -> None:
    assert told(azos, f"http {options} {httpbin.url}{path}")["authenticated"] is True


def test_a_wrong_password_is_the_servers_answer(azos: Azos, httpbin: Httpbin) -> None:
    assert azos.run(f"http -a ann:wrong {httpbin.url}/basic-auth/ann/secret").status == 4
    assert azos.run(f"http -A digest -a ann:wrong {httpbin.url}/digest-auth/auth/ann/secret").status == 4


def test_an_address_may_say_who_asks_and_nobody_is_told(azos: Azos, httpbin: Httpbin) -> None:
    ran = azos.run(f"http -v http://ann:s3cret@{httpbin.origin}/basic-auth/ann/s3cret")
    assert ran.status == 0
    assert "authorization: basic ***" in ran.errors.lower()
    assert "s3cret@" not in ran.errors
    refused = azos.run(
        "http http://ann:s3cret@127.0.0.1:9/; http 'http://ann:s3cret@127.0.0.1:x/'; stats --jsonl"
    )
    assert refused.errors.count("azos") == 2
    assert "s3cret" not in refused.errors + refused.text


def test_netrc_says_who_asks_unless_that_is_given(azos: Azos, httpbin: Httpbin) -> None:
    (azos.home / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    (azos.home / ".netrc").chmod(0o600)
    assert told(azos, f"http {httpbin.url}/basic-auth/ann/secret")["user"] == "ann"
    assert azos.run(f"http --ignore-netrc {httpbin.url}/basic-auth/ann/secret").status == 4
    assert azos.run(f"http -a bob:x {httpbin.url}/basic-auth/ann/secret").status == 4
    (azos.home / ".netrc").write_text("machine\n")
    ran = azos.run(f"http {httpbin.url}/get")
    assert ran.status == 1
    assert ".netrc" in ran.errors


def test_redirects_are_followed_if_asked(azos: Azos, httpbin: Httpbin) -> None:
    assert azos.run(f"http {httpbin.url}/redirect/2").status == 3
    assert told(azos, f"http -F {httpbin.url}/redirect/2")["url"] == f"{httpbin.url}/get"
    ran = azos.run(f"http -F --max-redirects 2 {httpbin.url}/redirect/5")
    assert ran.status == 1
    assert "redirected more than 2 times" in ran.errors


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_a_redirected_post_is_what_the_status_says(
    azos: Azos, httpbin: Httpbin, status: int, method: str
) -> None:
    target = f"{httpbin.url}/redirect-to url==/anything status_code=={status}"
    if method == "GET":
        answer = told(azos, f"http -F POST {target} -f a=b")
        assert (answer["method"], answer["form"]) == ("GET", {})
    else:
        (azos.cwd / "large").write_bytes(b"a=" + b"b" * 1_200_000)
        answer = told(azos, f"http -F POST {target} --data @large Content-Type:text/plain")
        assert (answer["method"], len(answer["data"])) == ("POST", 1_200_002)


def test_cookies_are_kept_from_redirect_to_redirect_and_no_longer(azos: Azos, httpbin: Httpbin) -> None:
    line = f"http -F '{httpbin.url}/cookies/set?a=b'; http {httpbin.url}/cookies"
    first, second = (json.loads(text)["cookies"] for text in _documents(azos.run(line).text))
    assert (first, second) == ({"a": "b"}, {})


def _documents(text: str) -> list[str]:
    return [part + "}" for part in text.split("\n}\n") if part.strip()]


def test_a_session_keeps_cookies_headers_and_who_asks(azos: Azos, httpbin: Httpbin) -> None:
    azos.run(
        f"http -F --session one -a ann:secret {httpbin.url}/cookies/set a==b X-Mine:yes Content-Type:x/y"
    )
    answer = told(azos, f"http --session one {httpbin.url}/anything")["headers"]
    assert answer["Cookie"] == "a=b"
    assert answer["X-Mine"] == "yes"
    assert answer["Authorization"].startswith("Basic ")
    assert "Content-Type" not in answer
    assert "Cookie" not in told(azos, f"http --session other {httpbin.url}/anything")["headers"]
    paths = list((azos.home / ".local/state/azos/http").glob("*/one.json"))
    assert len(paths) == 1
    assert stat.S_IMODE(os.stat(paths[0]).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(paths[0].parent).st_mode) == 0o700
    azos.run(f"http -F --session one {httpbin.url}/cookies/delete?a")
    assert "Cookie" not in told(azos, f"http --session one {httpbin.url}/anything")["headers"]


def test_a_cookie_that_is_written_stays_in_the_session(azos: Azos, httpbin: Httpbin) -> None:
    assert (
        told(azos, f"http --session one {httpbin.url}/cookies 'Cookie:a=b; c=\"d e\"'")["cookies"]["a"] == "b"
    )
    assert told(azos, f"http --session one {httpbin.url}/cookies Cookie:x=y")["cookies"] == {
        "a": "b",
        "c": "d e",
        "x": "y",
    }


def test_a_session_can_be_used_as_it_is(azos: Azos, httpbin: Httpbin) -> None:
    azos.run(f"http -F --session ./mine {httpbin.url}/cookies/set a==b")
    before = (azos.cwd / "mine").read_bytes()
    answer = told(azos, f"http -F --session-read-only ./mine {httpbin.url}/cookies/set c==d")
    assert answer["cookies"] == {"a": "b", "c": "d"}
    assert (azos.cwd / "mine").read_bytes() == before


def test_a_file_that_is_no_session_is_left_as_it_is(azos: Azos, httpbin: Httpbin) -> None:
    for content in ("nonsense", "[]", '{"headers": [{"name": "a b"}]}'):
        (azos.cwd / "mine").write_text(content)
        ran = azos.run(f"http --session ./mine {httpbin.url}/get")
        assert (ran.status, ran.text) == (1, "")
        assert "no session" in ran.errors
        assert (azos.cwd / "mine").read_text() == content
    assert azos.run(f"http --session ../x/ {httpbin.url}/get").status == 1
    assert azos.run(f"http --session 'a b' {httpbin.url}/get").status == 2


@pytest.mark.parametrize("kind", ["gzip", "deflate"])
def test_packed_answers_are_unpacked(azos: Azos, httpbin: Httpbin, kind: str) -> None:
    assert told(azos, f"http {httpbin.url}/{kind}")["gzipped" if kind == "gzip" else "deflated"] is True


def test_an_answer_is_records_if_asked(azos: Azos, httpbin: Httpbin) -> None:
    ran = azos.run(f"http --records slideshow.slides --csv {httpbin.url}/json | head -2")
    assert ran.text == "title,type,items\nWake up to WonderWidgets!,all,\n"
    lines = azos.run(f"http --jsonl {httpbin.url}/stream/5").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(5))
    ran = azos.run(f"http --records nowhere --jsonl {httpbin.url}/json")
    assert ran.status == 1
    assert "no nowhere in the answer; it has slideshow" in ran.errors


def test_offline_shows_what_would_be_sent_and_sends_nothing(azos: Azos) -> None:
    ran = azos.run("http --offline -a ann:secret http://127.0.0.1:9/x?a=b n:=1 q==2")
    assert (ran.status, ran.errors) == (0, "")
    lines = ran.text.splitlines()
    assert lines[0] == "POST /x?a=b&q=2 HTTP/1.1"
    assert lines[-2:] == ["", '{"n":1}']
    assert "secret" not in ran.text


def test_the_curl_command_asks_the_same(azos: Azos, httpbin: Httpbin) -> None:
    words = f"PUT {httpbin.url}/anything \"name=it's\" n:=1 q=='a b' X-A:1 'X-B;' -a ann:pw"
    ran = azos.run(f"http --curl {words}")
    assert ran.status == 0
    assert "for your eyes only" in ran.errors
    curl = shlex.split(ran.text)
    try:
        sent = json.loads(subprocess.run([*curl, "-sS"], capture_output=True, check=True).stdout)
    except FileNotFoundError:
        pytest.skip("curl is missing")
    ours = told(azos, f"http {words}")
    for answer in (sent, ours):
        for name in ("User-Agent", "Accept-Encoding", "Connection"):
            answer["headers"].pop(name, None)
    assert sent == ours


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("http", "URL is missing"),
        ("http -j -f x.org a=b", "choose one of -j and -f"),
        ("http --raw a x.org b=c", "a body comes from one of request items and --raw"),
        ("http x.org nonsense", "bad request item"),
        ("http x.org f@nowhere", "files go with -f"),
        ("http -c -o x x.org", "-c goes on with a download"),
        ("http --offline --curl x.org", "choose one of --offline and --curl"),
        ("http -p x x.org", "-p takes letters"),
        ("http -A digest x.org", "-A digest needs -a"),
        ("http -a ann x.org", "USER:PASSWORD"),
        ("http --records a..b x.org", "--records takes names"),
        ("http --max-pages 2 x.org", "goes with --all-pages"),
        ("http --verify nowhere x.org", "--verify takes"),
        ("http --proxy ftp://x x.org", "proxy"),
        ("http --session a --session-read-only b x.org", "choose one of --session"),
    ],
)
def test_what_contradicts_is_a_usage_error_that_says_what_to_do(azos: Azos, line: str, message: str) -> None:
    ran = azos.run(line)
    assert (ran.status, ran.text) == (2, "")
    assert message in ran.errors
    assert "Traceback" not in ran.errors


def test_help_is_still_there(azos: Azos) -> None:
    ran = azos.run("http --help")
    assert ran.status == 0
    assert "request items" in ran.text
