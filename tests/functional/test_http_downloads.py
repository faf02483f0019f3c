"""Downloads from nginx: names, files that are whole or not there, going on with what was cut off; TLS and HTTP/2."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from harness.processes import shell_under_test

if TYPE_CHECKING:
    from pathlib import Path

    from harness.nginx import Nginx
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

BODY = bytes(range(256)) * 20_000


def left_over(azos: Azos) -> list[str]:
    """What lies in the working directory."""
    return sorted(os.listdir(azos.cwd))


def cut_off(azos: Azos, url: str, have: int, body: bytes = BODY) -> str:
    """Leave the part of a download behind, as a killed one does; returns the name of the file."""
    head = azos.run(f"http -h HEAD {url}").text
    etag = next(line.partition(": ")[2] for line in head.splitlines() if line.lower().startswith("etag"))
    (azos.cwd / "file.part").write_bytes(body[:have])
    (azos.cwd / "file.part.json").write_text(json.dumps({"url": url, "validator": etag}))
    return "file"


def test_a_download_is_named_by_its_address(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("dir/data.bin", BODY)
    ran = azos.run(f"http -d {url}; http -d {url}")
    assert (ran.status, ran.text) == (0, "")
    assert ran.errors.count("saved ") == 2
    assert left_over(azos) == ["data-1.bin", "data.bin"]
    assert (azos.cwd / "data.bin").read_bytes() == BODY
    assert (azos.cwd / "data-1.bin").read_bytes() == BODY


def test_a_download_goes_where_it_is_told(azos: Azos, nginx: Nginx) -> None:
    (azos.cwd / "mine").write_text("old")
    ran = azos.run(f"http -d -o mine {nginx.file('x', BODY)}")
    assert (ran.status, ran.text, ran.errors) == (0, "", "")
    assert (azos.cwd / "mine").read_bytes() == BODY
    assert left_over(azos) == ["mine"]
    assert azos.run(f"http -d -o /dev/null {nginx.file('x', BODY)}").status == 0


def test_what_was_there_keeps_its_rights_and_a_link_stays_one(azos: Azos, nginx: Nginx) -> None:
    (azos.cwd / "secret").write_text("old")
    (azos.cwd / "secret").chmod(0o600)
    (azos.cwd / "link").symlink_to("secret")
    assert azos.run(f"http -d -o link {nginx.file('x', BODY)}").status == 0
    assert (azos.cwd / "link").is_symlink()
    assert (azos.cwd / "secret").read_bytes() == BODY
    assert (azos.cwd / "secret").stat().st_mode & 0o777 == 0o600
    (azos.cwd / "other.part").symlink_to("secret")
    ran = azos.run(f"http -d -o other {nginx.url}/x")
    assert ran.status == 1
    assert "symbolic link" in ran.errors
    assert (azos.cwd / "secret").read_bytes() == BODY


def test_what_is_no_good_answer_is_shown_and_no_file(azos: Azos, nginx: Nginx) -> None:
    ran = azos.run(f"http -d -o mine {nginx.url}/missing")
    assert ran.status == 4
    assert "404 Not Found" in ran.text
    assert left_over(azos) == []


def test_a_download_goes_on_where_it_was_cut_off(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("x", BODY)
    cut_off(azos, url, 1_000_000)
    ran = azos.run(f"http -d -c -o file {url}")
    assert (ran.status, ran.errors) == (0, "")
    assert (azos.cwd / "file").read_bytes() == BODY
    assert left_over(azos) == ["file"]
    assert nginx.logged(2)[1].startswith("GET /x 206 HTTP/1.1")
    assert nginx.logged(2)[1].endswith('"bytes=1000000-"')


def test_what_has_changed_meanwhile_is_fetched_anew(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("x", BODY)
    cut_off(azos, url, 1_000_000)
    other = BODY[::-1]
    nginx.file("x", other)
    os.utime(nginx.files / "x", (1, 1))
    assert azos.run(f"http -d -c -o file {url}").status == 0
    assert (azos.cwd / "file").read_bytes() == other
    assert nginx.logged(2)[1].startswith("GET /x 200")


def test_a_part_that_is_all_of_it_becomes_the_file(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("x", BODY)
    cut_off(azos, url, len(BODY))
    assert azos.run(f"http -d -c -o file {url}").status == 0
    assert (azos.cwd / "file").read_bytes() == BODY
    assert [line.split()[2] for line in nginx.logged(2)[1:]] == ["416"]
    assert left_over(azos) == ["file"]


def test_a_part_that_is_longer_than_the_whole_is_thrown_away(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("x", BODY)
    cut_off(azos, url, len(BODY), BODY)
    (azos.cwd / "file.part").write_bytes(BODY + b"more")
    assert azos.run(f"http -d -c -o file {url}").status == 0
    assert (azos.cwd / "file").read_bytes() == BODY
    assert [line.split()[2] for line in nginx.logged(3)[1:]] == ["416", "200"]


def test_a_part_of_which_nothing_is_known_is_no_beginning(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("x", BODY)
    (azos.cwd / "file.part").write_bytes(b"who knows")
    assert azos.run(f"http -d -c -o file {url}").status == 0
    assert (azos.cwd / "file").read_bytes() == BODY
    (azos.cwd / "file.part").write_bytes(b"who knows")
    (azos.cwd / "file.part.json").write_bytes(b"\xff nonsense")
    assert azos.run(f"http -d -c -o file {url}").status == 0
    assert (azos.cwd / "file").read_bytes() == BODY


def test_a_whole_file_is_not_fetched_again(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("x", BODY)
    (azos.cwd / "file").write_bytes(b"whole")
    ran = azos.run(f"http -d -c -o file {url}")
    assert (ran.status, (azos.cwd / "file").read_bytes()) == (0, b"whole")
    assert "is whole" in ran.errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_download_that_is_killed_can_be_gone_on_with(
    azos: Azos, tmp_path: Path, number: signal.Signals
) -> None:
    from harness.nginx import NGINX, Nginx

    if NGINX is None:
        pytest.skip("nginx is missing")
    nginx = Nginx(
        tmp_path / "slow",
        locations="location /slow/ { limit_rate 2m; alias %s/files/; }" % (tmp_path / "slow"),
    )
    try:
        nginx.file("x", BODY)
        url = f"{nginx.url}/slow/x"
        process = subprocess.Popen(
            [*shell_under_test(), "run", f"http -d -o file {url}"],
            cwd=azos.cwd,
            env=azos.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        part = azos.cwd / "file.part"
        end = time.monotonic() + 20
        while not (part.exists() and part.stat().st_size > 100_000) and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        assert left_over(azos) == ["file.part", "file.part.json"]
        if number == signal.SIGINT:
            assert b"-d -c -o" in errors
            assert process.returncode in (130, -signal.SIGINT)
        assert b"Traceback" not in errors
        have = part.stat().st_size
        assert azos.run(f"http -d -c -o file {nginx.url}/x").status == 0
        assert hashlib.sha256((azos.cwd / "file").read_bytes()).digest() == hashlib.sha256(BODY).digest()
        assert f'"bytes={have}-"' in nginx.logged(2)[-1]
    finally:
        nginx.close()


def test_https_asks_for_an_authority_that_is_trusted(azos: Azos, nginx: Nginx) -> None:
    nginx.file("x", "hello")
    url = f"{nginx.tls_url}/x"
    refused = azos.run(f"http {url}")
    assert (refused.status, refused.text) == (1, "")
    assert "its certificate is not trusted" in refused.errors
    assert azos.run(f"http --verify {nginx.authority_file} {url}").text == "hello"
    assert azos.run(f"http --verify no {url}").text == "hello"
    assert azos.run(f"http --verify {nginx.authority_file} -h {url}").text.startswith("HTTP/2 200")
    assert azos.run(f"http {url}").status == 1  # what nobody vouched for was not kept
    assert azos.run(f"http --verify {nginx.authority_file} --cert /nowhere {url}").status == 2


def test_one_connection_serves_many_requests(azos: Azos, nginx: Nginx) -> None:
    url = nginx.file("x", "hello")
    ran = azos.run(f"for i in 1 2 3 4 5; do http --fresh {url}; done")
    assert ran.text == "hello" * 5
    assert len({line.split()[4] for line in nginx.logged(5)}) == 1


def test_a_certificate_proves_who_asks(azos: Azos, tmp_path: Path) -> None:
    import trustme
    from harness.nginx import NGINX, Nginx

    if NGINX is None:
        pytest.skip("nginx is missing")
    clients = trustme.CA()
    clients.cert_pem.write_to_path(str(tmp_path / "clients.pem"))
    ann = clients.issue_cert("ann@example.org")
    ann.private_key_pem.write_to_path(str(tmp_path / "ann.key"))
    ann.cert_chain_pems[0].write_to_path(str(tmp_path / "ann.pem"))
    asking = f"ssl_client_certificate {tmp_path}/clients.pem; ssl_verify_client optional;"
    nginx = Nginx(tmp_path / "asking", asking + " location /who { return 200 $ssl_client_verify; }")
    try:
        line = f"http --verify {nginx.authority_file} {nginx.tls_url}/who"
        assert azos.run(line).text == "NONE"
        assert azos.run(f"{line} --cert {tmp_path}/ann.pem --cert-key {tmp_path}/ann.key").text == "SUCCESS"
        ran = azos.run(f"{line} --cert {tmp_path}/ann.pem --cert-key {tmp_path}/clients.pem")
        assert (ran.status, ran.text) == (2, "")
        assert "no certificate with its key" in ran.errors
    finally:
        nginx.close()
