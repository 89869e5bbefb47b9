"""Makes one environment for all students of a shared machine: their half of this package, nbgrader, JupyterLab.

    torchmarks student-environment /opt/course      then, as a student:  /opt/course/bin/jupyter lab

A virtual environment that everybody can read and only its owner can write, with the grader's PyTorch and without the
formgrader. Its Python has to be one that everybody can start. Must not hold the grading half, and touches nothing
outside of its folder.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from torchmarks.checks.versions import graded_with
from torchmarks.course.student_bundle import student_wheel
from torchmarks.errors import MachineError, UsageError

# Of what graders have; soupsieve is nbconvert's, held back for old Pythons.
_PACKAGES = ("ipykernel", "jupyterlab", "matplotlib", "nbgrader", "soupsieve")
_READABLE = stat.S_IROTH | stat.S_IXOTH
# What students would only trip over: these read and write the instructor's course.
_OFF = {
    "etc/jupyter/labconfig/page_config.json": {
        "disabledExtensions": {"@jupyter/nbgrader:formgrader": True, "@jupyter/nbgrader:create-assignment": True}
    },
    # By its name it is read after nbgrader's own file.
    "etc/jupyter/jupyter_server_config.d/torchmarks.json": {
        "ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": False}}
    },
}


def student_environment(root: Path, into: Path, python: str = "", say: Callable[[str], None] = print) -> None:
    """Make the environment, or bring one that this made to today's. Takes minutes.

    root: the repository; into: its folder, new or empty; python: which to make it of, or nothing for the first one that
    everybody can start; say: called with each step. Raises UsageError and MachineError.
    """
    into = into.absolute()
    ours = (into / "pyvenv.cfg").is_file() and (into / next(iter(_OFF))).is_file()
    if into.exists() and any(into.iterdir()) and not ours:
        raise UsageError(
            "the folder exists and is not empty", str(into), "Name a new one: nothing is ever overwritten."
        )
    closed = next((folder for folder in into.parents if folder.exists() and not _open_to_all(folder)), None)
    if closed is not None:
        raise UsageError(f"students cannot read it: {closed} is closed to them", str(into), "Name a folder in /opt.")
    found = next(_pythons(python), None)
    if found is None:
        what = "there is no Python 3.11 or later with venv that everybody can start"
        remedy = "Install one (Debian: apt-get install python3 python3-venv), or name it with --python."
        raise UsageError(what, python or "PATH", remedy)
    say(f"{into}: made of {found}")
    _run([found, "-m", "venv", str(into)])
    turn_off(into)
    _install(root, into, say)
    _open_all(into)
    say(f"{into}: written; students start {into / 'bin' / 'jupyter'} lab")


def turn_off(into: Path) -> None:
    """Turn off, in an environment, what students would only trip over."""
    for name, content in _OFF.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _pythons(named: str) -> Iterator[str]:
    """Pythons that everybody can start and that make environments, the one of this environment first."""
    own = getattr(sys, "_base_executable", sys.executable)
    names = [named] if named else [own, *(f"python3.{minor}" for minor in range(11, 15)), "/usr/bin/python3"]
    program = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for path in filter(None, (shutil.which(name) for name in names)):
        real = Path(path).resolve()
        is_open = all(map(_open_to_all, (real, *real.parents)))
        if is_open and subprocess.run([real, "-c", program], capture_output=True).returncode == 0:
            yield str(real)


def _open_to_all(path: Path) -> bool:
    """Whether those who do not own it may enter a folder, or start a program."""
    return bool(path.stat().st_mode & stat.S_IXOTH)


def _install(root: Path, into: Path, say: Callable[[str], None]) -> None:
    pip = [str(into / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    required = [line.partition(";") for line in importlib.metadata.requires("torchmarks") or []]
    # Of the extra `grading`: its pin, and the packages that students meet in JupyterLab.
    wanted = [(name.strip(), marker) for name, _, marker in required if "grading" in marker]
    pin = f"torch=={graded_with()}"
    others = [_line(name, marker) for name, marker in wanted if re.split(r"[<>=]", name)[0] in _PACKAGES]
    say(f"installing {pin}")
    _run([*pip, pin])  # first and alone, as the Makefile does: then no other build of it comes with the rest
    with tempfile.TemporaryDirectory(prefix="torchmarks-students-") as folder:
        wheel = student_wheel(root, Path(folder))
        say(f"installing {', '.join(_PACKAGES[:-1])} and the student's half of torchmarks")
        _run([*pip, *others, str(wheel)])
        _run([*pip, "--force-reinstall", "--no-deps", str(wheel)])  # the version may be that of an older one


def _line(name: str, marker: str) -> str:
    """A requirement without the condition that it belongs to an extra."""
    rest = [part.strip() for part in marker.split(" and ") if "extra" not in part]
    return f"{name}; {' and '.join(rest)}" if rest else name


def _run(command: Sequence[str]) -> None:
    """Run a command whose files everybody shall read. Raises MachineError."""
    done = subprocess.run(command, umask=0o022, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise MachineError(f"{' '.join(command[:4])} … failed: {last[0]}", "Fix that and run the command again.")


def _open_all(into: Path) -> None:
    """Let everybody read what is there, whatever umask it was made with."""
    for folder, _, files in os.walk(into):
        os.chmod(folder, os.stat(folder).st_mode | _READABLE)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
