"""memo why names what differs; and what is kept is nobody else's to read."""

from __future__ import annotations

from pathlib import Path

from harness.processes import Azos

LINE = "sh -c 'echo $X; pwd'"


def test_why_tells_of_the_answer_that_is_most_alike(azos: Azos) -> None:
    (azos.cwd / "sub").mkdir()
    azos.run(f"export X=1; memo -- {LINE}; cd sub; memo -- {LINE}")
    assert azos.run(f"memo why -- {LINE}").text == "runs: variable X is not set now\n"
    assert azos.run(f"cd sub; memo why -- {LINE}").text == "runs: variable X is not set now\n"
    assert azos.run(f"export X=2; memo why -- {LINE}").text == "runs: variable X differs\n"


def test_a_variable_of_the_shell_is_not_an_exported_one_of_the_same_value(azos: Azos) -> None:
    assert azos.run(f"export X=1; memo --env X -- {LINE}").text.startswith("1\n")
    assert azos.run(f"X=1; memo --env X -- {LINE}").text.startswith("\n")


def test_why_tells_what_was_not_kept_the_last_time(azos: Azos) -> None:
    ran = azos.run("memo 'echo $RANDOM' >/dev/null")
    assert "it mentions RANDOM, which is another each time" in ran.errors
    assert azos.run("memo why 'echo $RANDOM'").text.startswith("runs each time: it mentions RANDOM")


def test_what_is_kept_is_private_whatever_the_umask(azos: Azos) -> None:
    azos.run("umask 0; memo --no-trace -- seq 100000 >/dev/null")
    kept = list(Path(azos.home / ".cache/azos").rglob("*"))
    assert any(path.parent.parent.name == "blobs" for path in kept)
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0, path
