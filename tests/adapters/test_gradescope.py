"""torchmarks.adapters.gradescope: results.json as its specification has it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from torchmarks.adapters.choices import VISIBILITIES
from torchmarks.adapters.gradescope import grade, phase_of, results, student_of
from torchmarks.checks.seeding import Phase
from torchmarks.errors import UsageError

from .answers import GRADED, REFUSED

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_each_part_is_a_test_case_with_its_points() -> None:
    """A number, a name, points of points, a status; the total is theirs."""
    made = results(GRADED, "after_published")

    names = ("number", "name", "score", "max_score", "status")
    assert [tuple(test[name] for name in names) for test in made["tests"]] == [
        ("1.1", "f: Visible tests", 1.0, 1.0, "passed"),
        ("1.2", "f: Hidden tests", 0.0, 3.0, "failed"),
    ]
    assert "score" not in made


@pytest.mark.parametrize("hidden", VISIBILITIES)
def test_hidden_tests_are_shown_when_the_instructor_says(hidden: str) -> None:
    """Visible tests at once."""
    assert [test["visibility"] for test in results(GRADED, hidden)["tests"]] == ["visible", hidden]


def test_what_is_hidden_stands_in_hidden_test_cases_alone() -> None:
    """No message of a hidden test is in what students see at once."""
    made = results(GRADED, "after_published")
    seen = {**made, "tests": [test for test in made["tests"] if test["visibility"] == "visible"]}

    assert "f(-2)" in json.dumps(made)
    assert "f(-2)" not in json.dumps(seen)
    assert made["stdout_visibility"] == "hidden"


@pytest.mark.parametrize(("messages", "output"), [("html", "<div>f(-2)</div>"), ("text", "f(-2) is wrong.\x1b[31m")])
def test_messages_are_html_or_text(messages: str, output: str) -> None:
    """And the format says which."""
    test = results(GRADED, "visible", messages)["tests"][1]

    assert (test["output"], test["output_format"]) == (output, messages)


def test_what_waits_for_a_person_is_told_and_no_test_case() -> None:
    """Its points are not lost: Gradescope has a place of its own for them."""
    assert results(GRADED, "visible")["output"].splitlines() == [
        "Your file was repaired before it was graded: The file was empty & mended.",
        "2 points are given by a person.",
    ]


def test_a_refused_notebook_has_0_points_and_the_reason_on_top() -> None:
    """Gradescope takes no submission without a score."""
    made = results(REFUSED, "after_published")

    assert made["score"] == 0
    assert made["output"].endswith("It is no notebook. Submit one.")
    assert "tests" not in made


@pytest.mark.parametrize(
    ("metadata", "student"),
    [
        ({"id": 7, "users": [{"email": "ada@example.org", "id": 3}, {"email": "b@example.org"}]}, "ada@example.org"),
        ({"id": 7, "users": [{"id": 3}]}, "3"),
        ({"id": 7, "users": []}, "submission-7"),
        ({}, "submission-"),
    ],
)
def test_the_first_author_is_the_student(metadata: dict[str, Any], student: str) -> None:
    """A test upload has none."""
    assert student_of(metadata) == student


DUE = {"due_date": "2026-11-29T11:00:00.000000+00:00", "late_due_date": None}
LATE = DUE | {"late_due_date": "2026-11-30T11:00:00.000000-07:00"}


@pytest.mark.parametrize(
    ("hidden", "assignment", "phase"),
    [
        ("after_published", LATE, Phase.FINAL),
        ("visible", DUE, Phase.FINAL),
        ("visible", LATE, Phase.BEFORE_DEADLINE),
        ("visible", {}, Phase.BEFORE_DEADLINE),
        ("visible", {"due_date": "soon"}, Phase.BEFORE_DEADLINE),
        ("visible", {"due_date": "2026-11-29T11:00:00"}, Phase.FINAL),
    ],
)
def test_what_students_read_at_once_is_drawn_otherwise_before_the_due_date(
    hidden: str, assignment: dict[str, Any], phase: Phase
) -> None:
    """The inputs that count are met by messages that students see later, or after the due date."""
    assert phase_of({"assignment": assignment}, hidden, NOW) is phase


def test_without_a_bundle_there_are_no_results(tmp_path: Path) -> None:
    """An adapter that was taken apart gives no points, and says what it lacks."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "adapter.json").write_text('{"hidden": "visible", "messages": "html"}')

    with pytest.raises(UsageError, match="the bundle cannot be read"):
        grade(tmp_path, NOW)
    assert not (tmp_path / "results").exists()
