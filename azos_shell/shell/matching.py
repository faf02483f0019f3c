"""Matching a text against a pattern, as ``case`` and ``[[`` do, under the options ``extglob`` and ``nocasematch``."""

from __future__ import annotations

import re

from azos_shell.language.patterns import compile_pattern
from azos_shell.shell.state import DEFAULT_SHOPTS, Options


def matcher(options: Options, pattern: str, *, extglob: bool = False) -> re.Pattern[str]:
    """The compiled pattern; its ``fullmatch`` says whether a text matches."""
    shopts = options.shopts
    if shopts is DEFAULT_SHOPTS:
        return compile_pattern(pattern, extglob=extglob)
    compiled = compile_pattern(pattern, extglob=extglob or "extglob" in shopts)
    if "nocasematch" in shopts:
        return re.compile(compiled.pattern, compiled.flags | re.IGNORECASE)
    return compiled
