"""Cache rules: programs that are answered from the cache although nobody typed ``memo``, as the settings say."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter


@frozen
class CacheRule:
    """``options`` are those of ``memo`` for the command lines that ``match``, a pattern, matches.

    A pattern that ends in ``" *"`` matches the command without further words, too.
    """

    match: str
    options: tuple[str, ...] = ()

    def applies(self, text: str) -> bool:
        """Whether it is for a command of these words, with blanks between them."""
        return fnmatchcase(text, self.match) or (self.match.endswith(" *") and text == self.match[:-2])


def rule_for(shell: Interpreter, argv: list[str]) -> CacheRule | None:
    """The first rule for a program with these words; None where there is none or the user wants no cache."""
    rules = shell.runtime.services.cache_rules
    if not rules or shell.get("AZOS_NO_CACHE") not in (None, "", "0"):
        return None
    text = " ".join(argv)
    return next((rule for rule in rules if rule.applies(text)), None)
