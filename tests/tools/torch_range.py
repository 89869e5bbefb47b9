"""Runs the course as a student has it, with the oldest and the newest PyTorch that students may have, and records it.

    python tests/tools/torch_range.py [--pythons 3.11 …] [--to docs/torch.md]

Makes an environment for each below build/ (Linux: 5 to 7 GB, for an index has the CUDA builds alone), installs the
student's wheel and runs with it all notebooks: reference solutions, visible and hidden tests, the simulated device.
Then the catalogue's wrong answers at the visible tests: is the same misconception named as with the grader's PyTorch?
`make test-torch` calls it; no test of the suite does.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from torchmarks.authoring.visible_reasons import compared
from torchmarks.checks.cell_runner import CellBegun, CellEnded
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.reasons_file import NAME
from torchmarks.checks.versions import graded_with, supported
from torchmarks.course import Course, repository
from torchmarks.course.student_bundle import student_bundle

ROOT = repository()
BUILD = ROOT / "build"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NEEDED = ("numpy>=2.0", "ipython>=9.0", "msgspec>=0.21")  # beside torch, before the wheel: no other torch comes with it
_NAMED = re.compile(r"^Why: .*\((\S+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """An environment. which: "oldest" or "newest" of the range, or "grader's"; python: its interpreter."""

    which: str
    python: Path

    def says(self, program: str) -> str:
        """What a program prints in it."""
        run = subprocess.run([self.python, "-c", program], capture_output=True, text=True, check=True, timeout=300)
        return run.stdout.strip()


@dataclass(frozen=True)
class Result:
    """What came of one environment. notebooks: points and most of each; names: of each answer; failed: messages."""

    place: Place
    python: str
    torch: str
    notebooks: dict[str, tuple[float, float]]
    names: dict[str, str]
    failed: list[str]


def found(version: str) -> str | None:
    """A Python of this version that can make environments: on PATH, or of pyenv."""
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    for candidate in [shutil.which(f"python{version}"), *map(str, installed)]:
        test = f"import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
        if candidate and subprocess.run([candidate, "-c", test], capture_output=True).returncode == 0:
            return candidate
    return None


def made(which: str, version: str, python: str, wheel: Path) -> Place:
    """The environment for a PyTorch and a Python, with the student's wheel of today."""
    folder = BUILD / f"torch-{which}-{version}"
    place = Place(which, folder / "bin" / "python")
    pip: list[str | Path] = [place.python, "-m", "pip", "--disable-pip-version-check", "install", "--no-compile"]
    least = supported().partition(",")[0].removeprefix(">=")
    torch = f"torch=={least}.0" if which == "oldest" else f"torch{supported()}"
    if not (folder / "complete").exists():
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        lender = BUILD / f"torch-{which}-{PYTHONS[0]}"
        if version != PYTHONS[0] and (lender / "complete").exists():
            _borrow(place, lender, pip)
        else:
            subprocess.run([*pip, torch, *NEEDED], check=True)
        (folder / "complete").touch()
    subprocess.run([*pip, "--quiet", "--force-reinstall", "--no-deps", wheel], check=True)
    return place


def _borrow(place: Place, lender: Path, pip: Sequence[str | Path]) -> None:
    """Install the lender's PyTorch for another Python, with the lender's CUDA libraries: those are most of its size."""
    theirs = next((lender / "lib").glob("python3*")) / "site-packages"
    ours = next((place.python.parents[1] / "lib").glob("python3*")) / "site-packages"
    version = Place("", lender / "bin" / "python").says("import torch; print(torch.__version__.partition('+')[0])")
    small = ("filelock", "typing-extensions", "sympy", "networkx", "jinja2", "fsspec", "setuptools")
    subprocess.run([*pip, "--no-deps", f"torch=={version}"], check=True)
    subprocess.run([*pip, *small, *NEEDED], check=True)
    (ours / "nvidia").symlink_to(theirs / "nvidia")


# ---- what is run


def checked(place: Place, course: Course, assignment: str) -> dict[str, Any]:
    """The source notebook in a place, by the student's own command: solutions, visible and hidden tests."""
    notebook = course.notebook("source", assignment)
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader") or {}
        if part_of(str(marks.get("grade_id", ""))) == "hidden":
            marks["grade_id"] = f"{exercise_of(marks['grade_id'])}-tests"  # a name by which the command counts them
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{assignment}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        command: list[str | Path] = [place.python, "-m", "torchmarks", "check", "--json", "--seconds", "300", path]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1800)
    assert run.returncode in (0, 1), run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def named(place: Place, course: Course, assignment: str) -> dict[str, str]:
    """The misconception that each wrong answer of the catalogue is told at its visible test."""
    sources, asked = _examples(course, assignment)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(course.path("source", assignment) / NAME, folder)
        run = subprocess.run(
            [place.python, "-c", "from torchmarks.checks.cell_runner import main; main()"],
            input=msgspec.json.encode(sources), cwd=folder, capture_output=True, timeout=1800,
        )  # fmt: skip
    told = [msgspec.json.decode(line, type=CellBegun | CellEnded) for line in run.stdout.splitlines()]
    texts = {event.cell: event.text for event in told if isinstance(event, CellEnded)}
    assert len(texts) == len(sources), f"{assignment}: ended after {len(texts)} of {len(sources)} cells"
    return {name: next(iter(_NAMED.findall(texts[number])), "") for number, name in asked.items()}


def _examples(course: Course, assignment: str) -> tuple[list[str], dict[int, str]]:
    """The cells of a notebook, with each wrong answer and its visible test between; the numbers of those tests."""
    catalogue, sources, asked = course.catalogue(assignment), [], {}
    solutions: dict[str, str] = {}
    for cell in course.notebook("source", assignment)["cells"]:
        grade_id = str((cell["metadata"].get("nbgrader") or {}).get("grade_id", ""))
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or part_of(grade_id) == "hidden":
            continue
        sources.append(source)
        solutions[grade_id] = source
        if part_of(grade_id) == "visible":
            for answer in compared(catalogue, exercise_of(grade_id)):
                sources += [answer.source, source]
                asked[len(sources) - 1] = f"{assignment} {answer.name}"
            sources.append(solutions.get(exercise_of(grade_id), ""))
    return sources, asked


def result(place: Place, course: Course, *, with_names: bool) -> Result:
    """All notebooks in one place."""
    notebooks: dict[str, tuple[float, float]] = {}
    names: dict[str, str] = {}
    failed: list[str] = []
    for assignment in course.assignments():
        answer = checked(place, course, assignment)
        notebooks[assignment] = (answer["points"], answer["most"])
        failed += [f"{assignment}, {e['exercise']}: {e['message']}" for e in answer["exercises"] if not e["passed"]]
        names |= named(place, course, assignment) if with_names else {}
        print(f"{place.which}: {assignment}: {answer['points']:g} of {answer['most']:g} points", flush=True)
    return Result(place, answer["python"], answer["torch"], notebooks, names, failed)


# ---- the record


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return told.stdout.strip()


def lines_of(results: Sequence[Result], missing: Sequence[str]) -> Iterator[str]:
    """The page. results: the grader's first."""
    first = results[0]
    yield "# Versions of PyTorch and Python that were tested"
    yield ""
    yield f"Written by `make test-torch` on {date.today().isoformat()} at {_commit()}. Students may have"
    yield f"torch{supported()}; grades are made with {graded_with()}. Each notebook ran with the student's"
    yield "wheel alone: the reference solutions at the visible and the hidden tests, exercises about devices on the"
    yield "simulated one. *Names*: the catalogue's wrong answers at the visible tests; how many get the same"
    yield f"misconception, or none, as with the grader's PyTorch (run with Python {PYTHONS[0]})."
    yield ""
    yield "| | Python | torch | notebooks complete | points | names as the grader's |"
    yield "| --- | --- | --- | --: | --: | --: |"
    for one in results:
        full = sum(points == most for points, most in one.notebooks.values())
        points, most = (sum(pair[n] for pair in one.notebooks.values()) for n in (0, 1))
        same = sum(one.names.get(name) == first.names[name] for name in first.names)
        about = f"| {one.place.which} | {one.python} | {one.torch} | {full} of {len(one.notebooks)}"
        names = f"{same:,} of {len(first.names):,}" if one.names else "not run"
        yield f"{about} | {points:g} of {most:g} | {names} |"
    yield ""
    yield f"Not run: {', '.join(missing) or 'nothing'}."
    yield ""
    for one in results:
        other = [name for name in one.names if one.names[name] != first.names[name]]
        for line in one.failed:
            yield f"- {one.torch}: {' '.join(line.split())[:300]}"
        for name in other:
            yield f"- {one.torch}: {name}: {one.names[name] or 'no name'}, not {first.names[name] or 'none'}"


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pythons", nargs="*", default=list(PYTHONS), help="versions to look for")
    parser.add_argument("--quick", action="store_true", help="without the names, which take most of the time")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "torch.md", help="the page to write")
    given = parser.parse_args()
    course, missing = Course(ROOT), []
    with tempfile.TemporaryDirectory() as folder:
        student_bundle(ROOT, Path(folder))
        wheel = next((Path(folder) / "tensors-student").glob("*.whl"))
        places = [(Place("grader's", Path(sys.executable)), PYTHONS[0])]
        for version in PYTHONS:
            python = found(version) if version in given.pythons else None
            if python is None:
                asked = version in given.pythons
                missing.append(f"Python {version} ({'none on this machine' if asked else 'not asked for'})")
                continue
            # The oldest with one Python: what differs between Pythons hardly hangs on PyTorch.
            for which in ("oldest", "newest") if version == PYTHONS[0] else ("newest",):
                places.append((made(which, version, python, wheel), version))
    # Names with one Python, like the oldest.
    results = [result(place, course, with_names=not given.quick and version == PYTHONS[0]) for place, version in places]
    given.to.write_text("\n".join(lines_of(results, missing)) + "\n", encoding="utf-8")
    print(f"{given.to}: written")
    sys.exit(any(points != most for one in results for points, most in one.notebooks.values()))


if __name__ == "__main__":
    main()
