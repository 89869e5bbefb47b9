"""torchmarks.checks.pebbles: the small data set of the worked cells."""

import hashlib
import math
import random

import numpy as np
import torch

from torchmarks import pebbles


def test_the_numbers_are_the_same_everywhere() -> None:
    """Bit for bit: a notebook may print them and say what they show."""
    digest = hashlib.sha256(b"".join(part.numpy().tobytes() for part in pebbles())).hexdigest()

    assert digest == "96b2370e848873d2df0d895b90582b820d7ae12705100b05ceac5fbc9b382aa9"


def test_shapes_and_dtypes_are_those_of_the_docstring() -> None:
    """Sizes, mass, kind and pictures of sixty stones, by name and in this order."""
    stones = pebbles()

    assert {name: (tuple(part.shape), part.dtype) for name, part in stones._asdict().items()} == {
        "sizes": ((60, 3), torch.float32),
        "mass": ((60,), torch.float32),
        "kind": ((60,), torch.int64),
        "pictures": ((60, 3, 8, 8), torch.uint8),
    }
    assert stones.kind.bincount().tolist() == [36, 24]


def test_each_call_has_stones_of_its_own() -> None:
    """A cell that is run again after a write begins with what was measured."""
    for part in pebbles():
        part.zero_()

    assert all(part.any() for part in pebbles())


def test_nobodys_random_state_moves() -> None:
    """What a student draws after a worked cell is what it was before there was one."""
    random.random(), torch.rand(1), np.random.random()  # a state that no earlier call has left
    before = random.getstate(), torch.get_rng_state().tolist(), np.random.get_state()[1].tolist()  # type: ignore[index]

    pebbles()

    assert before == (random.getstate(), torch.get_rng_state().tolist(), np.random.get_state()[1].tolist())  # type: ignore[index]


def test_a_linear_model_tells_nine_of_ten() -> None:
    """From the sizes alone; to say granite always is right for six of ten."""
    stones = pebbles()
    table = torch.cat([stones.sizes, torch.ones(60, 1)], dim=1).double()
    side = 2.0 * stones.kind.double() - 1

    guess = table @ torch.linalg.lstsq(table, side[:, None]).solution
    assert 0.9 <= ((guess[:, 0] > 0) == (stones.kind == 1)).double().mean() < 1


def test_slate_is_flatter_and_heavier_for_its_volume() -> None:
    """Grams for each cubic centimetre of an ellipsoid are near the two stones' densities."""
    stones = pebbles()
    volume = stones.sizes.prod(dim=1) * math.pi / 6000
    flatness = stones.sizes[:, 2] / stones.sizes[:, 1]

    density = [float(stones.mass[stones.kind == kind].sum() / volume[stones.kind == kind].sum()) for kind in (0, 1)]
    assert np.allclose(density, [2.65, 2.80], atol=0.03)
    assert flatness[stones.kind == 1].mean() < 0.6 * flatness[stones.kind == 0].mean()
    assert bool((stones.sizes.diff(dim=1) < 0).all()), "length, width and height, the greatest first"


def test_a_picture_shows_the_outline_in_the_colour_of_the_stone() -> None:
    """As many pixels as an ellipse of its size has, or nearly, darker than the sand; slate is bluer than granite."""
    stones = pebbles()
    stone = (stones.pictures < 210).all(dim=1)
    area = stones.sizes[:, 0] * stones.sizes[:, 1] * math.pi / 400

    assert bool(((stone.sum(dim=(1, 2)) - area).abs() < 8).all())
    redder = stones.pictures[:, 0].int() - stones.pictures[:, 2].int()
    assert bool(((redder[stone] > 0) == (stones.kind == 0)[:, None, None].expand_as(stone)[stone]).all())
    assert bool((redder[~stone] == 236 - 202).all())
