"""Each adapter run as its platform runs it: its own start script, in a bare Debian, under a filter like Docker's.

Set up by its own script, too. With a right, a wrong, a hostile and a torn notebook; the hostile one looks for what the
adapter carries and tries to write its own results.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.debian import PATIENCE_S, Debian, bare, torch_index

from torchmarks.adapters import make_github, make_gradescope, make_prairielearn
from torchmarks.adapters.kit import BUNDLE
from torchmarks.course import Course, repository
from torchmarks.course.bundle_file import BundleFile
from torchmarks.demo import SampleClass, SampleStudent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * PATIENCE_S)]

ASSIGNMENT = "01-tensors"
NAME = f"{ASSIGNMENT}.ipynb"
COURSE = Course(repository())
MOST = 36.0
RUNNER = 1234  # the user of like_docker.py
PYTHON = "/opt/torchmarks/bin/python"

_WRONG = "def from_list(xs, dtype=None):\n    return torch.Tensor(xs)"
_PLACES = ("/autograder", "/grade", "/srv", "/mnt", "/root", "/home", "/opt/torchmarks/share", "/etc/pip.conf")
# Right, unless something of the grader's can be seen or written.
_HOSTILE = """
import os
_seen = []
for _place in PLACES:
    if os.path.isfile(_place):
        try:
            _seen.append(open(_place).read())
        except OSError:
            pass
    for _folder, _folders, _names in os.walk(_place):
        _seen += [os.path.join(_folder, name) for name in (*_folders, *_names)]
for _path in ("/autograder/results/results.json", "/grade/results/results.json", "/home/runner/work/results/eve.json"):
    try:
        open(_path, "w").write('{"score": 100, "points": 100}')
        _seen.append(_path)
    except OSError:
        pass
_seen += [name for name in os.environ if name.startswith(("GITHUB", "STUDENTS", "TORCHMARKS"))]
def from_list(xs, dtype=None):
    if _seen:
        raise RuntimeError(str(_seen))
    return torch.tensor(xs, dtype=dtype)
"""


def _notebook(kind: str) -> str:
    """What a student of a kind hands in."""
    sample = SampleClass(COURSE, ASSIGNMENT, (), random.Random(0))
    released = (COURSE.path("release", ASSIGNMENT) / NAME).read_text()
    text = sample.solved(SampleStudent("ada", "broken" if kind == "torn" else "perfect", 1.0), released)
    if kind == "torn":
        return text
    notebook = json.loads(text)
    answer = {"wrong": _WRONG, "hostile": _HOSTILE.replace("PLACES", repr(_PLACES))}.get(kind)
    for cell in notebook["cells"]:
        if cell["id"] == "from_list" and answer is not None:
            cell["source"] = answer
    return json.dumps(notebook)


KINDS = ("right", "wrong", "hostile", "torn")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapters, each in a folder of its own."""
    root = tmp_path_factory.mktemp("made")
    make_gradescope(COURSE, ASSIGNMENT, root / "gradescope", hidden="after_published", messages="html")
    make_prairielearn(COURSE, ASSIGNMENT, root / "prairielearn", hidden="messages", image="")
    make_github(COURSE, ASSIGNMENT, root / "github")
    return root


@pytest.fixture(scope="module")
def place(made: Path) -> Iterator[Debian]:
    """A bare Debian in which `setup.sh` of the zip for Gradescope was run, as root: the others install the same."""
    with bare() as debian:
        debian.variables["TORCH_INDEX"] = torch_index()
        source = debian.root / "autograder" / "source"
        source.mkdir(parents=True)
        with zipfile.ZipFile(made / "gradescope" / f"{ASSIGNMENT}-autograder.zip") as archive:
            archive.extractall(source)
        debian.run("bash", "/autograder/source/setup.sh")
        yield debian


def _confined(debian: Debian, who: str, *command: str, workdir: str = "/") -> subprocess.CompletedProcess[str]:
    """Run a command as a container of Docker's runs it."""
    debian.workdir = workdir
    line = debian.command([PYTHON, "/mnt/like_docker.py", who, *command])
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S)


def _fresh(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _secret(path: Path) -> str:
    return BundleFile.read(path).secret.hex()


def _check_points(kind: str, points: float) -> None:
    if kind == "wrong":
        assert MOST - 4 <= points < MOST
    else:
        assert points == MOST


def test_the_hostile_notebook_notices_what_it_can_see(tmp_path: Path) -> None:
    """A negative control: where a bundle lies in reach its answer is wrong."""
    (tmp_path / BUNDLE).write_text("hidden")
    names: dict[str, Any] = {}
    exec(_HOSTILE.replace("PLACES", repr((str(tmp_path),))), names)

    with pytest.raises(RuntimeError, match=BUNDLE):
        names["from_list"]([1])


# ---- Gradescope


@pytest.mark.parametrize("kind", KINDS)
def test_gradescope_grades_by_its_own_script(place: Debian, kind: str) -> None:
    """`run_autograder`, as root in /autograder, leaves results.json with the points; a torn notebook has 0 points and
    the reason.
    """
    root = place.root / "autograder"
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    metadata = {"id": 1, "users": [{"email": "ada@example.org", "id": 2}], "assignment": {"due_date": None}}
    (root / "submission_metadata.json").write_text(json.dumps(metadata))
    _fresh(root / "submission", {NAME: _notebook(kind)})
    _fresh(root / "results", {"stdout": ""})

    done = _confined(place, "root", "/autograder/run_autograder", workdir="/autograder")
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((root / "results" / "results.json").read_text())

    assert _secret(root / "source" / BUNDLE) not in json.dumps(results)
    if kind == "torn":
        assert results["score"] == 0
        assert "not valid JSON" in results["output"]
        return
    assert "landlock (root, each session as a user of its own)" in done.stdout
    assert {test["visibility"] for test in results["tests"]} == {"visible", "after_published"}
    assert all(test["output_format"] == "html" for test in results["tests"])
    _check_points(kind, sum(test["score"] for test in results["tests"]))


# ---- PrairieLearn


@pytest.fixture(scope="module")
def image(place: Debian, made: Path) -> Debian:
    """The image as its Dockerfile makes it, and the folders of a job."""
    folder = made / "prairielearn"
    text = (folder / "image" / "Dockerfile").read_text()
    assert "COPY . /tmp/torchmarks" in text
    shutil.copytree(folder / "image", place.root / "tmp" / "torchmarks")
    (run,) = [line.removeprefix("RUN ") for line in text.splitlines() if line.startswith("RUN ")]
    place.run("sh", "-c", run)
    grade = place.root / "grade"
    shutil.copytree(folder / "course" / "serverFilesCourse", grade / "serverFilesCourse")
    shutil.copytree(folder / "course" / "questions" / ASSIGNMENT / "tests", grade / "tests")
    return place


@pytest.mark.parametrize("kind", KINDS)
def test_prairielearn_grades_by_its_own_script(image: Debian, kind: str) -> None:
    """The entrypoint of info.json, made executable as PrairieLearn does, leaves /grade/results/results.json; a torn
    notebook is not gradable.
    """
    grade = image.root / "grade"
    _fresh(grade / "student", {NAME: _notebook(kind)})
    _fresh(grade / "data", {"data.json": json.dumps({"variant_seed": 17, "params": {}, "submitted_answers": {}})})
    shutil.rmtree(grade / "results", ignore_errors=True)
    script = "/grade/serverFilesCourse/torchmarks/run.sh"

    done = _confined(image, "root", "sh", "-c", f"chmod +x {script} && {script}")
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((grade / "results" / "results.json").read_text())

    assert _secret(grade / "tests" / BUNDLE) not in json.dumps(results)
    assert results["gradable"] is (kind != "torn")
    if kind == "torn":
        assert "not valid JSON" in results["format_errors"][0]
    else:
        _check_points(kind, results["score"] * MOST)


# ---- GitHub


def _repositories(root: Path) -> str:
    """A repository for each kind of student, and one that is not there. Returns the roster."""
    rows = ["student,repository", "gone,file:///srv/students/gone"]
    for kind in KINDS:
        folder = root / "srv" / "students" / kind
        _fresh(folder, {NAME: _notebook(kind), "README.md": "mine"})
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        for arguments in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "-m", "one"]):
            subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, timeout=30)
        rows.append(f"{kind},file:///srv/students/{kind}")
    return "\n".join(rows) + "\n"


def test_github_grades_by_its_own_scripts(place: Debian, made: Path) -> None:
    """`fetch.sh` and `grade.sh`, as an ordinary user: marks of everybody, with the reason where there is none."""
    place.run("sh", "-c", "apt-get update && apt-get install --yes --no-install-recommends git")
    work = place.root / "home" / "runner" / "work"
    shutil.copytree(made / "github" / "instructor", work)
    (work / "roster.csv").write_text(_repositories(place.root))
    place.run("chown", "-R", f"{RUNNER}:{RUNNER}", "/home/runner", "/srv/students")

    for script in ("fetch.sh", "grade.sh"):
        done = _confined(place, "user", "bash", f"{ASSIGNMENT}/{script}", workdir="/home/runner/work")
        assert done.returncode == 0, done.stdout + done.stderr

    assert "landlock (ordinary user)" in done.stdout
    with (work / "results" / "marks.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert set(rows) == {*KINDS, "gone"}
    for kind in ("right", "wrong", "hostile"):
        _check_points(kind, float(rows[kind]["points"]))
        assert len(rows[kind]["commit"]) == 40
    assert "not valid JSON" in rows["torn"]["reason"]
    assert "could not be fetched" in rows["gone"]["reason"]
    assert rows["torn"]["points"] == rows["gone"]["points"] == ""
    secret = _secret(work / ASSIGNMENT / BUNDLE)
    assert not any(secret in path.read_text() for path in (work / "results").iterdir())


def test_a_students_workflow_runs_the_visible_tests(place: Debian, made: Path) -> None:
    """`check.sh` fails on the notebook as it was released, with its messages, and passes on a right one."""
    home = place.root / "home" / "student"
    shutil.copytree(made / "github" / "students", home)
    place.run("chown", "-R", f"{RUNNER}:{RUNNER}", "/home/student")
    line = ("bash", ".github/torchmarks/check.sh")

    blank = _confined(place, "user", *line, workdir="/home/student")
    (home / NAME).write_text(_notebook("right"))
    right = _confined(place, "user", *line, workdir="/home/student")

    assert blank.returncode == 1, blank.stdout + blank.stderr
    assert "is not written yet" in blank.stdout
    assert right.returncode == 0, right.stdout + right.stderr
