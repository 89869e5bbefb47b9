"""One submission: reading what was handed in, and grading it.

The door; it only re-exports.
"""

from __future__ import annotations

from torchmarks.grading.conductor import (
    Bundle,
    Engines,
    Graded,
    GradedNotebook,
    Message,
    NotebookBundle,
    World,
    data_files,
    grade,
    judged,
    scores_of,
    to_json,
    with_outputs,
)
from torchmarks.grading.submission import Submission, notebooks_in, read_submission, refusal_in

__all__ = [
    "Bundle",
    "Engines",
    "Graded",
    "GradedNotebook",
    "Message",
    "NotebookBundle",
    "Submission",
    "World",
    "data_files",
    "grade",
    "judged",
    "notebooks_in",
    "read_submission",
    "refusal_in",
    "scores_of",
    "to_json",
    "with_outputs",
]
