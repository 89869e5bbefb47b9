"""torchmarks points: what an exercise is worth, in its cells and in the texts that say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from torchmarks.authoring import syllabus
from torchmarks.authoring.points import points_of, set_points, shares_of, spread, wishes_in
from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.errors import UsageError

NAME = "01-tensors"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with one assignment."""
    return Course.scratch(tmp_path / "course", repository(), [NAME])


def _text(course: Course) -> str:
    return (course.path("source", NAME) / f"{NAME}.ipynb").read_text(encoding="utf-8")


def test_points_are_set_in_cells_title_and_test(course: Course) -> None:
    """In the proportion that the tests had; the syllabus reads the new number, and nothing else is touched."""
    before = _text(course)
    set_points(course, NAME, {"from_list": 8})
    cells = {cell["id"]: cell for cell in json.loads(_text(course))["cells"]}
    changed = [old["id"] for old in json.loads(before)["cells"] if old != cells[old["id"]]]

    assert points_of(course, NAME)["from_list"] == 8
    assert [cells[f"from_list-{part}"]["metadata"]["nbgrader"]["points"] for part in ("visible", "hidden")] == [2, 6]
    assert cells["from_list-statement"]["source"][0].endswith(" · 8 points\n")
    assert cells["from_list-hidden"]["source"][0].endswith("(6 points)\n")
    assert "| `from_list` | a tensor from numbers | ★★ | 6 | 8 |" in syllabus(course)
    assert changed == ["from_list-statement", "from_list-visible", "from_list-hidden"]
    set_points(course, NAME, {"from_list": 4})
    assert _text(course) == before


def test_a_dropped_exercise_counts_for_nobody_and_comes_back(course: Course) -> None:
    """0 in every cell; later points have the proportion that the author gave them."""
    set_points(course, NAME, {"from_list": 0})
    assert points_of(course, NAME)["from_list"] == 0

    set_points(course, NAME, {"from_list": 5})
    set_points(course, NAME, {"from_list": 8})

    assert shares_of(course, NAME)["from_list"] == {"visible": 2, "hidden": 6}


def test_points_that_an_author_writes_later_are_the_proportion(course: Course) -> None:
    """What was remembered holds for the number that the command has set, and for no other."""
    set_points(course, NAME, {"from_list": 8})
    path = course.path("source", NAME) / f"{NAME}.ipynb"
    notebook = json.loads(_text(course))
    for cell in notebook["cells"]:
        if cell["id"] in ("from_list-visible", "from_list-hidden"):
            cell["metadata"]["nbgrader"]["points"] = 5
    path.write_text(json.dumps(notebook), encoding="utf-8")

    set_points(course, NAME, {"from_list": 4})

    assert shares_of(course, NAME)["from_list"] == {"visible": 2, "hidden": 2}


def test_no_test_is_worth_nothing(course: Course) -> None:
    """Unless the exercise is dropped; the table shows what each has."""
    before = _text(course)

    refused = CliRunner().invoke(main, ["points", NAME, "from_list=1", "--course", str(course.root)])
    assert refused.exit_code == 2
    assert "from_list has 2 tests, and each is worth a point at least. Give 2 or more" in refused.output
    assert _text(course) == before

    done = CliRunner().invoke(main, ["points", NAME, "from_list=2", "--course", str(course.root)])
    assert "     2  from_list  " in done.output
    assert "  visible 1, hidden 1\n" in done.output


@given(st.integers(0, 40), st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=1, max_size=5))
def test_points_are_spread_whole(most: int, before: list[float]) -> None:
    """They add up, each that had points has one, and no test is more than a point off its proportion otherwise."""
    shares = spread(most, before)
    weights = before if sum(before) else [1.0] * len(before)

    assert sum(shares) == most
    exact = [most * weight / sum(weights) for weight in weights]
    pairs = list(zip(shares, exact, strict=True))
    assert all(share >= 0 for share in shares)
    if most >= sum(map(bool, weights)):
        assert all(share >= 1 for share, wanted in pairs if wanted)
    if all(wanted >= 1 for wanted in exact if wanted):
        assert all(abs(share - wanted) < 1 for share, wanted in pairs)


@pytest.mark.parametrize("text", ["from_list", "from_list=", "=3", "from_list=-1", "from_list=1.5", "from_list=²"])
def test_what_says_no_points_is_refused(text: str) -> None:
    """With the form that does."""
    with pytest.raises(UsageError, match="EXERCISE=POINTS"):
        wishes_in((text,), NAME)


def test_an_unknown_exercise_changes_nothing(course: Course) -> None:
    """Exit status 2, one line with the known ones; those beside it are not set either."""
    before = _text(course)

    done = CliRunner().invoke(main, ["points", NAME, "from_list=1", "none=2", "--course", str(course.root)])

    assert done.exit_code == 2
    assert "there is no exercise 'none' with points. Known: make_rank, describe" in done.output
    assert _text(course) == before
