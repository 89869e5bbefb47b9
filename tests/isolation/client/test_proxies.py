"""torchmarks.isolation.client.proxies: every operation on a student's object happens where it lives."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

import pytest

OPERATIONS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "getattr": (lambda p: p.x, 2),
    "len": (len, 2),
    "getitem": (lambda p: p[4], 8),
    "add": (lambda p: p + 1, 3),
    "bool": (bool, False),
    "float": (float, 1.5),
    "int": (int, 7),
    "str": (str, "a point"),
    "repr": (repr, "Point()"),
    "neg": (lambda p: -p, -2),
    "abs": (abs, 2),
    "iter": (lambda p: next(iter(p)), 1),
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_happens_inside(names: Callable[[str], Any], name: str) -> None:
    """Each operation gives what the student's object gives."""
    operate, expected = OPERATIONS[name]

    assert operate(names("point")) == expected


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv"])
def test_two_objects_of_a_student_are_put_together_by_their_class(names: Callable[[str], Any], name: str) -> None:
    """Each comparison and each sum is the one of that name, with the objects in their order."""
    combine, numbers = getattr(operator, name), {"two": 2, "deux": 2, "six": 6}

    for left, right in (("two", "six"), ("six", "two"), ("two", "deux")):
        assert combine(names(left), names(right)) == combine(numbers[left], numbers[right])


def test_attributes_and_items_are_set_inside(names: Callable[[str], Any]) -> None:
    """setattr and setitem change the student's object."""
    point = names("point")
    point.x = 10

    assert point.x == 10
    point[0] = 2
    assert point.x == 2


def test_an_object_is_equal_to_no_value(names: Callable[[str], Any]) -> None:
    """An object whose own `__eq__` says yes to everything is neither equal to a value of the test's nor less."""
    point = names("point")

    equal = point == 3
    assert equal is False
    assert point != 3
    reflected = 3 == point  # noqa: SIM300
    assert reflected is False
    assert [point] != [3]
    with pytest.raises(TypeError, match="point is an object"):
        point < 3  # noqa: B015
    assert 1 in point  # by its items, not by its word
    assert point == names("point")  # two objects of the student's: their class decides


def test_subclasses_compare_by_what_they_hold(names: Callable[[str], Any]) -> None:
    """A Counter, a named tuple and an enum are equal to what they hold: honest answers keep their points."""
    assert names("counter") == {"a": 2}
    assert names("pair") == (1, 2)
    assert names("red") == 3
    assert names("red") < 4
    assert list(names("gen")()) == [1, 2, 3]


def test_a_proxy_is_not_copied(names: Callable[[str], Any]) -> None:
    """To copy one is an ordinary error of the test: what came back may be the student's doing."""
    for copying in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be copied"):
            copying(names("point"))
