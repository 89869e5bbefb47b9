"""doctor: what is missing is named with the command that mends it; nothing is made on the way."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

from torchmarks import doctor
from torchmarks.cli import main
from torchmarks.course import Course
from torchmarks.errors import MachineError


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course folder with an exchange that is not there."""
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    )
    return tmp_path


def _states(course: Path) -> dict[str, str]:
    return {one.what: one.state for one in doctor.examine(course)}


def test_every_part_is_examined(course: Path) -> None:
    """In the order in which it is needed."""
    names = ["Python", "PyTorch", "accelerator", "sandbox", "browser", "configuration", "exchange", "gradebook"]

    assert list(_states(course)) == names


def test_nothing_is_made(course: Path) -> None:
    """Neither the exchange nor a gradebook."""
    before = sorted(course.iterdir())

    doctor.examine(course)

    assert sorted(course.iterdir()) == before


def test_a_missing_exchange_comes_with_its_command(course: Path) -> None:
    """And is fine once the command was run."""
    found = next(one for one in doctor.examine(course) if one.what == "exchange")
    (course / "exchange").mkdir()

    assert found.state == "note"
    assert found.remedy.startswith(f"mkdir -p -m 777 {course / 'exchange'} ")
    assert _states(course)["exchange"] == "ok"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.Judge.cell_s = -1", "nbgrader_config.py: c.Judge.cell_s is -1"),
        ("c.Watch.verdicts_a_day = -1", "nbgrader_config.py: c.Watch.verdicts_a_day is -1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_missing_something(course: Path, line: str, said: str) -> None:
    """Named with the file, as the commands that grade name it."""
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"{line}\n")

    assert [one for one in doctor.examine(course) if one.state == "missing" and said in one.says]


def test_a_terminal_without_utf_8_gets_plain_signs(course: Path) -> None:
    """Also where the folder's name has other letters."""
    folder = course / "herbst ü"
    folder.mkdir()
    shutil.copy(course / "nbgrader_config.py", folder)
    Gradebook(f"sqlite:///{folder}/gradebook.db").close()
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    line = [sys.executable, "-m", "torchmarks", "doctor", "--course", str(folder)]

    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)

    assert "Traceback" not in done.stderr
    assert "+ Python" in done.stdout
    assert doctor._gradebook(f"sqlite:///{folder}/gradebook.db").says == f"sqlite:///{folder}/gradebook.db"


def test_an_exchange_that_only_root_can_make_comes_with_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command can be pasted as it is."""
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)

    assert doctor._as_root(Path("/srv/nowhere/exchange")) == "sudo "


def test_an_assignment_that_the_gradebook_lacks_comes_with_its_command(course: Path) -> None:
    """As in a clone whose release/ is committed, beside one that was generated; the command does mend it."""
    for name in ("01-one", "02-two"):
        for folder in ("source", "release"):
            (course / folder / name).mkdir(parents=True)
            (course / folder / name / f"{name}.ipynb").write_text('{"cells": []}')
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.add_assignment("01-one")
        gradebook.add_notebook("01-one", "01-one")

    found = doctor.examine(course)[-1]

    assert (found.what, found.state, found.remedy) == ("gradebook", "note", "nbgrader generate_assignment 02-two")
    assert "01-one" not in found.says


def test_a_folder_with_a_blank_can_be_copied_into_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each command that names one: a course in "My Courses", an exchange beside it, settings that are missing."""
    root = tmp_path / "My Courses"
    root.mkdir()
    (root / "nbgrader_config.py").write_text(f"c = get_config()\nc.Exchange.root = {str(root / 'in out')!r}\n")
    monkeypatch.setattr(doctor.os, "getuid", lambda: 1000)
    root.chmod(0o755)
    course = Course(root)

    missing = doctor._exchange(course).remedy.partition("   (or")[0]
    (root / "in out").mkdir()
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)

    assert shlex.split(missing) == ["mkdir", "-p", "-m", "777", str(root / "in out")]
    assert shlex.split(doctor._exchange(course).remedy) == ["sudo", "chmod", "777", str(root / "in out")]
    assert shlex.split(doctor._installing(root / "x.json"))[-1] == str(root / "x.json")
    assert [shlex.split(one.remedy)[-1] for one in doctor._readers(root, [])] == [str(root)]


def test_a_file_that_is_no_gradebook_is_said(course: Path) -> None:
    """Not taken for an empty one."""
    (course / "gradebook.db").write_text("no database")

    assert _states(course)["gradebook"] == "missing"


@pytest.mark.parametrize(
    ("mode", "user", "notes"), [(0o755, 1000, 1), (0o700, 1000, 0), (0o711, 1000, 0), (0o755, 0, 0)]
)
def test_a_course_that_everybody_can_read_is_named(
    course: Path, monkeypatch: pytest.MonkeyPatch, mode: int, user: int, notes: int
) -> None:
    """With the command that closes it; not to root, and not where a folder above it is closed."""
    course.chmod(mode)
    monkeypatch.setattr(doctor.os, "getuid", lambda: user)
    closed = course / "closed"
    closed.mkdir(mode=0o700)

    found = list(doctor._readers(course, []))

    assert [one.remedy for one in found] == [f"chmod o-rwx {course}"] * notes
    assert list(doctor._readers(course, [closed])) == []


def test_no_sandbox_is_a_reason_to_fail() -> None:
    """With the reason and the remedy of the sandbox itself."""

    def none() -> Path:
        raise MachineError("no bubblewrap (bwrap) was found.", "Install it.")

    assert doctor._sandbox(none) == doctor.MachineCheck(
        "sandbox", "missing", "no bubblewrap (bwrap) was found.", "Install it."
    )


def test_the_level_that_a_course_demands_is_the_one_looked_for(course: Path) -> None:
    """What `torchmarks grade` would refuse is no "ok" here; another level that works does not count."""
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.Judge.isolation = 'landlock'\n")

    said = next(one.says for one in doctor.examine(course) if one.what == "sandbox")

    assert "landlock" in said
    assert "namespaces" not in said


def test_an_old_python_is_a_reason_to_fail() -> None:
    """The oldest that works is 3.11."""
    assert doctor._python((3, 10)).state == "missing"
    assert doctor._python((3, 11)).state == "ok"


def test_the_command_outside_a_course_fails(tmp_path: Path) -> None:
    """Status 1, with what to do."""
    result = CliRunner().invoke(main, ["doctor", "--course", str(tmp_path)])

    assert result.exit_code == 1
    assert "✗ course" in result.output
    assert "Run this in a course folder, or name one with --course." in result.output


def test_an_exchange_named_for_the_whole_machine_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands below /etc/jupyter holds where the course's own file names none."""
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "nbgrader_config.py").write_text("c = get_config()\n")
    (tmp_path / "etc").mkdir()
    named = f"c = get_config()\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    (tmp_path / "etc" / "nbgrader_config.py").write_text(named)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "etc"))

    found = next(one for one in doctor.examine(tmp_path / "course") if one.what == "exchange")

    assert str(tmp_path / "exchange") in found.says
