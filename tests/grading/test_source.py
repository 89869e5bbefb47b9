"""torchmarks.grading.source: what is read off a cell's source."""

from __future__ import annotations

import pytest

from torchmarks.grading.source import assigned, signatures_of

from .cells import Run, check


def test_a_broken_test_is_its_authors(run: Run) -> None:
    """A test that is not Python is an AuthorError, not a zero."""
    from torchmarks.errors import AuthorError

    with pytest.raises(AuthorError, match="f-hidden is not Python"):
        run([check("assert f(1) ==")])


def test_signatures_of_stubs() -> None:
    """Functions and classes of the released cells, by their parameters; text that is not Python is skipped."""
    found = signatures_of(
        ["def f(a, /, b, *, c): ...\nclass A:\n    def __init__(self, x): ...", "class B: ...", "def ("]
    )

    assert found == {"f": ("a", "b"), "A": ("x",), "B": ()}


@pytest.mark.parametrize("source", ["f = (", "-" * 200_000 + "1", "f = '\0'", "f = '\ud800'"])
def test_what_python_cannot_read_binds_nothing(source: str) -> None:
    """A student's cell that no parser can read is an answer like any other, and ends no grading."""
    assert assigned(source) == frozenset()
