"""The course as students get it: one folder, and the same as a zip file, that leads to JupyterLab in two commands.

    dist/tensors-student/   README.md  requirements.txt  torchmarks-….whl  notebooks/01-tensors/…

The wheel holds the modules that a student's `import torchmarks` can reach and nothing of the grading half. It is
written here, as the wheel format describes (PyPA, Binary distribution format), so that making it needs no build tool
and the same sources give the same bytes. Refuses notebooks with a solution or a hidden test in them.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import shutil
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torchmarks.errors import UsageError

_PACKAGE = "torchmarks"
_SETTINGS = "course/nbgrader_config.json"  # grading is refused where nbgrader finds only this half of the package
_FORBIDDEN = ("BEGIN HIDDEN TESTS", "BEGIN SOLUTION")
_EPOCH = (2020, 1, 1, 0, 0, 0)
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
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    notebooks = _notebooks(root / "release")
    folder = into / "tensors-student"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name, content in notebooks.items():
        target = folder / "notebooks" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    wheel = folder / f"{_PACKAGE}-{project['version']}-py3-none-any.whl"
    _zip(wheel, _wheel_files(root, project))
    requirements = [*project["dependencies"], "jupyterlab>=4.6,<5", f"./{wheel.name}"]
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


def student_modules(package: Path) -> list[str]:
    """Files of the package that `import torchmarks` can reach, relative to it: the door, what it names, what those
    import, and so on; and what refuses to grade without the rest.
    """
    door = package / "__init__.py"
    home = next(
        node.value
        for node in ast.parse(door.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOME"
    )
    names = [*ast.literal_eval(home).values(), "course.named"]
    waiting = [door, *(path for name in names for path in _files(package, name))]
    reached: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += list(_imports(package, path)) if path != door else []
    return sorted(path.relative_to(package).as_posix() for path in reached)


def _files(package: Path, dotted: str) -> Iterator[Path]:
    """The file of a module by its name inside the package, with the doors above it."""
    path = package.joinpath(*dotted.split("."))
    if path.with_suffix(".py").is_file():
        yield path.with_suffix(".py")
    elif (path / "__init__.py").is_file():
        yield path / "__init__.py"
    for above in path.parents:
        if above != package and package in above.parents and (above / "__init__.py").is_file():
            yield above / "__init__.py"


def _imports(package: Path, path: Path) -> Iterator[Path]:
    for node in _statements(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            folder = path.parents[node.level - 1].relative_to(package.parent) if node.level else None
            start = ".".join([*(folder.parts if folder else ()), *([node.module] if node.module else [])])
            names = [start, *(f"{start}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.startswith(f"{package.name}."):
                yield from _files(package, name.removeprefix(f"{package.name}."))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below, but for what the type checker alone reads."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _statements(child)


def _wheel_files(root: Path, project: Mapping[str, Any]) -> dict[str, bytes]:
    package = root / _PACKAGE
    files = {f"{_PACKAGE}/{name}": (package / name).read_bytes() for name in student_modules(package)}
    files[f"{_PACKAGE}/py.typed"] = b""
    data = f"{_PACKAGE}-{project['version']}.data/data"
    files[f"{data}/etc/jupyter/nbgrader_config.json"] = (package / _SETTINGS).read_bytes()
    info = f"{_PACKAGE}-{project['version']}.dist-info"
    needs = "".join(f"Requires-Dist: {need}\n" for need in project["dependencies"])
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {_PACKAGE}\nVersion: {project['version']}\n"
        f"Summary: {project['description']}\nRequires-Python: {project['requires-python']}\n{needs}"
    ).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: torchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/licenses/LICENSE"] = (root / "LICENSE").read_bytes()
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,"]) + "\n").encode()
    return files


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _zip(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
