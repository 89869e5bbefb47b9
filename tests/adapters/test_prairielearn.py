"""torchmarks.adapters.prairielearn: results.json as its documentation has it."""

from __future__ import annotations

import json
from dataclasses import replace

from torchmarks.adapters.prairielearn import MOST_BYTES, results, student_of

from .answers import GRADED, HIDDEN, REFUSED


def test_the_score_is_a_share_of_what_tests_give() -> None:
    """Points that a person gives are no part of it, and are told."""
    made = results(GRADED, "messages")

    assert (made["gradable"], made["score"]) == (True, 0.25)
    assert [(test["name"], test["points"], test["max_points"]) for test in made["tests"]] == [
        ("f: Visible tests", 1.0, 1.0),
        ("f: Hidden tests", 0.0, 3.0),
    ]
    assert "2 points are given by a person." in made["message"]


def test_messages_steer_no_terminal() -> None:
    """PrairieLearn makes colours of a terminal's escapes."""
    assert results(GRADED, "messages")["tests"][1]["message"] == "f(-2) is wrong.\N{REPLACEMENT CHARACTER}[31m"


def test_hidden_tests_can_be_points_alone() -> None:
    """Their messages are nowhere then; those of visible tests stay."""
    made = results(GRADED, "points")

    assert "f(-2)" not in json.dumps(made)
    assert made["tests"][0]["message"] == "✓ 3 calls"


def test_what_cannot_be_graded_costs_no_attempt() -> None:
    """It is not gradable, with the reason."""
    assert results(REFUSED, "messages") == {"gradable": False, "format_errors": ["It is no notebook. Submit one."]}


def test_results_stay_below_what_prairielearn_takes() -> None:
    """Long messages are cut; points stay."""
    exercise = replace(GRADED.exercises[0], parts=tuple(replace(HIDDEN, text="\u2713" * 200_000) for _ in range(9)))
    made = results(replace(GRADED, exercises=(exercise,)), "messages")

    assert len(json.dumps(made)) < MOST_BYTES
    assert len(made["tests"]) == 9


def test_inputs_are_drawn_for_the_students_variant() -> None:
    """Nothing else there tells students apart."""
    assert student_of({"variant_seed": 33}) != student_of({"variant_seed": "34"})
