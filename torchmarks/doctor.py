"""torchmarks doctor: what works on this machine, what does not, and the command that mends it.

Looks only: makes no folder, no gradebook, and leaves no program running.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from nbgrader.exchange.default import Exchange
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from traitlets import TraitError

from torchmarks.checks.versions import graded_with, installed, supported
from torchmarks.course import Course
from torchmarks.course.collected import known_students, roll_of, unseen
from torchmarks.course.judging import Judge
from torchmarks.course.outdated import strays
from torchmarks.course.records import missing_file, reading
from torchmarks.course.registered import is_registered
from torchmarks.course.wall import CONFIG, JSON_CONFIG, SETTINGS_FILE, check, in_force
from torchmarks.errors import MachineError, UsageError
from torchmarks.isolation.client.enclosure import Enclosure, find_enclosure
from torchmarks.isolation.protocol.confinement import Isolation
from torchmarks.printable import printable

_OLDEST = (3, 11)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the answer. state: "ok", "missing" (grading needs it) or "note" (something else needs it)."""

    what: str
    state: str
    says: str
    remedy: str = ""


def examine(course: Path) -> list[Diagnosis]:
    """All checks, in the order in which things are needed. course: the course folder, whether or not it is one."""
    found = [_python(), _torch(), _accelerator(), _sandbox(lambda: find_enclosure(_demanded(course))), _browser()]
    try:
        opened = Course(course)
    except UsageError as error:
        return [*found, Diagnosis("course", "missing", f"{error.where}: {error.what}", error.remedy)]
    gradebook = _gradebook(opened.db_url)
    submissions = list(_submissions(opened)) if gradebook.state == "ok" else []
    if gradebook.state == "ok":
        gradebook = _registered(opened, gradebook)
        submissions += [Diagnosis("gradebook", "note", *stray) for stray in strays(opened.directory)]
    return [*found, _configuration(opened.root), _exchange(opened), gradebook, *submissions]


def _python(version: tuple[int, ...] = sys.version_info[:2]) -> Diagnosis:
    says = f"{platform.python_version()} at {sys.executable}"
    if version < _OLDEST:
        return Diagnosis("Python", "missing", says, "Install Python 3.11 or newer, then: make clean install")
    return Diagnosis("Python", "ok", says)


def _torch() -> Diagnosis:
    # Pinned, and compared exactly: messages and the simulated device follow one torch.
    pin = f"torch=={graded_with()}"
    try:
        version = installed()
    except importlib.metadata.PackageNotFoundError:
        return Diagnosis("PyTorch", "missing", "is not installed", f"pip install {pin}")
    # A build's label, such as "+cpu", makes no other version.
    if graded_with() != version.partition("+")[0]:
        return Diagnosis("PyTorch", "missing", f"{version}, but the course is graded with {pin}", f"pip install {pin}")
    return Diagnosis("PyTorch", "ok", f"{version}; students may have {supported()}")


def _accelerator() -> Diagnosis:
    import torch  # noqa: PLC0415 - heavy, and the check before this one says when it is not there

    if torch.cuda.is_available():
        return Diagnosis("accelerator", "ok", torch.cuda.get_device_name())
    return Diagnosis("accelerator", "ok", "none; the course's simulated one takes its place")


def _demanded(course: Path) -> Isolation:
    """The level of isolation that a course's configuration asks for; one that cannot be read has a line of its own."""
    try:
        return cast("Isolation", Judge(config=in_force(course)).isolation)
    except (UsageError, TraitError):
        return "auto"


def _sandbox(find: Callable[[], Enclosure] = find_enclosure) -> Diagnosis:
    try:
        found = find()
    except MachineError as error:
        return Diagnosis("sandbox", "missing", error.reason, error.remedy)
    return Diagnosis("sandbox", "ok", f"level {found.name}: {found.says}")


def _browser() -> Diagnosis:
    path = shutil.which("chromium")
    if path:
        return Diagnosis("browser", "ok", path)
    return Diagnosis("browser", "note", "no chromium on PATH; only tests use it", "apt-get install chromium")


def _configuration(root: Path) -> Diagnosis:
    """What nbgrader would grade with in this folder, whatever stands in a home or in the environment."""
    try:
        check(in_force(root), sandbox=False)  # that has a line of its own
    except UsageError as error:
        return Diagnosis("configuration", "missing", f"{error.where}: {error.what}", error.remedy)
    for path in (root / JSON_CONFIG, Path(sys.prefix) / "etc" / "jupyter" / JSON_CONFIG):
        if not path.is_file():
            says = f"{path} is missing, which holds when {CONFIG} breaks"
            return Diagnosis("configuration", "note", says, f"install -D {SETTINGS_FILE} {path}")
    # The copy below etc/jupyter may be left from an earlier installation.
    if path.read_bytes() != SETTINGS_FILE.read_bytes():
        return Diagnosis("configuration", "note", f"{path} is of another release", f"install -D {SETTINGS_FILE} {path}")
    return Diagnosis("configuration", "ok", "nbgrader takes the steps of torchmarks")


def _exchange(course: Course) -> Diagnosis:
    try:
        config = in_force(course.root)  # an exchange is often named for the whole machine
    except UsageError:  # told above
        config = course.config
    root = Path(Exchange(config=config).root)
    if not root.is_dir():
        # Every student writes into the exchange under their own account.
        remedy = f"{_as_root(root)}mkdir -p -m 777 {root}   (or set c.Exchange.root in nbgrader_config.py)"
        return Diagnosis("exchange", "note", f"{root} is not there; releasing and collecting need it", remedy)
    if not os.access(root, os.W_OK | os.X_OK):
        return Diagnosis("exchange", "note", f"{root} is not writable for you", f"sudo chmod 777 {root}")
    return Diagnosis("exchange", "ok", str(root))


def _as_root(folder: Path) -> str:
    """What a command that makes `folder` has to begin with: `sudo` where this user may not make it."""
    above = next(path for path in folder.absolute().parents if path.exists())
    return "" if os.access(above, os.W_OK | os.X_OK) else "sudo "  # to make an entry takes both


def _gradebook(db_url: str) -> Diagnosis:
    if place := missing_file(db_url):
        return Diagnosis("gradebook", "note", f"{place} is not there yet", "nbgrader generate_assignment ASSIGNMENT")
    try:
        with reading(db_url) as connection:
            if not inspect(connection).has_table("grade"):
                return Diagnosis("gradebook", "missing", f"{db_url} has no grades table", "nbgrader db upgrade")
            return Diagnosis("gradebook", "ok", str(connection.engine.url))
    except SQLAlchemyError as error:
        says = str(error).splitlines()[0]  # SQLAlchemy adds the statement and a link
        return Diagnosis("gradebook", "missing", says, "Check c.CourseDirectory.db_url in nbgrader_config.py.")


def _registered(course: Course, gradebook: Diagnosis) -> Diagnosis:
    """The gradebook, and the assignments that students were or could be given and it does not know."""
    release = course.directory.release_directory
    given = [name for name in course.assignments() if Path(course.directory.format_path(release, ".", name)).exists()]
    unknown = [name for name in given if not is_registered(course.directory, name)]
    if not unknown:
        return gradebook
    says = f"{gradebook.says}; it has no tests yet of {', '.join(unknown)}"
    return Diagnosis(gradebook.what, "note", says, f"nbgrader generate_assignment {unknown[0]}")


def _submissions(course: Course) -> Iterator[Diagnosis]:
    """What `nbgrader autograde` would leave out, or nobody can grade."""
    directory = course.directory
    known = known_students(directory)
    for assignment in course.assignments():
        for student, why in roll_of(directory, assignment, known).ambiguous.items():
            yield Diagnosis("submissions", "note", f"{printable(student)}, {assignment}: {why.reason}", why.remedy)
        names = ", ".join(map(printable, sorted(unseen(directory, assignment))))
        if names:
            says = f"{assignment}: no *.ipynb on top of what these handed in: {names}"
            remedy = f"torchmarks grade {assignment}   (nbgrader autograde cannot grade one of them alone)"
            yield Diagnosis("submissions", "note", says, remedy)


_SIGNS = {"ok": "✓", "missing": "✗", "note": "-"}


def lines_of(found: Sequence[Diagnosis]) -> list[str]:
    """The answer as text; a remedy stands below what it mends."""
    width = max(len(one.what) for one in found)
    lines = []
    for one in found:
        lines.append(f"{_SIGNS[one.state]} {one.what:<{width}}  {one.says}")
        if one.remedy:
            lines.append(f"  {'':<{width}}  → {one.remedy}")
    return lines
