"""A test author's file: checked by mypy, not run. What an author writes must type; what is wrong must be refused.

A `type: ignore` that mypy finds unused fails the check, so each one below proves that the line is refused.
"""

import torch

from torchmarks import (
    CheckFailed,
    Observation,
    accelerator,
    expect,
    inputs,
    leaf,
    observe,
    observe_backward,
    observe_many,
    progress,
    show,
)


def from_list(xs: list[float], dtype: torch.dtype | None = None) -> torch.Tensor:
    """An exercise."""
    return torch.tensor(xs, dtype=dtype)


def twice(from_list: object, x: torch.Tensor) -> torch.Tensor:
    """A scenario."""
    return x


draw = inputs("01-tensors", "from_list")
x: torch.Tensor = draw.tensor((2, 3), torch.float64, layout="transposed")
w: torch.Tensor = leaf([1.0, 2.0], grad=[0.0, 0.0])

expect(observe(from_list, [1.0]), next="print(1)").returned(torch.ones(1), close=1e-5, or_type=(list, tuple))
expect(observe(from_list, [1.0]), may_change=("x",)).at(0).shares_no_memory("x").own_elements().no_history()
expect(observe(from_list, [[1.0], []])).raised(ValueError, naming=("rows",))
expect(observe_backward(from_list, w, incoming=torch.ones(2))).gradient("w", None).gradient("w", 0)
expect(observe(twice, from_list, x)).that(lambda seen: seen.seconds < 1, expected="quick", seen_text="slow")
expect(observe_many(from_list, [([1.0],), ([2.0],)])[0]).is_leaf(requires_grad=True).on(accelerator())
seen: Observation = observe(from_list, [1.0])
table, picture = progress("01-tensors"), show(x, rows=x[0])


def report_of(error: CheckFailed) -> str:
    """A failed check holds its report."""
    return error.report.text()


draw.tensor((2,), layout="spiral")  # type: ignore[arg-type]
expect(observe(from_list, [1.0]), known=[])  # type: ignore[call-arg]
expect(seen).returned(1)  # type: ignore[arg-type]
expect(observe(from_list, [1.0])).returned(1, 1e-5)  # type: ignore[call-arg]
expect(observe(from_list, [1.0])).raised("ValueError")  # type: ignore[arg-type]
