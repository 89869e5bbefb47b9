"""What the report says of visible tests, names and resubmissions; and frequencies that give nobody away."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchmarks.checks.report import Report
from torchmarks.course.gradings import GradeChange, Grading
from torchmarks.grading import Basis, CheckRecord, CheckVerdict, ExerciseRecord, NotebookRecord
from torchmarks.report.figures import Gathered, GradedWork, figures
from torchmarks.report.frequencies import LEAST, OTHER, dictionary, frequencies, pooled
from torchmarks.report.learning import Tried, held, let_through, naming, tried_in
from torchmarks.report.page import page
from torchmarks.report.table import as_csv

PASSED, FAILED = CheckVerdict.PASSED, CheckVerdict.FAILED


def _record(**verdicts: tuple[CheckVerdict, str]) -> NotebookRecord:
    """A notebook with exercise f; a verdict and a name for each part of it."""
    checks = tuple(
        CheckRecord(f"f-{part}", 0.0, 1.0, verdict, report=Report("f()", misconception=name) if name else None)
        for part, (verdict, name) in verdicts.items()
    )
    return NotebookRecord((ExerciseRecord("f", checks),))


def _tried(**verdicts: tuple[CheckVerdict, str]) -> Tried:
    (found,) = tried_in(_record(**verdicts))
    return found


def test_what_visible_tests_let_through_is_counted() -> None:
    """Those who passed them and failed a hidden one, by misconception; those who failed both do not count."""
    works = [
        [_tried(visible=(PASSED, ""), hidden=(FAILED, "always-float32"))],
        [_tried(visible=(PASSED, ""), hidden=(FAILED, "always-float32"))],
        [_tried(visible=(PASSED, ""), hidden=(FAILED, ""))],
        [_tried(visible=(PASSED, ""), hidden=(PASSED, ""))],
        [_tried(visible=(FAILED, "always-float32"), hidden=(FAILED, "always-float32"))],
    ]

    (found,) = let_through(works)

    assert (found.exercise, found.passed, found.failed, found.unnamed) == ("f", 4, 3, 1)
    assert found.names == (("always-float32", 2),)


def test_an_exercise_without_visible_tests_lets_nothing_through() -> None:
    """There is no test of which it could be said."""
    assert let_through([[_tried(hidden=(FAILED, ""))]]) == ()


@pytest.mark.parametrize(("named", "seldom"), [(2, True), (3, False)])
def test_an_exercise_with_few_names_is_noticed(named: int, *, seldom: bool) -> None:
    """Of five failures, fewer than half; what was not written could have no name."""
    works = [[_tried(hidden=(FAILED, "x" if number < named else ""))] for number in range(5)]
    works += [[_tried(hidden=(FAILED, "not-written"))] for _ in range(9)]

    (found,) = naming(works)

    assert (found.failed, found.named, found.is_seldom) == (5, named, seldom)


def _grading(files: str, hour: int, *names: str) -> Grading:
    said = {"nb": {f"f-hidden-{number}": name for number, name in enumerate(names)}}
    basis = Basis(files, "t", "{}", "1", "2")
    return Grading({"nb": {"f-hidden": 0.0}}, said, datetime(2030, 1, 1, hour), None, basis)


def test_how_long_a_misconception_lasted() -> None:
    """Attempts and hours until the first work without it; grading the same work again is not an attempt."""
    (found,) = held(
        {
            "ada": [_grading("a", 1, "x"), _grading("a", 1, "x"), _grading("b", 3, "x"), _grading("c", 7)],
            "boris": [_grading("a", 1, "x"), _grading("b", 2, "x")],
            "chen": [_grading("a", 1, "x")],
            "dana": [_grading("a", 1), _grading("b", 2)],
        }
    )

    assert (found.exercise, found.name) == ("f", "x")
    assert (found.students, found.gone, found.attempts, found.hours) == (2, 1, 2, 6.0)


# ---- frequencies


def _works(counts: Mapping[str, int]) -> tuple[GradedWork, ...]:
    """So many submissions of an exercise worth 1, by what they show: "solved", a misconception, "" or a reason."""
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    return tuple(
        GradedWork(
            f"s{n}", {"f": float(kind == "solved")}, tried=(Tried("f", True, True, True, kind),) * (kind != "solved")
        )
        for n, kind in enumerate(kinds)
    )


def _rows(counts: Mapping[str, int]) -> list[dict[str, str]]:
    text = frequencies([Gathered("01", {"f": 1.0}, _works(counts), 100, {})])
    return list(csv.DictReader(io.StringIO(text)))


def test_frequencies_add_up_to_the_class() -> None:
    """Each submission in one row: solved, a misconception, without a name, not written."""
    rows = _rows({"solved": 20, "always-float32": 8, "shares-memory": 6, "": 5, "not-written": 7})

    assert [(row["kind"], row["name"], row["submissions"]) for row in rows] == [
        ("solved", "", "20"), ("misconception", "always-float32", "8"), ("not written", "", "7"),
        ("misconception", "shares-memory", "6"), ("failed, no name", "", "5"),
    ]  # fmt: skip
    assert {row["of"] for row in rows} == {"46"}


def test_what_is_rare_is_put_together() -> None:
    """Also with a common one, where a single rare one would follow from the total."""
    rows = _rows({"solved": 20, "common": 9, "frequent": 12, "rare": 2})

    assert [(row["kind"], row["submissions"]) for row in rows] == [
        ("solved", "20"), ("misconception", "12"), (OTHER, "11"),
    ]  # fmt: skip
    assert "rare" not in {row["name"] for row in rows}


def test_a_tiny_class_has_no_rows() -> None:
    """Four submissions: whatever is said of them is said of few."""
    assert _rows({"solved": 4}) == []


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 12), max_size=6))
def test_no_small_count_can_be_computed(counts: dict[str, int]) -> None:
    """Whatever is added up or taken from the total: no row, no sum of rows and no rest lies between 1 and 4."""
    kept = list(pooled({("misconception", name): count for name, count in counts.items()}).values())
    total = sum(counts.values())

    assert sum(kept) == (total if total >= LEAST else 0)
    sums = [sum(some) for size in range(len(kept) + 1) for some in itertools.combinations(kept, size)]
    assert not [one for one in (*sums, *(sum(kept) - one for one in sums)) if 0 < one < LEAST]


def test_the_dictionary_explains_every_column() -> None:
    """One row for each, in their order."""
    rows = list(csv.DictReader(io.StringIO(dictionary())))
    columns = next(csv.reader(io.StringIO(frequencies([]))))

    assert [row["variable"] for row in rows] == columns
    assert all(row["meaning"] for row in rows)


# ---- the page


def _gathered(works: Sequence[GradedWork]) -> Gathered:
    change = GradeChange("ada", 9.0, 11.0, {"f": (0.0, 2.0)}, ("test f-hidden of ada",))
    gradings = {"ada": [_grading("a", 1, "x"), _grading("b", 3)]}
    return Gathered("01", {"f": 1.0}, tuple(works), 9, {}, gradings, (change,))


def test_page_and_csv_show_it_without_a_name() -> None:
    """Names of students come on request alone."""
    works = [GradedWork(f"s{n}", {"f": 0.0}, tried=(Tried("f", True, True, True),)) for n in range(6)]
    found = [figures(_gathered(works))]
    text, table = page("t", found), as_csv(found)

    for heading in (
        "What the visible tests let through",
        "Where names are seldom said",
        "How long misconceptions lasted",
    ):
        assert heading in text
    assert "1 of 1 submissions that were graded more than once have other points" in text
    assert "test f-hidden of a student" in text
    assert "9 to 11; f 0 to 2; test f-hidden of a student" in table
    assert "ada" not in text.replace("metadata", "") + table
    assert "<strong>ada</strong>" in page("t", found, names=True)
