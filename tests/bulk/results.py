"""What a run of the bulk grader leaves, in a form that can be compared: gradebook and graded copies."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text


def rows_of(db_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What a gradebook holds of all submissions, without the random ids, sorted."""
    queries = {
        "students": "select id, first_name, last_name, email, lms_user_id from student",
        "submissions": "select a.name, s.student_id, s.timestamp, s.extension from submitted_assignment s"
        " join assignment a on a.id = s.assignment_id",
        "notebooks": "select s.student_id, n.name, m.flagged, m.late_submission_penalty from submitted_notebook m"
        " join submitted_assignment s on s.id = m.assignment_id join notebook n on n.id = m.notebook_id",
        "grades": "select s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade"
        " from grade g join submitted_notebook m on m.id = g.notebook_id"
        " join submitted_assignment s on s.id = m.assignment_id join base_cell c on c.id = g.cell_id",
        "comments": "select s.student_id, c.name, k.auto_comment, k.manual_comment"
        " from comment k join submitted_notebook m on m.id = k.notebook_id"
        " join submitted_assignment s on s.id = m.assignment_id join base_cell c on c.id = k.cell_id",
    }
    engine = create_engine(db_url)
    with engine.connect() as connection:
        found = {name: sorted(map(_plain, connection.execute(text(q))), key=repr) for name, q in queries.items()}
    engine.dispose()
    return found


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """SQLite keeps times and truths as it likes when they are read without a table."""
    return tuple(str(v)[:19] if isinstance(v, datetime.datetime) else int(v) if isinstance(v, bool) else v for v in row)


def graded_files(root: Path, step: str = "autograded") -> dict[str, tuple[str, bytes]]:
    """All files of a step with their permissions, without what may differ: the running time, and that a file was
    renamed (nbgrader's hook has nowhere to note it).
    """
    found = {}
    for path in sorted((root / step).rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".ipynb":
                notebook = json.loads(content)
                record = notebook["metadata"]["torchmarks"]
                record.pop("seconds")
                record["repairs"] = [entry for entry in record["repairs"] if entry["kind"] != "renamed"]
                content = json.dumps(notebook, indent=1).encode() + (b"\n" if content.endswith(b"\n") else b"")
            found[path.relative_to(root / step).as_posix()] = (oct(path.stat().st_mode), content)
    return found
