"""A notebook of one exercise with its catalogue, and the reasons that are made of both."""

from __future__ import annotations

from typing import Any

SETUP = "import torch\n\nfrom torchmarks import expect, observe"
REFERENCE = "def half(x):\n    return x / 2"
VISIBLE = (
    "expect(observe(half, torch.tensor([2.0]))).returned(torch.tensor([1.0]))\n"
    "expect(observe(half, torch.tensor([3]))).returned(torch.tensor([1.5]))"
)
WHY = "// rounds down and keeps integers; / divides."
CATALOGUE = f'''
# %% half | right | times
def half(x):
    return x * 0.5


# %% half | misconception | floor-division
why = "{WHY}"
next = "print(torch.tensor(3) // 2, torch.tensor(3) / 2)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.div.html"


# %% half | wrong: floor-division | operator
def half(x):
    return x // 2


# %% half | wrong: floor-division | function
def half(x):
    return torch.floor_divide(x, 2)


# %% half | wrong: floor-division | mode
def half(x):
    return torch.div(x, 2, rounding_mode="floor")


# %% half | misconception | not-halved
why = "Half of x is x / 2."


# %% half | wrong: not-halved | the argument
def half(x):
    return x


# %% half | wrong: not-halved | a copy
def half(x):
    return x.clone()


# %% half | wrong: not-halved | plus nothing
def half(x):
    return x + 0
'''


def _cell(source: str, name: str, **marks: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {"nbgrader": {"grade_id": name, **marks}}}


NOTEBOOK = {
    "cells": [
        _cell(SETUP, "setup", locked=True),
        _cell(REFERENCE, "half", solution=True),
        _cell(VISIBLE, "half-visible", grade=True, locked=True, points=1),
    ],
    "metadata": {},
}
