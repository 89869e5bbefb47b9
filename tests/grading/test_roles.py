"""torchmarks.grading.roles: which cell runs where."""

from __future__ import annotations

from torchmarks.grading.roles import role_of

from .cells import check, code_cell, locked, own, solution


def test_roles() -> None:
    """A cell's metadata decide where it runs; a manually graded answer is the student's."""
    text = {"cell_type": "markdown", "source": "", "metadata": {}}

    assert [role_of(c) for c in (own(""), solution(""), locked(""), check(""), text)] == [
        "inside",
        "inside",
        "both",
        "test",
        "",
    ]
    assert role_of(code_cell("", grade_id="m", grade=True, solution=True, points=2)) == "inside"
