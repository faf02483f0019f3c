"""The key processor, made to outlive a key that trips it.

Some of prompt_toolkit's bindings assert what a user need not know (Alt-minus, then Up: a negative count). Raised
from a callback of the event loop that would end the shell or draw a traceback over the prompt. Here the key is
dropped, with a bell.
"""

from __future__ import annotations

import logging

from prompt_toolkit.application import get_app
from prompt_toolkit.key_binding.key_processor import KeyProcessor

_log = logging.getLogger(__name__)


class SturdyKeys(KeyProcessor):
    """Handles keys; one whose handler fails does nothing."""

    def process_keys(self) -> None:
        """Handle what was fed."""
        try:
            super().process_keys()
        except Exception:  # noqa: BLE001 - a foreign handler may raise anything, and the prompt must stay
            _log.debug("a key was dropped", exc_info=True)
            get_app().output.bell()
