"""Marks for Canvas and Moodle: the columns that their imports expect, empty where there is no grade, no formulas."""

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy import event

from torchmarks.cli import main
from torchmarks.course import exports, records
from torchmarks.course.exports import export, marks_of
from torchmarks.errors import UsageError
from torchmarks.grading import Basis


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


def test_on_a_full_disk_the_last_marks_stay(
    tmp_path: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    """They were truncated before the new ones were written."""
    (tmp_path / "marks.csv").write_text("of last week")

    with pytest.raises(UsageError, match="cannot be written"), full_disk():
        exports._write(tmp_path / "marks.csv", [["ada", "2"]])

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("marks.csv", "of last week")]


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


def _handed_in(book: Gradebook, student: str, *grades: dict[str, float | None]) -> None:
    """A submission with a row for the test and one for the written answer."""
    assignment = book.find_assignment("01-tensors")
    notebook = book.find_notebook("01-tensors", "01-tensors")
    handed_in = SubmittedAssignment(assignment_id=assignment.id, student_id=student)
    paper = SubmittedNotebook(notebook_id=notebook.id)
    cells = sorted(notebook.grade_cells, key=lambda cell: str(cell.name))
    for cell, values in zip(cells, grades, strict=True):
        paper.grades.append(Grade(cell_id=cell.id, **values))
    handed_in.notebooks.append(paper)
    book.db.add(handed_in)
    book.db.commit()


def _noted(book: Gradebook, student: str, state: str) -> None:
    basis = Basis("files", "tests", "{}", "0.1.0", "2.13.0")
    records.prepare(book.db.get_bind())
    records.write(book.db.connection(), "01-tensors", student, records.Record(state, "", "", "nbgrader", basis))
    book.db.commit()


NOTHING: dict[str, float | None] = {}
# by name: state of the note or nothing, the test's row, the written answer's row, the score that is exported
CASES: dict[str, tuple[str, dict[str, float | None], dict[str, float | None], float | None]] = {
    "graded": ("graded", {"auto_score": 3}, NOTHING, 3),
    "graded with nothing": ("graded", {"auto_score": 0}, NOTHING, 0),
    "graded by hand too": ("graded", {"auto_score": 3, "manual_score": 1}, {"manual_score": 2}, 3),
    "graded with extra credit": ("graded", {"auto_score": 3, "extra_credit": 5}, NOTHING, 8),
    "refused": ("refused", NOTHING, NOTHING, None),
    "refused, old points left": ("refused", {"auto_score": 3}, NOTHING, None),
    "refused, marked by hand": ("refused", {"auto_score": 3}, {"manual_score": 2}, 2),
    "refused, marked with 0": ("refused", NOTHING, {"manual_score": 0}, 0),
    "refused, extra credit": ("refused", {"auto_score": 3}, {"extra_credit": 1}, 1),
    "quarantined": ("quarantined", {"auto_score": 3}, NOTHING, None),
    "begun": ("begun", {"auto_score": 3}, NOTHING, None),
    "registered only": ("", NOTHING, NOTHING, None),
    "not noted": ("", {"auto_score": 3}, NOTHING, 3),
    "not noted, half saved": ("", NOTHING, {"auto_score": 0}, None),
    "not noted, half saved, by hand": ("", NOTHING, {"manual_score": 1}, 1),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """Each case is a student; the rows of every export by student."""
    folder = tmp_path_factory.mktemp("exported")
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        book.add_assignment("01-tensors")
        book.add_notebook("01-tensors", "01-tensors")
        for name in ("f-hidden", "written"):
            book.add_grade_cell(name, "01-tensors", "01-tensors", max_score=4, cell_type="code")
        book.add_solution_cell("written", "01-tensors", "01-tensors")
        for name, (state, *grades, _) in CASES.items():
            book.add_student(name)
            _handed_in(book, name, *grades)
            if state:
                _noted(book, name, state)
        book.add_student("absent", last_name="Nobody")
    found = {}
    for kind, column in (("canvas", 3), ("moodle", 2), ("csv", 3)):
        export(f"sqlite:///{folder}/gradebook.db", kind, folder / f"{kind}.csv")
        found[kind] = {row[column]: row for row in _rows(folder / f"{kind}.csv")}
    return found


@pytest.mark.parametrize("name", CASES)
def test_only_a_mark_is_exported(exported: dict[str, dict[str, list[str]]], name: str) -> None:
    """A grading that came to its end, or a person's points; anything else is empty, never 0, in every export."""
    score = CASES[name][-1]
    said = "" if score is None else f"{score:g}"

    assert exported["canvas"][name][-1] == said
    assert exported["moodle"][name][-1] == said
    *_, raw, penalty, final, most = exported["csv"][name]
    assert most == "8.0"
    assert (raw, penalty, final) == (("", "", "") if score is None else (str(float(score)), "0.0", str(float(score))))


def _statements(book: Gradebook) -> list[str]:
    """What `marks_of` asks a gradebook."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *more: object) -> None:
        asked.append(statement)

    event.listen(book.db.get_bind(), "before_cursor_execute", note)
    marks_of(book)
    event.remove(book.db.get_bind(), "before_cursor_execute", note)
    return asked


def test_a_large_class_is_asked_for_no_more_often(gradebook: str) -> None:
    """The marks of all are summed by the database in one pass."""
    with Gradebook(gradebook) as book:
        before = _statements(book)
        for number in range(20):
            book.add_student(f"s{number}")
            _handed_in(book, f"s{number}", {"auto_score": 1})
        after = _statements(book)

        assert len(marks_of(book)) == 21
    assert after == before


def test_marks_are_nbgraders_sums(gradebook: str) -> None:
    """Of several notebooks, each with a penalty of its own; of a submission without any, too."""
    with Gradebook(gradebook) as book:
        book.add_notebook("second", "01-tensors")
        cells = [book.add_grade_cell(f"g{n}", "second", "01-tensors", max_score=2, cell_type="code") for n in range(3)]
        ada = book.find_submission("01-tensors", "ada")
        paper = SubmittedNotebook(notebook_id=cells[0].notebook_id, late_submission_penalty=0.5)
        paper.grades += [Grade(cell_id=cell.id, auto_score=1.5, extra_credit=0.25) for cell in cells]
        ada.notebooks.append(paper)
        assignment = book.find_assignment("01-tensors")
        book.db.add(SubmittedAssignment(assignment_id=assignment.id, student_id="boris"))
        book.db.commit()
        _noted(book, "boris", "graded")

        marks = marks_of(book)
        submissions = {who: book.find_submission("01-tensors", who) for who in ("ada", "boris")}
        assert {who: marks[who, "01-tensors"].points for who in submissions} == {"ada": 8.25, "boris": 0}
        assert {who: one.score for who, one in submissions.items()} == {"ada": 8.25, "boris": 0}
        penalties = {who: one.late_submission_penalty for who, one in submissions.items()}
        assert {who: marks[who, "01-tensors"].penalty for who in submissions} == penalties == {"ada": 1.5, "boris": 0}


def test_an_export_sums_the_marks_once(gradebook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look whether there are any is the same as that of the rows."""
    sums: list[Gradebook] = []
    monkeypatch.setattr(exports, "marks_of", lambda book: sums.append(book) or marks_of(book))
    for kind in exports.EXPORTERS:
        export(gradebook, kind, tmp_path / kind)

    assert len(sums) == len(exports.EXPORTERS)


def test_who_handed_in_nothing_has_a_row_without_a_mark(exported: dict[str, dict[str, list[str]]]) -> None:
    """In all exports; nbgrader's own writes 0.0."""
    assert exported["csv"]["absent"] == ["01-tensors", "", "", "absent", "Nobody", "", "", "", "", "", "8.0"]
    assert exported["canvas"]["absent"][-1] == exported["moodle"]["absent"][-1] == ""


def test_a_refused_student_whom_the_gradebook_does_not_have_has_a_row(gradebook: str, tmp_path: Path) -> None:
    """One who handed in no notebook is only noted as refused; the exports leave their mark empty, and add nobody."""
    with Gradebook(gradebook) as book:
        for student in ("carl", "boris"):
            _noted(book, student, "refused")
        _noted(book, "gone", "graded")  # removed since
    for kind in ("canvas", "moodle", "csv"):
        export(gradebook, kind, tmp_path / kind)

    assert _rows(tmp_path / "canvas")[2:] == [
        ["boris", "", "", "boris", "", ""],
        ["'=1+1", "", "", "chen", "", ""],
        ["Lovelace, Ada", "17", "", "ada", "", "2"],
        ["carl", "", "", "carl", "", ""],
    ]
    assert _rows(tmp_path / "moodle")[-1] == ["", "", "carl", "", "", ""]
    assert _rows(tmp_path / "csv")[-1] == ["01-tensors", "", "", "carl", "", "", "", "", "", "", "4.0"]
    assert len(_rows(tmp_path / "moodle")) == len(_rows(tmp_path / "csv")) == 5
    with Gradebook(gradebook) as book:
        assert [student.id for student in book.students] == ["boris", "chen", "ada"]


def test_the_csv_has_the_columns_of_nbgraders_own(gradebook: str, tmp_path: Path) -> None:
    """In its order, with its values where there is a mark."""
    export(gradebook, "csv", tmp_path / "ours.csv")
    with Gradebook(gradebook) as book:
        stock = CsvExportPlugin()
        stock.to = str(tmp_path / "stock.csv")
        stock.export(book)
    ours, theirs = _rows(tmp_path / "ours.csv"), _rows(tmp_path / "stock.csv")

    assert ours[0] == theirs[0]
    assert [row for row in ours if row[3] == "ada"] == [row for row in theirs if row[3] == "ada"]


def test_nbgrader_exports_through_ours(tmp_path: Path) -> None:
    """`nbgrader export` in a course of ours, without an option; marks of unknown tests are told in its log."""
    shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", tmp_path)
    (tmp_path / "source" / "01-tensors").mkdir(parents=True)
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db", "tensors") as book:
        book.add_assignment("01-tensors")
        book.add_notebook("01-tensors", "01-tensors")
        for name in ("f-hidden", "written"):
            book.add_grade_cell(name, "01-tensors", "01-tensors", max_score=4, cell_type="code")
        book.add_student("ada")
        book.add_student("bo")
        _handed_in(book, "ada", {"auto_score": 3}, {"auto_score": 0})

    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "export"], cwd=tmp_path, capture_output=True, text=True, timeout=100
    )

    assert run.returncode == 0, run.stderr
    rows = {row[3]: row[-4:] for row in _rows(tmp_path / "grades.csv")}
    assert rows == {
        "student_id": ["raw_score", "late_submission_penalty", "score", "max_score"],
        "ada": ["3.0", "0.0", "3.0", "8.0"],
        "bo": ["", "", "", "8.0"],
    }
    assert "1 submission was graded without this package" in run.stderr
