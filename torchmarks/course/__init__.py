"""The course folder and nbgrader: assignments as graders need them, nbgrader's steps, what is plugged into them.

The public API; it only re-exports. Names are fetched when they are first used: a worker needs `bundles` without
nbgrader's converters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchmarks.lazy import fetching

if TYPE_CHECKING:
    from torchmarks.course.config_check import CONFIG as CONFIG
    from torchmarks.course.config_check import configure as configure
    from torchmarks.course.folder import Course as Course
    from torchmarks.course.folder import Score as Score
    from torchmarks.course.folder import repository as repository
    from torchmarks.course.packed import new_course as new_course
    from torchmarks.course.packed import origin as origin
    from torchmarks.course.packed import project as project
    from torchmarks.course.programs import programs_found as programs_found

_HOME = {
    "CONFIG": "config_check",
    "Course": "folder",
    "Score": "folder",
    "configure": "config_check",
    "new_course": "packed",
    "origin": "packed",
    "project": "packed",
    "programs_found": "programs",
    "repository": "folder",
}

__all__ = sorted(_HOME)
__getattr__ = fetching(__name__, _HOME)
