"""The commands grade and feedback: options handed on, exit status, what is printed."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from torchmarks import bulk
from torchmarks.bulk import GradeOutcome, Outcome, Reported, Stale, Summary, consenting, print_summary, watching
from torchmarks.bulk.jobs import FeedbackOutcome, NotebookResult, OutcomeState
from torchmarks.bulk.progress import as_json
from torchmarks.bulk.summary import Tally
from torchmarks.checks.report import Report
from torchmarks.cli import main
from torchmarks.course import repository
from torchmarks.grading import Cause, CheckRecord, CheckVerdict, NotebookRecord
from torchmarks.grading.record import by_exercise
from torchmarks.grading.repair import Repair
from torchmarks.isolation import LimitHit

WRONG = CheckRecord("a", 2.0, 3.0, CheckVerdict.FAILED, 1, Report("Wrong.", misconception="dtype"))
RECORD = NotebookRecord(by_exercise([WRONG]), limits=(LimitHit("timeout", 4.0, "f", "The cell ran longer than 4 s."),))
GRADED = GradeOutcome(
    "ada",
    OutcomeState.GRADED,
    notebooks=(NotebookResult("n", "", {"a": 2.0, "b": None}, {}, RECORD),),
    seconds={"write": 0.25},
)
REFUSED = Outcome("bo", OutcomeState.REFUSED, "It is not JSON. Save it again.")


STALE = (Stale("cy", (Cause.PACKAGE,), "they were graded by torchmarks 0.1.0, this is 0.2.0"),)


def _run(
    monkeypatch: pytest.MonkeyPatch, work: str, *arguments: str, not_begun: int = 0, stale: tuple[Stale, ...] = ()
) -> tuple[Result, dict[str, Any]]:
    asked: dict[str, Any] = {}

    def stub(config: Any, assignment: str, watcher: Any, **options: Any) -> Summary:
        asked.update(options, assignment=assignment, course=config.CourseDirectory.course_id)
        watcher.begin(2, "grade")
        for outcome in (GRADED, REFUSED):
            watcher.finished(outcome)
        reported = (Reported("bo", OutcomeState.REFUSED, REFUSED.reason),) if "--student" not in arguments else ()
        if stale:
            asked["answer"] = options["consent"](stale)
        kept = () if asked.get("answer") else stale
        return Summary(
            assignment=assignment,
            graded=1,
            unchanged=0,
            wall=61.0,
            reported=reported,
            not_begun=not_begun,
            slowest=(("ada", 0.25),),
            spent={"write": 0.25},
            stale=kept,
        )

    monkeypatch.setattr(bulk, work, stub)
    return CliRunner().invoke(main, [*arguments, "--course", str(repository())]), asked


@pytest.mark.parametrize("command", ["grade", "feedback"])
def test_options_are_handed_on(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """All of them, for both commands."""
    arguments = (command, "01-tensors", "--student", "ada", "--student", "bo", "--workers", "3", "--force")

    result, asked = _run(monkeypatch, f"{command}_cohort", *arguments)

    wanted = {"students": ("ada", "bo"), "workers": 3, "scheduler": "", "force": True, "assignment": "01-tensors"}
    assert callable(asked.pop("consent")) if command == "grade" else "consent" not in asked
    assert asked.pop("spares", False) is (command == "grade")
    assert asked == wanted | {"course": "tensors"}
    assert result.exit_code == 0


def test_submissions_without_a_grade_exit_with_1_and_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason, the slowest, and where the time went."""
    result, _ = _run(monkeypatch, "grade_cohort", "grade", "01-tensors")

    assert result.exit_code == 1
    assert "01-tensors: 1 graded, 0 unchanged, 1 not graded, in 1 min 01 s" in result.output
    assert "  bo: It is not JSON. Save it again." in result.output
    assert "Slowest: ada 0.2 s" in result.output
    assert "Where the time went: write 100 %" in result.output


def test_a_run_that_was_stopped_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command, and exit status 1."""
    result, _ = _run(monkeypatch, "grade_cohort", "grade", "01-tensors", "--student", "x", not_begun=7)

    assert result.exit_code == 1
    assert "7 are left. To go on: torchmarks grade 01-tensors" in result.output


def test_the_summary_names_the_level_of_isolation(capsys: pytest.CaptureFixture[str]) -> None:
    """With the number of submissions where a run met more than one, on machines of a cluster."""
    levels = {"namespaces": 2, "landlock (ordinary user)": 1}
    met = Summary(assignment="01-tensors", graded=3, unchanged=0, wall=1.0, isolation=levels)

    print_summary(met)

    said = "Isolation of students' code: level namespaces: 2, level landlock (ordinary user): 1."
    assert said in capsys.readouterr().out


def _repaired(student: str, *repairs: Repair) -> GradeOutcome:
    notebook = NotebookResult("n", "", {}, {}, NotebookRecord(repairs=repairs))
    return GradeOutcome(student, OutcomeState.GRADED, notebooks=(notebook,))


def test_repaired_work_is_named_on_stderr_where_something_was_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each such student; those who lost nothing are counted in one. stdout has the summary alone."""
    tally = Tally()
    gone = [Repair("deleted", cell, "put back") for cell in ("f", "g", "h")]
    gone += [Repair("put-back", "f-hidden", "put back"), Repair("conflict", "h", "The other version had it.")]
    cut = Repair("invalid-json", None, "Cut off; 3 cells could be read.")
    tally.add(_repaired("gus", cut, *gone))
    tally.add(_repaired("moe", Repair("copy", None, "n.ipynb answers less; the work in a\x1b.ipynb was graded.")))
    tally.add(_repaired("jan", Repair("encoding", None, "It was read as utf-16.")))
    tally.add(_repaired("lea", Repair("put-back", "f-hidden", "A test cell was missing; it was put back.")))
    tally.add(_repaired("ada"))

    print_summary(tally.summary("01-tensors", 5, 1.0))

    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "  gus: repaired: Cut off; 3 cells could be read. Missing, put back blank: 2 solution cells (f, g).",
        "  moe: repaired: n.ipynb answers less; the work in a\ufffd.ipynb was graded.",
        "  2 repaired without loss (such as an encoding, cell ids, a renamed file)",
    ]
    assert "repaired" not in said.out


def test_tests_that_were_not_generated_exit_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when every submission is unchanged."""
    done = Summary(assignment="01-tensors", graded=0, unchanged=2, wall=1.0)
    statuses = []
    for summary in (done, replace(done, unregistered=True)):
        monkeypatch.setattr(bulk, "grade_cohort", lambda *_, summary=summary, **__: summary)
        statuses.append(CliRunner().invoke(main, ["grade", "01-tensors", "--course", str(repository())]).exit_code)

    assert statuses == [0, 1]


def test_json_is_one_line_for_each_submission(monkeypatch: pytest.MonkeyPatch) -> None:
    """On stdout, and nothing else there."""
    result, _ = _run(monkeypatch, "grade_cohort", "grade", "01-tensors", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]

    assert [line["student"] for line in lines] == ["ada", "bo"]
    assert (lines[0]["points"], lines[0]["most"]) == (2.0, 3.0)
    assert lines[0]["cells"] == {"a": 2.0, "b": None}
    assert lines[0]["messages"] == [{"cell": "a", "misconception": "dtype", "text": "Wrong."}]
    limit = {"name": "timeout", "value": 4.0, "cell": "f", "detail": "The cell ran longer than 4 s."}
    assert lines[0]["limits"] == [limit]
    assert lines[1] == {"student": "bo", "state": "refused", "reason": "It is not JSON. Save it again."}


def test_feedback_has_pages_and_no_score() -> None:
    """Its line of JSON says that the pages are made, not that they are worth 0 points."""
    made = FeedbackOutcome("ada", OutcomeState.GRADED, seconds={"pages": 0.5}, pages={"n.html": "<p>"})

    assert as_json(made) == {"student": "ada", "state": "graded", "seconds": {"pages": 0.5}}


@pytest.mark.parametrize(
    ("arguments", "answer", "status"), [((), False, 1), (("--yes",), True, 0), (("--no",), False, 0)]
)
def test_what_an_earlier_version_graded_is_shown_and_asked_about(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], answer: bool, status: int
) -> None:
    """Without anybody to ask nothing of it is graded, both ways are said, and the status is not 0."""
    result, asked = _run(monkeypatch, "grade_cohort", "grade", "01-tensors", "--student", "x", *arguments, stale=STALE)

    assert asked["answer"] is answer
    assert "1 graded before would be graded again, and marks may change:" in result.output
    assert "  cy: they were graded by torchmarks 0.1.0, this is 0.2.0" in result.output
    assert ("torchmarks grade 01-tensors --yes` grades them again, --no accepts them" in result.output) is (
        not arguments
    )
    assert ("1 left as graded before" in result.output) is (not answer)
    assert result.exit_code == status


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", True), ("yes\n", True), ("\n", False), ("no\n", False), ("", False)]
)
def test_only_a_yes_at_the_terminal_grades_again(monkeypatch: pytest.MonkeyPatch, typed: str, answer: bool) -> None:
    """Enter alone, and the end of the input, leave everything as it is."""
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)

    with watching(as_lines=True) as watcher:
        assert consenting(watcher, "01-tensors", None)(STALE) is answer


@pytest.mark.parametrize("state", [OutcomeState.REFUSED, OutcomeState.QUARANTINED])
def test_what_failed_is_followed_by_what_to_do(state: OutcomeState, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, whoever it is of; work that cannot be graded has its remedy with each reason."""
    tally = Tally()
    for student in ("ada", "bo"):
        tally.add(Outcome(student, state, "It failed 3 times; the last time: It was killed."))
    print_summary(tally.summary("01-tensors", 2, 1.0))

    said = capsys.readouterr().out
    assert said.count("do it by hand, or again with --force.") == (state is OutcomeState.QUARANTINED)
