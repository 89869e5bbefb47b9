"""What a call did, as data that are equal for two runs, two machines and two versions of PyTorch.

Errors with names, addresses, paths and numbers masked; floats to three digits; accelerators taken as one. Facts in,
plain tuples out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks.facts import ArrayFacts, Ended, Fact, Items, Observation, Plain, Raised, TensorFacts

_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]+")
_PATH: Final = re.compile(r"(?:/[\w.-]+){2,}")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_ACCELERATOR: Final = re.compile(r"\b(?:cuda|sim|mps|xpu|privateuseone)(?::\d+)?\b", re.IGNORECASE)
_VALUES: Final = 2000  # elements looked at; a difference further behind is none of a kind


def is_own(raised: Raised) -> bool:
    """Whether a line of the student's raised it: what it says is in their own words."""
    return bool(raised.own_lines) and raised.own_lines[-1].startswith("raise")


def error(raised: Raised | None) -> tuple[str, str] | None:
    """What an exception says, masked: its type and its message, which is nothing where a student raised it."""
    if raised is None:
        return None
    if isinstance(raised, Ended):
        return raised.type_name, raised.limit  # its message is a sentence of ours, in the language of the course
    if is_own(raised):
        return raised.type_name, ""
    text = _QUOTED.sub("Q", raised.message)
    for pattern, mask in ((_ADDRESS, "A"), (_PATH, "P"), (_ACCELERATOR, "accelerator"), (_NUMBER, "N")):
        text = pattern.sub(mask, text)
    return raised.type_name, " ".join(text.split())


def comparable(seen: Observation) -> tuple[Any, ...]:
    """All that a call did, as nested tuples of text and numbers."""
    if seen.raised is not None:
        return "raised", error(seen.raised), _changed(seen)
    return (
        "returned",
        _fact(seen.result),
        _changed(seen),
        tuple(sorted(seen.shared)),
        tuple(sorted(seen.objects)),
        tuple(sorted(name for name, kept in seen.kept_memory.items() if not kept)),
        tuple(sorted(seen.left)),
        error(seen.backward_raised),
        _facts(seen.gradients or {}),
    )


def _changed(seen: Observation) -> tuple[Any, ...]:
    """The arguments that are not what they were. Functions are named differently in place and in grading."""
    kept = (TensorFacts, ArrayFacts, Items)
    after = {name: fact for name, fact in seen.after.items() if isinstance(fact, kept)}
    return tuple(entry for entry in _facts(after) if entry[1] != _fact(seen.arguments.get(entry[0])))


def _facts(facts: Mapping[str, Fact | None]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _fact(facts[name])) for name in sorted(facts))


def _fact(fact: Fact | None) -> tuple[Any, ...]:
    match fact:
        case TensorFacts():
            grad = _fact(fact.grad) if fact.grad is not None else None
            history = (fact.requires_grad, fact.is_leaf, fact.is_contiguous, fact.own_elements, grad)
            device = "cpu" if fact.device.startswith("cpu") else "accelerator"
            return fact.type_name, str(fact.dtype), fact.shape, device, history, _numbers(fact.values)
        case ArrayFacts():
            return fact.type_name, str(fact.dtype), fact.shape, fact.writeable, _numbers(_as_tensor(fact.values))
        case Items():
            keys = tuple(_fact(key) for key in fact.keys) if fact.keys is not None else None
            return fact.type_name, keys, tuple(_fact(item) for item in fact.items)
        case Plain():
            return fact.type_name, _plain(fact.value)
        case None:
            return ("nothing",)
        case _:
            return fact.type_name, "opaque"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return _rounded(value)
    if isinstance(value, torch.device):
        return "cpu" if value.type == "cpu" else "accelerator"
    return value if isinstance(value, int | str | bool) or value is None else repr(value)


def _rounded(value: float) -> str:
    return f"{value + 0.0:.2e}"  # + 0.0: a zero has no sign here


def _as_tensor(values: np.ndarray[Any, Any]) -> torch.Tensor | None:
    return torch.from_numpy(values.astype(np.float64)) if values.dtype.kind in "biuf" else None


def _numbers(values: torch.Tensor | None) -> tuple[Any, ...]:
    if values is None or values.device.type == "meta":
        return ()
    flat = values.reshape(-1)[:_VALUES]
    if flat.is_complex():
        return tuple(map(str, flat.tolist()))
    return tuple(map(_rounded, flat.tolist())) if flat.is_floating_point() else tuple(flat.tolist())
