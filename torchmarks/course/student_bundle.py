"""The course for students: one folder, also as a zip file, from which a few commands lead to JupyterLab.

    dist/tensors-student/   README.md  students.md  requirements.txt  torchmarks-….whl  notebooks/01-tensors/…

The wheel is what hatchling, the package's own build backend, makes of the student's half alone; the same sources give
the same bytes on the same day. Refuses notebooks with a solution or a hidden test in them. Must not import what it
packs.
"""

from __future__ import annotations

import re
import shutil
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder

from torchmarks.errors import UsageError

# The student's half: files and folders of the package, which import nothing outside. `named` is in it to refuse where
# nbgrader grades with nothing but this half, together with the .json that the full wheel installs, too.
STUDENTS_HALF = ("__*__.py", "errors.py", "lazy.py", "py.typed", "checks", "course/__init__.py", "course/named.py")
_SETTINGS = "torchmarks/course/nbgrader_config.json"
_FORBIDDEN = ("BEGIN HIDDEN TESTS", "BEGIN SOLUTION")
_PAGE = "docs/students.md"
_README = """\
# {title}

Made on {day}, with {notebooks}. You need Python 3.11, 3.12, 3.13 or 3.14; a Mac with Apple silicon, since
PyTorch is not made for Intel Macs any more, or Linux or Windows on a 64-bit PC; and {disk} of free disk.
Open a terminal in this folder.

**Linux**

    python3 -m venv .venv
    .venv/bin/python -m pip install "{torch}" --index-url https://download.pytorch.org/whl/cpu
    .venv/bin/python -m pip install -r requirements.txt
    .venv/bin/jupyter lab notebooks

The second line takes PyTorch as it is built for the CPU, a download of about 200 MB, which is all that this course
needs. Without that line pip takes the build for NVIDIA's GPUs, about 3 GB to download and 5 GB on the disk.

**macOS**

    python3 -m venv .venv
    .venv/bin/python -m pip install -r requirements.txt
    .venv/bin/jupyter lab notebooks

**Windows** (PowerShell)

    py -m venv .venv
    .venv\\Scripts\\python -m pip install -r requirements.txt
    .venv\\Scripts\\jupyter lab notebooks

On these two PyTorch is a download of 80 to 130 MB. The last line opens JupyterLab, the lines before it are needed
once. Choose a notebook, write your code where it says `YOUR CODE HERE`, and run the tests below it with Shift+Enter.
Any PyTorch from {range} will do; grades are made with {graded}, and a notebook says so where yours is another.

Before you hand in, run the visible tests from a fresh start (on Windows with `.venv\\Scripts\\python`):

    .venv/bin/python -m torchmarks check notebooks/{example}

Hand in the notebook as your instructor told you, under the name that it has. How to read a message, and what to do
when something is odd: [students.md](students.md).
"""
_DISK = "1.5 GB"  # the packages come to 1.2 GB on Linux, and pip needs room to unpack them


def student_bundle(
    root: Path, into: Path, assignments: Sequence[str] = (), title: str = "Tensors", day: date | None = None
) -> Path:
    """Make the folder and the zip file. root: the repository; into: such as dist/. Returns the zip file's path.

    assignments: their names, or nothing for all; day: what the files are dated, or nothing for today.
    Raises UsageError where there are no released notebooks, or one holds what students must not see.
    """
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    day = day or date.today()
    notebooks = released_files(root / "release", assignments)
    folder = into / "tensors-student"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name, content in {**_in_folder(notebooks), **_page(root)}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    wheel = student_wheel(root, folder)
    requirements = [*metadata["project"]["dependencies"], "jupyterlab>=4.6,<5", f"./{wheel.name}[pictures]"]
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(_readme(metadata, notebooks, title, day), encoding="utf-8")
    shutil.copy(root / "LICENSE-notebooks", folder / "notebooks" / "LICENSE")
    packed = into / "tensors-student.zip"
    inside = sorted(path for path in folder.rglob("*") if path.is_file())
    _zip(packed, {path.relative_to(into).as_posix(): path.read_bytes() for path in inside}, day)
    return packed


def _in_folder(notebooks: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"notebooks/{name}": content for name, content in notebooks.items()}


def _page(root: Path) -> dict[str, bytes]:
    """The students' page with its pictures, without the notes that our tests read in it."""
    text = (root / _PAGE).read_text(encoding="utf-8")
    pictures = re.findall(r"]\((images/[^)]+)\)", text)
    page = re.sub(r"^<!--.*-->\n", "", text, flags=re.MULTILINE)
    return {"students.md": page.encode()} | {name: (root / "docs" / name).read_bytes() for name in pictures}


def _readme(metadata: Mapping[str, Any], notebooks: Mapping[str, bytes], title: str, day: date) -> str:
    torch = next(line for line in metadata["project"]["dependencies"] if line.startswith("torch"))
    names = sorted(name for name in notebooks if name.endswith(".ipynb"))
    size = sum(map(len, notebooks.values())) / 1e6
    return _README.format(
        title=title,
        disk=_DISK,
        day=day.isoformat(),
        notebooks=f"{len(names)} notebook{'s' if len(names) > 1 else ''} ({size:.1f} MB)",
        torch=torch,
        range=torch.removeprefix("torch>=").replace(",<", " on, before "),
        graded=_pin(metadata).removeprefix("torch=="),
        example=names[0],
    )


def _pin(metadata: Mapping[str, Any]) -> str:
    """The torch of the grader."""
    extra = metadata["project"]["optional-dependencies"]["grading"]
    return next(str(line) for line in extra if line.startswith("torch=="))


def torch_pin(root: Path) -> str:
    """The torch of the grader, as a requirement. root: see `torchmarks.course.project`."""
    return _pin(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")))


def released_files(release: Path, assignments: Sequence[str]) -> dict[str, bytes]:
    """The student versions with all that is beside them, by relative path. assignments: or nothing for all.

    Raises UsageError where there is none, or one holds what students must not see.
    """
    for name in assignments:
        if not (release / name).is_dir():
            known = ", ".join(sorted(path.name for path in release.iterdir() if path.is_dir()))
            raise UsageError(f"there is no student version of {name!r}", str(release), f"Known: {known}.")
    files = {
        path.relative_to(release).as_posix(): path.read_bytes()
        for path in sorted(release.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
        if not assignments or path.relative_to(release).parts[0] in assignments
    }
    if not any(name.endswith(".ipynb") for name in files):
        raise UsageError("there are no student versions", str(release), "Run: torchmarks release")
    for name, content in files.items():
        for mark in _FORBIDDEN:
            if mark.encode() in content:
                raise UsageError(f"holds {mark!r}", name, "It is not a student version. Run: torchmarks release")
    return files


def student_wheel(root: Path, into: Path) -> Path:
    """The package's wheel, of the student's half and what that needs. Returns its path in `into`."""
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    left_out = ("optional-dependencies", "readme")
    project = {name: value for name, value in metadata["project"].items() if name not in left_out}
    extras = metadata["project"]["optional-dependencies"]
    # The pin is not for installing, but for reading: a notebook says where its torch differs from the grader's
    # (checks/versions.py).
    project["optional-dependencies"] = {"grading": [_pin(metadata)], "pictures": extras["pictures"]}
    hatch = metadata["tool"]["hatch"]
    whole = hatch["build"]["targets"]["wheel"]
    package = root / whole["packages"][0]
    chosen = sorted(path for pattern in STUDENTS_HALF for path in package.glob(pattern))
    target = {
        "only-include": [path.relative_to(root).as_posix() for path in chosen],
        "exclude": ["*.po"],  # what translators write; the compiled files beside it are read
        # By name: the graders' wheel also brings the course, with solutions and hidden tests.
        "shared-data": {_SETTINGS: whole["shared-data"][_SETTINGS]},
        "ignore-vcs": True,  # a course may keep the package where its git does not look
    }
    build = {"version": hatch["version"], "build": {"targets": {"wheel": target}}}
    config = {"project": project, "tool": {"hatch": build}}
    return Path(next(WheelBuilder(str(root), config=config).build(directory=str(into))))


def _zip(path: Path, files: Mapping[str, bytes], day: date) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16  # zipfile's own lets nobody but the owner read
            archive.writestr(entry, content)
