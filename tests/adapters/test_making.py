"""torchmarks.adapters.making: what each platform is given, and what nobody is."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.course.bundle_file import BundleFile
from torchmarks.course.secret import SCRATCH_SECRET

ASSIGNMENT = "01-tensors"
SYSTEMS = ("gradescope", "prairielearn", "github")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with a secret."""
    made = Course.scratch(tmp_path_factory.mktemp("adapters") / "course", repository(), [ASSIGNMENT])
    made.generate(ASSIGNMENT)
    made.draw_as_ever()
    return made


@pytest.fixture(scope="module")
def made(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the adapters, each in one of its system's name."""
    root = tmp_path_factory.mktemp("made")
    for system in SYSTEMS:
        line = ["adapter", system, ASSIGNMENT, "--to", str(root / system), "--course", str(course.root)]
        done = CliRunner().invoke(main, line)
        assert done.exit_code == 0, done.output
    return root


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _unpacked(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Files with all that is in archives among them."""
    for name, content in files.items():
        yield name, content
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                inner = {f"{name}/{entry}": archive.read(entry) for entry in archive.namelist()}
            yield from _unpacked(inner)


def test_the_zip_for_gradescope_has_its_scripts_on_top(made: Path) -> None:
    """`setup.sh` and `run_autograder`, which can be run, at the root."""
    with zipfile.ZipFile(made / "gradescope" / f"{ASSIGNMENT}-autograder.zip") as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}

    assert {"setup.sh", "run_autograder", "assignment.bundle", "adapter.json"} < modes.keys()
    assert modes["setup.sh"] & modes["run_autograder"] & 0o111 == 0o111
    assert modes["assignment.bundle"] & 0o111 == 0


def test_the_question_for_prairielearn_names_what_is_there(made: Path) -> None:
    """Its entrypoint is the script that the course shares, and the file that it asks for is the notebook."""
    files = _files(made / "prairielearn" / "course")
    info = json.loads(files[f"questions/{ASSIGNMENT}/info.json"])
    options = info["externalGradingOptions"]

    assert info["gradingMethod"] == "External"
    assert options["entrypoint"].removeprefix("/grade/") in files
    assert (options["enableNetworking"], options["timeout"]) == (False, 600)
    assert b'file-names="01-tensors.ipynb"' in files[f"questions/{ASSIGNMENT}/question.html"]


def test_a_question_keeps_its_identity(course: Course, made: Path, tmp_path: Path) -> None:
    """PrairieLearn takes one that is made again for the same."""
    line = ["adapter", "prairielearn", ASSIGNMENT, "--to", str(tmp_path / "again"), "--course", str(course.root)]
    CliRunner().invoke(main, line)
    name = f"course/questions/{ASSIGNMENT}/info.json"

    assert (tmp_path / "again" / name).read_bytes() == (made / "prairielearn" / name).read_bytes()


def _bundle(made: Path, system: str) -> BundleFile:
    found = [content for name, content in _unpacked(_files(made / system)) if name.endswith("assignment.bundle")]
    assert len(found) == 1
    path = made / f"{system}.bundle"
    path.write_bytes(found[0])
    return BundleFile.read(path)


def test_all_draw_the_same_inputs_and_none_from_the_courses_secret(made: Path) -> None:
    """Each carries one and the same bundle, whose secret tells nothing of the course's."""
    bundles = [_bundle(made, system) for system in SYSTEMS]

    assert bundles[0] == bundles[1] == bundles[2]
    assert SCRATCH_SECRET not in {bundle.secret for bundle in bundles}
    for system in SYSTEMS:
        for name, content in _unpacked(_files(made / system)):
            assert SCRATCH_SECRET.hex().encode() not in content, name
            assert SCRATCH_SECRET not in content, name


def test_what_students_are_given_holds_nothing_hidden(made: Path) -> None:
    """Their repository, and the archive that a question offers."""
    given = _files(made / "github" / "students")
    given |= {
        "zip": (made / f"prairielearn/course/questions/{ASSIGNMENT}/clientFilesQuestion/{ASSIGNMENT}.zip").read_bytes()
    }

    names = [name for name, _ in _unpacked(given)]
    assert [name for name, content in _unpacked(given) if b"BEGIN HIDDEN TESTS" in content and ".py" not in name] == []
    assert not any("bundle" in name or "/grading/" in name or "/course/folder" in name for name in names)
    assert f"{ASSIGNMENT}.ipynb" in given


def test_only_bundles_hold_tests(made: Path) -> None:
    """The graders' wheel brings no course: other assignments stay at home."""
    brought = [name for system in SYSTEMS for name, _ in _unpacked(_files(made / system)) if ".whl/" in name]

    assert any(name.endswith("torchmarks/adapters/templates/setup.sh") for name in brought)
    assert [name for name in brought if name.endswith((".ipynb", ".pyc"))] == []
    assert [name for name in brought if "/source/" in name or "share/torchmarks" in name] == []


def test_the_image_holds_no_tests(made: Path) -> None:
    """It may lie in a public registry."""
    names = [name for name, _ in _unpacked(_files(made / "prairielearn" / "image"))]

    assert not any(name.endswith((".ipynb", ".bundle")) for name in names)
    assert any(name.endswith("torchmarks/adapters/prairielearn.py") for name in names)


@pytest.mark.parametrize("side", ["students", "instructor"])
def test_workflows_are_as_their_schema_wants_them(made: Path, side: str) -> None:
    """By the schema that check-jsonschema brings."""
    (workflow,) = (made / "github" / side / ".github" / "workflows").iterdir()
    line = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


def test_students_workflows_have_no_secret(made: Path) -> None:
    """Who can push to a repository can print what its workflows can read."""
    workflow = next((made / "github" / "students" / ".github" / "workflows").iterdir()).read_text()

    assert "secrets." not in workflow
    assert yaml.safe_load(workflow)["permissions"] == {"contents": "read"}


def test_the_token_is_known_to_the_step_that_fetches_alone(made: Path) -> None:
    """Students' code runs in another one; and no checkout leaves its own token behind."""
    workflow = next((made / "github" / "instructor" / ".github" / "workflows").iterdir()).read_text()
    steps = yaml.safe_load(workflow)["jobs"]["grade"]["steps"]

    with_it = [step["run"] for step in steps if "secrets." in json.dumps(step)]
    assert with_it == [f"bash {ASSIGNMENT}/fetch.sh"]
    assert all(step["with"]["persist-credentials"] is False for step in steps if "checkout" in step.get("uses", ""))


def test_scripts_are_programs_that_a_shell_reads(made: Path) -> None:
    """Each begins with `#!`, can be run, and has no syntax error."""
    scripts = [path for path in made.rglob("*.sh") if path.is_file()]

    assert len(scripts) == 6
    for path in scripts:
        assert path.stat().st_mode & 0o111
        assert subprocess.run(["bash", "-n", str(path)], timeout=10).returncode == 0


def test_the_dockerfile_is_as_hadolint_wants_it(made: Path) -> None:
    """No word against it."""
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        pytest.skip("hadolint is not installed in this environment: the extra dev has it")
    done = subprocess.run(
        [program, made / "prairielearn" / "image" / "Dockerfile"], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_says_how_it_goes_on(made: Path, system: str) -> None:
    """A page without a name that was left open."""
    page = (made / system / "README.md").read_text()

    assert ASSIGNMENT in page
    assert not re.search(r"\$\w|NN-name", page)


def test_nothing_is_overwritten(course: Course, tmp_path: Path) -> None:
    """A folder that holds something is left as it is, in one line."""
    (tmp_path / "mine.txt").write_text("keep")
    line = ["adapter", "github", ASSIGNMENT, "--to", str(tmp_path), "--course", str(course.root)]
    done = CliRunner().invoke(main, line)

    assert done.exit_code == 2
    assert "the folder exists and is not empty" in done.output
    assert done.output.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_unknown_assignment_makes_nothing(course: Course, tmp_path: Path, system: str) -> None:
    """Nothing half written is left."""
    line = ["adapter", system, "99-none", "--to", str(tmp_path / "new"), "--course", str(course.root)]
    done = CliRunner().invoke(main, line)

    assert done.exit_code == 2
    assert "Known: 01-tensors" in done.output
    assert list(tmp_path.iterdir()) == []
