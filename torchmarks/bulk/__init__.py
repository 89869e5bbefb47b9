"""Grades many submissions: workers here or on a cluster, one writer, runs that resume where an earlier one ended.

The public API; it only re-exports.
"""

from __future__ import annotations

from torchmarks.bulk.comparison import comparison_json, comparison_lines
from torchmarks.bulk.feedback import feedback_cohort
from torchmarks.bulk.jobs import GradeOutcome, Outcome, OutcomeState
from torchmarks.bulk.progress import consenting, print_summary, watching
from torchmarks.bulk.run import early_pool, grade_cohort
from torchmarks.bulk.summary import Reported, Stale, Summary
from torchmarks.bulk.watcher import Watcher

__all__ = [
    "GradeOutcome",
    "Outcome",
    "OutcomeState",
    "Reported",
    "Stale",
    "Summary",
    "Watcher",
    "comparison_json",
    "comparison_lines",
    "consenting",
    "early_pool",
    "feedback_cohort",
    "grade_cohort",
    "print_summary",
    "watching",
]
