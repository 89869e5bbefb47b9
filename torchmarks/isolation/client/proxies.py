"""Proxies: what a test outside holds in place of an object that a student made inside.

A StudentObject behaves like the object that it represents by asking the student's process, through whatever it was
given to ask with; what comes back is data. Must not judge, and must not see the wire.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from torchmarks.checks.formatting import Proxy
from torchmarks.checks.grading_sentences import say
from torchmarks.isolation.protocol.references import resolve


class Operates(Protocol):
    """What carries out an operation on the student's side."""

    def operate(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """The result of a named operation, a plain one copied out. Raises what it raised, as a builtin exception."""


class StudentObject(Proxy):
    """Represents an object in the student's process; operations on it happen there."""

    def __init__(self, transport: Operates, number: int, name: str, parameters: tuple[str, ...]) -> None:
        set_own = object.__setattr__  # what is set on a proxy otherwise is set on the student's object
        set_own(self, "_transport", transport)
        set_own(self, "_number", number)
        set_own(self, "__name__", name)
        set_own(self, "_parameters", parameters)
        set_own(self, "_of_class", False)
        set_own(self, "__doc__", None)

    def _note_origin(self, of_class: bool) -> None:
        object.__setattr__(self, "_of_class", of_class)

    def __reduce__(self) -> tuple[Any, ...]:
        return resolve, (self._number,)  # among the arguments of a call it arrives as the object itself

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._transport.operate("call", self, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in ("__dict__", "__doc__"):
            raise AttributeError(name)  # Python probes for protocols; none of them crosses
        return self._transport.operate("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._transport.operate("setattr", self, name, value)

    def __repr__(self) -> str:
        return str(self._transport.operate("repr", self))

    def __str__(self) -> str:
        return str(self._transport.operate("str", self))

    def __bool__(self) -> bool:
        return bool(self._transport.operate("bool", self))

    def __hash__(self) -> int:
        return object.__hash__(self)  # the student's own could make any two things one in a set of the test's

    def __iter__(self) -> Any:
        iterator = self._transport.operate("iter", self)
        while True:
            try:
                yield self._transport.operate("next", iterator)
            except StopIteration:
                return

    # A copy would be one of the proxy. No AuthorError: that a result is an object may be the student's doing.
    def __copy__(self) -> NoReturn:
        raise TypeError(say.english("not_copied_out", name=self.__name__))

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.__copy__()

    def __contains__(self, item: Any) -> bool:
        if isinstance(item, StudentObject):
            return bool(self._transport.operate("contains", self, item))
        mine = self._transport.operate("plain", self)
        return any(item == entry for entry in (self if isinstance(mine, StudentObject) else mine))


def _comparison(name: str) -> Callable[..., Any]:
    """A comparison. With a value of the test's it happens here, with what the object holds as a number, text or
    container: its own `__eq__` may say what it likes. Two objects of the student's compare in the student's process.
    """
    compare = getattr(operator, name)

    def method(self: StudentObject, other: Any) -> Any:
        if isinstance(other, StudentObject):
            return self._transport.operate(name, self, other)
        mine = self._transport.operate("plain", self)
        if not isinstance(mine, StudentObject):
            return compare(mine, other)
        if name in ("eq", "ne"):
            return NotImplemented  # then Python asks for identity: it equals no value of the test's
        raise TypeError(say.english("nothing_to_compare", name=self.__name__))  # Python would name our class

    return method


def _operation(name: str) -> Callable[..., Any]:
    def method(self: StudentObject, *args: Any) -> Any:
        return self._transport.operate(name, self, *args)

    return method


def _arithmetic(name: str) -> Callable[..., Any]:
    """Arithmetic. With a value of the test's, often the expected one (`abs(mean(xs) - 2.5) < 1e-9`), it happens here:
    the `__sub__` of what a function returned could say that nothing is left, and must not see the value. Only objects
    of a class that the exercise asks for, or of the notebook itself, are added and scaled in the student's process.
    """
    compute = getattr(operator, name)

    def method(self: StudentObject, other: Any) -> Any:
        if isinstance(other, StudentObject):
            return self._transport.operate(name, self, other)
        mine = self._transport.operate("plain", self)
        if not isinstance(mine, StudentObject):
            return compute(mine, other)
        if not self._of_class:
            raise TypeError(say.english("no_number", name=self.__name__))
        return self._transport.operate(name, self, other)

    return method


# On the class, the one place where Python looks such names up.
for _name in ("len", "float", "int", "getitem", "setitem", "neg", "abs"):
    setattr(StudentObject, f"__{_name}__", _operation(_name))
for _name in ("add", "sub", "mul", "truediv"):
    setattr(StudentObject, f"__{_name}__", _arithmetic(_name))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(StudentObject, f"__{_name}__", _comparison(_name))
del _name
