"""The course as students get it: one folder, and the same as a zip file, that leads to JupyterLab in two commands.

    dist/tensors-student/   README.md  requirements.txt  torchmarks-….whl  notebooks/01-tensors/…

The wheel is what hatchling, the package's own build backend, makes of the student's half alone; the same sources give
the same bytes. Refuses notebooks with a solution or a hidden test in them. Must not import what it packs.
"""

from __future__ import annotations

import shutil
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder

from torchmarks.errors import UsageError

# The student's half: files and folders of the package, which import nothing outside. `named` is in it to refuse where
# nbgrader grades with nothing but this half, together with the .json that the full wheel installs, too.
STUDENTS_HALF = ("__*__.py", "errors.py", "lazy.py", "py.typed", "checks", "course/__init__.py", "course/named.py")
_FORBIDDEN = ("BEGIN HIDDEN TESTS", "BEGIN SOLUTION")
_EPOCH = (2020, 1, 1, 0, 0, 0)  # of every file, so that the same sources give the same bytes
_README = """\
# {title}

You need Python 3.11 or newer. Open a terminal in this folder.

**Linux and macOS**

    python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt
    .venv/bin/jupyter lab notebooks

**Windows** (PowerShell)

    py -m venv .venv; .venv\\Scripts\\python -m pip install -r requirements.txt
    .venv\\Scripts\\jupyter lab notebooks

The first line installs everything into `.venv` and takes some minutes, once. The second opens JupyterLab: choose a
notebook, write your code where it says `YOUR CODE HERE`, and run the tests below it with Shift+Enter. Hand in the
notebook as your instructor told you, under the name that it has.
"""


def student_bundle(root: Path, into: Path, title: str = "Tensors") -> Path:
    """Make the folder and the zip file. root: the repository; into: such as dist/. Returns the zip file's path.

    Raises UsageError where there are no released notebooks, or one holds what students must not see.
    """
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    notebooks = _notebooks(root / "release")
    folder = into / "tensors-student"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name, content in notebooks.items():
        target = folder / "notebooks" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    wheel = _wheel(root, folder, metadata)
    requirements = [*metadata["project"]["dependencies"], "jupyterlab>=4.6,<5", f"./{wheel.name}"]
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(_README.format(title=title), encoding="utf-8")
    shutil.copy(root / "LICENSE-notebooks", folder / "notebooks" / "LICENSE")
    packed = into / "tensors-student.zip"
    inside = sorted(path for path in folder.rglob("*") if path.is_file())
    _zip(packed, {path.relative_to(into).as_posix(): path.read_bytes() for path in inside})
    return packed


def _notebooks(release: Path) -> dict[str, bytes]:
    files = {
        path.relative_to(release).as_posix(): path.read_bytes()
        for path in sorted(release.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
    if not any(name.endswith(".ipynb") for name in files):
        raise UsageError("there are no student versions", str(release), "Run: torchmarks release")
    for name, content in files.items():
        for mark in _FORBIDDEN:
            if mark.encode() in content:
                raise UsageError(f"holds {mark!r}", name, "It is no student version. Run: torchmarks release")
    return files


def _wheel(root: Path, into: Path, metadata: dict[str, Any]) -> Path:
    """The package's wheel, of the student's half and what that needs. metadata: of pyproject.toml."""
    left_out = ("optional-dependencies", "readme")
    project = {name: value for name, value in metadata["project"].items() if name not in left_out}
    target = dict(metadata["tool"]["hatch"]["build"]["targets"]["wheel"])
    package = root / target.pop("packages")[0]
    chosen = sorted(path for pattern in STUDENTS_HALF for path in package.glob(pattern))
    target["only-include"] = [path.relative_to(root).as_posix() for path in chosen]
    target["ignore-vcs"] = True  # a course may keep the package where its git does not look
    config = {"project": project, "tool": {"hatch": {"build": {"targets": {"wheel": target}}}}}
    return Path(next(WheelBuilder(str(root), config=config).build(directory=str(into))))


def _zip(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16  # zipfile's own lets nobody but the owner read
            archive.writestr(entry, content)
