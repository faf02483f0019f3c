"""The caches whose speed is measured: azos's own, and of its peers those that are installed.

Each is called as its users call it, in loops written out for it, so that no common wrapper is measured along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from azos_shell.cache.klru import KLRUCache

Loop = Callable[[Any, list[str]], None]
COST_SECONDS, SIZE_BYTES = 0.5, 1_000


def get_each(cache: Any, keys: list[str]) -> None:
    """A ``get`` for each key, however the answer says whether it is a hit."""
    get = cache.get
    for key in keys:
        get(key)


def assign_each(cache: Any, keys: list[str]) -> None:
    """Set as a mapping is set."""
    for key in keys:
        cache[key] = key


def set_each(cache: Any, keys: list[str]) -> None:
    """Set by theine's method."""
    set_one = cache.set
    for key in keys:
        set_one(key, key)


def put_each(cache: Any, keys: list[str]) -> None:
    """Put without hints."""
    put = cache.put
    for key in keys:
        put(key, key)


def put_each_with_hints(cache: Any, keys: list[str]) -> None:
    """Put with a cost and a size."""
    put = cache.put
    for key in keys:
        put(key, key, cost=COST_SECONDS, size=SIZE_BYTES)


def nothing_for_each(cache: Any, keys: list[str]) -> None:
    """The loop alone, whose time is no cache's."""
    for _ in keys:
        pass


@dataclass(frozen=True, slots=True)
class Peer:
    """A cache that can be made for a capacity, and the loops that read and write it."""

    name: str
    make: Callable[[int], Any]
    write: Loop
    read: Loop = get_each


REFERENCE = "cachetools LRUCache"
_PEERS = [  # package, class, options
    ("cachetools", "LRUCache", {}, assign_each),
    ("cachebox", "LRUCache", {}, assign_each),
    ("theine", "Cache", {"nolock": True}, set_each),
]


def with_hints(capacity: int) -> KLRUCache[str, str]:
    """As the shell's result cache is: one goes for each that comes."""
    return KLRUCache(capacity, low_water=capacity)


def installed_peers() -> tuple[list[Peer], list[str]]:
    """The caches that can be measured, azos's first, and the packages that are not here."""
    peers = [
        Peer("azos, no hints", KLRUCache, put_each),
        Peer("azos, cost and size", with_hints, put_each_with_hints),
    ]
    missing = []
    for package, class_name, options, write in _PEERS:
        try:
            made = getattr(import_module(package), class_name)
        except ImportError:
            missing.append(package)
            continue
        peers.append(Peer(f"{package} {class_name}", _maker(made, options), write))
    return peers, missing


def _maker(made: Any, options: dict[str, Any]) -> Callable[[int], Any]:
    return lambda capacity: made(capacity, **options)


def versions() -> str:
    """The versions of the peers that are here."""
    found = []
    for package, *_ in _PEERS:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
