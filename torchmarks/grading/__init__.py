"""One submission: reading what was handed in, and grading it.

The public API; it only re-exports.
"""

from __future__ import annotations

from torchmarks.grading.basis import (
    Basis,
    Cause,
    add_bundle,
    causes,
    changed_parts,
    differences,
    explained,
    inputs_of,
    limits_text,
    needs_consent,
    parts_of,
    tests_of,
)
from torchmarks.grading.conductor import (
    Bundle,
    Engines,
    Graded,
    GradedNotebook,
    NotebookBundle,
    data_files,
    grade,
    grade_notebook,
)
from torchmarks.grading.record import CheckRecord, CheckVerdict, ExerciseRecord, NotebookRecord, UnreadableRecord
from torchmarks.grading.scores import scores_of, unanswered_in
from torchmarks.grading.submission import Submission, notebooks_in, read_submission, refusal_in

__all__ = [
    "Basis",
    "Bundle",
    "Cause",
    "CheckRecord",
    "CheckVerdict",
    "Device",
    "Engines",
    "ExerciseRecord",
    "Graded",
    "GradedNotebook",
    "NotebookBundle",
    "NotebookRecord",
    "Submission",
    "UnreadableRecord",
    "add_bundle",
    "causes",
    "changed_parts",
    "data_files",
    "differences",
    "explained",
    "grade",
    "grade_notebook",
    "inputs_of",
    "limits_text",
    "needs_consent",
    "notebooks_in",
    "parts_of",
    "read_submission",
    "refusal_in",
    "scores_of",
    "tests_of",
    "unanswered_in",
]
