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
    Submission,
    World,
    data_files,
    grade,
    judged,
    scores_of,
    to_json,
    with_outputs,
)

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
    "scores_of",
    "to_json",
    "with_outputs",
]
