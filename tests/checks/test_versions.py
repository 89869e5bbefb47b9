"""torchmarks.checks.versions: which PyTorch grades are made with, and the note of a notebook that has another."""

from __future__ import annotations

import tomllib

import pytest

from torchmarks.checks.versions import graded_with, note, supported
from torchmarks.course import repository

PROJECT = tomllib.loads((repository() / "pyproject.toml").read_text())["project"]


def test_the_pin_is_that_of_the_extra_for_grading() -> None:
    """It stands in pyproject.toml alone."""
    assert f"torch=={graded_with()}" in PROJECT["optional-dependencies"]["grading"]


def test_the_range_is_that_of_the_requirements() -> None:
    """And the pin lies in it: the first number of the range comes before, the second after it."""
    assert f"torch{supported()}" in PROJECT["dependencies"]
    least, before = (tuple(map(int, one.lstrip("<>=").split("."))) for one in supported().split(","))
    assert least <= tuple(map(int, graded_with().split("."))) < before


def test_another_pytorch_is_told_in_one_sentence() -> None:
    """With both versions, without a build's label."""
    assert note("2.10.0+cu128", "2.13.0") == (
        "This notebook runs with PyTorch 2.10.0 and is graded with 2.13.0: should a verdict differ after grading, "
        "that may be the reason."
    )


@pytest.mark.parametrize(("own", "graded"), [("2.13.0+cpu", "2.13.0"), ("2.13.1", "2.13.0"), ("2.10.0", "")])
def test_nothing_is_told_where_it_does_not_matter(own: str, graded: str) -> None:
    """The same version in another build, a patch of it, or a grader of whom nothing is known."""
    assert note(own, graded) == ""
