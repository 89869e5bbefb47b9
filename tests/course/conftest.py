"""The small course of tests/bulk for each test, as it is and graded by both commands."""

from __future__ import annotations

from ..bulk.conftest import both_graded as both_graded
from ..bulk.conftest import course as course
from ..bulk.conftest import empty_course as empty_course
from ..bulk.conftest import engines_kept as engines_kept
from ..bulk.conftest import graded_by_both as graded_by_both
from ..bulk.conftest import in_process as in_process
