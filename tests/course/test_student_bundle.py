"""The student bundle: what is in it, what must never be, and that its wheel works alone."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from torchmarks.course import repository
from torchmarks.course.student_bundle import student_bundle, student_modules
from torchmarks.errors import UsageError


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as the bundle reads it, with one released notebook of our own."""
    root = tmp_path_factory.mktemp("repository")
    for name in ("pyproject.toml", "LICENSE", "LICENSE-notebooks", "torchmarks"):
        (root / name).symlink_to(repository() / name)
    (root / "release" / "01-tensors").mkdir(parents=True)
    (root / "release" / "01-tensors" / "01-tensors.ipynb").write_text('{"cells": []}')
    return root


@pytest.fixture(scope="module")
def bundle(root: Path) -> Path:
    """A bundle of it."""
    return student_bundle(root, root / "dist")


def _wheel(bundle: Path) -> Path:
    return next((bundle.parent / "tensors-student").glob("*.whl"))


def test_the_zip_file_holds_the_folder(bundle: Path) -> None:
    """One page, the requirements, the wheel, the notebooks."""
    with zipfile.ZipFile(bundle) as archive:
        assert sorted(archive.namelist()) == [
            "tensors-student/README.md",
            "tensors-student/notebooks/01-tensors/01-tensors.ipynb",
            "tensors-student/notebooks/LICENSE",
            "tensors-student/requirements.txt",
            "tensors-student/torchmarks-0.1.0-py3-none-any.whl",
        ]


def test_the_wheel_has_nothing_of_the_grading_half(bundle: Path) -> None:
    """No module that grades, no hidden test, no answer, no solution."""
    with zipfile.ZipFile(_wheel(bundle)) as wheel:
        names = wheel.namelist()
        text = b"".join(wheel.read(name) for name in names)

    assert "torchmarks/checks/expect.py" in names
    assert "torchmarks/sim/__init__.py" in names
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


def test_the_wheel_works_alone(bundle: Path, tmp_path: Path) -> None:
    """Unpacked, every public name loads from it, and a check passes."""
    with zipfile.ZipFile(_wheel(bundle)) as wheel:
        wheel.extractall(tmp_path)
    program = (
        "import torch, torchmarks; [getattr(torchmarks, n) for n in torchmarks.__all__];"
        "from torchmarks import expect, observe;"
        "expect(observe(torch.add, torch.tensor(1), 2)).returned(torch.tensor(3)); print(torchmarks.__file__)"
    )

    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=100)

    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(tmp_path / "torchmarks" / "__init__.py")


def test_the_record_of_the_wheel_is_true(bundle: Path) -> None:
    """Every file is listed, as an installer checks."""
    with zipfile.ZipFile(_wheel(bundle)) as wheel:
        record = wheel.read("torchmarks-0.1.0.dist-info/RECORD").decode().splitlines()

        assert sorted(line.split(",")[0] for line in record) == sorted(wheel.namelist())


def test_the_same_sources_give_the_same_bytes(root: Path, bundle: Path, tmp_path: Path) -> None:
    """So that a bundle can be compared with another."""
    assert student_bundle(root, tmp_path).read_bytes() == bundle.read_bytes()


def test_a_notebook_with_a_hidden_test_is_refused(root: Path, tmp_path: Path) -> None:
    """Before anything is written."""
    for name in ("pyproject.toml", "LICENSE", "LICENSE-notebooks", "torchmarks"):
        (tmp_path / name).symlink_to(repository() / name)
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "01.ipynb").write_text("### BEGIN HIDDEN TESTS")

    with pytest.raises(UsageError, match="no student version"):
        student_bundle(tmp_path, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_without_notebooks_there_is_no_bundle(tmp_path: Path) -> None:
    """With the command that makes them."""
    (tmp_path / "pyproject.toml").symlink_to(repository() / "pyproject.toml")

    with pytest.raises(UsageError, match="Run: torchmarks release"):
        student_bundle(tmp_path, tmp_path / "dist")


def test_modules_are_found_by_their_imports(tmp_path: Path) -> None:
    """What the door names and what that imports, inside functions and from sub-packages too; nothing else."""
    package = tmp_path / "torchmarks"
    (package / "sim").mkdir(parents=True)
    for name, text in {
        "__init__.py": '_HOME = {"observe": "_observe"}',
        "checks/observe.py": "def late():\n    from torchmarks.checks.sim import _cells",
        "sim/__init__.py": "from ._tensor import x\nfrom . import _mixing",
        "checks/sim/rnn_cells.py": "import torchmarks.errors",
        "checks/sim/mixing.py": "from .._facts import y",
        "checks/sim/tensor.py": "",
        "checks/facts.py": "",
        "errors.py": "",
        "grading.py": "",
    }.items():
        (package / name).write_text(text)

    sim = ["sim/__init__.py", "checks/sim/rnn_cells.py", "checks/sim/mixing.py", "checks/sim/tensor.py"]
    assert student_modules(package) == ["__init__.py", "checks/facts.py", "checks/observe.py", "errors.py", *sim]
