"""http at the prompt: what is shown of an answer, a download's progress, Ctrl-C, and what the history keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.nginx import Nginx, needs_nginx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = [pytest.mark.azos_only, needs_nginx]

BODY = bytes(range(256)) * 20_000


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Nginx]:
    """nginx that gives what is below /slow/ at 1 MB a second."""
    directory = tmp_path / "nginx"
    server = Nginx(directory, f"location /slow/ {{ limit_rate 1m; alias {directory}/files/; }}")
    yield server
    server.close()


def test_an_answer_is_shown_with_its_head_and_laid_out(terminal: Terminal, slow: Nginx) -> None:
    url = slow.file("a.json", '{"a":["\\u001b[31m",1.50]}')
    terminal.run(f"http {url}")
    lines = terminal.lines()
    assert "HTTP/1.1 200 OK" in lines
    assert lines[lines.index("{") :][:6] == [
        "{",
        '    "a": [',
        '        "\\u001b[31m",',
        "        1.50",
        "    ]",
        "}",
    ]


def test_a_download_shows_progress_and_can_be_stopped_and_gone_on_with(
    terminal: Terminal, azos: Azos, slow: Nginx
) -> None:
    slow.file("x", BODY)
    terminal.type_line(f"http -d -o big {slow.url}/slow/x")
    terminal.send("\r")
    terminal.wait_for(r"% \[=+ +\] .* of 4.9 MiB .*/s · .* left")
    terminal.send("\x03")
    terminal.prompt()
    assert "are kept in big.part; -d -c -o big goes on" in terminal.text()
    assert "[==" not in terminal.text()
    terminal.run(f"http -d -c -o big {slow.url}/x")
    assert "saved big (4.9 MiB)" in terminal.text()
    assert (azos.cwd / "big").read_bytes() == BODY


def test_passwords_do_not_stay_in_the_history(terminal: Terminal, slow: Nginx) -> None:
    slow.file("a", "x")
    terminal.run(f"http http://ann:s3cret@127.0.0.1:{slow.port}/a")
    terminal.run(f"http -a ann:s3cret :{slow.port}/a")
    terminal.run("clear")
    terminal.run("history")
    assert f"http http://ann:***@127.0.0.1:{slow.port}/a" in terminal.text()
    assert f"http -a ann:*** :{slow.port}/a" in terminal.text()
    assert "s3cret" not in terminal.text()
