"""PyTorch's own samples for its operations give on sim what they give on the CPU: values, strides and gradients.

The samples are those of `torch.testing._internal.common_methods_invocations.op_db` for float32, the first SAMPLES of
each operation. Operations that cannot agree stand in `opinfo_exceptions.json` with the reason.
"""

import itertools
import json
import sys
import types
import unittest
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._pytree import tree_leaves, tree_map

EXCEPTIONS: dict[str, str] = json.loads((Path(__file__).parent / "opinfo_exceptions.json").read_text(encoding="utf-8"))
SAMPLES = 4
# The CPU's fused attention and sim's plain formula differ by 1.4e-5, as two real devices would.
CLOSE = {"rtol": 1e-4, "atol": 1e-4}


def _operations() -> Iterator[tuple[str, Any]]:
    # PyTorch's test package takes the base of its own test class from `expecttest`, and nothing else on this way.
    sys.modules.setdefault("expecttest", types.ModuleType("expecttest")).TestCase = unittest.TestCase  # type: ignore[attr-defined]
    from torch.testing._internal.common_methods_invocations import op_db

    for op in op_db:
        if torch.float32 in op.dtypes:
            yield f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name, op


def _copy(value: Any) -> Any:
    return value.detach().clone().requires_grad_(value.requires_grad) if isinstance(value, torch.Tensor) else value


def _to_sim(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().to("sim").requires_grad_(value.requires_grad)
    return "sim" if isinstance(value, str | torch.device) and str(value) == "cpu" else value


def _real(out: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(out.resolve_conj()).sum() if out.is_complex() else out.abs().sum()


def _run(
    op: Any, sample: Any, convert: Callable[[Any], Any]
) -> tuple[list[torch.Tensor], tuple[torch.Tensor | None, ...]]:
    """All tensors that come out, and the gradients of all leaves."""
    inputs = tree_map(convert, (sample.input, sample.args, sample.kwargs))
    torch.manual_seed(0)
    outs = [o for o in tree_leaves(op(inputs[0], *inputs[1], **inputs[2])) if isinstance(o, torch.Tensor)]
    leaves = [t for t in tree_leaves(inputs) if isinstance(t, torch.Tensor) and t.requires_grad]
    losses = [_real(o) for o in outs if o.requires_grad]
    grads = torch.autograd.grad(losses, leaves, allow_unused=True) if losses and leaves else ()
    return outs, grads


def _compare(op: Any, sample: Any) -> None:
    try:
        expected = _run(op, sample, _copy)
    except Exception:  # a sample that PyTorch itself refuses on the CPU says nothing about sim
        return
    seen = _run(op, sample, _to_sim)
    for a, b in zip(seen[0], expected[0], strict=True):
        # Strides of results are part of what an operation promises; those of gradients are not.
        assert a.stride() == b.stride(), f"strides {a.stride()}, not {b.stride()}"
    for a, b in zip(itertools.chain(*seen), itertools.chain(*expected), strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert a.device.type == "sim", f"a result on {a.device}"
            torch.testing.assert_close(a.detach().cpu(), b.detach(), equal_nan=True, **CLOSE)


def _samples(op: Any) -> Iterator[Any]:
    """What `op.sample_inputs` gives, which looks first through the whole stack for a test that wants to know of them:
    at four times the cost of all that is compared.
    """
    from torch.testing._internal.common_utils import SEED, set_rng_seed

    samples = iter(op.sample_inputs_func(op, "cpu", torch.float32, op.supports_autograd))
    for _ in range(SAMPLES):
        set_rng_seed(SEED)
        if (sample := next(samples, None)) is not None:
            yield sample


def _disagreement(op: Any) -> str | None:
    try:
        for sample in _samples(op):
            _compare(op, sample)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return None


@pytest.mark.timeout(300)  # 20 s of work, on a machine that may be busy
def test_operations_agree_with_the_cpu() -> None:
    """Every operation with a float32 sample agrees, but for the listed ones, and those are fewer than one in ten."""
    warnings.simplefilter("ignore")  # PyTorch's samples call what PyTorch deprecates
    operations = dict(_operations())

    wrong = {name: why for name, op in operations.items() if name not in EXCEPTIONS and (why := _disagreement(op))}

    assert not wrong
    assert len(operations) > 600
    assert set(EXCEPTIONS) <= set(operations)
    assert len(EXCEPTIONS) <= len(operations) / 10


def test_a_wrong_result_is_found() -> None:
    """The comparison itself can fail: an operation that is off by one on sim is reported."""
    operation = dict(_operations())["sin"]

    class OffByOne:
        supports_autograd = True

        def sample_inputs_func(self, _: object, *given: Any) -> Any:
            return operation.sample_inputs_func(operation, *given)

        def __call__(self, x: torch.Tensor) -> torch.Tensor:
            return x.sin() + (x.device.type == "sim")

    assert "not close" in str(_disagreement(OffByOne()))
