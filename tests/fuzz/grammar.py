"""Whole scripts: a setting, some commands of the grammar, and a look at what they left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.commands import command
from fuzz.words import VALUES
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[str]], str]

# ``args`` shows where one argument ends and the next begins, which ``echo`` does not.
PRELUDE = """\
args() { printf '%s:' $#; for a; do printf '<%s>' "$a"; done; echo; }
f() { echo "f $# $1"; }
g() { return 3; }
"""
ENDINGS = (
    "",
    "",
    'echo "$? $# [$x] [$y] $n"',
    "args $x $y",
    'args "$@"',
    "ls; cat out 2>/dev/null",
    "pwd; trap",
)


@st.composite
def scripts(draw: Draw) -> str:
    """A script, which ends whatever happens, and prints the same whenever it is run."""
    setting = " ".join(f"{name}={draw(st.sampled_from(VALUES))}" for name in ("x", "y"))
    options = draw(
        st.sampled_from(
            ("", "", "", "", "set -e\n", "set -u\n", "set -f\n", "IFS=:\n", "IFS=\n", "set -eu\n")
        )
    )
    parameters = draw(
        st.sampled_from(("", "set -- a 'b  c' d\n", "set -- '' '*'\n", "set -- 1 2 3 4 5 6 7 8 9 ten\n"))
    )
    lines = draw(st.lists(command(2), min_size=1, max_size=5))  # type: ignore[arg-type]
    ending = draw(st.sampled_from(ENDINGS))
    return f"{setting} n=1\n{options}{parameters}" + "\n".join(lines) + f"\n{ending}\n"
