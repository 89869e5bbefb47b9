"""torchmarks.catalogue.normal: what stays of an answer when its names and its layout are taken away."""

import subprocess
import sys

import pytest

from torchmarks.catalogue.normal import is_python, normal_form

ANSWER = """
def scale(x, factor):
    total = x * factor
    return total.sum(dim=0)
"""

SAME = {
    "other names": "def scale(a, b):\n    c = a * b\n    return c.sum(dim=0)\n",
    "annotations": "def scale(x: T, factor: int) -> T:\n    total: T = x * factor\n    return total.sum(dim=0)\n",
    "a docstring": "def scale(x, factor):\n    'Sums.'\n    total = x * factor\n    return total.sum(dim=0)\n",
    "comments and layout": "def scale(x, factor):  # why\n\n  total = (x\n  * factor)\n  return total.sum(dim = 0)\n",
    "another way to write a number": ANSWER.replace("dim=0", "dim=0x0"),
}


@pytest.mark.parametrize("source", SAME.values(), ids=SAME)
def test_a_renamed_answer_is_the_same(source: str) -> None:
    """Names, annotations, docstrings, comments and layout make no difference."""
    assert normal_form(source) == normal_form(ANSWER)


DIFFERENT = {
    "another operator": ANSWER.replace("*", "+"),
    "another constant": ANSWER.replace("dim=0", "dim=1"),
    "another method": ANSWER.replace("sum", "mean"),
    "a keyword less": ANSWER.replace("dim=0", "0"),
    "arguments swapped": ANSWER.replace("x * factor", "factor * x"),
    "a default": ANSWER.replace("factor)", "factor=1)", 1),
    "a statement more": ANSWER.replace("    return", "    print(total)\n    return"),
    "a name from outside": ANSWER.replace("total.sum", "torch.sum"),
}


@pytest.mark.parametrize("source", DIFFERENT.values(), ids=DIFFERENT)
def test_an_answer_that_does_something_else_is_different(source: str) -> None:
    """Each small change of what is done gives another form."""
    assert normal_form(source) != normal_form(ANSWER)


def test_imported_names_are_names() -> None:
    """`as` gives a name like any other; what is imported is none."""
    assert normal_form("import torch as t\ny = t.ones(1)") == normal_form("import torch as pt\nz = pt.ones(1)")
    assert normal_form("import torch as t") != normal_form("import numpy as t")


def test_classes_are_renamed_too() -> None:
    """Their names, methods' parameters and docstrings; attributes are part of what is done."""
    one = "class A:\n    'Doc.'\n    def area(self, side):\n        self.side = side\n        return side"
    other = "class B:\n    def area(me, length):\n        me.side = length\n        return length"

    assert normal_form(one) == normal_form(other)
    assert normal_form(one) != normal_form(other.replace("me.side", "me.length"))


def test_what_is_no_python_is_compared_as_text() -> None:
    """White space aside."""
    assert normal_form("return  x\n") == normal_form("return x")
    assert normal_form("def f(:") != normal_form("def g(:")
    assert is_python("x = 1")
    assert not is_python("return x")


def test_the_form_is_the_same_in_every_process() -> None:
    """It decides which answers are proofs, on a cluster too."""
    code = f"from torchmarks.catalogue.normal import normal_form; print(normal_form({ANSWER!r}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert run.stdout.strip() == normal_form(ANSWER)
