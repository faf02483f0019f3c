"""Scripts damaged at random, from whole ones: the language cases of the tests and the shell scripts of the machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cases import read_cases

if TYPE_CHECKING:
    from random import Random

CASES = Path(__file__).parent.parent / "spec" / "cases"
PLACES = ("/etc/init.d", "/usr/bin", "/usr/sbin")
_SHEBANG = re.compile(rb"#! */bin/(?:sh|dash)\b")
_TOKENS = re.compile(r"\s+|\w+|&&|\|\||;;|\$\(\(|\$\(|\$\{|<<-?|.", re.DOTALL)
# What tears a script apart when it is put in, or taken out.
_MARKS = (
    "'", '"', "`", "(", ")", "{", "}", "$(", "$((", "${", "))", ";", ";;", "|", "&", "&&", "\n", "\\",
    "<<E\n", "<", ">", "#", " do ", " done ", " then ", " fi ", " if ", " case ", " esac ", " in ", " for ",
    " while ", " ! ", " { ", " }\n", "$", "=",
)  # fmt: skip
_LINES_AT_ONCE = 40
_LARGEST_BYTES = 200_000


def corpus() -> list[str]:
    """Whole scripts; those of the machine where there are any."""
    found = [case.script for path in sorted(CASES.glob("*.test")) for case in read_cases(path)]
    for place in PLACES:
        for path in sorted(Path(place).glob("*")) if Path(place).is_dir() else []:
            if (text := _shell_script(path)) is not None:
                found.append(text)
    return found


def _shell_script(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
            return None
        data = path.read_bytes()
        return data.decode() if _SHEBANG.match(data) else None
    except (OSError, UnicodeDecodeError):
        return None


def damaged(script: str, chance: Random) -> str:
    """The script, or some lines of a long one, with one to three wounds."""
    lines = script.splitlines(keepends=True)
    if len(lines) > _LINES_AT_ONCE:
        start = chance.randrange(len(lines) - _LINES_AT_ONCE // 2)
        lines = lines[start : start + chance.randint(1, _LINES_AT_ONCE)]
    tokens = _TOKENS.findall("".join(lines))
    for _ in range(chance.choice((1, 1, 2, 3))):
        _wound(tokens, chance)
    return "".join(tokens)


def _wound(tokens: list[str], chance: Random) -> None:
    at, other = chance.randrange(len(tokens) + 1), chance.randrange(len(tokens) + 1)
    match chance.randrange(6):
        case 0:
            del tokens[at : at + chance.randint(1, 3)]
        case 1:
            tokens[at:at] = tokens[at : at + chance.randint(1, 4)]
        case 2 if max(at, other) < len(tokens):
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case 3 if chance.random() < 0.3:
            del tokens[at:]
        case 4:
            marks = [
                number for number, token in enumerate(tokens) if token in "'\"`(){}" or token.startswith("$")
            ]
            if marks:
                del tokens[chance.choice(marks)]
        case _:
            tokens.insert(at, chance.choice(_MARKS))
