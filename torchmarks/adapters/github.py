"""GitHub: grades fetched repositories in the instructor's own one. Started by `grade.sh`, as an ordinary user.

    grade.sh: python -I -m torchmarks.adapters.github assignment.bundle submissions/ results/

Hidden tests never run in a student's repository: who can push to one can print all that its workflows can read
(https://docs.github.com/en/actions/reference/security/secure-use). Results: marks.csv, and for each student an answer
as JSON and a page of feedback.
"""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from torchmarks.adapters.repositories import FETCHED, Fetched
from torchmarks.adapters.running import log_line, not_graded, notes_of, started, write_results
from torchmarks.bulk.pools import default_workers
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import speaking
from torchmarks.checks.seeding import Phase
from torchmarks.course.alone import Grader
from torchmarks.course.answer import GraderAnswer
from torchmarks.course.page_style import STYLE
from torchmarks.errors import UsageError
from torchmarks.printable import no_formula
from torchmarks.whole_files import write_whole

COLUMNS: Final = ("student", "points", "most", "state", "reason", "commit")
_HEAD: Final = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
"""


def row_of(answer: GraderAnswer, commit: str) -> dict[str, str]:
    """The row of marks.csv. A student who could not be graded has no points there, not 0."""
    points = "" if answer.points is None else f"{answer.points:g}"
    values = (answer.student, points, f"{answer.most:g}", answer.state, answer.reason, commit)
    return {name: no_formula(value) for name, value in zip(COLUMNS, values, strict=True)}


def page_of(answer: GraderAnswer) -> str:
    """A page for the student: points and messages, nothing that could do anything, and no source of a test."""
    with speaking(answer.language):
        return _page_of(answer)


def _page_of(answer: GraderAnswer) -> str:
    points = f"{answer.points or 0:g}"
    title = html.escape(say("page_title", notebook=answer.assignment))
    body = [f"<h1>{title}</h1>"]
    if answer.is_graded:
        body.append(f"<p>{html.escape(say('page_points', points=points, most=f'{answer.most:g}'))}</p>")
    else:
        body.append(f"<p>{html.escape(not_graded(answer))}</p>")
    body += [f"<p>{html.escape(line)}</p>" for line in notes_of(answer)]
    for exercise in answer.exercises:
        of = say("page_part", points=f"{exercise.points:g}", most=f"{exercise.most:g}")
        body.append(f"<h2>{html.escape(exercise.name)}: {html.escape(of)}</h2>")
        for part in exercise.parts:
            body.append(f"<h3>{html.escape(part.label)}</h3>{part.html}")
    head = f"{_HEAD.format(language=answer.language)}<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>"
    return "\n".join([head, "<body>", "<main>", *body, "</main>", "</body>", "</html>", ""])


def read_fetched(folder: Path) -> list[Fetched]:
    """What `repositories` noted of each student. Raises UsageError."""
    path = folder / FETCHED
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Fetched])
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError("nothing is noted of what was fetched", str(path), "Run fetch.sh first.") from error


def graded(grader: Grader, folder: Path, students: Iterable[Fetched]) -> Iterator[tuple[GraderAnswer, Fetched]]:
    """The answer for each student, as they finish; for one whose repository could not be fetched, why."""
    of = {one.student: one for one in students}
    there = [one for one in of.values() if not one.why_not]
    submissions = (grader.submission(one.student, folder / one.student) for one in there)
    answers = grader.answers(submissions, Phase.FINAL, min(default_workers(), max(len(there), 1)))
    for answer in answers if there else ():
        yield answer, of[answer.student]
    most = sum(cell.points for notebook in grader.file.bundle().notebooks for cell in notebook.blueprint.cells)
    for one in of.values():
        if one.why_not:
            empty = GraderAnswer(grader.file.assignment, one.student, "refused", "", None, most, "", Phase.FINAL)
            why = f"The repository could not be fetched: {one.why_not}."
            yield replace(empty, reason=why, language=grader.file.language), one


def write(into: Path, found: Iterable[tuple[GraderAnswer, Fetched]]) -> list[GraderAnswer]:
    """Write what came of each student as it comes, and the marks of all at the end."""
    into.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    answers = []
    for answer, one in found:
        write_results(into / f"{answer.student}.json", answer.as_data())
        _write(into / f"{answer.student}.html", page_of(answer))
        rows.append(row_of(answer, one.commit))
        answers.append(answer)
        print(log_line(answer), flush=True)
    marks = io.StringIO(newline="")
    writer = csv.DictWriter(marks, COLUMNS)
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: str(row["student"])))
    _write(into / "marks.csv", marks.getvalue())
    return answers


def _write(path: Path, text: str) -> None:
    write_whole(path, text.encode("utf-8", "replace"))


def _run(arguments: Sequence[str]) -> None:
    bundle, folder, into = map(Path, arguments)
    answers = write(into, graded(Grader.of_file(bundle), folder, read_fetched(folder)))
    without = sum(not answer.is_graded for answer in answers)
    print(json.dumps({"graded": len(answers) - without, "without a grade": without}), flush=True)


if __name__ == "__main__":
    started(_run)
