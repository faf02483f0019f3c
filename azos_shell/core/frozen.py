"""Frozen value classes that cost little to define: what ``dataclass(frozen=True, slots=True)`` gives, at less cost.

Importing dataclasses (which imports inspect, ast, dis and tokenize) and making the syntax tree's forty classes with it
took 25 of the 58 ms of processor time that ``azos run true`` needed. ``frozen`` compiles one small function a class
and takes 2 ms for all of them (docs/decisions/0001-frozen-classes.md). Modules that are not loaded at start use
dataclasses.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=True)
def frozen(cls: type[T]) -> type[T]:
    """Make a class whose instances hold the annotated fields, in slots, and never change.

    Instances compare and hash by their fields, print as a call, and match by position. Defaults must not be mutable.
    """
    fields = tuple(getattr(cls, "__annotations__", ()))
    namespace = {
        name: value for name, value in cls.__dict__.items() if name not in ("__dict__", "__weakref__")
    }
    defaults = {name: namespace.pop(name) for name in fields if name in namespace}
    namespace |= {"__slots__": fields, "__match_args__": fields}
    methods = {
        "__setattr__": _set,
        "__delattr__": _delete,
        "__repr__": _show,
        "__eq__": _equal,
        "__hash__": _hash,
        "__reduce__": _rebuild,
    }
    namespace = methods | namespace
    metaclass: Any = type(cls)
    made: Any = metaclass(cls.__name__, cls.__bases__, namespace)
    if "__init__" not in namespace:
        made.__init__ = _initializer(made, fields, defaults)
    return made  # type: ignore[no-any-return]


def replace(value: T, /, **changes: Any) -> T:
    """A copy of a frozen value with other fields."""
    fields: tuple[str, ...] = value.__match_args__  # type: ignore[attr-defined]
    return type(value)(**{name: getattr(value, name) for name in fields} | changes)


def _initializer(cls: Any, fields: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    """``__init__``, which sets each slot through its descriptor: the one way past ``__setattr__``."""
    parameters = [f"{name}=_default_{name}" if name in defaults else name for name in fields]
    body = "".join(f"    _set_{name}(self, {name})\n" for name in fields) or "    pass\n"
    scope: dict[str, Any] = {f"_set_{name}": getattr(cls, name).__set__ for name in fields}
    scope |= {f"_default_{name}": value for name, value in defaults.items()}
    exec(f"def __init__(self, {', '.join(parameters)}):\n{body}", scope)
    return scope["__init__"]


def _set(self: Any, name: str, value: object) -> NoReturn:
    raise AttributeError(f"cannot assign to field {name!r} of a frozen {type(self).__name__}")


def _delete(self: Any, name: str) -> NoReturn:
    raise AttributeError(f"cannot delete field {name!r} of a frozen {type(self).__name__}")


def _show(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"


def _equal(self: Any, other: object) -> bool:
    if type(other) is not type(self):
        return NotImplemented  # type: ignore[no-any-return]
    same: bool = _values(self) == _values(other)
    return same


def _hash(self: Any) -> int:
    return hash(_values(self))


def _rebuild(self: Any) -> tuple[Any, tuple[Any, ...]]:
    """What pickle and copy make another one of."""
    return type(self), _values(self)


def _values(value: Any) -> tuple[Any, ...]:
    return tuple([getattr(value, name) for name in value.__match_args__])
