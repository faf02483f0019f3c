"""A completed name is read back by a shell as that name."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from azos_shell.repl.quoting import quoted

NAMES = [
    "plain.txt", "two words", "it's", 'say "hi"', "$HOME", "a*b?[c]", "back\\slash", "semi;colon&", "(x)",
    "~user", "#hash",    "a#b~c=d", "new\nline", "esc\x1b[31m", "tab\tulator",
    "caf\u00e9", "\u202egpj", os.fsdecode(b"bad\xff"), "{a,b}",
    "`id`", "!bang", "a|b<c>d", "\u2764",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash reads the names back")
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_shell_reads_back_the_name(quote: str) -> None:
    words = [quote + quoted(name, quote, leading=True) + quote for name in NAMES]
    script = "printf '%s\\0' " + " ".join(words)
    done = subprocess.run(["bash", "-c", os.fsencode(script)], capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == [os.fsencode(name) for name in NAMES]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.isprintable()])
def test_nothing_that_cannot_be_shown_comes_into_the_line(name: str) -> None:
    assert quoted(name, "", leading=True).isprintable()
