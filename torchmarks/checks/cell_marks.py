"""nbgrader's metadata of a notebook's cell: the only place that knows where they are.

Pure: reads plain dictionaries and nbformat's nodes, whatever is in them. Must not judge what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def marks_of(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """What nbgrader notes of a cell: grade_id, points, and which kind it is; empty for a cell that it does not know."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def grade_id_of(cell: Mapping[str, Any]) -> str:
    """A cell's grade_id; "" where it has none."""
    return str(marks_of(cell).get("grade_id") or "")
