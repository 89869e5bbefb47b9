"""PrairieLearn: what its external grader writes, from an answer. Started by `run.sh`, the entrypoint, as root.

Formats: https://prairielearn.readthedocs.io/en/latest/externalGrading/ (folders in /grade, results.json, at most 1 MB).
A notebook that cannot be graded is "not gradable" there and costs no attempt. Where grading itself fails nothing is
written, and PrairieLearn says that grading failed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from torchmarks.adapters.kit import BUNDLE, OPTIONS
from torchmarks.adapters.running import log_line, notes_of, read_json, started, write_results
from torchmarks.checks.seeding import Phase
from torchmarks.course.alone import Grader
from torchmarks.course.answer import AnswerExercise, AnswerPart, GraderAnswer
from torchmarks.errors import MachineError
from torchmarks.printable import printable

MOST_BYTES: Final = 1_000_000
_CUT: Final = "\n…"


def results(answer: GraderAnswer, hidden: str) -> dict[str, Any]:
    """The content of results.json. hidden: see `choices`."""
    if not answer.is_graded:
        return {"gradable": False, "format_errors": [_plain(answer.reason)]}
    judged = [(exercise, part) for exercise, part in answer.parts if part.points is not None]
    most = sum(part.most for _, part in judged)
    made: dict[str, Any] = {
        "gradable": True,
        "score": min(max((answer.points or 0.0) / most, 0.0), 1.0) if most else 0.0,
        "message": _plain("\n".join(notes_of(answer))),
        "tests": [_test(exercise, part, hidden) for exercise, part in judged],
    }
    return _bounded(made)


def _test(exercise: AnswerExercise, part: AnswerPart, hidden: str) -> dict[str, Any]:
    test = {"name": f"{exercise.name}: {part.label}", "points": part.points, "max_points": part.most}
    shown = part.text and not (part.hidden and hidden == "points")
    return {**test, "message": _plain(part.text)} if shown else test


def _plain(text: str) -> str:
    """Without escapes: PrairieLearn takes those of a terminal for colours, and a message may quote a student's text."""
    return printable(text, keep="\n")


def _bounded(results: dict[str, Any]) -> dict[str, Any]:
    """The results within MOST_BYTES: PrairieLearn drops larger ones, and with them the score."""
    longest = MOST_BYTES
    while len(json.dumps(results)) >= MOST_BYTES:
        longest //= 2
        for part in (results, *results["tests"]):
            text = part.get("message", "")
            if len(text) > longest:
                part["message"] = text[:longest] + _CUT
    return results


def student_of(data: Mapping[str, Any]) -> str:
    """For whom inputs are drawn: PrairieLearn tells no name, but a seed that each student's variant has of its own."""
    return printable(f"variant-{data.get('variant_seed', '')}")


def grade(place: Path) -> GraderAnswer:
    """Grade what lies in /grade, and write the results. Raises TorchmarksError, and then writes none."""
    options, data = read_json(place / "tests" / OPTIONS), read_json(place / "data" / "data.json", default={})
    phase = Phase.BEFORE_DEADLINE if options["hidden"] == "messages" else Phase.FINAL
    answer = Grader.of_file(place / "tests" / BUNDLE).answer(student_of(data), place / "student", phase)
    if answer.state == "quarantined":
        raise MachineError(answer.reason, "Submit it again.")
    write_results(place / "results" / "results.json", results(answer, options["hidden"]))
    return answer


def _run(arguments: Sequence[str]) -> None:
    print(log_line(grade(Path(arguments[0]))), flush=True)


if __name__ == "__main__":
    started(_run)
