"""The indexed array: elements by index, some of which may be unset (bash, "Arrays")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from azos_shell.core.errors import AzosError

MAX_INDEX = 2**63 - 1


class SubscriptError(AzosError):
    """An index that no array has."""


class IndexedArray:
    """Elements by index. As long as none is missing they are a list; the first gap makes them a dict, kept sorted."""

    __slots__ = ("_dense", "_sparse")

    def __init__(self, elements: Iterable[str] = ()) -> None:
        self._dense: list[str] = list(elements)
        self._sparse: dict[int, str] | None = None

    def copy(self) -> IndexedArray:
        """An independent copy."""
        twin = IndexedArray(self._dense)
        twin._sparse = None if self._sparse is None else self._sparse.copy()
        return twin

    @property
    def end(self) -> int:
        """One more than the highest index; 0 of an empty array."""
        if self._sparse is None:
            return len(self._dense)
        return next(reversed(self._sparse), -1) + 1

    def position(self, index: int) -> int:
        """The index that a negative one, counted from the end, stands for; negative still if there is none."""
        return index + self.end if index < 0 else index

    def get(self, index: int) -> str | None:
        """The element, or None if it is not set."""
        at = self.position(index)
        if self._sparse is not None:
            return self._sparse.get(at)
        return self._dense[at] if 0 <= at < len(self._dense) else None

    def put(self, index: int, value: str) -> None:
        """Set one element. Raises SubscriptError for an index before the first element."""
        at = self.position(index)
        if not 0 <= at <= MAX_INDEX:
            raise SubscriptError(f"[{index}]: bad array subscript")
        if self._sparse is None:
            if at < len(self._dense):
                self._dense[at] = value
                return
            if at == len(self._dense):
                self._dense.append(value)
                return
            self._sparse, self._dense = dict(enumerate(self._dense)), []
        if at in self._sparse or at > self.end - 1:
            self._sparse[at] = value
        else:  # in between: the order of the dict is that of the indices
            self._sparse[at] = value
            self._sparse = dict(sorted(self._sparse.items()))

    def remove(self, index: int) -> None:
        """Unset one element. Raises SubscriptError for an index before the first element."""
        at = self.position(index)
        if at < 0:
            raise SubscriptError(f"[{index}]: bad array subscript")
        if self._sparse is None:
            if at >= len(self._dense):
                return
            if at == len(self._dense) - 1:
                self._dense.pop()
                return
            self._sparse, self._dense = dict(enumerate(self._dense)), []
        self._sparse.pop(at, None)

    def values(self) -> list[str]:
        """The elements that are set, by index. Not to be changed."""
        return self._dense if self._sparse is None else list(self._sparse.values())

    def indices(self) -> Sequence[int]:
        """The indices that are set, ascending."""
        return range(len(self._dense)) if self._sparse is None else list(self._sparse)

    def from_index(self, index: int) -> list[str]:
        """The elements at ``index`` and above."""
        if self._sparse is None:
            return self._dense[index:]
        return [value for at, value in self._sparse.items() if at >= index]

    def __len__(self) -> int:
        return len(self._dense) if self._sparse is None else len(self._sparse)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IndexedArray):
            return NotImplemented
        return list(self.indices()) == list(other.indices()) and self.values() == other.values()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<IndexedArray of {len(self)} up to {self.end}>"
