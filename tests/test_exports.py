"""Marks for Canvas and Moodle: the columns that their imports expect, empty where there is no grade, no formulas."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook

from torchmarks.cli import main
from torchmarks.errors import UsageError
from torchmarks.exports import export


@pytest.fixture
def gradebook(tmp_path: Path) -> str:
    """Ada has 3 of 4 points less a penalty of 1, boris is not graded, a third gave themselves a formula as name."""
    address = f"sqlite:///{tmp_path}/gradebook.db"
    with Gradebook(address) as book:
        assignment = book.add_assignment("01-tensors")
        notebook = book.add_notebook("01-tensors", "01-tensors")
        cell = book.add_grade_cell("f-hidden", "01-tensors", "01-tensors", max_score=4, cell_type="code")
        book.db.add_all(
            [
                Student(id="ada", first_name="Ada", last_name="Lovelace", email="ada@example.org", lms_user_id="17"),
                Student(id="boris"),
                Student(id="chen", first_name="=1+1"),
            ]
        )
        handed_in = SubmittedAssignment(assignment_id=assignment.id, student_id="ada")
        paper = SubmittedNotebook(notebook_id=notebook.id, late_submission_penalty=1)
        paper.grades.append(Grade(cell_id=cell.id, auto_score=3, needs_manual_grade=False))
        handed_in.notebooks.append(paper)
        book.db.add(handed_in)
        book.db.commit()
    return address


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_canvas_has_the_columns_that_its_import_expects(gradebook: str, tmp_path: Path) -> None:
    """Names, points possible, a row for each student; no grade is an empty cell."""
    export(gradebook, "canvas", tmp_path / "canvas.csv")

    assert _rows(tmp_path / "canvas.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01-tensors"],
        ["    Points Possible", "", "", "", "", "4"],
        ["boris", "", "", "boris", "", ""],
        ["'=1+1", "", "", "chen", "", ""],
        ["Lovelace, Ada", "17", "", "ada", "", "2"],
    ]


def test_moodle_has_columns_to_map(gradebook: str, tmp_path: Path) -> None:
    """User name, ID number and e-mail address, and a column that its import offers as a grade item."""
    export(gradebook, "moodle", tmp_path / "moodle.csv")
    head, *rows = _rows(tmp_path / "moodle.csv")

    assert head == ["First name", "Surname", "Username", "ID number", "Email address", "Assignment: 01-tensors (Real)"]
    assert ["Ada", "Lovelace", "ada", "17", "ada@example.org", "2"] in rows
    assert ["'=1+1", "", "chen", "", "", ""] in rows


def test_an_unknown_exporter_is_refused(gradebook: str, tmp_path: Path) -> None:
    """With the known ones."""
    with pytest.raises(UsageError, match=r"'blackboard': there is no such exporter\. Known: canvas, moodle, csv"):
        export(gradebook, "blackboard", tmp_path / "marks.csv")


def test_no_grades_is_no_file(tmp_path: Path) -> None:
    """An empty gradebook is refused, and nothing is written."""
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        book.add_assignment("01-tensors")

    with pytest.raises(UsageError, match="no grades to export"):
        export(f"sqlite:///{tmp_path}/gradebook.db", "canvas", tmp_path / "canvas.csv")
    assert not (tmp_path / "canvas.csv").exists()


def test_a_missing_gradebook_is_said_in_one_line(tmp_path: Path) -> None:
    """The command exits with 2 and makes no gradebook."""
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")

    result = CliRunner().invoke(main, ["export", "canvas", "--course", str(tmp_path)])

    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert "there is no gradebook yet" in result.output
    assert not (tmp_path / "gradebook.db").exists()
