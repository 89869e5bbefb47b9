"""Checks a machine and its course for `torchmarks doctor`: what works, what does not, and the command that fixes it.

Only looks: creates no folder and no gradebook, and leaves no program running.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shlex
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from nbgrader.exchange.default import Exchange
from sqlalchemy import URL, inspect
from sqlalchemy.exc import SQLAlchemyError
from traitlets import TraitError

from torchmarks.checks.versions import graded_with, installed, supported
from torchmarks.course import Course
from torchmarks.course.collected import known_students, roll_of, unseen
from torchmarks.course.commands import generate_command, grade_command, nbgrader_command
from torchmarks.course.config_check import CONFIG, JSON_CONFIG, SETTINGS_FILE, in_force, require_gradable
from torchmarks.course.judging import Judge
from torchmarks.course.overlooked import strays, uncollectable
from torchmarks.course.policy import policy_of
from torchmarks.course.records import missing_file, reading
from torchmarks.course.registered import is_registered
from torchmarks.course.whose import other_encoding
from torchmarks.errors import MachineError, UsageError
from torchmarks.isolation.client.enclosure import Enclosure, find_enclosure
from torchmarks.isolation.protocol.confinement import Isolation
from torchmarks.printable import printable

_OLDEST = (3, 11)


@dataclass(frozen=True, slots=True)
class MachineCheck:
    """The result of one check. state: "ok", "missing" (grading needs it) or "note" (something else needs it)."""

    what: str
    state: str
    says: str
    remedy: str = ""


def examine(course: Path) -> list[MachineCheck]:
    """Makes all checks, in the order in which things are needed. course: a folder, whether or not it is a course."""
    found = [_python(), _torch(), _accelerator(), _sandbox(lambda: find_enclosure(_demanded(course))), _browser()]
    try:
        opened = Course(course)
    except UsageError as error:
        return [*found, MachineCheck("course", "missing", f"{error.where}: {error.what}", error.remedy)]
    gradebook = _gradebook(opened.db_url)
    submissions = list(_submissions(opened)) if gradebook.state == "ok" else []
    if gradebook.state == "ok":
        gradebook = _registered(opened, gradebook)
        submissions += [MachineCheck("gradebook", "note", *one) for one in strays(opened.directory)]
        submissions += [MachineCheck("gradebook", "note", *one) for one in uncollectable(opened.directory)]
    readers = list(_readers(opened.root, opened.root.parents)) if gradebook.state != "missing" else []
    return [*found, _configuration(opened.root), _exchange(opened), gradebook, *readers, *submissions]


def _python(version: tuple[int, ...] = sys.version_info[:2]) -> MachineCheck:
    says = f"{platform.python_version()} at {sys.executable}"
    if version < _OLDEST:
        return MachineCheck("Python", "missing", says, "Install Python 3.11 or newer, then: make clean install")
    return MachineCheck("Python", "ok", says)


def _torch() -> MachineCheck:
    # Pinned, and compared exactly: messages and the simulated device follow one torch.
    pin = f"torch=={graded_with()}"
    try:
        version = installed()
    except importlib.metadata.PackageNotFoundError:
        return MachineCheck("PyTorch", "missing", "is not installed", f"pip install {pin}")
    # A build's label, such as "+cpu", does not make it another version.
    if graded_with() != version.partition("+")[0]:
        return MachineCheck(
            "PyTorch", "missing", f"{version}, but the course is graded with {pin}", f"pip install {pin}"
        )
    return MachineCheck("PyTorch", "ok", f"{version}; students may have {supported()}")


def _accelerator() -> MachineCheck:
    import torch  # noqa: PLC0415 - heavy, and the check before this one says when it is not there

    if torch.cuda.is_available():
        return MachineCheck("accelerator", "ok", torch.cuda.get_device_name())
    return MachineCheck("accelerator", "ok", "none; the course's simulated one takes its place")


def _demanded(course: Path) -> Isolation:
    """The level of isolation that a configuration asks for; one that cannot be read has a line of its own."""
    try:
        return cast("Isolation", Judge(config=in_force(course)).isolation)
    except (UsageError, TraitError):
        return "auto"


def _sandbox(find: Callable[[], Enclosure] = find_enclosure) -> MachineCheck:
    try:
        found = find()
    except MachineError as error:
        return MachineCheck("sandbox", "missing", error.reason, error.remedy)
    return MachineCheck("sandbox", "ok", f"level {found.name}: {found.says}")


def _browser() -> MachineCheck:
    path = shutil.which("chromium")
    if path:
        return MachineCheck("browser", "ok", path)
    return MachineCheck("browser", "note", "no chromium on PATH; only tests use it", "apt-get install chromium")


def _configuration(root: Path) -> MachineCheck:
    """What nbgrader would grade with in this folder, whatever a home folder or the environment sets."""
    try:
        config = in_force(root)
        require_gradable(config, sandbox=False)  # that has a line of its own
        policy_of(config)
    except UsageError as error:
        return MachineCheck("configuration", "missing", f"{error.where}: {error.what}", error.remedy)
    for path in (root / JSON_CONFIG, Path(sys.prefix) / "etc" / "jupyter" / JSON_CONFIG):
        if not path.is_file():
            says = f"{path} is missing, which holds when {CONFIG} breaks"
            return MachineCheck("configuration", "note", says, _installing(path))
    # The copy below etc/jupyter may be left from an earlier installation.
    if path.read_bytes() != SETTINGS_FILE.read_bytes():
        return MachineCheck("configuration", "note", f"{path} is of another release", _installing(path))
    return MachineCheck("configuration", "ok", "nbgrader takes the steps of torchmarks")


def _installing(path: Path) -> str:
    """The command that puts our settings where nbgrader finds them."""
    return shlex.join(["install", "-D", str(SETTINGS_FILE), str(path)])


def _exchange(course: Course) -> MachineCheck:
    try:
        config = in_force(course.root)  # an exchange is often named for the whole machine
    except UsageError:  # reported above
        config = course.config
    root = Path(Exchange(config=config).root)
    if not root.is_dir():
        # Every student writes into the exchange under their own account.
        made = shlex.join(["mkdir", "-p", "-m", "777", str(root)])
        remedy = f"{_as_root(root)}{made}   (or set c.Exchange.root in nbgrader_config.py)"
        return MachineCheck("exchange", "note", f"{root} does not exist; releasing and collecting need it", remedy)
    if not os.access(root, os.W_OK | os.X_OK):
        return MachineCheck(
            "exchange", "note", f"you cannot write to {root}", shlex.join(["sudo", "chmod", "777", str(root)])
        )
    return MachineCheck("exchange", "ok", str(root))


def _as_root(folder: Path) -> str:
    """How a command that creates `folder` has to begin: with `sudo` where this user may not create it."""
    above = next(path for path in folder.absolute().parents if path.exists())
    return "" if os.access(above, os.W_OK | os.X_OK) else "sudo "  # to make an entry takes both


def _gradebook(db_url: str) -> MachineCheck:
    if place := missing_file(db_url):
        return MachineCheck("gradebook", "note", f"{place} does not exist yet", generate_command())
    try:
        with reading(db_url) as connection:
            shown, tables = _shown(connection.engine.url), inspect(connection).get_table_names()
            if fault := other_encoding(connection):
                return MachineCheck("gradebook", "missing", f"{shown} {fault.what}", fault.remedy)
            if not tables:
                says, remedy = f"{shown} is still empty", generate_command()
                return MachineCheck("gradebook", "note", says, remedy)
            if "grade" not in tables:
                return MachineCheck(
                    "gradebook", "missing", f"{shown} has no grades table", nbgrader_command("db", "upgrade")
                )
            return MachineCheck("gradebook", "ok", shown)
    except SQLAlchemyError as error:
        says = str(error).splitlines()[0]  # SQLAlchemy adds the statement and a link
        return MachineCheck("gradebook", "missing", says, "Check c.CourseDirectory.db_url in nbgrader_config.py.")


def _shown(url: URL) -> str:
    """A database's address as a person writes it; its own form has %C3%BC for an umlaut in a folder's name."""
    return f"sqlite:///{url.database}" if url.get_backend_name() == "sqlite" else str(url)


def _readers(root: Path, above: Iterable[Path]) -> Iterator[MachineCheck]:
    """A note where every user of the machine can read a course: its solutions, hidden tests and secret.

    above: the folders that lead to it. Not for root, whose sessions may run as other users and need the folder.
    """
    shown = root.stat().st_mode & stat.S_IROTH and all(p.stat().st_mode & stat.S_IXOTH for p in (root, *above))
    if shown and os.getuid() != 0:
        says = f"every user of this machine can read {root}: solutions, hidden tests and marks"
        yield MachineCheck("folder", "note", says, shlex.join(["chmod", "o-rwx", str(root)]))


def _registered(course: Course, gradebook: MachineCheck) -> MachineCheck:
    """The gradebook, with the assignments in release/ that it does not know."""
    release = course.directory.release_directory
    given = [name for name in course.assignments() if Path(course.directory.format_path(release, ".", name)).exists()]
    unknown = [name for name in given if not is_registered(course.directory, name)]
    if not unknown:
        return gradebook
    says = f"{gradebook.says}; it has no tests yet of {', '.join(unknown)}"
    return MachineCheck(gradebook.what, "note", says, generate_command(unknown[0]))


def _submissions(course: Course) -> Iterator[MachineCheck]:
    """Submissions that `nbgrader autograde` would leave out, or that nobody can grade."""
    directory = course.directory
    known = known_students(directory)
    for assignment in course.assignments():
        for student, why in roll_of(directory, assignment, known).ambiguous.items():
            yield MachineCheck("submissions", "note", f"{printable(student)}, {assignment}: {why.reason}", why.remedy)
        names = ", ".join(map(printable, sorted(unseen(directory, assignment))))
        if names:
            says = f"{assignment}: no *.ipynb at the top level of what these handed in: {names}"
            remedy = f"{grade_command(assignment)}   (nbgrader autograde cannot grade one of them alone)"
            yield MachineCheck("submissions", "note", says, remedy)


_PLAIN = str.maketrans({"✓": "+", "✗": "x", "→": "->"})


def writable(text: str, encoding: str) -> str:
    """The text as a terminal of this encoding can show it: in a locale without UTF-8 the signs become plain ones."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


_SIGNS = {"ok": "✓", "missing": "✗", "note": "-"}


def lines_of(results: Sequence[MachineCheck]) -> list[str]:
    """The results as text, each remedy below the problem that it fixes."""
    width = max(len(result.what) for result in results)
    lines = []
    for result in results:
        lines.append(f"{_SIGNS[result.state]} {result.what:<{width}}  {result.says}")
        if result.remedy:
            lines.append(f"  {'':<{width}}  → {result.remedy}")
    return lines
