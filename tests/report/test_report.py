"""The report of a class of 300: its numbers against SQL of our own, who is named, what works offline, bad input."""

import csv
import io
import json
import os
import random
import sqlite3
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook

from torchmarks.checks.report import Report
from torchmarks.cli import main
from torchmarks.course import repository
from torchmarks.errors import UsageError
from torchmarks.grading import CheckRecord, CheckVerdict
from torchmarks.grading.record import NotebookRecord, by_exercise, written
from torchmarks.grading.repair import Repair
from torchmarks.isolation import LimitHit
from torchmarks.report import Figures, _write, all_figures, write_report
from torchmarks.report.figures import FailedCheck, Gathered, GradedWork, figures
from torchmarks.report.page import histogram

NAME = "01-tensors"
EXERCISES = [f"exercise_{number}" for number in range(6)]
FORMULA = '=cmd|" /C calc"!A0'


class Folder:
    """A course folder as a report sees it, with a gradebook and graded notebooks in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.db_url = f"sqlite:///{root}/gradebook.db"
        self.directory = self
        self.course_id = "tensors"
        self.autograded_directory, self.submitted_directory = "autograded", "submitted"

    def format_path(self, step: str, student: str, assignment: str) -> str:
        """As nbgrader's."""
        return str(self.root / step / student / assignment)

    def assignments(self) -> list[str]:
        """The only one."""
        return [NAME]

    def require(self, assignment: str) -> str:
        """As the course's."""
        return assignment

    def folders(self, step: str, assignment: str) -> dict[str, Path]:
        """As the course's."""
        return {path.parent.name: path for path in (self.root / step).glob(f"*/{assignment}")}

    def notebook(self, step: str, assignment: str) -> dict[str, object]:
        """The statements of its exercises, by their titles: one star more each."""
        assert (step, assignment) == ("source", NAME)
        titles = [
            f"### {n} · `{name}` — what　　{'★' * n:☆<5} · 4 min · 4 points\n\nText."
            for n, name in enumerate(EXERCISES[:5], start=1)
        ]
        return {"cells": [{"id": f"exercise_{n}-statement", "source": title} for n, title in enumerate(titles)]}

    def unfinished(self, assignment: str) -> dict[str, str]:
        """No grading was cut short."""
        return {}

    def refused(self, assignment: str, unfinished: object = None) -> dict[str, object]:
        """Nobody was refused."""
        return {}


def _fill(folder: Folder, size: int) -> None:
    chance = random.Random(7)
    with Gradebook(folder.db_url) as book:
        book.add_assignment(NAME)
        notebook = book.add_notebook(NAME, NAME)
        for exercise in EXERCISES:
            for part, points in (("visible", 1), ("hidden", 3)):
                book.add_grade_cell(f"{exercise}-{part}", NAME, NAME, max_score=points, cell_type="code")
        book.db.add_all(Student(id=f"student{number:03}") for number in range(size + 5))
        assignment, cells = book.find_assignment(NAME), [(c.id, c.name, c.max_score) for c in notebook.grade_cells]
        for number in range(size):
            handed_in = SubmittedAssignment(assignment_id=assignment.id, student_id=f"student{number:03}")
            paper = SubmittedNotebook(notebook_id=notebook.id)
            handed_in.notebooks.append(paper)
            able = chance.random()
            for cell, name, most in cells:
                right = chance.random() < able and not name.startswith("exercise_5")
                grade = Grade(cell_id=cell, auto_score=most * right, needs_manual_grade=False)
                if number == 3 and name == "exercise_0-hidden":
                    grade.manual_score, grade.extra_credit = 2.5, 0.5
                paper.grades.append(grade)
            book.db.add(handed_in)
        book.db.commit()
    for number in range(0, size, 3):
        _write_notebook(folder, f"student{number:03}", "always-float32" if number % 2 else "shares-memory")


def _write_notebook(folder: Folder, student: str, misconception: str) -> None:
    text = f"{student} <script>alert(1)</script> is not what was asked for."
    failed = Report(text, misconception=misconception)
    check = CheckRecord("exercise_1-hidden", 0.0, 3.0, CheckVerdict.FAILED, report=failed)
    repairs = (Repair("lost", "", FORMULA),) if student == "student000" else ()
    limits = (LimitHit("timeout", None, "exercise_2", ""),)
    record = NotebookRecord(by_exercise([check]), repairs, limits, seconds=0.5)
    path = folder.root / "autograded" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(written({"metadata": {}, "cells": []}, record)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A class of 305, of whom 300 handed in, graded; every third has a graded notebook with a message."""
    found = Folder(tmp_path_factory.mktemp("class"))
    _fill(found, 300)
    return found


@pytest.fixture(scope="module")
def shown(folder: Folder) -> Figures:
    """The figures of that class."""
    return all_figures(folder, [])[0]


def _totals(folder: Folder) -> dict[str, dict[str, float]]:
    """Points by student and exercise, by SQL that knows nothing of nbgrader's classes."""
    query = """
        SELECT sa.student_id, substr(bc.name, 1, 10),
               SUM(COALESCE(g.manual_score, g.auto_score, 0) + COALESCE(g.extra_credit, 0))
        FROM grade g JOIN base_cell bc ON bc.id = g.cell_id
        JOIN submitted_notebook sn ON sn.id = g.notebook_id
        JOIN submitted_assignment sa ON sa.id = sn.assignment_id GROUP BY 1, 2"""
    found: dict[str, dict[str, float]] = {}
    with sqlite3.connect(folder.root / "gradebook.db") as base:
        for student, exercise, points in base.execute(query):
            found.setdefault(student, {})[exercise] = points
    return found


def test_scores_equal_an_independent_query(folder: Folder, shown: Figures) -> None:
    """Every score, the mean, the median and the pass rate; a person's points count in place of the test's."""
    expected = {student: sum(points.values()) for student, points in _totals(folder).items()}

    assert shown.scores == expected
    assert len(expected) == 300
    assert shown.students == 305
    assert shown.mean == pytest.approx(sum(expected.values()) / 300)
    assert shown.median == statistics.median(expected.values())
    assert shown.pass_rate == sum(score >= 12 for score in expected.values()) / 300


def test_exercises_equal_an_independent_query(folder: Folder, shown: Figures) -> None:
    """Difficulty and discrimination of every exercise, by their formulas."""
    rows = list(_totals(folder).values())
    assert [exercise.name for exercise in shown.exercises] == EXERCISES

    for exercise in shown.exercises:
        own = [row[exercise.name] for row in rows]
        rest = [sum(row.values()) - row[exercise.name] for row in rows]
        assert exercise.difficulty == pytest.approx(sum(own) / 300 / 4)
        assert exercise.solved == sum(points >= 4 for points in own) / 300
        if exercise.discrimination is not None:
            assert exercise.discrimination == pytest.approx(statistics.correlation(own, rest))


def test_what_nobody_solves_is_said(shown: Figures) -> None:
    """With no discrimination, which is undefined there."""
    last = shown.exercises[-1]

    assert last.remark == "nobody solved it"
    assert last.discrimination is None


def test_the_difficulty_of_the_titles_is_compared_with_what_the_class_made_of_it(shown: Figures) -> None:
    """All five were equally hard here, so nothing is said; where the titles are the wrong way round, it is."""
    assert [exercise.stars for exercise in shown.exercises] == [1, 2, 3, 4, 5, 0]
    assert [exercise.harder_than for exercise in shown.exercises] == [""] * 6

    works = tuple(GradedWork(f"s{n}", {"f": float(n < 5), "g": float(n < 9), "h": 1.0}) for n in range(10))
    gathered = Gathered("01", {"f": 1.0, "g": 1.0, "h": 1.0}, works, 10, {}, stars={"f": 1, "g": 3, "h": 2})

    assert [exercise.remark for exercise in figures(gathered).exercises] == [
        "★ in its title, and harder than g with ★★★",
        "",
        "everybody solved it",
    ]
    nine = replace(gathered, works=works[:9])
    assert [exercise.harder_than for exercise in figures(nine).exercises] == ["", "", ""]  # too few to say so


def test_misconceptions_are_counted_by_student(shown: Figures) -> None:
    """Fifty students each, both named with their exercise."""
    assert [(m.name, m.exercise, m.students) for m in shown.misconceptions] == [
        ("always-float32", "exercise_1", 50),
        ("shares-memory", "exercise_1", 50),
    ]


def test_a_student_counts_once_for_a_misconception() -> None:
    """However many checks show it; "not written" is none."""
    twice = (
        FailedCheck("f", "always-float32", "a"),
        FailedCheck("f", "always-float32", "b"),
        FailedCheck("f", "not-written", "c"),
    )
    found = figures(Gathered("01", {"f": 1.0}, (GradedWork("ada", {"f": 0.0}, failures=twice),), 1, {}))

    assert [(m.name, m.students) for m in found.misconceptions] == [("always-float32", 1)]


def test_a_reason_names_nobody() -> None:
    """A file may be called after its student: the name is left out of what was found."""
    found = figures(
        Gathered("01", {"f": 1.0}, (GradedWork("ada", {"f": 0.0}),), 2, {"boris": "boris.ipynb is not JSON."})
    )

    assert [(one.student, one.what) for one in found.trouble] == [("boris", "a student.ipynb is not JSON.")]


def test_a_name_inside_a_word_is_no_name() -> None:
    """ "ada" is left out of file names, and stands in "metadata" as it was."""
    reason = "ada_2.ipynb, Work-ada1.ipynb: the metadata of adagio cannot be read."
    found = figures(Gathered("01", {"f": 1.0}, (GradedWork("boris", {"f": 0.0}),), 2, {"ada": reason}))

    said = "a student_2.ipynb, Work-a student1.ipynb: the metadata of adagio cannot be read."
    assert [one.what for one in found.trouble] == [said]


class _Outside(HTMLParser):
    """Collects what a page would load, and its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        if tag in ("script", "link", "img", "iframe", "object"):
            self.found.append(tag)
        self.found += [value for name, value in attrs if value and name in ("src", "href") and value[0] != "#"]


def test_the_page_names_the_levels_of_isolation(tmp_path: Path) -> None:
    """Of a class that was graded on two machines, with the number of submissions at each."""
    graded = Folder(tmp_path)
    _fill(graded, 9)
    copies = graded.folders("autograded", NAME).values()
    for folder, level in zip(copies, ("namespaces", "namespaces", "landlock (ordinary user)"), strict=True):
        notebook = written({"metadata": {}, "cells": []}, NotebookRecord(isolation=level))
        (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))

    write_report(graded, [], tmp_path / "report.html")

    text = (tmp_path / "report.html").read_text()
    assert "level namespaces: 2" in text
    assert "level landlock (ordinary user): 1" in text


def test_the_page_works_offline_and_names_nobody(folder: Folder, tmp_path: Path) -> None:
    """Nothing is loaded, no student is named, what a student wrote is text."""
    write_report(folder, [], tmp_path / "report.html", csv=tmp_path / "report.csv")
    text = (tmp_path / "report.html").read_text()
    reader = _Outside()
    reader.feed(text)

    assert [found for found in reader.found if not found.startswith("#")] == []
    assert "student0" not in text
    assert "student0" not in (tmp_path / "report.csv").read_text()
    assert "nobody solved it" in text


def test_the_plot_is_told_in_words() -> None:
    """For those who cannot see its bars: how many submissions each stands for."""
    words = "Distribution of scores: 2 from 0 to 2 points, 1 from 22 to 24 points"

    assert f'aria-label="{words}"' in histogram([0, 1, 24], 24)


def test_names_are_shown_on_request(folder: Folder, tmp_path: Path) -> None:
    """With --names the page and the CSV have every student's score."""
    write_report(folder, [], tmp_path / "report.html", names=True, csv=tmp_path / "report.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "report.csv").read_text())))
    scores = {row["name"]: float(row["value"]) for row in rows if row["about"] == "student"}

    assert len(scores) == 300
    assert scores == {student: sum(points.values()) for student, points in _totals(folder).items()}
    assert "student003" in (tmp_path / "report.html").read_text()


def test_no_cell_of_the_csv_is_a_formula(folder: Folder, tmp_path: Path) -> None:
    """What comes from a student starts with an apostrophe where a spreadsheet would calculate."""
    write_report(folder, [], tmp_path / "report.html", csv=tmp_path / "report.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "report.csv").read_text())))

    assert f"'{FORMULA}" in [row[4] for row in rows]
    assert [cell for row in rows for cell in row if cell.startswith("=")] == []


def test_frequencies_are_written_beside_their_dictionary(folder: Folder, tmp_path: Path) -> None:
    """300 submissions in each exercise, no count below five, nobody named."""
    write_report(folder, [], tmp_path / "report.html", public=tmp_path / "wrong.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "wrong.csv").read_text())))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "wrong-dictionary.csv", "wrong.csv"]
    assert {row["of"] for row in rows} == {"300"}
    assert min(int(row["submissions"]) for row in rows) >= 5
    assert {row["name"] for row in rows} >= {"always-float32", "shares-memory"}
    assert "student0" not in (tmp_path / "wrong.csv").read_text()


def test_on_a_full_disk_the_last_report_stays(
    tmp_path: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    """It was truncated before the new one was written."""
    (tmp_path / "report.html").write_text("of last week")

    with pytest.raises(UsageError, match="cannot be written"), full_disk():
        _write(tmp_path / "report.html", "of today")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.html", "of last week")]


def test_what_is_left_out_is_in_no_figure(folder: Folder, tmp_path: Path) -> None:
    """Plain assignments, unless they are named."""
    with pytest.raises(UsageError, match="nothing is graded yet"):
        write_report(folder, [], tmp_path / "report.html", without=[NAME])

    assert len(write_report(folder, [NAME], tmp_path / "report.html", without=[NAME])) == 1


def _widths(page_file: Path, kept: Path) -> list[int]:
    """How wide the page is at 400 (dark) and 1400 pixels (light). Screenshots are kept."""
    import shutil

    from playwright.sync_api import sync_playwright

    widths = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for width, scheme in ((400, "dark"), (1400, "light")):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
            page.goto(page_file.as_uri())
            page.screenshot(path=kept / f"{width}.png", full_page=True)
            widths.append(page.evaluate("document.documentElement.scrollWidth"))
            if width == 1400 and os.environ.get("UPDATE_IMAGES"):
                page.screenshot(path=repository() / "docs" / "images" / "report.png")
        browser.close()
    return widths


@pytest.mark.browser
def test_the_page_fits_a_phone_and_a_desk(folder: Folder, tmp_path: Path) -> None:
    """At 400 and 1400 pixels nothing sticks out; screenshots are kept in build/screenshots."""
    write_report(folder, [], tmp_path / "report.html")
    kept = repository() / "build" / "screenshots" / "report"
    # A thread of its own: Playwright refuses a thread in which another browser test still holds a loop open.
    with ThreadPoolExecutor(1) as thread:
        widths = thread.submit(_widths, tmp_path / "report.html", kept).result()

    assert widths == [400, 1400]


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["report", *arguments])
    return result.exit_code, result.output


def test_a_report_before_grading_says_what_to_do(tmp_path: Path) -> None:
    """One line and status 2; no gradebook is made on the way."""
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")

    status, text = _run("--course", str(tmp_path))

    assert status == 2
    assert text.count("\n") == 1
    assert "there is no gradebook yet" in text
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".db"] == []


def test_an_unknown_assignment_is_refused() -> None:
    """With the known ones."""
    status, text = _run("99-none", "--course", str(repository()))

    assert status == 2
    assert "there is no assignment '99-none'" in text
