"""torchmarks.checks.settings: every setting is read, told, put to its default and put back."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.course import SETTINGS
from torchmarks import CheckFailed, expect, observe
from torchmarks.checks import settings, torch_settings
from torchmarks.checks.settings import CALL, CELL, Usual, read, unusual

READ = {name: source for name, source in SETTINGS.items() if name not in ("warnings", "PyTorch's threads")}


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Whatever a test leaves set is undone."""
    before = read()
    yield
    settings.put(before)


@pytest.mark.parametrize("name", READ)
def test_a_setting_is_told_put_and_put_back(name: str) -> None:
    """What a cell left set is named, gone inside, and the same again afterwards."""
    exec(SETTINGS[name], {})
    if name == "inference mode":  # leaves with its guard, which an ended cell's names hold
        settings.put((True, *read()[1:]))
    left, described = read(), unusual()

    with Usual(CELL):
        assert name not in unusual()

    assert name in described
    assert read() == left


@pytest.mark.parametrize("place", ["", "mkldnn.matmul.", "mkldnn.", "mkldnn.conv.", "cuda.matmul."])
def test_a_precision_set_by_its_place_is_told_put_and_put_back(place: str) -> None:
    """PyTorch then refuses to say the precision of products in one word; a test of a solved exercise must not end."""
    exec(f"import torch\ntorch.backends.{place}fp32_precision = 'tf32'", {})
    left = read()
    states = [torch._C._get_fp32_precision_getter(*each) for each in torch_settings._PLACES]

    with Usual(CELL):
        assert torch.get_float32_matmul_precision() == "highest"
        assert "tf32" not in [torch._C._get_fp32_precision_getter("mkldnn", what) for what in ("matmul", "conv", "rnn")]

    assert unusual()["float32 matmul precision"] == "tf32"
    assert read() == left
    assert [torch._C._get_fp32_precision_getter(*each) for each in torch_settings._PLACES] == states


def test_the_device_that_is_there_anyway_is_no_news() -> None:
    """Neither a cell that asks for the CPU, nor a call that does, has left anything that others meet."""
    torch.set_default_device("cpu")
    try:
        assert "default device" not in unusual()
        seen = observe(lambda n: torch.set_default_device("cpu") or torch.ones(n), 2)
    finally:
        torch.set_default_device(None)

    assert seen.left == {}


@pytest.mark.parametrize("is_on", [True, False])
def test_a_block_of_autocast_that_is_not_left_keeps_no_weight(is_on: bool) -> None:
    """Weights that a call's own block has cast are forgotten at its end, as where no block is around it."""
    model, x = torch.nn.Linear(2, 1), torch.ones(2)

    def cast() -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(x).detach()  # type: ignore[no-any-return]

    around = torch.autocast("cpu", enabled=is_on)
    around.__enter__()
    try:
        told, depth = unusual(), torch_settings.read_autocast_depth()
        with Usual():
            before = cast()
            torch.nn.init.zeros_(model.weight)
            torch.nn.init.zeros_(model.bias)
            after = cast()
        again = torch_settings.read_autocast_depth()
    finally:
        around.__exit__(None, None, None)

    assert before != 0
    assert after == 0
    assert told.get("autocast") == ("cpu torch.bfloat16" if is_on else None)
    assert (depth, again, torch_settings.read_autocast_depth()) == (1, 1, 0)


def test_all_of_them_at_once() -> None:
    """Settings do not stand in each other's way: a mode that refuses every function is left like the others."""
    kept: dict[str, object] = {}
    for source in READ.values():
        if source != READ["function mode"]:
            exec(source, kept)
    exec(READ["function mode"], kept)
    left = read()

    with Usual(CELL) as usual:
        product = torch.ones(2) @ torch.ones(2)
        seen = product.item(), product.dtype, torch.ones(1, requires_grad=True).exp().requires_grad
        exec(READ["dispatch mode"], kept)
        torch.set_default_dtype(torch.float16)
        usual.settle()
        again = torch.ones(1).dtype, unusual().keys() & READ.keys()

    assert seen == (2.0, torch.float32, True)
    assert again == (torch.float32, set())
    assert read() == left
    kept["left"].__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "back"),
    [
        ("default dtype", lambda: torch.set_default_dtype(torch.float32)),
        ("default device", lambda: torch.set_default_device(None)),
        ("gradient recording", lambda: torch.set_grad_enabled(True)),
    ],
)
def test_students_own_way_back_works(name: str, back: object) -> None:
    """After a test a student undoes what they had set as PyTorch's documentation says."""
    exec(SETTINGS[name], {})
    with Usual(CELL):
        pass

    back()  # type: ignore[operator]

    assert name not in unusual()


def test_a_block_inside_ends_in_order() -> None:
    """`with torch.device(...)` around a test finds its own mode again."""
    with torch.device("meta"):
        with Usual(CELL):
            inside = torch.ones(1).device.type
        around = torch.ones(1).device.type

    assert (inside, around, torch.ones(1).device.type) == ("cpu", "meta", "cpu")


@pytest.mark.parametrize("settings_of", [settings.CALL, settings.CELL])
def test_a_default_set_in_a_block_ends_with_it(settings_of: tuple[settings.Setting, ...]) -> None:
    """PyTorch remembers it, and its next `set_default_device(None)` would leave the block's device entered for good."""
    with Usual(settings_of) as usual:
        with torch.device("meta"):
            torch.set_default_device("cpu")
        assert usual.settle() == {}  # as new tensors are on the CPU, nothing is told

    torch.set_default_device(None)

    assert torch.ones(1).device.type == "cpu"


def test_what_a_call_leaves_meets_no_other_call() -> None:
    """Each call begins with the defaults, and what one leaves is looked at before it is undone."""

    def careless() -> None:
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.autograd.set_detect_anomaly(True)
        np.seterr(all="raise")

    first = observe(careless)
    second = observe(lambda: (torch.ones(1).dtype, torch.is_grad_enabled(), torch.is_anomaly_enabled()))

    assert first.left["gradient recording"] == "off"
    assert second.value == (torch.float32, True, False)
    assert unusual(CALL) == {}


@pytest.mark.parametrize(
    ("leave", "told"),
    [
        (lambda: torch.set_default_dtype(torch.float64), "default dtype  seen torch.float64 after the call"),
        (lambda: torch.set_grad_enabled(False), "gradient recording  seen off after the call"),
        (lambda: torch.set_default_device("meta"), "default device  seen meta after the call"),
    ],
)
def test_a_right_value_with_a_setting_left_changed_fails(leave: Callable[[], None], told: str) -> None:
    """What every later line depends on must be as before the call, also where nobody asks for it."""

    def one() -> int:
        leave()
        return 1

    with pytest.raises(CheckFailed, match=re.escape(told)):
        expect(observe(one)).returned(1)


def test_how_tensors_print_is_nobodys_answer() -> None:
    """A function that sets print options is right all the same."""

    def one() -> int:
        np.seterr(all="raise")
        return 1

    expect(observe(one)).returned(1)


def test_a_call_and_its_copies_are_as_by_default() -> None:
    """In inference mode copies of arguments would be tensors that take part in no graph."""
    weight = torch.ones(2, requires_grad=True)

    with torch.inference_mode():
        seen = observe(lambda w: (w * 2).sum().backward() or w.grad, weight)
        still = torch.is_inference_mode_enabled()

    assert seen.raised is None
    assert seen.value.tolist() == [2.0, 2.0]
    assert still is True


def test_a_deeper_recursion_is_no_fault() -> None:
    """A limit above Python's own is left alone: a right answer may need it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    try:
        with Usual(CELL):
            inside = sys.getrecursionlimit()
    finally:
        sys.setrecursionlimit(before)

    assert inside == 5000
