"""What every adapter carries: the graders' wheel without a course, the script that installs it, texts of templates.

The wheel that a release builds brings the whole course, solutions and hidden tests of every assignment; what goes to a
platform brings one assignment, in a bundle file. Writes folders, each whole or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Final

from hatchling.builders.wheel import WheelBuilder

from torchmarks.errors import UsageError

BUNDLE: Final = "assignment.bundle"
OPTIONS: Final = "adapter.json"  # what was chosen when the adapter was made
_TEMPLATES: Final = Path(__file__).parent / "templates"
_SETTINGS: Final = "torchmarks/course/nbgrader_config.json"
_NEW_ONE: Final = "Name a new folder: nothing is ever overwritten."


def template(name: str, **values: str) -> str:
    """The text of a template with $values in place; `$$` is one dollar sign."""
    return Template((_TEMPLATES / name).read_text(encoding="utf-8")).substitute(values)


def script(name: str) -> bytes:
    """A script of templates/, unchanged."""
    return (_TEMPLATES / name).read_bytes()


def grader_wheel(root: Path, into: Path) -> Path:
    """The wheel of the whole package, without the course. root: see `torchmarks.course.project`."""
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = {name: value for name, value in metadata["project"].items() if name != "readme"}
    hatch = metadata["tool"]["hatch"]
    whole = hatch["build"]["targets"]["wheel"]
    package = root / whole["packages"][0]
    target = {
        "only-include": [
            path.relative_to(root).as_posix() for path in sorted(package.iterdir()) if path.name != "__pycache__"
        ],
        "shared-data": {_SETTINGS: whole["shared-data"][_SETTINGS]},  # by name: the whole one has the course, too
        "ignore-vcs": True,  # an installed package lies where no git looks
    }
    config = {
        "project": project,
        "tool": {"hatch": {"version": hatch["version"], "build": {"targets": {"wheel": target}}}},
    }
    return Path(next(WheelBuilder(str(root), config=config).build(directory=str(into))))


@contextmanager
def staged(to: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `to` at the end; if writing fails, nothing does. Raises UsageError."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError("the folder exists and is not empty", str(to), _NEW_ONE)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))  # readable by its owner only, and stays so
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", str(to), _NEW_ONE) from error
    try:
        yield made
        if to.exists():
            to.rmdir()
        made.rename(to)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def put(folder: Path, files: Mapping[str, bytes | str]) -> None:
    """Writes files below a folder; those that begin with `#!` are made executable."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)
        if data.startswith(b"#!"):
            path.chmod(0o755)
