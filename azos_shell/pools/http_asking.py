"""How a request is to be made, and who is told what becomes of it."""

from __future__ import annotations

from typing import Protocol

from azos_shell.core.frozen import frozen
from azos_shell.pools.http_surroundings import NOWHERE, Surroundings

MOST_RETRIES = 3
"""With the first attempt that is four: what is not cured by then is no hiccup."""


class Telling(Protocol):
    """A person, and whoever traces the command."""

    def notice(self, text: str) -> None:
        """For a person at a terminal only: an answer from the cache, another attempt."""
        ...

    def warn(self, text: str) -> None:
        """For everybody: what is given is not quite what was asked for."""
        ...

    def note(self, stage: str, detail: str) -> None:
        """For a trace."""
        ...


class Silent:
    """Tells nobody."""

    def notice(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """Nothing."""

    def note(self, stage: str, detail: str) -> None:
        """Nothing."""

    def __repr__(self) -> str:
        return "Silent()"


SILENT = Silent()


@frozen
class Asking:
    """How a request is to be made.

    ``timeout_seconds`` are for connecting, for the headers and for each further chunk; ``follow`` follows redirects;
    ``fresh`` goes round what is stored; ``retries`` are those after the first attempt, at most ``MOST_RETRIES``;
    ``surroundings`` are proxies and whom to trust.
    """

    timeout_seconds: float = 30.0
    follow: bool = False
    fresh: bool = False
    retries: int = MOST_RETRIES
    telling: Telling = SILENT
    surroundings: Surroundings = NOWHERE
