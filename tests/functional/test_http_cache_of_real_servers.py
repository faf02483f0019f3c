"""What http keeps of servers that nobody here has written: nginx and httpbin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.httpbin import Httpbin
    from harness.nginx import Nginx
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only


def test_a_file_of_nginx_is_checked_until_it_changes(azos: Azos, nginx: Nginx) -> None:
    file = nginx.files / "data.json"
    file.write_text('{"a": 1}')
    line = f"trace http -b {nginx.url}/data.json"
    assert "miss: it is not stored" in azos.run(line).errors
    again = azos.run(line)
    assert '"a": 1' in again.text or '"a":1' in again.text
    assert "revalidated" in again.errors
    file.write_text('{"a": 22}')
    assert "22" in azos.run(line).text


def test_a_file_that_has_not_changed_for_long_is_fresh_for_a_while(azos: Azos, nginx: Nginx) -> None:
    file = nginx.files / "old.txt"
    file.write_text("old")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    line = f"trace http {nginx.url}/old.txt"
    assert "stored: fresh for 8" in azos.run(line).errors
    assert "hit: " in azos.run(line).errors


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("cache/60", "hit: "),
        ("etag/one", "revalidated: "),
        ("response-headers?Cache-Control=no-store", "miss: it is not stored"),
        ("cookies/set?a=b", "miss: it is not stored"),
        ("status/404", "miss: it is good for one time only"),
    ],
)
def test_answers_of_httpbin(azos: Azos, httpbin: Httpbin, path: str, again: str) -> None:
    line = f"trace http '{httpbin.url}/{path}'"
    azos.run(line)
    assert again in azos.run(line).errors


def test_a_password_keeps_an_answer_out_of_the_store(azos: Azos, httpbin: Httpbin) -> None:
    url = httpbin.url.replace("://", "://anna:canary@") + "/basic-auth/anna/canary"
    ran = azos.run(f"trace http '{url}'; cache ls; cache stats")
    assert "authenticated" in ran.text
    assert "not stored: it was asked with credentials" in ran.errors
    assert "canary@" not in ran.text
    stored = b"".join(path.read_bytes() for path in azos.home.rglob("*") if path.is_file())
    assert b"anna:canary" not in stored
