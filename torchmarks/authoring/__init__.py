"""Tools for authors of assignments: proving them, releasing them, describing them, starting a new exercise.

The public API; it only re-exports. Names are fetched when they are first used: reading answers needs no workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchmarks.lazy import fetching

if TYPE_CHECKING:
    from torchmarks.authoring.exercise_cells import Exercise as Exercise
    from torchmarks.authoring.exercise_cells import exercises_of as exercises_of
    from torchmarks.authoring.outcomes import AnswerOutcome as AnswerOutcome
    from torchmarks.authoring.outcomes import Confusion as Confusion
    from torchmarks.authoring.outcomes import Names as Names
    from torchmarks.authoring.outcomes import Verified as Verified
    from torchmarks.authoring.outcomes import confusions as confusions
    from torchmarks.authoring.release import outdated as outdated
    from torchmarks.authoring.release import refresh as refresh
    from torchmarks.authoring.skeleton import by_hand as by_hand
    from torchmarks.authoring.skeleton import new_exercise as new_exercise
    from torchmarks.authoring.syllabus_page import syllabus as syllabus
    from torchmarks.authoring.verification import verify as verify

_HOME = {
    "Confusion": "outcomes",
    "Exercise": "exercise_cells",
    "AnswerOutcome": "outcomes",
    "Names": "outcomes",
    "Verified": "outcomes",
    "by_hand": "skeleton",
    "confusions": "outcomes",
    "exercises_of": "exercise_cells",
    "new_exercise": "skeleton",
    "outdated": "release",
    "refresh": "release",
    "syllabus": "syllabus_page",
    "verify": "verification",
}

__all__ = sorted(_HOME)
__getattr__ = fetching(__name__, _HOME)
