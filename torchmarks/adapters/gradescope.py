"""Gradescope: what its autograder writes, from an answer. Started by `run_autograder` of the zip file, as root.

Formats: https://gradescope-autograders.readthedocs.io/en/latest/specs/ (results.json, folders, visibility) and
https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/. A refused notebook is 0 points there, with
the reason on top: Gradescope knows no submission without a score. Where grading itself fails nothing is written, and
Gradescope says that the autograder failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from torchmarks.adapters.kit import BUNDLE, OPTIONS
from torchmarks.adapters.running import log_line, not_graded, notes_of, read_json, started, write_results
from torchmarks.checks.seeding import Phase
from torchmarks.course.alone import Grader
from torchmarks.course.answer import AnswerExercise, AnswerPart, GraderAnswer
from torchmarks.errors import MachineError
from torchmarks.printable import printable


def results(answer: GraderAnswer, hidden: str, messages: str = "html") -> dict[str, Any]:
    """The content of results.json. hidden, messages: see `choices`."""
    made: dict[str, Any] = {"output_format": "text", "stdout_visibility": "hidden", "extra_data": _extra(answer)}
    if not answer.is_graded:
        return {"score": 0.0, "output": not_graded(answer), **made}
    tests = [
        _test(f"{n}.{m}", exercise, part, hidden, messages)
        for n, exercise in enumerate(answer.exercises, 1)
        for m, part in enumerate(exercise.parts, 1)
        if part.points is not None
    ]
    return {"output": "\n".join(notes_of(answer)), **made, "tests": tests}


def _extra(answer: GraderAnswer) -> dict[str, Any]:
    """What a later reading of the results may want to know; nothing that is hidden."""
    data = answer.as_data()
    kept = ("layout", "assignment", "state", "isolation", "phase", "made_by")
    return {"torchmarks": {name: data[name] for name in kept}}


def _test(number: str, exercise: AnswerExercise, part: AnswerPart, hidden: str, messages: str) -> dict[str, Any]:
    return {
        "number": number,
        "name": f"{exercise.name}: {part.label}",
        "name_format": "text",
        "score": part.points,
        "max_score": part.most,
        "status": "passed" if part.points == part.most else "failed",
        "output": part.html if messages == "html" else part.text,
        "output_format": messages,
        "visibility": hidden if part.hidden else "visible",
    }


def student_of(metadata: Mapping[str, Any]) -> str:
    """Whose submission it is: the address of its first author; of a test upload, which has none, the submission."""
    users = metadata.get("users") or [{}]
    return printable(users[0].get("email") or users[0].get("id") or f"submission-{metadata.get('id', '')}")


def phase_of(metadata: Mapping[str, Any], hidden: str, now: datetime) -> Phase:
    """Which hidden inputs. Where students read at once what hidden tests found, those that count are drawn after the
    due date only: let Gradescope grade all again then.
    """
    assignment = metadata.get("assignment") or {}
    due = _time(assignment.get("late_due_date") or assignment.get("due_date"))
    return Phase.FINAL if hidden != "visible" or (due is not None and due < now) else Phase.BEFORE_DEADLINE


def _time(text: object) -> datetime | None:
    """A time with its zone; None where there is none that can be read, and nothing is past then."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def grade(place: Path, now: datetime) -> GraderAnswer:
    """Grade what lies in /autograder, and write the results. Raises TorchmarksError, and then writes none."""
    options, metadata = read_json(place / "source" / OPTIONS), read_json(place / "submission_metadata.json", default={})
    phase = phase_of(metadata, options["hidden"], now)
    answer = Grader.of_file(place / "source" / BUNDLE).answer(student_of(metadata), place / "submission", phase)
    if answer.state == "quarantined":
        raise MachineError(answer.reason, "Let Gradescope grade it again.")
    write_results(place / "results" / "results.json", results(answer, options["hidden"], options["messages"]))
    return answer


def _run(arguments: Sequence[str]) -> None:
    print(log_line(grade(Path(arguments[0]), datetime.now(UTC))), flush=True)


if __name__ == "__main__":
    started(_run)
