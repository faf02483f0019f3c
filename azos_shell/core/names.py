"""Names of columns that are told apart."""

from __future__ import annotations


def distinct_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names with repeated ones numbered (``id``, ``id_2``): an object holds one value of a name."""
    if len(set(names)) == len(names):
        return names
    taken = set(names)
    seen: set[str] = set()
    distinct = []
    for name in names:
        number = 2
        unique = name
        while unique in seen or (unique != name and unique in taken):
            unique = f"{name}_{number}"
            number += 1
        seen.add(unique)
        distinct.append(unique)
    return tuple(distinct)
