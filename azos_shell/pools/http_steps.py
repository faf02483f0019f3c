"""The steps of an exchange, in their order: what a failure means depends on how far it had come."""

from __future__ import annotations

from enum import IntEnum


class Reached(IntEnum):
    """How far an exchange had come when it failed."""

    NOTHING = 0
    SENDING = 1
    WAITING = 2
    ANSWER = 3
