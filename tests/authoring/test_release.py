"""The notebooks in source/ and their student versions in release/."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from torchmarks.authoring import release, visible_reasons
from torchmarks.authoring.release import outdated, refresh
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.course import Course, repository

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
ADDED = re.compile(r"^\s*(?:### (?:BEGIN|END) .*|from .*|import .*|)$")


def _notebook(folder: str, assignment: str) -> dict[str, Any]:
    path = ROOT / folder / assignment / f"{assignment}.ipynb"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _region(text: str, name: str) -> Iterator[str]:
    """The lines of a text between its BEGIN and END markers."""
    inside = False
    for line in text.splitlines():
        if f"### BEGIN {name}" in line:
            inside = True
        elif f"### END {name}" in line:
            inside = False
        elif inside:
            yield line


def _secrets(assignment: str) -> set[str]:
    """Lines of solutions and hidden tests that are long enough to be recognised and stand nowhere in the open."""
    cells = _notebook("source", assignment)["cells"]
    hidden = {line.strip() for cell in cells for n in ("SOLUTION", "HIDDEN TESTS") for line in _region(_text(cell), n)}
    return {line for line in hidden if len(line) > 30 and not ADDED.match(line)}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_student_version_is_current(assignment: str) -> None:
    """release/ holds exactly what nbgrader generates from source/ today."""
    assert outdated(Course(ROOT), assignment) == [], "run: torchmarks release"


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_solution_or_hidden_test_is_released(assignment: str) -> None:
    """No line of a solution or a hidden test stands in any released file."""
    secrets = _secrets(assignment)
    assert len(secrets) > 50

    for path in (ROOT / "release" / assignment).rglob("*"):
        if path.is_file() and path.suffix in (".ipynb", ".svg", ".py", ".md", ".txt"):
            text = path.read_text(encoding="utf-8")
            parts = [_text(cell) for cell in json.loads(text)["cells"]] if path.suffix == ".ipynb" else [text]
            released = {line.strip() for part in parts for line in part.splitlines()}
            visible = {line.strip() for line in "\n".join(_in_the_open(assignment)).splitlines()}
            assert (secrets - visible) & released == set()


def _in_the_open(assignment: str) -> Iterator[str]:
    """What a source notebook shows to students anyway: a hidden test may build on a line of a visible one."""
    for cell in _notebook("source", assignment)["cells"]:
        kept, inside = [], False
        for line in _text(cell).splitlines():
            inside = (inside or "### BEGIN" in line) and "### END" not in line
            if not inside:
                kept.append(line)
        yield "\n".join(kept)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_source_notebook_is_in_canonical_form(assignment: str) -> None:
    """Outputs cleared, ids unique and telling, nine exercises, each with a visible point and 2 to 4 hidden ones."""
    notebook = _notebook("source", assignment)
    cells = notebook["cells"]
    ids = [cell["id"] for cell in cells]

    assert notebook["nbformat"] == 4
    assert notebook["nbformat_minor"] == 5
    assert len(set(ids)) == len(ids)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
    names = [cell["id"] for cell in cells if (cell["metadata"].get("nbgrader") or {}).get("solution")]
    assert len(names) == 9
    points = {cell["id"]: cell["metadata"]["nbgrader"]["points"] for cell in cells if _is_test(cell)}
    for name in names:
        assert {f"{name}-statement", f"{name}-visible", f"{name}-hidden"} <= set(ids)
        assert points[f"{name}-visible"] == 1
        assert sum(p for cell, p in points.items() if exercise_of(cell) == name and part_of(cell) == "hidden") in (
            2,
            3,
            4,
        )
    assert 36 <= sum(points.values()) <= 42
    assert ids[-2:] == ["progress", "questions"]


def _is_test(cell: dict[str, Any]) -> bool:
    return bool((cell["metadata"].get("nbgrader") or {}).get("grade"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_statement_has_its_labels(assignment: str) -> None:
    """Difficulty, minutes and points stand in the title, a worked example and a hint behind a fold below it."""
    cells = _notebook("source", assignment)["cells"]
    statements = [_text(cell) for cell in cells if cell["id"].endswith("-statement")]

    for number, text in enumerate(statements, start=1):
        title = re.sub(r"\s+", " ", text.splitlines()[0])
        assert re.fullmatch(rf"### {number} · `\w+` — .+ ★[★☆]{{4}} · \d+ min · [345] points", title), title
        assert "<details>" in text
        assert "`" in text


def test_an_old_student_version_is_noticed(tmp_path: Path) -> None:
    """The check above can fail: a file that changed and one that source/ does not give are told by name."""
    course = Course.scratch(tmp_path / "course", ROOT, ["01-tensors"])
    release = tmp_path / "course" / "release" / "01-tensors"
    release.mkdir(parents=True)
    (release / "01-tensors.ipynb").write_text("{}")
    (release / "surplus.txt").write_text("")

    assert {"01-tensors.ipynb", "surplus.txt"} <= set(outdated(course, "01-tensors"))


NAME = "01-tensors"


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in release/ of an assignment that generates a notebook and a figure; a file and a folder are old."""
    course = Course.scratch(tmp_path / "course", ROOT, [NAME])
    made = {f"{NAME}.ipynb": b"later", "figures/new.svg": b"later", "figures/old": b"a file now"}
    monkeypatch.setattr(release, "generated", lambda *_: made)
    monkeypatch.setattr(visible_reasons, "is_current", lambda *_: True)
    folder = course.path("release", NAME)
    (folder / "figures" / "old").mkdir(parents=True)
    for name in (f"{NAME}.ipynb", "figures/old/a.svg", "data.txt", "gone/x.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"earlier")
    return folder


def _there(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_release_is_written_anew(released: Path) -> None:
    """With what is generated and nothing else; what was a folder may be a file now."""
    refresh(Course(released.parents[1]), NAME)

    assert _there(released) == {f"{NAME}.ipynb": b"later", "figures/new.svg": b"later", "figures/old": b"a file now"}
    assert not (released / "gone").exists()


def test_on_a_full_disk_the_released_notebook_stays(
    released: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    """The folder was deleted before anything was written."""
    with pytest.raises(OSError, match="too large"), full_disk():
        refresh(Course(released.parents[1]), NAME)

    assert _there(released)[f"{NAME}.ipynb"] == b"earlier"
