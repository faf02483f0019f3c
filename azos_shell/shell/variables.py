"""The variables of a shell: values, attributes, references and the scopes of functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import IntFlag

from azos_shell.core.errors import AzosError
from azos_shell.shell.arrays import IndexedArray, SubscriptError

Value = str | IndexedArray | dict[str, str]
"""A scalar, an indexed array, or an associative one."""

MAX_REFERENCES = 10
"""How many name references may lead to each other."""


class Attribute(IntFlag):
    """What ``export``, ``readonly`` and ``declare`` say of a variable."""

    EXPORTED = 1
    READONLY = 2
    INTEGER = 4
    LOWER = 8
    UPPER = 16
    INDEXED = 32
    """Declared as an array, and perhaps without a value yet."""
    ASSOCIATIVE = 64
    LOCAL = 128
    """Declared by a function and not given a value yet: unset, but hiding what is outside."""


CHANGING = Attribute.INTEGER | Attribute.LOWER | Attribute.UPPER
"""The attributes that change what is assigned."""


class ReadonlyError(AzosError):
    """An assignment to a read-only variable."""


Hidden = tuple[Value | None, Attribute, str | None]


class Variables:
    """Variables by name.

    ``values`` is a plain dict so that the interpreter's fast path can read it; only this class writes it. An array is
    changed in place where this object alone has it (``_owned``); a subshell's copy shares arrays until either writes.
    A name reference (``declare -n``) is in ``references`` and never in ``values``.
    """

    __slots__ = (
        "_environment",
        "_owned",
        "_scopes",
        "attributes",
        "foreign",
        "integer",
        "references",
        "values",
    )

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = dict(environment or {})
        self.foreign = {name: value for name, value in given.items() if not name.isidentifier()}
        """What came in the environment under names that no variable can have; programs get it all the same."""
        self.values: dict[str, Value] = {
            name: value for name, value in given.items() if name not in self.foreign
        }
        self.attributes: dict[str, Attribute] = dict.fromkeys(self.values, Attribute.EXPORTED)
        self.references: dict[str, str] = {}
        self.integer: Callable[[str], int] = int
        """What evaluates the text that is assigned to a variable with the integer attribute."""
        self._owned: set[str] = set()
        self._scopes: list[dict[str, Hidden]] = []
        self._environment: dict[bytes, bytes] | None = None

    def copy(self) -> Variables:
        """An independent copy, for a subshell."""
        twin = Variables.__new__(Variables)
        twin.values = self.values.copy()
        twin.attributes = self.attributes.copy()
        twin.references = self.references.copy()
        twin.integer = self.integer
        twin.foreign = self.foreign
        twin._owned = set()
        if self._owned:
            self._owned = set()
        twin._scopes = [scope.copy() for scope in self._scopes]
        twin._environment = self._environment
        return twin

    # -- reading ------------------------------------------------------------------------------------------------

    def get(self, name: str) -> str | None:
        """The value as a scalar: an array's is its element 0."""
        value = self.values.get(name)
        if value.__class__ is str:
            return value
        if value is None:
            if name not in self.references:
                return None
            name, _, subscript = self.target(name).partition("[")
            return self.element(name, subscript[:-1]) if subscript else self.get(name)
        return value.get(0) if isinstance(value, IndexedArray) else value.get("0")  # type: ignore[union-attr]

    def element(self, name: str, subscript: str) -> str | None:
        """One element by its evaluated subscript, a number or a key."""
        value = self.values.get(name)
        if isinstance(value, dict):
            return value.get(subscript)
        if value is None or not subscript.lstrip("-").isdecimal():
            return None
        array = IndexedArray([value]) if isinstance(value, str) else value
        return array.get(int(subscript))

    def target(self, name: str) -> str:
        """The variable, or element, that a name stands for: itself unless it is a reference."""
        for _ in range(MAX_REFERENCES):
            if name not in self.references:
                return name
            name = self.references[name]
        raise AzosError(f"{name}: circular name reference")

    def environment(self) -> dict[str, str]:
        """The exported variables."""
        exported = {
            name: value
            for name, attributes in self.attributes.items()
            if attributes & Attribute.EXPORTED and isinstance(value := self.values.get(name), str)
        }
        return self.foreign | exported if self.foreign else exported

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
        if self.references and name in self.references:
            self._set_target(self.target(name), value)
            return
        attributes = self.attributes.get(name)
        if attributes:
            value = self._allowed(name, attributes, value)
        if value.__class__ is str:
            present = self.values.get(name)
            if present is not None and present.__class__ is not str:
                self._put(name, "0" if isinstance(present, dict) else 0, value)
                return
        else:
            self._owned.add(name)
        self.values[name] = value

    def _set_target(self, target: str, value: Value) -> None:
        name, bracket, subscript = target.partition("[")
        if bracket and isinstance(value, str):
            key = subscript[:-1]
            self.set_element(name, int(key) if key.lstrip("-").isdecimal() else key, value)
        else:
            self.set(name, value)

    def _allowed(self, name: str, attributes: Attribute, value: Value) -> Value:
        """``value`` as the attributes make it. Raises ReadonlyError."""
        if attributes & Attribute.READONLY:
            raise ReadonlyError(f"{name}: is read only")
        if attributes & Attribute.EXPORTED:
            self._environment = None
        if attributes & Attribute.LOCAL:
            self.attributes[name] = attributes & ~Attribute.LOCAL
        if not attributes & CHANGING:
            return value
        if isinstance(value, str):
            return self._changed(attributes, value)
        if isinstance(value, dict):
            return {key: self._changed(attributes, element) for key, element in value.items()}
        changed = IndexedArray()
        for index, element in zip(value.indices(), value.values(), strict=True):
            changed.put(index, self._changed(attributes, element))
        return changed

    def _changed(self, attributes: Attribute, text: str) -> str:
        if attributes & Attribute.INTEGER:
            return str(self.integer(text)) if text else "0"
        return text.lower() if attributes & Attribute.LOWER else text.upper()

    def set_element(self, name: str, index: int | str, value: str) -> None:
        """Set one element of an array, associative where ``index`` is a key. Raises ReadonlyError or AzosError."""
        if self.references:
            name = self.target(name)
        attributes = self.attributes.get(name)
        if attributes:
            value = self._allowed(name, attributes, value)  # type: ignore[assignment]
        self._put(name, index, value)

    def _put(self, name: str, index: int | str, value: str) -> None:
        array = self._own(name)
        if isinstance(array, dict):
            array[str(index)] = value
        elif isinstance(index, int):
            try:
                array.put(index, value)
            except SubscriptError as error:
                raise SubscriptError(f"{name}{error.message}") from error
        else:
            raise SubscriptError(f"{name}[{index}]: bad array subscript")

    def _own(self, name: str) -> IndexedArray | dict[str, str]:
        """The array of that name, for changing; a scalar becomes one."""
        present = self.values.get(name)
        if present is not None and name in self._owned:
            return present  # type: ignore[return-value]
        if present is None or isinstance(present, str):
            mine: IndexedArray | dict[str, str] = IndexedArray([] if present is None else [present])
        else:
            mine = present.copy()
        self.values[name] = mine
        self._owned.add(name)
        return mine

    def unset_element(self, name: str, subscript: int | str) -> None:
        """Forget one element. Raises ReadonlyError or AzosError."""
        self.check_writable(name)
        if self.values.get(name) is None:
            return
        array = self._own(name)
        if isinstance(array, dict):
            array.pop(str(subscript), None)
        elif isinstance(subscript, int):
            array.remove(subscript)

    def unset(self, name: str) -> None:
        """Forget the variable. Raises ReadonlyError."""
        attributes = self.check_writable(name)
        self.values.pop(name, None)
        self.references.pop(name, None)
        self._owned.discard(name)
        if attributes:
            self._environment = None
            del self.attributes[name]

    def check_writable(self, name: str) -> Attribute:
        """The attributes of a variable that may be changed. Raises ReadonlyError."""
        attributes = self.attributes.get(name, Attribute(0))
        if attributes & Attribute.READONLY:
            raise ReadonlyError(f"{name}: is read only")
        return attributes

    def mark(self, name: str, attribute: Attribute, *, on: bool = True) -> None:
        """Give the variable an attribute or take it away."""
        attributes = self.attributes.get(name, Attribute(0))
        attributes = attributes | attribute if on else attributes & ~attribute
        self.attributes[name] = attributes
        self._environment = None

    def refer(self, name: str, target: str) -> None:
        """Make ``name`` stand for another variable or element."""
        self.values.pop(name, None)
        self._owned.discard(name)
        self.references[name] = target
        self._environment = None

    # -- keeping for a while ------------------------------------------------------------------------------------

    def hidden(self, name: str) -> Hidden:
        """What ``restore`` puts back later. An array is not changed in place meanwhile."""
        self._owned.discard(name)
        return self.values.get(name), self.attributes.get(name, Attribute(0)), self.references.get(name)

    def restore(self, name: str, hidden: Hidden) -> None:
        """Put back what ``hidden`` gave."""
        value, attributes, target = hidden
        self._owned.discard(name)
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value
        if attributes:
            self.attributes[name] = attributes
        else:
            self.attributes.pop(name, None)
        if target is not None:
            self.references[name] = target
        elif self.references:
            self.references.pop(name, None)
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
        for name, hidden in self._scopes.pop().items():
            self.restore(name, hidden)

    def make_local(self, name: str) -> bool:
        """Hide the variable until the function ends (dynamic scope); returns whether it was not local before."""
        scope = self._scopes[-1]
        if name in scope:
            return False
        scope[name] = self.hidden(name)
        return True

    def is_local(self, name: str) -> bool:
        """Whether the function that runs has declared it."""
        return bool(self._scopes) and name in self._scopes[-1]

    def outermost(self, name: str) -> dict[str, Hidden] | None:
        """The outermost scope that hides the variable outside all functions; None if none does."""
        return next((scope for scope in self._scopes if name in scope), None)

    def __repr__(self) -> str:
        return f"<Variables {len(self.values)}, {len(self._scopes)} scopes>"
