"""torchmarks.checks.formatting: values and calls as text."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks import sources
from torchmarks.checks.facts import Opaque
from torchmarks.checks.formatting import (
    LONGEST,
    Proxy,
    format_call,
    format_fact,
    format_setting,
    format_value,
    scenario_subjects,
)
from torchmarks.checks.language import speaking
from torchmarks.checks.sentences import say
from torchmarks.checks.settings import CELL
from torchmarks.checks.taking import take

T = torch.tensor


class Odd:
    """Cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def in_a_cell(source: str) -> Any:
    """What an expression of a test cell gives."""
    sources.keep(f"<{source}>", source)
    return eval(compile(source, f"<{source}>", "eval"), {"torch": torch})


FORMATTED: list[tuple[Any, str]] = [
    (T([1.0, 2.5]), "tensor([1., 2.5])"),
    (T([[1, 2]]), "tensor([[1, 2]])"),
    (T(3.0), "tensor(3.)"),
    (T([True]), "tensor([True])"),
    (T([]), "tensor([])"),
    (T([1.0], dtype=torch.float64), "tensor([1.], dtype=torch.float64)"),
    (T([1.0], requires_grad=True), "tensor([1.], requires_grad=True)"),
    (T([math.nan, -math.inf]), "tensor([nan, -inf])"),
    (torch.empty(0, 3), "torch.empty((0, 3))"),
    (torch.zeros(5, 6, dtype=torch.float64), "a tensor of shape (5, 6), float64"),
    (torch.empty(2, device="meta"), "a tensor of shape (2,), float32, device='meta'"),
    (np.array([1.0, 2.0]), "array([1., 2.])"),
    (np.array([1], dtype=np.int32), "array([1], dtype=np.int32)"),
    (np.zeros((5, 6)), "an array of shape (5, 6), float64"),
    ([1, (2,), {"a": T([1])}], "[1, (2,), {'a': tensor([1])}]"),
    (list(range(30)), "[" + ", ".join(str(n) for n in range(24)) + ", …]"),
    (None, "None"),
    ("text", "'text'"),
    (torch.float16, "torch.float16"),
    (torch.nn.Linear, "Linear"),
    (len, "len"),
    (in_a_cell("lambda x: torch.sin(x)+1"), "lambda x: torch.sin(x) + 1"),
    ([in_a_cell("lambda x: x[:2]"), len], "[lambda x: x[:2], len]"),
    (in_a_cell("lambda x: w * x"), "a function"),  # w is the test's
    (in_a_cell("lambda x: (x ** 2 + 3 * x - 1).sin().sum()"), "a function"),
    (eval("lambda: 1"), "a function"),
    (Odd(), "a Odd"),
]


@pytest.mark.parametrize(("value", "text"), FORMATTED, ids=lambda value: None)
def test_values_read_as_one_would_write_them(value: Any, text: str) -> None:
    """A value reads as a student would write it, a large one by shape and dtype."""
    assert format_value(value) == text


@pytest.mark.parametrize("value", [T([1.0]), T([1], dtype=torch.int8), torch.empty(0, 2), [1, (2,)], {"a": 1}, None])
def test_facts_read_as_their_values_do(value: Any) -> None:
    """What was seen reads as what was given."""
    assert format_fact(take(value)) == format_value(value)


@pytest.mark.parametrize(
    ("note", "read"),
    [
        ("elements:1", "a Big (1 element)"),
        ("elements:1000000", "a Big (1000000 elements)"),
        ("too_deep", "a Big (too many items or too deep)"),
        ("cannot_be_read:no: {storage}", "a Big (cannot be read: no: {storage})"),
        ("sparse_coo", "a Big (sparse_coo)"),
        *((said, f"a Big ({said})") for said in ("elements:many", "elements", "not_written", "elements:")),
    ],
)
def test_a_note_is_read_as_a_sentence(note: str, read: str) -> None:
    """Whatever a student's process says instead stands as it is."""
    assert format_fact(Opaque("student.Big", note)) == read


def test_a_note_is_read_in_the_language_that_is_spoken() -> None:
    """The fact is the same in every one."""
    with speaking("de"):
        assert format_fact(take("x" * 10**6)) == "ein Objekt vom Typ str (1000000 Zeichen)"


def test_every_setting_has_a_name_to_read() -> None:
    """In the language that is spoken; a value that is not a word stays as it is."""
    names = {setting.described(setting.usual)[0] for setting in CELL} | {"function mode"}

    assert [name for name in names if f"setting_{re.sub(r'[^a-z0-9]+', '_', name.lower())}" not in say.table] == []
    with speaking("de"):
        assert [format_setting(text) for text in ("gradient recording", "off", "torch.float64")] == [
            *("Aufzeichnung von Gradienten", "aus", "torch.float64"),
        ]


def test_no_address_is_told() -> None:
    """An object's address, which differs in every run, is left out."""
    assert " at 0x" not in format_value(object())


def test_long_text_is_cut() -> None:
    """Text is cut at a bound, and the cut is marked."""
    text = format_value("x" * 1000)

    assert len(text) == LONGEST
    assert text.endswith("…")


def test_positions_of_students_functions() -> None:
    """Proxies, and in place callables named like their parameter, are a scenario's subjects."""

    def scenario(total: Any, x: int, other: Any) -> None:
        """total of {x}"""

    def total(x: int) -> int:
        return x

    class Remote(Proxy):
        __name__ = "anything"

    assert scenario_subjects(scenario, (total, 1, len), ("total", "x", "other")) == (0,)
    assert scenario_subjects(scenario, (len, 1, Remote()), ("total", "x", "other")) == (2,)
    assert scenario_subjects(Remote(), (Remote(),), ("x",)) == ()
    assert format_call(scenario, (total, 1, len), {}, ("total", "x", "other")) == "total of 1"
    assert format_call(scenario, (len, 1, len), {}, ("total", "x", "other")) == "scenario(len, 1, len)"
