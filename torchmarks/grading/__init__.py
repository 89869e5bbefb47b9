"""One submission: reading what was handed in, and grading it.

The public API; it only re-exports. Names are fetched when they are first used: a record is read without PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchmarks.lazy import fetching

if TYPE_CHECKING:
    from torchmarks.grading.basis import Basis as Basis
    from torchmarks.grading.basis import Cause as Cause
    from torchmarks.grading.basis import add_bundle as add_bundle
    from torchmarks.grading.basis import add_files as add_files
    from torchmarks.grading.basis import causes as causes
    from torchmarks.grading.basis import changed_parts as changed_parts
    from torchmarks.grading.basis import differences as differences
    from torchmarks.grading.basis import explained as explained
    from torchmarks.grading.basis import inputs_of as inputs_of
    from torchmarks.grading.basis import limits_text as limits_text
    from torchmarks.grading.basis import needs_consent as needs_consent
    from torchmarks.grading.basis import parts_of as parts_of
    from torchmarks.grading.basis import tests_of as tests_of
    from torchmarks.grading.bundle import Bundle as Bundle
    from torchmarks.grading.bundle import NotebookBundle as NotebookBundle
    from torchmarks.grading.bundle import data_files as data_files
    from torchmarks.grading.conductor import Engines as Engines
    from torchmarks.grading.conductor import Graded as Graded
    from torchmarks.grading.conductor import GradedNotebook as GradedNotebook
    from torchmarks.grading.conductor import grade as grade
    from torchmarks.grading.conductor import grade_notebook as grade_notebook
    from torchmarks.grading.record import CheckRecord as CheckRecord
    from torchmarks.grading.record import CheckVerdict as CheckVerdict
    from torchmarks.grading.record import ExerciseRecord as ExerciseRecord
    from torchmarks.grading.record import NotebookRecord as NotebookRecord
    from torchmarks.grading.record import UnreadableRecord as UnreadableRecord
    from torchmarks.grading.scores import scores_of as scores_of
    from torchmarks.grading.scores import unanswered_in as unanswered_in
    from torchmarks.grading.submission import Submission as Submission
    from torchmarks.grading.submission import notebooks_in as notebooks_in
    from torchmarks.grading.submission import read_submission as read_submission
    from torchmarks.grading.submission import refusal_in as refusal_in

_HOME = {
    "Basis": "basis",
    "Bundle": "bundle",
    "Cause": "basis",
    "CheckRecord": "record",
    "CheckVerdict": "record",
    "Engines": "conductor",
    "ExerciseRecord": "record",
    "Graded": "conductor",
    "GradedNotebook": "conductor",
    "NotebookBundle": "bundle",
    "NotebookRecord": "record",
    "Submission": "submission",
    "UnreadableRecord": "record",
    "add_bundle": "basis",
    "add_files": "basis",
    "causes": "basis",
    "changed_parts": "basis",
    "data_files": "bundle",
    "differences": "basis",
    "explained": "basis",
    "grade": "conductor",
    "grade_notebook": "conductor",
    "inputs_of": "basis",
    "limits_text": "basis",
    "needs_consent": "basis",
    "notebooks_in": "submission",
    "parts_of": "basis",
    "read_submission": "submission",
    "refusal_in": "submission",
    "scores_of": "scores",
    "tests_of": "basis",
    "unanswered_in": "scores",
}

__all__ = sorted(_HOME)
__getattr__ = fetching(__name__, _HOME)
