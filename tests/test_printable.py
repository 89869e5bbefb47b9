"""torchmarks.printable: what students choose steers no terminal and is no formula, wherever it is shown."""

from __future__ import annotations

import csv
import io
import logging
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from rich.console import Console

from torchmarks.bulk.jobs import Outcome, OutcomeState
from torchmarks.bulk.progress import JsonWatcher, LineWatcher, print_summary
from torchmarks.bulk.summary import Reported, Summary
from torchmarks.cli import main
from torchmarks.course.exports import EXPORTERS, export
from torchmarks.course.refusals import SubmissionRefused
from torchmarks.printable import PrintableFilter, no_formula, printable
from torchmarks.report.figures import Gathered, GradedWork, figures
from torchmarks.report.table import as_csv

# A line of its own, colours, a window's title, text turned round, hidden or of no width, half of a character.
STEERING = {
    "line break": "a\nb", "return": "a\rb", "escape": "\x1b[2Jx", "title": "\x1b]0;x\x07", "c1": "\x9b31mx",
    "override": "a\u202eb", "isolate": "\u2066b", "separator": "a\u2028b", "no width": "a\u200bb", "bom": "\ufeffa",
    "backspace": "b\x08\x08", "null": "a\x00", "surrogate": "a\udc80", "private": "\ue000",
}  # fmt: skip
ACTS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
FORMULAS = [
    "=HYPERLINK(1)", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "+1+1", "\uff1d1+1", "\uff0b1+1", "\uff0d1+cmd", "\uff20SUM",
    " =1+1", "\n=1+1", "\t=1", "\r\n=1", "\u200b=1", "\ufeff=1", "\u00a0=1", "\u3000\uff1d1", "\u202e=1", "\u22121+cmd",
    "\ufe63\x001+cmd", "\x0b-a",
]  # fmt: skip


@pytest.mark.parametrize("name", STEERING)
def test_what_steers_a_terminal_is_replaced(name: str) -> None:
    """Every such character, and nothing else; where lines are wanted they stay."""
    assert ACTS.search(printable(STEERING[name])) is None
    assert len(printable(STEERING[name])) == len(STEERING[name])
    assert printable("José, 陳, Ω 1/2 'x'") == "José, 陳, Ω 1/2 'x'"
    assert printable("a\nb", keep="\n") == "a\nb"


@pytest.mark.parametrize("name", STEERING)
def test_a_run_says_ids_and_reasons_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Progress, notes and the summary keep to their lines whatever a student is called."""
    log, text = io.StringIO(), STEERING[name]
    watcher = LineWatcher(Console(file=log))
    watcher.finished(Outcome(text, OutcomeState.REFUSED, f"no {text}"))
    watcher.note(text)
    JsonWatcher().note(text)
    JsonWatcher().finished(Outcome(text, OutcomeState.REFUSED, text))
    reported = (Reported(text, OutcomeState.REFUSED, text),)
    print_summary(
        Summary(
            assignment="hw", graded=0, unchanged=0, wall=1.0, reported=reported, slowest=((text, 1.0),), spent={"a": 1}
        )
    )

    said = capsys.readouterr()
    for part, lines in ((log.getvalue(), 1), (said.err, 1), (said.out, 5)):
        assert ACTS.search(part) is None
        assert part.count("\n") == lines


@pytest.mark.parametrize("name", sorted(STEERING.keys() - {"surrogate", "null"}))  # no argument of a command has those
def test_an_error_is_one_line(name: str, tmp_path: Path) -> None:
    """Also with a name in it that somebody else chose."""
    said = CliRunner().invoke(main, ["verify", "--course", str(tmp_path / STEERING[name])]).output

    assert said.count("\n") == 1
    assert ACTS.search(said + str(SubmissionRefused(STEERING[name], "hw", "r", "s"))) is None


def test_the_log_keeps_to_its_lines() -> None:
    """nbgrader's own lines name students and files: their steering is gone, and tracebacks keep their lines."""
    log = io.StringIO()
    logger = logging.Logger("nbgrader's")
    logger.addHandler(logging.StreamHandler(log))
    logger.addFilter(PrintableFilter())

    logger.error("Converting %s\n  of %r (100%%)", "\x1b[2Ja\u202eb", "c")

    assert log.getvalue() == "Converting \ufffd[2Ja\ufffdb\n  of 'c' (100%)\n"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    """Whatever stands before the sign, and in whatever width it is written."""
    cell = no_formula(text)

    assert cell.startswith("'")
    assert not re.search("[\n\r\t\x0b\x00]", cell)


@pytest.mark.parametrize("text", [*FORMULAS, '"=1', ' "" =1'])
def test_no_formula_begins_where_a_spreadsheet_splits(text: str) -> None:
    """In many a country at semicolons, whatever the quotes of a comma's table say."""
    table = io.StringIO()
    csv.writer(table).writerow(["ada", no_formula(f"x;{text}, y"), no_formula(f"x\t{text}"), no_formula(f";{text}")])

    for separator in ";\t":
        for cell in next(csv.reader(io.StringIO(table.getvalue()), delimiter=separator)):
            assert cell[:1] not in {*"=+-@", "\t"}
            assert no_formula(cell) == cell


@pytest.mark.parametrize(
    "text", ["-2", "+1.5", "-0,5", "17", "3", "Ada-Lou", "a=b", "a; b", "x@y", "", "O'Neill", "  a"]
)
def test_numbers_and_names_stay(text: str) -> None:
    """A negative mark is a mark."""
    assert no_formula(text) == text
    assert no_formula(None) == ""
    assert no_formula(-2.5) == "-2.5"


@pytest.mark.parametrize("kind", sorted({"canvas", "moodle", *EXPORTERS} - {"csv"}))
@pytest.mark.parametrize("text", [FORMULAS[0], FORMULAS[7], FORMULAS[9]])
def test_no_export_holds_a_formula(kind: str, text: str, tmp_path: Path) -> None:
    """Id, names, address and the other system's number, as a student may have chosen them."""
    address = f"sqlite:///{tmp_path}/gradebook.db"
    with Gradebook(address) as book:
        assignment = book.add_assignment("hw")
        notebook = book.add_notebook("hw", "hw")
        cell = book.add_grade_cell("f", "hw", "hw", max_score=4, cell_type="code")
        student = Student(id=text, first_name=text, last_name=text, email=text, lms_user_id=text)
        paper = SubmittedNotebook(notebook_id=notebook.id)
        paper.grades.append(Grade(cell_id=cell.id, auto_score=3, needs_manual_grade=False))
        book.db.add_all([student, SubmittedAssignment(assignment_id=assignment.id, student_id=text, notebooks=[paper])])
        book.db.commit()

    export(address, kind, tmp_path / "marks.csv")

    with (tmp_path / "marks.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if no_formula(cell) != cell] == []
    assert sum(cell.startswith("'") for cell in cells) >= 2


@pytest.mark.parametrize("text", FORMULAS)
def test_the_report_s_table_holds_no_formula(text: str) -> None:
    """Students' ids."""
    found = figures(Gathered("hw", {"f": 4.0}, (GradedWork(text, {"f": -1.5}),), 1, {}))

    last = as_csv([found], names=True).splitlines()[-1]

    assert re.search(r'student,"?\'', last)
    assert last.endswith(",score,-1.5")
