"""Lays out a course's next term: the same assignments and settings in a new folder, without work, marks or secret.

    torchmarks next-term ../tensors-2031 --course-id tensors-2031

Only copies files. The new gradebook, and in it a new secret, are made when the first assignment is generated there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torchmarks.course.config_check import CONFIG
from torchmarks.course.folder import Course
from torchmarks.course.packed import IGNORED, readme
from torchmarks.errors import UsageError

_ENDINGS: Final = frozenset({".py", ".json", ".ipynb"})  # settings, what they import, headers and footers
_FILES: Final = frozenset({"LICENSE-notebooks"})
_SOLUTIONS: Final = "-solutions.ipynb"  # as `torchmarks solutions` calls what it writes
_LEFT: Final = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")


def next_term(course: Course, into: Path, *, course_id: str = "", gradebook: str = "") -> Course:
    """Lay out the next term of a course. into: a new or empty folder; course_id, gradebook: settings of its own.

    Raises UsageError for a folder that holds something, and where the two terms would share a gradebook or the
    submissions in the exchange. Then nothing is made.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError("it exists and is not an empty folder", str(into), "Name a new one: nothing is overwritten.")
    into = into.resolve()
    source = course.path("source", "-").parent
    if into == course.root or into.is_relative_to(source):
        raise UsageError("it is inside the course's own folders", str(into), "Name a folder beside the course.")
    if not gradebook and not course.db_url.startswith(f"sqlite:///{course.root}/"):
        what = "its settings name a gradebook, which would be that of both terms"
        raise UsageError(what, str(course.root / CONFIG), "Give the new one's address with --gradebook.")
    _refuse_shared_exchange(course, course_id)
    into.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{into.name}.", dir=into.parent))
    try:
        made.chmod(course.root.stat().st_mode & 0o777)
        _fill(course, made, {"course_id": course_id, "db_url": gradebook})
        if Course(made).db_url == course.db_url:
            raise UsageError("both terms would share the gradebook", course.db_url, "Give another with --gradebook.")
        made.rename(into)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Course(into)


def _fill(course: Course, made: Path, settings: Mapping[str, str]) -> None:
    for path in course.root.iterdir():
        is_wanted = path.name in _FILES or (path.suffix in _ENDINGS and not path.name.endswith(_SOLUTIONS))
        if path.is_file() and is_wanted:
            shutil.copy(path, made)
    chosen = {name: value for name, value in settings.items() if value}
    if chosen:
        lines = [f"c.CourseDirectory.{name} = {value!r}\n" for name, value in chosen.items()]
        with (made / CONFIG).open("a", encoding="utf-8") as config:
            config.write("\n# of this term\nc = get_config()  # noqa: F821\n" + "".join(lines))
    for step in ("source", "release"):
        folder = course.path(step, "-").parent
        if folder.is_dir():
            shutil.copytree(folder, Course(made).path(step, "-").parent, ignore=_LEFT)
    (made / ".gitignore").write_text(IGNORED, encoding="utf-8")
    names = Course(made).assignments()
    (made / "README.md").write_text(readme(names[0] if names else "ASSIGNMENT"), encoding="utf-8")


def _refuse_shared_exchange(course: Course, course_id: str) -> None:
    """Refuse where the next `nbgrader collect` would collect last term's submissions."""
    old = str(course.directory.course_id)
    root = course.config.get("Exchange", {}).get("root")
    inbound = Path(str(root)) / old / "inbound"
    if root and course_id in ("", old) and inbound.is_dir() and any(inbound.iterdir()):
        what = "submissions of this term are in the exchange, and the next would collect them"
        raise UsageError(what, str(inbound), "Give the next term a name of its own with --course-id.")
