"""The student bundle: what is in it, what must never be, and that its wheel works alone."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import date
from importlib.util import resolve_name
from pathlib import Path

import pytest

import torchmarks
from torchmarks.checks.language import FOLDER
from torchmarks.course import repository
from torchmarks.course.student_bundle import STUDENTS_HALF, student_bundle
from torchmarks.errors import UsageError

CATALOGUE = '# %% f | misconception | secret-mistake\nwhy = "So."\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as the bundle reads it, with one released notebook of our own."""
    root = tmp_path_factory.mktemp("repository")
    for name in ("pyproject.toml", "LICENSE", "LICENSE-notebooks", "torchmarks", "docs"):
        (root / name).symlink_to(repository() / name)
    (root / "release" / "01-tensors").mkdir(parents=True)
    (root / "release" / "01-tensors" / "01-tensors.ipynb").write_text('{"cells": []}')
    (root / "source" / "01-tensors").mkdir(parents=True)
    (root / "source" / "01-tensors.py").write_text(CATALOGUE)
    return root


@pytest.fixture(scope="module")
def bundle(root: Path) -> Path:
    """A bundle of it."""
    return student_bundle(root, root / "dist")


@pytest.fixture(scope="module")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of its wheel, where nothing else of the package is."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(_wheel(bundle)) as wheel:
        wheel.extractall(folder)
    return folder


def _wheel(bundle: Path) -> Path:
    return next((bundle.parent / "tensors-student").glob("*.whl"))


def test_the_zip_file_holds_the_folder(bundle: Path) -> None:
    """How to install it, the students' page, the requirements, the wheel, the notebooks."""
    with zipfile.ZipFile(bundle) as archive:
        assert sorted(name for name in archive.namelist() if "/images/" not in name) == [
            "tensors-student/README.md",
            "tensors-student/notebooks/01-tensors/01-tensors.ipynb",
            "tensors-student/notebooks/LICENSE",
            "tensors-student/requirements.txt",
            "tensors-student/students.md",
            f"tensors-student/torchmarks-{torchmarks.__version__}-py3-none-any.whl",
        ]


def test_the_catalogue_of_mistakes_stays_with_the_graders(bundle: Path) -> None:
    """Neither its file nor a line of it nor the room that reads it is in the folder, the zip file or the wheel."""
    with zipfile.ZipFile(bundle) as archive, zipfile.ZipFile(_wheel(bundle)) as wheel:
        files = {name: packed.read(name) for packed in (archive, wheel) for name in packed.namelist()}

    assert "torchmarks/checks/diagnosis.py" in files
    assert [name for name in files if "catalogue" in name or name.endswith("01-tensors.py")] == []
    assert [name for name, content in files.items() if b"secret-mistake" in content] == []


def test_the_wheel_has_nothing_of_the_grading_half(bundle: Path) -> None:
    """No module that grades, no hidden test, no answer, no solution."""
    with zipfile.ZipFile(_wheel(bundle)) as wheel:
        names = wheel.namelist()
        text = b"".join(wheel.read(name) for name in names)

    assert "torchmarks/checks/expect.py" in names
    assert "torchmarks/checks/sim/__init__.py" in names
    for part in (
        "grading",
        "judge",
        "isolation",
        "repair",
        "preprocessors",
        "bulk",
        "answers",
        "cli",
        "source",
        "tests",
    ):
        assert [name for name in names if part in name.split("/")[1].split(".")] == []
    assert b"import nbgrader" not in text
    assert b"from nbgrader" not in text


def test_the_wheel_works_alone(unpacked: Path) -> None:
    """Unpacked, every public name loads from it, and a check passes."""
    program = (
        "import torch, torchmarks; [getattr(torchmarks, n) for n in torchmarks.__all__];"
        "from torchmarks import expect, observe;"
        "expect(observe(torch.add, torch.tensor(1), 2)).returned(torch.tensor(3)); print(torchmarks.__file__)"
    )

    run = subprocess.run([sys.executable, "-c", program], cwd=unpacked, capture_output=True, text=True, timeout=100)

    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(unpacked / "torchmarks" / "__init__.py")


def test_the_wheel_speaks_every_language(unpacked: Path) -> None:
    """The translations are in it as they are read, not as they are written."""
    program = "from torchmarks.checks.language import speaking; from torchmarks.checks.sentences import say\n"
    program += "with speaking('de'): print(say('passed', count=2))"
    run = subprocess.run([sys.executable, "-c", program], cwd=unpacked, capture_output=True, text=True, timeout=100)
    brought = {path.relative_to(unpacked / "torchmarks" / "checks" / "locale") for path in unpacked.rglob("*.mo")}

    assert run.stdout.strip() == "✓ 2 Aufrufe wie erwartet", run.stderr
    assert brought == {path.relative_to(FOLDER) for path in FOLDER.rglob("*.mo")}
    assert not list(unpacked.rglob("*.po"))


def test_it_checks_a_notebook_without_jupyter(unpacked: Path, tmp_path: Path) -> None:
    """`python -m torchmarks check` needs neither nbgrader nor anything of Jupyter, nor click."""
    marks = {"nbgrader": {"grade_id": "add-visible", "grade": True, "points": 2}}
    test = "import torch, torchmarks as t\nt.expect(t.observe(torch.add, torch.tensor(1), 2)).returned(torch.tensor(3))"
    cells = [{"cell_type": "code", "metadata": marks, "source": test}]
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "block").mkdir()
    gone = ("nbgrader", "nbformat", "nbclient", "nbconvert", "ipykernel", "jupyter_client", "click", "jinja2")
    for name in gone:
        (tmp_path / "block" / f"{name}.py").write_text("raise ImportError(__name__)")
    path = os.pathsep.join([str(tmp_path / "block"), str(unpacked)])

    run = subprocess.run(
        [sys.executable, "-m", "torchmarks", "check", str(tmp_path / "one.ipynb")],
        cwd=unpacked, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr + run.stdout
    assert "✓ add  2 of 2" in run.stdout


def test_the_record_of_the_wheel_is_true(bundle: Path) -> None:
    """Every file is listed, as an installer checks."""
    with zipfile.ZipFile(_wheel(bundle)) as wheel:
        record = wheel.read(f"torchmarks-{torchmarks.__version__}.dist-info/RECORD").decode().splitlines()

        assert sorted(line.split(",")[0] for line in record) == sorted(wheel.namelist())


def test_the_same_sources_give_the_same_bytes(root: Path, bundle: Path, tmp_path: Path) -> None:
    """On the same day, so that a bundle can be compared with another."""
    assert student_bundle(root, tmp_path).read_bytes() == bundle.read_bytes()


def test_its_files_are_dated_as_they_are_made(root: Path, tmp_path: Path) -> None:
    """In the zip file and on the first page, so that a student can tell an old bundle from a new one."""
    with zipfile.ZipFile(student_bundle(root, tmp_path, day=date(2027, 2, 28))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2027, 2, 28, 0, 0, 0)}
        assert "Made on 2027-02-28, with 1 notebook " in archive.read("tensors-student/README.md").decode()


def test_only_the_assignments_that_are_named_are_packed(root: Path, tmp_path: Path) -> None:
    """Another one stays out; a name that is none is refused, with those that there are."""
    shutil.copytree(root, tmp_path / "course", symlinks=True, ignore=shutil.ignore_patterns("dist"))
    shutil.copytree(tmp_path / "course/release/01-tensors", tmp_path / "course/release/02-more")

    with zipfile.ZipFile(student_bundle(tmp_path / "course", tmp_path / "dist", ["02-more"])) as archive:
        names = {name.split("/")[2] for name in archive.namelist() if "/notebooks/" in name}
    assert names == {"02-more", "LICENSE"}
    with pytest.raises(UsageError, match="Known: 01-tensors, 02-more"):
        student_bundle(tmp_path / "course", tmp_path / "dist", ["03-none"])


def test_the_page_for_students_shows_its_pictures(bundle: Path) -> None:
    """They lie beside it, and the notes that our tests read in it are gone."""
    folder = bundle.parent / "tensors-student"
    page = (folder / "students.md").read_text(encoding="utf-8")

    pictures = re.findall(r"!\[[^]]*]\(([^)]+)\)", page)
    assert len(pictures) > 3
    assert [picture for picture in pictures if not (folder / picture).is_file()] == []
    assert "<!--" not in page


def test_the_wheel_knows_the_torch_of_the_grader(unpacked: Path) -> None:
    """A notebook tells where its own is another one, see `checks.versions`."""
    program = "from torchmarks.checks.versions import graded_with, supported; print(graded_with(), supported())"

    run = subprocess.run([sys.executable, "-c", program], cwd=unpacked, capture_output=True, text=True, timeout=100)

    project = tomllib.loads((repository() / "pyproject.toml").read_text())["project"]
    graded, asked = run.stdout.split()
    assert f"torch=={graded}" in project["optional-dependencies"]["grading"]
    assert f"torch{asked}" in project["dependencies"]


def test_students_can_draw(unpacked: Path, bundle: Path) -> None:
    """The wheel has an extra `pictures`, with what notebook 09 draws with, and the requirements take it along."""
    (about,) = unpacked.glob("*.dist-info/METADATA")
    required = (bundle.parent / "tensors-student" / "requirements.txt").read_text(encoding="utf-8").splitlines()

    lines = about.read_text(encoding="utf-8").splitlines()
    assert "Provides-Extra: pictures" in lines
    assert "Requires-Dist: matplotlib>=3.10; extra == 'pictures'" in lines
    assert required[-1] == f"./{_wheel(bundle).name}[pictures]"


def test_a_notebook_with_a_hidden_test_is_refused(root: Path, tmp_path: Path) -> None:
    """Before anything is written."""
    for name in ("pyproject.toml", "LICENSE", "LICENSE-notebooks", "torchmarks", "docs"):
        (tmp_path / name).symlink_to(repository() / name)
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "01.ipynb").write_text("### BEGIN HIDDEN TESTS")

    with pytest.raises(UsageError, match="not a student version"):
        student_bundle(tmp_path, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_without_notebooks_there_is_no_bundle(tmp_path: Path) -> None:
    """With the command that makes them."""
    (tmp_path / "pyproject.toml").symlink_to(repository() / "pyproject.toml")

    with pytest.raises(UsageError, match="Run: torchmarks release"):
        student_bundle(tmp_path, tmp_path / "dist")


def _outside(folder: Path) -> list[str]:
    """Imports in the package below `folder`, those in functions included, of modules that the whole package has and
    this one does not.
    """
    found = []
    for path in sorted(folder.glob("torchmarks/**/*.py")):
        package = ".".join(path.relative_to(folder).parts[:-1])
        names = _imported(ast.parse(path.read_text(encoding="utf-8")), package)
        missing = (name for name in names if _is_module(repository(), name) and not _is_module(folder, name))
        found += [f"{path.name}: {name}" for name in missing]
    return found


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            start = resolve_name("." * child.level + (child.module or ""), package)
            yield from (start, *(f"{start}.{alias.name}" for alias in child.names))
        elif not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _imported(child, package)


def _is_module(root: Path, name: str) -> bool:
    place = root.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def test_the_students_half_imports_nothing_outside_itself(unpacked: Path) -> None:
    """Wherever in a module an import stands. What looks for the grading half asks first, or catches that it is gone."""
    assert _outside(unpacked) == []


@pytest.mark.parametrize(
    "line",
    [
        "from torchmarks.cli import x",
        "from torchmarks import cli",
        "import torchmarks.cli",
        "def late():\n    from ..cli import x",
        "def late():\n    from .. import cli",
    ],
)
def test_an_import_from_outside_is_noticed(tmp_path: Path, line: str) -> None:
    """In each way to write it."""
    (tmp_path / "torchmarks" / "checks").mkdir(parents=True)
    for folder in ("torchmarks", "torchmarks/checks"):
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "torchmarks" / "checks" / "bad.py").write_text(f"from torchmarks import x\n{line}")

    assert _outside(tmp_path) == ["bad.py: torchmarks.cli"]


def test_a_student_needs_torch_and_small_libraries(unpacked: Path) -> None:
    """The wheel asks for no more than its modules import: torch, NumPy, IPython, and msgspec, which has wheels for
    every system. `course.named` alone looks at nbconvert and jinja2: it is read by nbgrader, which has them.
    """
    metadata = (unpacked / f"torchmarks-{torchmarks.__version__}.dist-info" / "METADATA").read_text()
    lines = re.findall("^Requires-Dist: (.*)", metadata, re.MULTILINE)
    needed = {re.split("[=<>]", line)[0] for line in lines if "extra ==" not in line}
    imported = {
        name.split(".")[0]
        for path in unpacked.glob("torchmarks/**/*.py")
        if path.name != "named.py"
        for name in _imported(ast.parse(path.read_text(encoding="utf-8")), "torchmarks.any.where")
    }

    assert needed == {"torch", "numpy", "ipython", "msgspec"}
    assert {re.split("[=<>]", line)[0] for line in lines} - needed == {"matplotlib"}, "of an extra"
    assert imported - sys.stdlib_module_names == {"torchmarks", "torch", "numpy", "IPython", "msgspec"}


def test_every_part_of_the_students_half_is_there() -> None:
    """No pattern stands for nothing."""
    package = repository() / "torchmarks"

    assert [pattern for pattern in STUDENTS_HALF if not list(package.glob(pattern))] == []


def _said(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torchmarks", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)


def test_a_student_is_shown_what_there_is(unpacked: Path) -> None:
    """The version, a line for every public word, the notebooks, and what grading needs."""
    (unpacked / "notebooks").mkdir()

    run = _said(unpacked)

    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"torchmarks {torchmarks.__version__}: ")
    assert "python -m torchmarks check NOTEBOOK" in run.stdout
    words = [line.split(maxsplit=1) for line in run.stdout.splitlines() if line.startswith("  ")]
    assert [word for word, _ in words] == torchmarks.__all__
    assert ["observe", "Calls `fn(*args, **kwargs)` and returns what it did"] in words
    assert f"Your notebooks: {unpacked / 'notebooks'}" in run.stdout
    assert "Grading needs torchmarks[grading]" in run.stdout


def test_a_command_of_the_grading_half_is_refused_in_one_line(unpacked: Path) -> None:
    """With what it is missing in, and what installs it."""
    run = _said(unpacked, "grade", "01-tensors")

    assert run.returncode == 2
    assert run.stderr == (
        f"torchmarks: there is no command 'grade' in {sys.prefix}. Grading needs torchmarks[grading]:"
        " instructors run `make install` in the course's folder.\n"
    )
