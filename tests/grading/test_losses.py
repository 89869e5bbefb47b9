"""What is said of repaired work to those who grade."""

from __future__ import annotations

from torchmarks.grading.repair import Repair, in_short, losses

CUT = Repair("invalid-json", None, "The file was cut off.")
GONE = [Repair("deleted", name, "A solution cell was missing.") for name in ("f", "g", "h-hidden-dtypes")]
TESTS = [Repair("put-back", f"{name}-hidden", "A test cell was missing.") for name in ("f", "g", "h")]


def test_lost_work_is_named_by_exercise() -> None:
    """After what was wrong with the file; a test that was put back is as good as before."""
    sentence = "Missing, put back blank: 3 solution cells (f, g, h)."

    assert losses([CUT, *GONE, *TESTS]) == ["The file was cut off.", sentence]
    assert losses(TESTS) == []


def test_what_another_version_had_is_not_lost() -> None:
    """Of a file with two versions the cells that only the other one has."""
    both = Repair("conflict", None, "The first version counts.")
    added = Repair("conflict", "f", "Only the other version had an answer here; it was taken.")

    assert losses([both, added, *GONE[:1]]) == ["The first version counts."]
    assert losses([both, added, *GONE[:2]])[1:] == ["Missing, put back blank: 1 solution cell (g)."]


def test_in_short_each_sentence_is_there_once() -> None:
    """The loss first, in one line, however many cells are missing."""
    renamed = Repair("renamed", None, "The notebook had another name.")

    assert in_short([CUT, *GONE, *TESTS, renamed]) == [
        "The file was cut off. Missing, put back blank: 3 solution cells (f, g, h).",
        "A test cell was missing. (3 times)",
        "The notebook had another name.",
    ]
    assert in_short([renamed]) == ["The notebook had another name."]
    assert in_short([]) == []
