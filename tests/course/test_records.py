"""torchmarks.course.records: indexes on nbgrader's tables, which grading needs and nobody else may notice."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.dbutil import upgrade
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from torchmarks.course import records
from torchmarks.course.backup import backup, restore
from torchmarks.course.exports import export
from torchmarks.course.page_grades import grades_in
from torchmarks.course.programs import programs_found
from torchmarks.course.records import opened, prepare
from torchmarks.course.unfinished import is_unfinished

OURS = {"torchmarks_comment_notebook_id", "torchmarks_grade_notebook_id", "torchmarks_submitted_notebook_assignment_id"}


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook that nbgrader made and graded in, with a mark of ada."""
    place = tmp_path_factory.mktemp("stock") / "gradebook.db"
    with programs_found(), Gradebook(f"sqlite:///{place}") as book:
        book.add_assignment("hw")
        book.add_notebook("hw", "hw")
        book.add_grade_cell("t", "hw", "hw", max_score=2, cell_type="code")
        book.add_solution_cell("a", "hw", "hw")
        book.add_student("ada")
        book.add_submission("hw", "ada")
        grade = book.find_grade("t", "hw", "hw", "ada")
        grade.auto_score, grade.needs_manual_grade = 1.0, False
        book.db.commit()
    return place


@pytest.fixture
def place(stock: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    copy = tmp_path / "gradebook.db"
    copy.write_bytes(stock.read_bytes())
    return copy


def _indexes(place: Path) -> set[str]:
    with sqlite3.connect(place) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {name for (name,) in found if name in OURS}


def _prepared(place: Path) -> str:
    with opened(f"sqlite:///{place}"):
        pass
    return f"sqlite:///{place}"


def test_what_is_asked_of_one_student_is_not_looked_for_in_the_whole_class(place: Path, tmp_path: Path) -> None:
    """By the plans of SQLite for all that a page and a look for cut-short gradings ask."""
    url = _prepared(place)
    folder = tmp_path / "hw"
    folder.mkdir()
    (folder / "hw.ipynb").write_text("{}")
    asked: list[tuple[str, object]] = []
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "before_cursor_execute", lambda c, cursor, sql, values, *more: asked.append((sql, values)))
    with engine.connect() as connection, Session(connection) as session:
        is_unfinished(connection, "hw", "ada", folder, records.Record(records.RecordState.GRADED))
        grades_in(session, "hw", "ada")

    with sqlite3.connect(place) as connection:
        selects = [one for one in asked if one[0].startswith("SELECT") and "submitted_notebook" in one[0]]
        plans = [row[3] for sql, values in selects for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert any("torchmarks_grade_notebook_id" in step for step in plans)
    scanned = [step for step in plans if step.startswith("SCAN") and "CONSTANT" not in step]
    assert [step for step in scanned if step.split()[1] in ("grade", "comment", "submitted_notebook")] == []


def test_a_gradebook_of_before_gets_them_once(place: Path) -> None:
    """Also where our tables are there already; a second time nothing is written."""
    url = _prepared(place)
    with sqlite3.connect(place) as connection:
        connection.execute("DROP INDEX torchmarks_grade_notebook_id")

    engine = create_engine(url, poolclass=NullPool)
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cursor, sql, *more: written.append(sql))
    prepare(engine)
    assert _indexes(place) == OURS
    assert [sql for sql in written if sql.startswith("CREATE")] != []
    written.clear()
    prepare(engine)
    assert [sql for sql in written if sql.startswith("CREATE")] == []


def test_a_database_without_nbgraders_tables_gets_none(tmp_path: Path) -> None:
    """There is nothing to index."""
    _prepared(tmp_path / "gradebook.db")

    assert _indexes(tmp_path / "gradebook.db") == set()


def test_what_only_reads_makes_none(place: Path, tmp_path: Path) -> None:
    """An export of a course that is over, say."""
    before = hashlib.sha256(place.read_bytes()).hexdigest()

    export(f"sqlite:///{place}", "csv", tmp_path / "marks.csv")
    records.noted(f"sqlite:///{place}", "hw")

    assert hashlib.sha256(place.read_bytes()).hexdigest() == before


def test_nbgrader_makes_and_upgrades_its_tables_as_before(place: Path, tmp_path: Path) -> None:
    """Its definitions are as they were, and `nbgrader db upgrade` and its gradebook take no notice."""
    url = _prepared(place)
    with programs_found():
        upgrade(url)
        with Gradebook(url) as book:
            book.add_student("boris")
            book.add_submission("hw", "boris")
            assert book.find_submission("hw", "ada").score == 1
        with Gradebook(f"sqlite:///{tmp_path}/new.db"):
            pass

    assert _indexes(place) == OURS
    assert _indexes(tmp_path / "new.db") == set()


def test_a_backup_keeps_them_and_one_of_before_is_taken(place: Path, tmp_path: Path) -> None:
    """What was restored without them gets them with the next grade."""
    backup(f"sqlite:///{place}", tmp_path / "of-before.db")
    url = _prepared(place)
    backup(url, tmp_path / "of-now.db")
    assert _indexes(tmp_path / "of-now.db") == OURS

    restore(url, "", tmp_path / "of-before.db", tmp_path, force=True, other_course=True)
    assert _indexes(place) == set()
    _prepared(place)
    assert _indexes(place) == OURS
