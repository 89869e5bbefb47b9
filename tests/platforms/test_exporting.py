"""torchmarks.platforms.filling and pages: marks and pages go into what a platform gave, and who is missing is named."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.errors import UsageError
from torchmarks.platforms import Export, Exported, export_out, import_roster, taken

from .classroom import ENGLISH, Pupil, canvas_csv, moodle_csv

ADA = Pupil("", 12, "Lovelace", "Ada", "ada@x.org")
BO = Pupil("", 13, "Bo", "", "bo@x.org")
CY = Pupil("", 14, "Cy", "", "cy@x.org")
NAME = "01-tensors"


def _marks(course: Course, marks: Mapping[str, float], most: float = 20, name: str = NAME) -> None:
    with Gradebook(course.db_url, str(course.directory.course_id)) as book:
        assignment = book.add_assignment(name)
        notebook = book.add_notebook(name, name)
        cell = book.add_grade_cell("f", name, name, max_score=most, cell_type="code")
        for student, points in marks.items():
            book.update_or_create_student(student)
            handed_in = SubmittedAssignment(assignment_id=assignment.id, student_id=student)
            paper = SubmittedNotebook(notebook_id=notebook.id)
            paper.grades.append(Grade(cell_id=cell.id, auto_score=points, needs_manual_grade=False))
            handed_in.notebooks.append(paper)
            book.db.add(handed_in)
        book.db.commit()


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Ada has 15 of 20 points, Bo 20; of Cy there is nothing, and Dee is on no platform."""
    root = tmp_path / "course"
    root.mkdir()
    (root / "nbgrader_config.py").write_text((repository() / "nbgrader_config.py").read_text())
    made = Course(root)
    import_roster(made, "canvas", canvas_csv(tmp_path / "roster.csv", [ADA, BO, CY]))
    _marks(made, {"ada@x.org": 15, "bo@x.org": 20})
    return made


def _filled(
    course: Course, sheet: Path, platform: str = "canvas", column: str = ""
) -> tuple[Exported, list[list[str]]]:
    to = sheet.with_name("filled.csv")
    found = export_out(course, Export(platform, sheet, to, NAME, column))
    with to.open(encoding="utf-8-sig", newline="") as file:
        return found, list(csv.reader(file, delimiter=";" if ";" in to.read_text() else ","))


@pytest.mark.parametrize(
    ("points", "delimiter", "marks"),
    [
        ("100.00", ",", ["75", "100", ""]),
        ("20.00", ",", ["15", "20", ""]),
        ("8", ";", ["6", "8", ""]),
        ("0,50", ";", ["0,375", "0,5", ""]),
        ("", ",", ["15", "20", ""]),
    ],
)
def test_marks_are_scaled_to_the_platforms_points(
    course: Course, tmp_path: Path, points: str, delimiter: str, marks: list[str]
) -> None:
    """With its decimal mark and separator; its points stay, and what was scaled is said."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, BO, CY], assignment=NAME, points=points, delimiter=delimiter)

    found, rows = _filled(course, sheet)

    assert [row[6] for row in rows[3:6]] == marks
    assert rows[2][6] == points
    possible = float(points.replace(",", ".") or 20)
    assert (found.columns[0].most, found.columns[0].possible) == (20, possible)


def test_every_other_byte_stays(course: Course, tmp_path: Path) -> None:
    """Of the whole file, read as bytes."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, BO, CY], assignment=NAME)
    content = sheet.read_bytes()

    _filled(course, sheet)

    ada, bo = "Ada,12,S12".replace(",", '",', 1), "Bo,13,S13"
    lines = (tmp_path / "filled.csv").read_bytes().decode().split("\n")
    there = content.decode().split("\n")
    assert [a for a, b in zip(lines, there, strict=True) if a != b] == [
        line.replace(",7.50,,", f",7.50,{mark},") for line, mark in ((there[3], "75"), (there[4], "100"))
    ]
    assert ada in lines[3]
    assert bo in lines[4]


def test_who_is_missing_on_either_side_is_named(course: Course, tmp_path: Path) -> None:
    """A mark without a row is lost if nobody says so: the exit status is 1."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, CY], assignment=NAME)

    result = CliRunner().invoke(
        main, ["export", "canvas", "--fill", str(sheet), "--to", str(tmp_path / "f.csv"), "--course", str(course.root)]
    )

    assert result.exit_code == 1
    assert "With a mark here and no row there: bo@x.org (Bo)" in result.output
    assert "without a mark here, left as they are: Cy" in result.output
    assert "20 points here are 100 there" in result.output


def test_what_is_no_mark_is_left(course: Course, tmp_path: Path) -> None:
    """Excused is excused, and a student without the assignment gets none."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, BO, CY], assignment=NAME)
    text = sheet.read_text(encoding="utf-8").replace("7.50,,", "7.50,EX,", 1).replace("7.50,,", "7.50,N/A,", 1)
    sheet.write_text(text, encoding="utf-8")

    found, rows = _filled(course, sheet)

    assert [row[6] for row in rows[3:6]] == ["EX", "N/A", ""]
    assert [why for _, why in found.columns[0].kept] == ["is excused", "was not given the assignment"]


def test_a_second_export_changes_nothing(course: Course, tmp_path: Path) -> None:
    """Numbers that are equal are left as the platform writes them."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, BO, CY], assignment=NAME)
    sheet.write_bytes(sheet.read_bytes().replace(b"7.50,,", b"7.50,75.00,", 1))

    found, rows = _filled(course, sheet)

    assert rows[3][6] == "75.00"
    assert (found.columns[0].same, len(found.columns[0].changes)) == (1, 1)


def test_a_column_may_be_named(course: Course, tmp_path: Path) -> None:
    """With its id or without, where it is not called as the assignment is."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, BO], assignment="Homework 1")

    assert _filled(course, sheet, column="Homework 1 (42)")[1][3][6] == "75"
    assert _filled(course, sheet, column="Homework 1")[1][3][6] == "75"


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("", r"has no column for 01-tensors\. Name it .*: Essay \(41\), Other \(42\)"),
        ("None", r"has no column 'None'\. It has: Essay \(41\), Other \(42\)"),
        ("Section", "Section is not a column for marks"),
        ("Final Score", r"line 3: Points Possible of Final Score is \(read only\)"),
    ],
)
def test_a_column_that_takes_no_marks_is_refused(course: Course, tmp_path: Path, column: str, what: str) -> None:
    """With those that would, and nothing is written."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, BO], assignment="Other")

    with pytest.raises(UsageError, match=what):
        _filled(course, sheet, column=column)
    assert not (tmp_path / "filled.csv").exists()


def test_two_columns_of_one_name_are_told_apart_by_their_ids(course: Course, tmp_path: Path) -> None:
    """Nothing is guessed."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, BO], assignment=NAME)
    sheet.write_bytes(sheet.read_bytes().replace(b"Essay (41)", b"01-tensors (41)"))

    with pytest.raises(UsageError, match=r"has 2 columns 01-tensors: 01-tensors \(41\), 01-tensors \(42\)"):
        _filled(course, sheet)
    assert _filled(course, sheet, column="01-tensors (41)")[1][4][5] == "10"


def test_a_file_of_another_year_is_refused(course: Course, tmp_path: Path) -> None:
    """None of whose students anybody here knows."""
    others = [replace(ADA, number=700, login="x"), replace(BO, number=701, login="y")]

    with pytest.raises(UsageError, match=r"none of its 2 students is in the gradebook\. Is it of this course and year"):
        _filled(course, canvas_csv(tmp_path / "c.csv", others, assignment=NAME))


def test_all_columns_are_filled_at_once(course: Course, tmp_path: Path) -> None:
    """Each with its own marks, where no assignment is named."""
    _marks(course, {"ada@x.org": 3}, most=10, name="Essay")
    sheet = canvas_csv(tmp_path / "c.csv", [ADA], assignment=NAME)

    export_out(course, Export("canvas", sheet, tmp_path / "f.csv"))

    assert '"Lovelace, Ada",12,S12,ada@x.org,One,3,75,' in (tmp_path / "f.csv").read_text(encoding="utf-8")


def test_moodle_takes_no_more_than_its_maximum(course: Course, tmp_path: Path) -> None:
    """It would skip such a mark in silence: it gets the maximum, and that is said."""
    with Gradebook(course.db_url, str(course.directory.course_id)) as book:
        for submission in book.assignment_submissions(NAME):
            submission.notebooks[0].grades[0].extra_credit = 2
        book.db.commit()
    sheet = moodle_csv(tmp_path / "m.csv", [ADA, BO, CY])

    found, rows = _filled(course, sheet, "moodle")

    assert [row[4] for row in rows[1:]] == ["85", "100", ""]
    assert found.columns[0].cut == ("Bo",)
    assert not found.is_whole


def test_a_scale_takes_no_points(course: Course, tmp_path: Path) -> None:
    """Words for grades are the platform's own business."""
    sheet = moodle_csv(tmp_path / "m.csv", [ADA, BO], ENGLISH, most="Satisfactory")

    with pytest.raises(UsageError, match="the assignment uses a scale"):
        _filled(course, sheet, "moodle")


def test_a_grade_column_in_an_unknown_language_may_be_named(course: Course, tmp_path: Path) -> None:
    """Where it cannot be told from its place, the columns are listed; marks never go into another one."""
    sheet = moodle_csv(tmp_path / "m.csv", [ADA, BO], ("A", "B", "C", "D", "E", "F", *ENGLISH[6:]))
    content = sheet.read_bytes()
    sheet.write_bytes(content.replace(b"Submitted,,", b"Submitted,poor,"))

    with pytest.raises(UsageError, match="Name it with --as: A, B, C, D, E, F"):
        _filled(course, sheet, "moodle")
    assert _filled(course, sheet, "moodle", column="E")[1][1][4] == "75"


def _page(course: Course, student: str, name: str = NAME) -> None:
    folder = course.path("feedback", NAME, student)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.html").write_text(f"<p>{student}")


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


def test_pages_for_canvas_have_the_numbers_of_what_was_collected(course: Course, tmp_path: Path) -> None:
    """Work that came another way has none, and is named; so is who has no page."""
    for student in ("ada@x.org", "bo@x.org"):
        _page(course, student)
    for student, file in (("ada@x.org", f"{NAME}.ipynb"), ("cy@x.org", "x.ipynb")):
        given = f"anything_{file}"
        taken.write(course.db_url, NAME, student, [taken.TakenFile(student, file, "canvas", given, 777)])
    taken.write(course.db_url, NAME, "bo@x.org", [taken.TakenFile("bo@x.org", "x.ipynb", "folder", "bo/x.ipynb", 0)])

    found = export_out(course, Export("canvas", assignment=NAME, feedback=tmp_path / "p.zip"))

    assert _names(tmp_path / "p.zip") == ["lovelaceada_12_777_01-tensors.html"]
    assert found.packed is not None
    assert (found.packed.nameless, found.packed.without) == (("bo@x.org",), ("cy@x.org",))
    assert not found.is_whole


def test_no_page_goes_out_while_a_grading_has_not_come_to_its_end(course: Course, tmp_path: Path) -> None:
    """The page is that of the grade before; its student is named among those without one."""
    for student in ("ada@x.org", "bo@x.org"):
        _page(course, student)
        taken.write(
            course.db_url, NAME, student, [taken.TakenFile(student, f"{NAME}.ipynb", "canvas", "x_y.ipynb", 777)]
        )
    course.path("autograded", NAME, "bo@x.org").mkdir(parents=True)  # as a kill leaves it

    found = export_out(course, Export("canvas", assignment=NAME, feedback=tmp_path / "p.zip"))

    assert _names(tmp_path / "p.zip") == ["lovelaceada_12_777_01-tensors.html"]
    assert found.packed is not None
    assert found.packed.without == ("bo@x.org",)


def test_no_page_of_other_points_goes_out(course: Course, tmp_path: Path) -> None:
    """Its student is named with the command that renews it."""
    for student in ("ada@x.org", "bo@x.org"):
        _page(course, student)
        taken.write(
            course.db_url, NAME, student, [taken.TakenFile(student, f"{NAME}.ipynb", "canvas", "x_y.ipynb", 777)]
        )
    old = course.path("feedback", NAME, "bo@x.org") / f"{NAME}.html"
    old.write_text('<meta name="torchmarks-grades" content="0123456789abcdef">')
    words = ["export", "canvas", "--assignment", NAME, "--feedback", str(tmp_path / "p.zip")]

    done = CliRunner().invoke(main, [*words, "--course", str(course.root)])

    assert _names(tmp_path / "p.zip") == ["lovelaceada_12_777_01-tensors.html"]
    assert f"Outdated pages, not packed: bo@x.org. To renew them: torchmarks feedback {NAME}" in done.output
    assert "No page" not in done.output
    assert done.exit_code == 1


def test_pages_for_moodle_have_the_numbers_of_the_worksheet(course: Course, tmp_path: Path) -> None:
    """Without one there are none."""
    _page(course, "ada@x.org")
    sheet = moodle_csv(tmp_path / "m.csv", [replace(ADA, first="A_d\u202e/a"), BO])

    export_out(course, Export("moodle", sheet, tmp_path / "f.csv", NAME, feedback=tmp_path / "p.zip"))

    assert _names(tmp_path / "p.zip") == ["Ada Lovelace_5012_assignfeedback_file_/01-tensors.html"]
    with pytest.raises(UsageError, match="Name the grading worksheet of this assignment with --fill"):
        export_out(course, Export("moodle", assignment=NAME, feedback=tmp_path / "q.zip"))
    assert not (tmp_path / "q.zip").exists()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("csv", "--fill", "x.csv"), "has no file of its own to fill"),
        (("canvas", "--as", "X"), "Name that file with --fill"),
        (("canvas", "--fill", "none.csv"), "none.csv: cannot be read"),
        (("canvas", "--feedback", "p.zip"), "Name it with --assignment"),
        (("canvas", "--feedback", "p.zip", "--assignment", NAME), "Run: torchmarks feedback 01-tensors"),
    ],
)
def test_bad_input_gets_one_line_and_status_2(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], what: str
) -> None:
    """What, where, what to do; nothing is written."""
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["export", *arguments, "--course", str(course.root)])

    assert (result.exit_code, result.output.count("\n")) == (2, 1)
    assert what in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course", "roster.csv"]


def test_a_file_that_cannot_be_written_is_said(course: Course, tmp_path: Path) -> None:
    """With its place, and what to do."""
    sheet = canvas_csv(tmp_path / "a.csv", [ADA, BO], assignment=NAME)

    with pytest.raises(UsageError, match=r"cannot be written \(No such file or directory\)\. Name another .* --to"):
        export_out(course, Export("canvas", sheet, tmp_path / "none" / "b.csv", NAME))


def test_the_download_is_not_written_over_unasked(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it has the name that an export has by itself."""
    monkeypatch.chdir(tmp_path)
    sheet = canvas_csv(tmp_path / "canvas.csv", [ADA, BO], assignment=NAME)
    content = sheet.read_bytes()

    result = CliRunner().invoke(main, ["export", "canvas", "--fill", "canvas.csv", "--course", str(course.root)])

    assert result.exit_code == 0, result.output
    assert sheet.read_bytes() == content
    assert (tmp_path / "canvas-marks.csv").exists()


def test_marks_of_an_earlier_export_are_not_lost(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another column: refused with the way to add to them. The same export again is written again."""
    monkeypatch.chdir(tmp_path)
    canvas_csv(tmp_path / "canvas.csv", [ADA, BO], assignment=NAME)
    arguments = ["export", "canvas", "--fill", "canvas.csv", "--course", str(course.root)]
    first, again = (CliRunner().invoke(main, arguments) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0), again.output
    marks = tmp_path / "canvas-marks.csv"
    head, *rows = marks.read_text(encoding="utf-8-sig").splitlines()
    marks.write_text("\n".join([f"{head},Essay (9)", *(f"{row},5" for row in rows)]) + "\n")
    content = marks.read_bytes()

    refused = CliRunner().invoke(main, arguments)

    assert refused.exit_code == 2
    assert "holds marks that this would lose (Essay (9)). To add to them: --fill canvas-marks.csv" in refused.output
    assert marks.read_bytes() == content


def test_names_in_a_list_are_told_apart(course: Course, tmp_path: Path) -> None:
    """They have commas of their own."""
    dana = replace(CY, number=99, last="Dahl", first="Dana", login="d@x.org")
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, CY, dana], assignment=NAME)

    result = CliRunner().invoke(
        main, ["export", "canvas", "--fill", str(sheet), "--to", str(tmp_path / "f.csv"), "--course", str(course.root)]
    )

    assert "; Dahl, Dana" in result.output
