"""One submission: reading what was handed in, and grading it.

The door; it only re-exports.
"""

from __future__ import annotations

from torchmarks.grading.basis import Basis, Cause, add_bundle, causes, explained, limits_text, needs_consent, tests_of
from torchmarks.grading.conductor import (
    Bundle,
    Engines,
    Graded,
    GradedNotebook,
    Message,
    NotebookBundle,
    data_files,
    grade,
    judged,
    scores_of,
    to_json,
    with_outputs,
)
from torchmarks.grading.submission import Submission, notebooks_in, read_submission, refusal_in

__all__ = [
    "Basis",
    "Bundle",
    "Cause",
    "Engines",
    "Graded",
    "GradedNotebook",
    "Message",
    "NotebookBundle",
    "Submission",
    "add_bundle",
    "causes",
    "data_files",
    "explained",
    "grade",
    "judged",
    "limits_text",
    "needs_consent",
    "notebooks_in",
    "read_submission",
    "refusal_in",
    "scores_of",
    "tests_of",
    "to_json",
    "with_outputs",
]
