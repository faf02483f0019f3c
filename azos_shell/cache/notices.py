"""What a person is told of an answer that was not made now: how old it is, and what it saved."""

from __future__ import annotations

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "m"))


def told_hit(age_seconds: float, saved_seconds: float) -> str:
    """``cached 3m ago · saved 4.2 s``."""
    return f"cached {age(age_seconds)} ago · saved {saved(saved_seconds)}"


def told_stale(age_seconds: float) -> str:
    """``stale: this answer is 12m old``."""
    return f"stale: this answer is {age(age_seconds)} old"


def age(seconds: float) -> str:
    """``5s``, ``3m``, ``2h``, ``4d``."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def saved(seconds: float) -> str:
    """``4.2 s``, ``850 ms``, ``12 m``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds / 60:.0f} m"


def told_checked(age_seconds: float, size_bytes: int) -> str:
    """``checked with its server: unchanged for 3m · 12 kB not sent again``."""
    return f"checked with its server: unchanged for {age(age_seconds)} · {size(size_bytes)} not sent again"


def size(size_bytes: int) -> str:
    """``12 kB``, ``3.4 MB``."""
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    return f"{size_bytes / 1e3:.0f} kB" if size_bytes < 999_500 else f"{size_bytes / 1e6:.1f} MB"
