"""The places on disk where azos keeps its files, by the XDG Base Directory Specification 0.8.

A relative path in an XDG variable is invalid and ignored, as the specification demands. With no usable home
directory a place is None, and what would live there is done without.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from azos_shell.core.frozen import frozen

_NAME = "azos"


@frozen
class Places:
    """Directories that may not exist yet, or None where there is no place at all."""

    config_dir: str | None = None
    state_dir: str | None = None
    cache_dir: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Places:
        """The places that these variables name; only HOME itself is looked at on disk."""
        home: str | None = environment.get("HOME", "")
        if not home or not os.path.isabs(home) or not os.path.isdir(home):
            home = None
        return cls(
            config_dir=_place(environment.get("XDG_CONFIG_HOME"), home, ".config"),
            state_dir=_place(environment.get("XDG_STATE_HOME"), home, ".local/state"),
            cache_dir=_place(environment.get("XDG_CACHE_HOME"), home, ".cache"),
        )

    @property
    def state_database(self) -> str | None:
        """Where history, jobs and limiter windows live."""
        return None if self.state_dir is None else os.path.join(self.state_dir, "state.db")

    @property
    def cache_database(self) -> str | None:
        """Where results are kept; it may be taken away at any time."""
        return None if self.cache_dir is None else os.path.join(self.cache_dir, "cache.db")

    @property
    def configuration_file(self) -> str | None:
        """Where the user's settings are."""
        return None if self.config_dir is None else os.path.join(self.config_dir, "config.toml")


def _place(base: str | None, home: str | None, below_home: str) -> str | None:
    if base and os.path.isabs(base):
        return os.path.join(base, _NAME)
    return None if home is None else os.path.join(home, below_home, _NAME)
