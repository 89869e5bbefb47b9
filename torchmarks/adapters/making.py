"""Makes adapters: a folder for each platform with everything to upload there, and a page that says how.

    torchmarks adapter gradescope|prairielearn|github NN-name --to DIR

Each carries the assignment's hidden tests in a bundle file with a secret of its own, and the graders' wheel without the
course. Runs no student's code; writes the folder alone.
"""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from torchmarks.adapters.kit import BUNDLE, OPTIONS, grader_wheel, put, script, staged, template
from torchmarks.course import Course, project
from torchmarks.course.alone import packed_assignment
from torchmarks.course.bundle_file import BundleFile
from torchmarks.course.commands import torchmarks_command
from torchmarks.course.student_bundle import released_files, student_wheel, torch_pin
from torchmarks.errors import UsageError

_FILE: Final = 0o100644 << 16
_PROGRAM: Final = 0o100755 << 16
_DAY: Final = (1980, 1, 1, 0, 0, 0)
_TIMEOUT_S: Final = 600  # the most that PrairieLearn allows; what students' code may take is bounded by c.Judge
_HEADS: Final = "student,repository\n"


def make_gradescope(course: Course, assignment: str, to: Path, *, hidden: str, messages: str) -> str:
    """An autograder for Gradescope. hidden: when students see what hidden tests found; messages: "html" or "text".

    Returns the name of the zip file in `to`. Raises UsageError.
    """
    file = packed_assignment(course, assignment)
    name = f"{assignment}-autograder.zip"
    with staged(to) as folder, project(course) as root:
        wheel = grader_wheel(root, folder)
        packed: dict[str, bytes | str] = {
            "setup.sh": script("setup.sh"),
            "run_autograder": script("gradescope/run_autograder"),
            BUNDLE: file.packed(),
            OPTIONS: _json({"hidden": hidden, "messages": messages}),
            wheel.name: wheel.read_bytes(),
        }
        wheel.unlink()
        values = {"assignment": assignment, "zip": name, "points": _points(file), "hidden": hidden}
        put(folder, {name: _zipped(packed), "README.md": template("gradescope/README.md", **values)})
    return name


def make_prairielearn(course: Course, assignment: str, to: Path, *, hidden: str, image: str) -> str:
    """An external grader for PrairieLearn: an image, and what goes into the course's repository there.

    hidden: "messages" or "points", what students read of hidden tests; image: its name, for `docker push`, or "".
    Returns the name of the image. Raises UsageError.
    """
    file, given = packed_assignment(course, assignment), _given(course, assignment)
    image = image or f"ORG/torchmarks:{version('torchmarks')}"
    question, shared = f"course/questions/{assignment}", "course/serverFilesCourse/torchmarks"
    names = sorted(f"{name}.ipynb" for name in file.notebooks)
    values = {"assignment": assignment, "image": image, "names": ",".join(names), "notebook": " and ".join(names)}
    with staged(to) as folder, project(course) as root:
        (folder / "image").mkdir()
        grader_wheel(root, folder / "image")
        put(
            folder,
            {
                "image/Dockerfile": template("prairielearn/Dockerfile", **values),
                "image/setup.sh": script("setup.sh"),
                f"{shared}/run.sh": script("prairielearn/run.sh"),
                f"{question}/info.json": _json(_info(course, assignment, image)),
                f"{question}/question.html": template("prairielearn/question.html", **values),
                f"{question}/tests/{BUNDLE}": file.packed(),
                f"{question}/tests/{OPTIONS}": _json({"hidden": hidden}),
                f"{question}/clientFilesQuestion/{assignment}.zip": _zipped(given),
                "README.md": template("prairielearn/README.md", **values),
            },
        )
    return image


def make_github(course: Course, assignment: str, to: Path) -> None:
    """Two repositories for GitHub: the one that students' are made from, and the instructor's own, which grades.

    Raises UsageError.
    """
    file, given = packed_assignment(course, assignment), _given(course, assignment)
    with staged(to) as folder, project(course) as root:
        checking, grading = folder / "students/.github/torchmarks", folder / "instructor" / assignment
        for place in (checking, grading):
            place.mkdir(parents=True)
        grader_wheel(root, grading)
        student_wheel(root, checking)
        workflows = {
            "students/.github/workflows/visible-tests.yml": script("github/visible-tests.yml"),
            f"instructor/.github/workflows/grade-{assignment}.yml": script("github/grade.yml").replace(
                b"NN-name", assignment.encode()
            ),
        }
        put(folder / "students", given)
        put(
            folder,
            {
                **workflows,
                "students/.github/torchmarks/check.sh": script("github/check.sh"),
                "students/.github/torchmarks/requirements.txt": f"{torch_pin(root)}\n",
                f"instructor/{assignment}/setup.sh": script("setup.sh"),
                f"instructor/{assignment}/fetch.sh": script("github/fetch.sh"),
                f"instructor/{assignment}/grade.sh": script("github/grade.sh"),
                f"instructor/{assignment}/{BUNDLE}": file.packed(),
                "instructor/roster.csv": _HEADS,
                "instructor/.gitignore": "/submissions/\n/results/\n",
                "README.md": template("github/README.md", assignment=assignment),
            },
        )


def _given(course: Course, assignment: str) -> dict[str, bytes]:
    """What students are given, by path in the assignment's folder. Raises UsageError."""
    place = course.path("release", assignment)
    if not place.is_dir():
        raise UsageError("there is no student version", str(place), f"Run: {torchmarks_command('release', assignment)}")
    found = released_files(place.parent, [assignment])
    return {name.removeprefix(f"{assignment}/"): content for name, content in found.items()}


def _points(file: BundleFile) -> str:
    return f"{sum(cell.points for one in file.bundle().notebooks for cell in one.blueprint.cells):g}"


def _info(course: Course, assignment: str, image: str) -> dict[str, Any]:
    """info.json of the question (https://prairielearn.readthedocs.io/en/latest/question/ and …/externalGrading/)."""
    # The same each time it is made for this course: PrairieLearn knows a question by it.
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"torchmarks/{course.directory.course_id}/{assignment}")
    return {
        "uuid": str(identity),
        "title": assignment,
        "topic": "PyTorch",
        "type": "v3",
        "gradingMethod": "External",
        "singleVariant": True,
        "externalGradingOptions": {
            "enabled": True,
            "image": image,
            "serverFilesCourse": ["torchmarks/"],
            "entrypoint": "/grade/serverFilesCourse/torchmarks/run.sh",
            "timeout": _TIMEOUT_S,
            "enableNetworking": False,
        },
    }


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2) + "\n"


def _zipped(files: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            data = content.encode() if isinstance(content, str) else content
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _PROGRAM if data.startswith(b"#!") else _FILE
            archive.writestr(entry, data)
    return buffer.getvalue()
