"""The variables of a shell: values, attributes, and the scopes of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntFlag

from azos_shell.core.errors import AzosError

Value = str | list[str] | dict[str, str]


MAX_ELEMENTS = 1_000_000
"""How long an array may become by an index: arrays are lists, and one far element makes all those before it."""


class Attribute(IntFlag):
    """What ``export``, ``readonly`` and ``declare`` say of a variable."""

    EXPORTED = 1
    READONLY = 2
    INTEGER = 4


class ReadonlyError(AzosError):
    """An assignment to a read-only variable."""


class Variables:
    """Variables by name. Indexed arrays are lists, associative arrays dicts.

    ``values`` is a plain dict so that the interpreter's fast path can read it; only this class writes it. Copies share
    nothing that is changed in place, so a subshell's copy costs two dict copies.
    """

    __slots__ = ("_environment", "_scopes", "attributes", "values")

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.values: dict[str, Value] = dict(environment or {})
        self.attributes: dict[str, Attribute] = dict.fromkeys(self.values, Attribute.EXPORTED)
        self._scopes: list[dict[str, tuple[Value | None, Attribute]]] = []
        self._environment: dict[bytes, bytes] | None = None

    def copy(self) -> Variables:
        """An independent copy, for a subshell."""
        twin = Variables.__new__(Variables)
        twin.values = self.values.copy()
        twin.attributes = self.attributes.copy()
        twin._scopes = [scope.copy() for scope in self._scopes]
        twin._environment = self._environment
        return twin

    # -- reading ------------------------------------------------------------------------------------------------

    def get(self, name: str) -> str | None:
        """The value as a scalar: an array's is its element 0."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, list):
            return value[0] if value else None
        return value.get("0")

    def environment(self) -> dict[str, str]:
        """The exported variables."""
        return {
            name: value
            for name, attributes in self.attributes.items()
            if attributes & Attribute.EXPORTED and isinstance(value := self.values.get(name), str)
        }

    def environment_bytes(self) -> dict[bytes, bytes]:
        """The exported variables as a program gets them; kept until one of them changes."""
        if self._environment is None:
            self._environment = {
                name.encode("utf-8", "surrogateescape"): value.encode("utf-8", "surrogateescape")
                for name, value in self.environment().items()
            }
        return self._environment

    def has(self, name: str, attribute: Attribute) -> bool:
        """Whether the variable has the attribute."""
        return bool(self.attributes.get(name, 0) & attribute)

    def names(self) -> Iterator[str]:
        """All names that have a value."""
        return iter(sorted(self.values))

    # -- writing ------------------------------------------------------------------------------------------------

    def set(self, name: str, value: Value) -> None:
        """Give the variable a value. Raises ReadonlyError."""
        attributes = self.attributes.get(name)
        if attributes:
            if attributes & Attribute.READONLY:
                raise ReadonlyError(f"{name}: is read only")
            if attributes & Attribute.EXPORTED:
                self._environment = None
        if isinstance(value, str):
            present = self.values.get(name)
            if present.__class__ is list:
                value = [value, *present[1:]]
        self.values[name] = value

    def set_element(self, name: str, index: int, value: str) -> None:
        """Set one element of an indexed array, which grows with empty elements as needed."""
        present = self.values.get(name)
        array = [present] if isinstance(present, str) else list(present or [])
        put_element(name, array, index, value)
        self.values.pop(name, None) if isinstance(present, str) else None
        self.set(name, array)

    def unset(self, name: str) -> None:
        """Forget the variable. Raises ReadonlyError."""
        attributes = self.attributes.get(name)
        if attributes and attributes & Attribute.READONLY:
            raise ReadonlyError(f"{name}: is read only")
        self.values.pop(name, None)
        if self.attributes.pop(name, None):
            self._environment = None

    def mark(self, name: str, attribute: Attribute, *, on: bool = True) -> None:
        """Give the variable an attribute or take it away."""
        attributes = self.attributes.get(name, Attribute(0))
        attributes = attributes | attribute if on else attributes & ~attribute
        self.attributes[name] = attributes
        self._environment = None

    # -- scopes -------------------------------------------------------------------------------------------------

    @property
    def depth(self) -> int:
        """How many functions deep the shell is."""
        return len(self._scopes)

    def push(self) -> None:
        """Begin a function."""
        self._scopes.append({})

    def pop(self) -> None:
        """End a function: its locals get back what they hid."""
        for name, (value, attributes) in self._scopes.pop().items():
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = value
            if attributes:
                self.attributes[name] = attributes
            else:
                self.attributes.pop(name, None)
            self._environment = None

    def make_local(self, name: str) -> None:
        """Hide the variable until the function ends (dynamic scope, as dash and bash have it)."""
        scope = self._scopes[-1]
        if name not in scope:
            scope[name] = (self.values.get(name), self.attributes.get(name, Attribute(0)))

    def __repr__(self) -> str:
        return f"<Variables {len(self.values)}, {len(self._scopes)} scopes>"


def put_element(name: str, array: list[str], index: int, value: str) -> None:
    """Set one element of ``array``; a negative index counts from its end. Raises AzosError for one out of bounds."""
    position = index + len(array) if index < 0 else index
    if not 0 <= position < MAX_ELEMENTS:
        raise AzosError(f"{name}[{index}]: bad array subscript")
    array += [""] * (position + 1 - len(array))
    array[position] = value
