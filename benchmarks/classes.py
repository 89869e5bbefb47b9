"""Realistic classes of any size, always the same for the same seed: right, wrong, blank, late, hanging and damaged
submissions of an assignment, made from its catalogue.

    python benchmarks/classes.py FOLDER [--students N] [--seed N]

Makes a course folder with a collected class in it. Without FOLDER it tells the mix and makes nothing.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from traitlets.config import Config

from torchmarks.authoring import Exercise, exercises_of
from torchmarks.catalogue import Answer
from torchmarks.course import Course, repository

Notebook = dict[str, Any]
ASSIGNMENT = "01-tensors"
DUE = datetime.datetime(2026, 1, 15, 12, 0, 0)
# Of 100 students. "ordinary": some exercises right, some wrong; "damaged": can be mended; "unreadable": cannot.
MIX = {"ordinary": 66, "perfect": 10, "blank": 8, "late": 5, "hanging": 5, "damaged": 5, "unreadable": 1}
NO_HANGING = {**MIX, "ordinary": MIX["ordinary"] + MIX["hanging"], "hanging": 0}
_HANG = "\n\ndef {name}(*args, **kwargs):\n    while True:\n        pass\n"
_TORN = 120


def make_course(root: Path, extra: Config | None = None, assignment: str = ASSIGNMENT) -> Course:
    """A course folder with one assignment, generated, its due date set. root: a new folder."""
    course = Course.scratch(root, repository(), [assignment], extra)
    course.generate(assignment)
    course.draw_as_ever()
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(assignment, duedate=DUE)
    return course


def kinds_of(count: int, seed: int = 0, mix: Mapping[str, int] = MIX) -> list[str]:
    """A kind for each of `count` students, in the proportions of `mix`."""
    whole = sum(mix.values())
    kinds: list[str] = []
    for kind, share in mix.items():
        kinds += [kind] * round(count * share / whole)
    kinds = (kinds + ["ordinary"] * count)[:count]
    random.Random(seed).shuffle(kinds)
    return kinds


def make_class(
    course: Course, count: int, *, seed: int = 0, mix: Mapping[str, int] = MIX, assignment: str = ASSIGNMENT
) -> dict[str, str]:
    """Write `count` submissions into submitted/. Each student with the kind that they are."""
    writer = _Writer(course, assignment, seed)
    students = {}
    for number, kind in enumerate(kinds_of(count, seed, mix)):
        student = f"s{number:06d}"
        writer.write(student, kind)
        students[student] = kind
    return students


class _Writer:
    def __init__(self, course: Course, assignment: str, seed: int) -> None:
        self._root, self._assignment, self._seed = course.root, assignment, seed
        source, self._released = (
            json.loads((course.root / step / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
            for step in ("source", "release")
        )
        self._exercises = exercises_of(source, self._released)
        answers = course.catalogue(assignment).answers
        # The one kind ends its process or waits for a limit: that is what the hanging students are for. The other shows
        # what happened to lie in memory, so that no two runs say the same.
        self._answers = [answer for answer in answers if not _is_violent(answer) and not _is_uninitialised(answer)]

    def write(self, student: str, kind: str) -> None:
        chance = random.Random(f"{self._seed} {student}")
        folder = self._root / "submitted" / student / self._assignment
        folder.mkdir(parents=True)
        notebook = self._solved(kind, chance)
        name = f"{self._assignment}.ipynb"
        text = json.dumps(notebook, indent=1)
        if kind == "unreadable":
            text = text[:_TORN]
        elif kind == "damaged":
            name, text = chance.choice(DAMAGES)(name, notebook)
        (folder / name).write_text(text, encoding="utf-8")
        hours = chance.uniform(1, 48) * (1 if kind == "late" else -1)
        handed_in = (DUE + datetime.timedelta(hours=hours)).replace(microsecond=0)
        (folder / "timestamp.txt").write_text(f"{handed_in} UTC\n", encoding="utf-8")

    def _solved(self, kind: str, chance: random.Random) -> Notebook:
        notebook: Notebook = json.loads(json.dumps(self._released))
        share = {"perfect": 1.0, "blank": 0.0}.get(kind, chance.uniform(0.3, 0.95))
        hangs = chance.randrange(len(self._exercises)) if kind == "hanging" else -1
        cells = [c for c in notebook["cells"] if (c["metadata"].get("nbgrader") or {}).get("solution")]
        for number, (cell, exercise) in enumerate(zip(cells, self._exercises, strict=True)):
            if kind != "blank":
                cell["source"] = self._answer(exercise, share, chance)
            if number == hangs:
                cell["source"] += _HANG.format(name=exercise.name)
        return notebook

    def _answer(self, exercise: Exercise, share: float, chance: random.Random) -> str:
        right = chance.random() < share
        fitting = [a for a in self._answers if a.exercise == exercise.name and a.is_right == right]
        return chance.choice(fitting).source if fitting else exercise.reference


def _is_violent(answer: Answer) -> bool:
    return any(word in answer.source for word in ("while True", "os._exit", "sys.exit", "time.sleep", "os.kill"))


def _is_uninitialised(answer: Answer) -> bool:
    return not answer.is_right and any(word in answer.source for word in ("torch.empty(", "torch.Tensor("))


# ---- damages that can be mended


def _renamed(name: str, notebook: Notebook) -> tuple[str, str]:
    return f"Copy of {name}", json.dumps(notebook)


def _duplicated_test(name: str, notebook: Notebook) -> tuple[str, str]:
    tests = [n for n, c in enumerate(notebook["cells"]) if (c["metadata"].get("nbgrader") or {}).get("grade")]
    twin = json.loads(json.dumps(notebook["cells"][tests[0]])) | {"id": "a-twin"}
    notebook["cells"].insert(tests[0] + 1, twin)
    return name, json.dumps(notebook)


def _deleted_tests(name: str, notebook: Notebook) -> tuple[str, str]:
    notebook["cells"] = [c for c in notebook["cells"] if not (c["metadata"].get("nbgrader") or {}).get("grade")]
    return name, json.dumps(notebook)


def _no_metadata(name: str, notebook: Notebook) -> tuple[str, str]:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    return name, json.dumps(notebook)


def _edited_tests(name: str, notebook: Notebook) -> tuple[str, str]:
    for cell in notebook["cells"]:
        if (cell["metadata"].get("nbgrader") or {}).get("grade"):
            cell["source"] = "assert True"
    return name, json.dumps(notebook)


DAMAGES: list[Callable[[str, Notebook], tuple[str, str]]] = [
    _renamed, _duplicated_test, _deleted_tests, _no_metadata, _edited_tests
]  # fmt: skip


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Make a course folder with a class of sample students.")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    kinds = Counter(kinds_of(given.students, given.seed))
    if given.folder is not None:
        make_class(make_course(given.folder), given.students, seed=given.seed)
    print(f"{given.students} students: {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}")


if __name__ == "__main__":
    main()
