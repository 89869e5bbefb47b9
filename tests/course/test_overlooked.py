"""torchmarks.course.overlooked: work where nobody looks, and ids that are nearly another's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course.overlooked import (
    closed,
    closed_folders,
    closed_reason,
    misplaced,
    misplaced_in,
    near_namesakes,
)


@pytest.fixture
def directory(tmp_path: Path) -> CourseDirectory:
    """A course with one assignment."""
    notebook = tmp_path / "source" / "01-tensors" / "01-tensors.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text("{}")
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    made = CourseDirectory(config=config)
    with Gradebook(made.db_url) as gradebook:
        gradebook.add_assignment("01-tensors")
    return made


def _put(directory: CourseDirectory, *names: str) -> None:
    for name in names:
        path = Path(directory.root) / "submitted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_work_in_a_place_where_nobody_looks_is_named(directory: CourseDirectory) -> None:
    """A folder's mistyped name, notebooks in no assignment's folder; what is in its place or unlike is passed over."""
    _put(directory, "ada/01-tensors/a.ipynb", "ada/notes/b.ipynb", "bo/01-tensor/a.ipynb", "cy/01-tensors/a.ipynb")
    _put(directory, "cy/01-tensors-old/a.ipynb", "loose.ipynb", "dan/a.ipynb", "__MACOSX/01-tensor/a.ipynb")
    (Path(directory.root) / "submitted" / "eve" / "01-tensor").mkdir(parents=True)

    assert misplaced(directory) == [
        "submitted/bo/01-tensor is not graded: no assignment is called that. If 01-tensors is meant, rename the folder",
        "submitted/cy/01-tensors-old is not graded: no assignment is called that. 01-tensors beside it counts",
        "submitted/dan/a.ipynb is not graded: it is in no assignment's folder. Move it into submitted/dan/ASSIGNMENT/",
        "submitted/loose.ipynb is not graded: it is in no assignment's folder. "
        "Move it into submitted/STUDENT/ASSIGNMENT/",
    ]
    assert [line.split()[0] for line in misplaced(directory, ["bo"])] == ["submitted/bo/01-tensor"]


def test_a_folder_that_may_not_be_read_is_named(
    as_somebody_else: Callable[[], AbstractContextManager[None]],
) -> None:
    """With the command that opens it: nobody can know whether there is work in it."""
    with tempfile.TemporaryDirectory() as root:  # pytest's own lies in a folder that is closed to others
        Path(root).chmod(0o755)
        config = Config()
        config.CourseDirectory.root = root
        directory = CourseDirectory(config=config)
        _put(directory, "ada/01-tensors/a.ipynb", "bo/01-tensors/a.ipynb")
        folder = Path(root) / "submitted" / "bo"
        folder.chmod(0)
        with as_somebody_else():
            who, lines, others = os.geteuid(), closed(directory), closed(directory, ["ada"])

    assert lines == [
        "submitted/bo is not graded: this account may not read the folder. To give it to this account, as root: "
        f"chown -R {who} {folder}"
    ]
    assert others == []


def test_a_link_into_a_closed_folder_is_named_with_the_others(
    as_somebody_else: Callable[[], AbstractContextManager[None]],
) -> None:
    """It is not closed itself; one that leads to itself, or nowhere, is nobody's work."""
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        submitted, home = Path(root) / "submitted", Path(root) / "home"
        for folder in (submitted / "bo", home / "handed-in"):
            folder.mkdir(parents=True)
        (submitted / "zoe").symlink_to(home / "handed-in")
        (submitted / "loop").symlink_to("loop")
        (submitted / "nowhere").symlink_to(home.with_name("nowhere"))
        (submitted / "bo").chmod(0)
        home.chmod(0)
        with as_somebody_else():
            found, why = closed_folders(submitted), closed_reason(submitted / "zoe")

    assert found == ["bo", "zoe"]
    assert why == f"it is a link to {home}/handed-in, which this account may not read. Put the files there"


def test_a_link_into_a_closed_folder_hides_no_misplaced_work(
    as_somebody_else: Callable[[], AbstractContextManager[None]],
) -> None:
    """A glob ends at it, without a word."""
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        submitted, home = Path(root) / "submitted", Path(root) / "home"
        (home / "01-tensor").mkdir(parents=True)
        for number in range(20):
            (submitted / f"s{number}" / "01-tensor").mkdir(parents=True)
            (submitted / f"s{number}" / "01-tensor" / "a.ipynb").write_text("{}")
            (submitted / f"s{number}" / "closed").symlink_to(home / "01-tensor")
        (submitted / "zoe").symlink_to(home / "01-tensor")
        home.chmod(0)
        with as_somebody_else():
            found = [one.within for one in misplaced_in(submitted, ["01-tensors"])]

    assert sorted(found) == sorted(Path(f"s{number}", "01-tensor") for number in range(20))


def test_a_folder_that_is_no_students_is_not_named(
    as_somebody_else: Callable[[], AbstractContextManager[None]],
) -> None:
    """Each ext4 volume has a closed lost+found on top, and other programs have folders of their own."""
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        for name in ("lost+found", "__MACOSX", ".Trash-1000"):
            (Path(root) / name).mkdir(mode=0o700)
            (Path(root) / name).chmod(0)
        with as_somebody_else():
            assert closed_folders(Path(root)) == []


def test_ten_places_are_named_and_the_rest_counted(directory: CourseDirectory) -> None:
    """A class in which everybody mistook the name fills no screen."""
    _put(directory, *(f"s{number:02}/01-tensor/a.ipynb" for number in range(12)))

    lines = misplaced(directory)

    assert len(lines) == 11
    assert lines[-1] == f"2 more such places in {Path(directory.root) / 'submitted'}"


@pytest.mark.parametrize(
    ("new", "known", "said"),
    [
        ({"Ada13"}, {"Ada13", "ada13", "bo"}, ["new in the gradebook: Ada13; there is ada13, too"]),
        (
            {"ada13 ", "Ada13"},
            {"ada13 ", "Ada13", "ada13"},
            ["new in the gradebook: Ada13, 'ada13 '; there is ada13, too"],
        ),
        ({"ada13 ", "ada13"}, {"ada13 ", "ada13"}, ["new in the gradebook: 'ada13 '; there is ada13, too"]),
        (set(), {"Ada13", "ada13"}, []),
        ({"ada14"}, {"ada13", "ada14"}, []),
    ],
    ids=["case", "both", "all new", "known before", "another"],
)
def test_an_id_that_is_nearly_anothers_is_named(new: set[str], known: set[str], said: list[str]) -> None:
    """Once, when it is new; an id with blanks in quotes."""
    assert near_namesakes(new, known) == said
