"""torchmarks.grading.repair: what each damage of the corpus comes to; nothing a student sends makes it raise."""

from __future__ import annotations

import codecs
import json
import random
import time
import unicodedata
from collections import Counter
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum

from torchmarks.grading.repair import Blueprint, Found, NotebookLimits, Refused, Repaired, find_notebook, repair
from torchmarks.grading.repair.names import Reader
from torchmarks.grading.repair.read import _salvage

from ..damage import assignment, corpus
from ..damage.assignment import ALL, STUBS, at, cell_of, code, duplicate, earned, grade_id, solved
from ..damage.corpus import DAMAGES, Damage, dump

BLUEPRINT = Blueprint.from_notebook(assignment.instructor(), assignment.NAME)
REPAIRABLE = [damage for damage in DAMAGES if damage.earns is not None]
UNREADABLE = [damage for damage in DAMAGES if damage.earns is None]
by_name = {"ids": lambda damage: damage.name}


def repaired(submitted: Any) -> Repaired:
    outcome = repair(submitted if isinstance(submitted, bytes) else dump(submitted), BLUEPRINT)
    assert isinstance(outcome, Repaired), outcome
    return outcome


def check_whole(notebook: dict[str, Any]) -> None:
    """Valid for Jupyter and nbgrader, the blueprint's marked cells once each, in order, nothing else marked."""
    node = nbformat.from_dict(notebook)
    nbformat.validate(node)
    MetadataValidator().validate_nb(node)
    marked = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    wanted = [cell for cell in BLUEPRINT.cells if cell.grade_id]
    metadata = [json.loads(cell.metadata)["nbgrader"] for cell in wanted]
    assert [cell["metadata"]["nbgrader"] for cell in marked] == metadata
    for cell, source in zip(marked, wanted, strict=True):
        assert cell["cell_type"] == source.cell_type
        assert source.solution or cell["source"] == source.source
    assert all(cell.get("outputs", []) == [] for cell in notebook["cells"])
    json.dumps(notebook, ensure_ascii=False, allow_nan=False).encode("utf-8")


# --- the corpus ---


def test_the_corpus_has_many_kinds_and_no_name_twice() -> None:
    """At least 25 damages, each with a name of its own."""
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES) >= 25


@pytest.mark.parametrize("damage", REPAIRABLE, **by_name)
def test_a_damaged_notebook_is_graded_for_what_it_holds(damage: Damage) -> None:
    """After repair everything the damage left scores, and nothing more."""
    assert earned(repaired(damage.make()).notebook) == damage.earns


@pytest.mark.parametrize("damage", REPAIRABLE, **by_name)
def test_a_repaired_notebook_is_whole(damage: Damage) -> None:
    """Whatever came in, a valid notebook with exactly the blueprint's marked cells goes out."""
    check_whole(repaired(damage.make()).notebook)


@pytest.mark.parametrize("damage", REPAIRABLE, **by_name)
def test_a_repair_is_reported_by_its_kind(damage: Damage) -> None:
    """The report names the damage, in sentences without test code."""
    repairs = repaired(damage.make()).repairs

    assert damage.kinds <= {item.kind for item in repairs}
    assert bool(damage.kinds) == bool(repairs)
    assert all(item.message.endswith(".") and "assert" not in item.message for item in repairs)


@pytest.mark.parametrize("damage", UNREADABLE, **by_name)
def test_what_cannot_be_graded_is_refused_with_reason_and_remedy(damage: Damage) -> None:
    """A refusal says why and what to do."""
    outcome = repair(damage.make(), BLUEPRINT)

    assert isinstance(outcome, Refused)
    assert damage.refused in outcome.reason
    assert outcome.remedy.endswith(".")


@pytest.mark.parametrize("damage", DAMAGES, **by_name)
def test_the_same_bytes_give_the_same_outcome(damage: Damage) -> None:
    """Repairing is deterministic."""
    submitted = damage.make()

    assert repair(submitted, BLUEPRINT) == repair(submitted, BLUEPRINT)


@pytest.mark.parametrize("damage", REPAIRABLE, **by_name)
def test_a_repaired_notebook_needs_no_repair(damage: Damage) -> None:
    """Repairing what was repaired finds nothing more and changes nothing."""
    once = repaired(damage.make())
    again = repaired(once.notebook)

    assert (again.repairs, again.notebook) == ((), once.notebook)


# --- undamaged submissions ---


def test_an_undamaged_submission_is_not_touched() -> None:
    """No repairs, and every source but the tests' arrives as it was."""
    outcome = repaired(corpus.undamaged())

    assert outcome.repairs == ()
    assert earned(outcome.notebook) == ALL
    editable = [cell["source"] for cell in outcome.notebook["cells"] if not grade_id(cell).endswith(("test", "hidden"))]
    assert editable == [cell["source"] for cell in solved()["cells"] if not grade_id(cell).endswith(("test", "hidden"))]


def test_a_blank_release_stays_blank() -> None:
    """The released notebook handed in untouched needs no repair and earns nothing."""
    outcome = repaired(corpus.blank())

    assert outcome.repairs == ()
    assert earned(outcome.notebook) == frozenset()


def test_the_students_own_cells_keep_their_neighbours() -> None:
    """A scratch cell stays behind the solution it was behind."""
    cells = repaired(corpus.undamaged()).notebook["cells"]
    sources = [cell["source"] for cell in cells]

    assert sources.index("print(square(5))") == at({"cells": cells}, "square") + 1


def test_a_scratch_cell_that_defines_an_answered_name_stays_where_it_is() -> None:
    """Redefining a solved function in one's own cell is not damage."""
    notebook = solved()
    notebook["cells"].append(code("def square(x):\n    return 'played with'", "id-play"))

    outcome = repaired(notebook)

    assert outcome.repairs == ()
    assert outcome.notebook["cells"][-1]["source"].endswith("'played with'")


def test_a_helper_named_like_another_exercise_does_not_answer_it() -> None:
    """An answer that only defines a wrong name keeps its cell, where the other exercise has an answer of its own."""
    notebook = solved()
    cell_of(notebook, "cube")["source"] = "def square(x):\n    return x * x\n\ndef kube(x):\n    return square(x) * x"

    outcome = repaired(notebook)

    assert outcome.repairs == ()
    assert "kube" in cell_of(outcome.notebook, "cube")["source"]


def test_an_exercise_whose_answer_stood_elsewhere_is_blank_again() -> None:
    """When all a cell held belonged to another exercise, its own stub comes back."""
    notebook = solved()
    cell_of(notebook, "cube")["source"] = cell_of(notebook, "square")["source"]
    cell_of(notebook, "square")["source"] = STUBS["square"]

    assert cell_of(repaired(notebook).notebook, "cube")["source"] == STUBS["cube"]


def test_line_ends_of_other_systems_do_not_confuse_the_parting() -> None:
    """Merged cells are parted at the right line whatever ends the lines."""
    notebook = solved()
    cube = notebook["cells"].pop(at(notebook, "cube"))
    merged = cell_of(notebook, "square")["source"] + "\n" + cube["source"]

    for line_end in ("\r\n", "\r"):
        cell_of(notebook, "square")["source"] = merged.replace("\n", line_end)
        assert cell_of(repaired(notebook).notebook, "cube")["source"] == cube["source"]


@pytest.mark.parametrize("saves", [2, 3])
def test_the_byte_order_marks_of_many_saves_are_not_broken_json(saves: int) -> None:
    """However many an editor has put before it, the file is read as it is: nothing of it has to be salvaged."""
    outcome = repaired(codecs.BOM_UTF8 * saves + dump(solved()))

    assert [item.kind for item in outcome.repairs] == ["encoding"]


def test_magics_do_not_hide_a_definition() -> None:
    """IPython's own syntax is not a syntax error: merged cells are parted at the right line all the same."""
    notebook = solved()
    cube = notebook["cells"].pop(at(notebook, "cube"))["source"]
    square = "%matplotlib inline\n!ls\nmath.sqrt?\n" + cell_of(notebook, "square")["source"]
    cell_of(notebook, "square")["source"] = f"{square}\n{cube}"

    cells = repaired(notebook).notebook

    assert [cell_of(cells, name)["source"] for name in ("square", "cube")] == [square, cube]


def test_the_assignments_cells_keep_their_ids() -> None:
    """A student's cell that took a cell id of the assignment gets another."""
    notebook = solved()
    notebook["cells"].insert(0, code("x = 1", "id-cube"))

    cells = repaired(notebook).notebook

    assert cell_of(cells, "cube")["id"] == "id-cube"
    assert cells["cells"][0]["id"] == "cell-1"


def test_an_unmarked_cell_rewritten_as_text_stays_text() -> None:
    """Of unmarked cells the type is the student's, too."""
    notebook = solved()
    notebook["cells"][2] = assignment.text("I need no numbers.", "id-numbers")

    cell = repaired(notebook).notebook["cells"][2]

    assert (cell["cell_type"], cell["source"]) == ("markdown", "I need no numbers.")


def test_a_changed_unmarked_cell_stays_changed() -> None:
    """Unmarked cells are the student's to edit, even beyond recognition."""
    notebook = solved()
    notebook["cells"][2]["source"] = "numbers = list((1, 2, 3))"

    outcome = repaired(notebook)

    assert outcome.repairs == ()
    assert outcome.notebook["cells"][2]["source"] == "numbers = list((1, 2, 3))"


# --- an earlier release ---


def _of_a_release() -> dict[str, Any]:
    """Everything answered in a notebook with the checksums that nbgrader writes on release."""
    checksums = {}
    for cell in nbformat.from_dict(assignment.released()).cells:
        if "nbgrader" in cell.metadata:
            checksums[cell.metadata.nbgrader.grade_id] = compute_checksum(cell)
    notebook = solved()
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"]["checksum"] = checksums[grade_id(cell)]
    return notebook


def _mended() -> Blueprint:
    """The assignment after its instructor changed tests, a read-only text and points."""
    notebook = assignment.instructor()
    cell_of(notebook, "cube-test")["source"] = "assert cube(3) == 27"
    cell_of(notebook, "say-cube")["source"] = "### 2 Write `cube`, also of what is below zero."
    for name, points in {"cube-test": 7, "square-visible": 0, "why": 4, "essay": 1}.items():
        cell_of(notebook, name)["metadata"]["nbgrader"]["points"] = points
    return Blueprint.from_notebook(notebook, assignment.NAME)


@pytest.mark.parametrize("as_lines", [False, True])
def test_a_notebook_of_an_earlier_release_is_not_reported_as_tampered_with(as_lines: bool) -> None:
    """It gets today's tests, texts and points, and nobody is said to have changed them."""
    notebook = _of_a_release()
    for cell in notebook["cells"] if as_lines else []:
        cell["source"] = cell["source"].splitlines(keepends=True)

    outcome = repair(dump(notebook), _mended())

    assert isinstance(outcome, Repaired)
    assert outcome.repairs == ()
    test = cell_of(outcome.notebook, "cube-test")
    assert (test["source"], test["metadata"]["nbgrader"]["points"]) == ("assert cube(3) == 27", 7)


@pytest.mark.parametrize(
    ("name", "meta", "source", "kinds"),
    [
        ("cube-test", {}, "pass", None), ("cube-test", {"points": 100}, None, None),
        ("square-visible", {"points": 9}, None, {"forged-metadata"}), ("why", {"points": 9}, None, {"forged-metadata"}),
        ("say-cube", {}, "### 2 Sing.", {"edited"}), ("cube-test", {"checksum": ["0"]}, None, None),
        ("cube-test", {"points": [7]}, None, None), ("cube-test", {"points": 10**400}, None, None),
    ],
)  # fmt: skip
def test_what_a_student_changed_is_reported_of_an_earlier_release_too(
    name: str, meta: dict[str, Any], source: str | None, kinds: set[str] | None
) -> None:
    """The cell's own checksum no longer fits it."""
    notebook = _of_a_release()
    cell = cell_of(notebook, name)
    cell["metadata"]["nbgrader"].update(meta)
    cell["source"] = cell["source"] if source is None else source

    outcome = repair(dump(notebook), _mended())

    assert isinstance(outcome, Repaired)
    assert {item.kind for item in outcome.repairs if item.cell == name} == (kinds or {"forged-metadata", "edited"})


# --- the blueprint ---


def test_a_blueprint_holds_no_model_solution() -> None:
    """From the instructor's version only stubs are kept, so a deleted solution cell cannot come back solved."""
    assert {cell.grade_id: cell.source for cell in BLUEPRINT.cells if cell.solution} == STUBS


def test_a_released_notebook_gives_the_same_blueprint_but_for_hidden_tests() -> None:
    """Stubs of a release are recognised by their checksum and kept."""
    release = Blueprint.from_notebook(assignment.released(), assignment.NAME)

    assert [cell.released for cell in release.cells] == [cell.released for cell in BLUEPRINT.cells]


def test_checksums_are_nbgraders() -> None:
    """nbgrader computes the same checksum from the blank cell, by which it knows an unanswered one."""
    cells = nbformat.from_dict(repaired(corpus.blank()).notebook).cells
    marked = [cell for cell in cells if "nbgrader" in cell.metadata]

    assert marked
    assert [cell.metadata.nbgrader.checksum for cell in marked] == [compute_checksum(cell) for cell in marked]


@pytest.mark.parametrize(
    ("source", "message"),
    [("### BEGIN SOLUTION", "without END"), ("### BEGIN SOLUTION\n### BEGIN SOLUTION", "inside another")],
)
def test_a_blueprint_with_an_open_region_is_an_error(source: str, message: str) -> None:
    """An author's mistake in the markers is named, not guessed at."""
    notebook = {"cells": [code(source, "a", grade_id="a", solution=True)]}

    with pytest.raises(ValueError, match=message):
        Blueprint.from_notebook(notebook)


def test_a_blueprint_with_a_grade_id_twice_is_an_error() -> None:
    """Two cells of one name could not be told apart."""
    notebook = assignment.instructor()
    notebook["cells"].append(duplicate(cell_of(notebook, "cube-test")))

    with pytest.raises(ValueError, match=r"occurs twice.*cube-test"):
        Blueprint.from_notebook(notebook)


# --- particulars ---


def test_a_deleted_solution_is_put_back_blank() -> None:
    """The stub returns, never the model solution."""
    notebook = solved()
    del notebook["cells"][at(notebook, "cube")]

    assert cell_of(repaired(notebook).notebook, "cube")["source"] == STUBS["cube"]


def test_merged_solutions_are_parted_at_the_comment_above() -> None:
    """Each exercise gets its own function, with the comment above it."""
    notebook = solved()
    cube = notebook["cells"].pop(at(notebook, "cube"))
    square = cell_of(notebook, "square")["source"]
    cell_of(notebook, "square")["source"] = f"{square}\n\n# the next one\n{cube['source']}"

    cells = repaired(notebook).notebook

    assert cell_of(cells, "square")["source"] == square
    assert cell_of(cells, "cube")["source"] == f"# the next one\n{cube['source']}"


def test_an_earlier_attempt_stands_before_the_one_that_counts() -> None:
    """Of two attempts both are kept, so that the later one is defined last."""
    notebook = solved()
    attempt = "def cube(x):\n    return 'first attempt'"
    notebook["cells"].insert(at(notebook, "cube"), duplicate(cell_of(notebook, "cube"), attempt))

    cells = repaired(notebook).notebook["cells"]

    assert cells[at({"cells": cells}, "cube") - 1]["source"] == attempt


def test_an_attachment_survives() -> None:
    """A picture pasted into a written answer belongs to the answer."""
    notebook = solved()
    cell_of(notebook, "why")["attachments"] = {"proof.png": {"image/png": "aGk="}}

    assert cell_of(repaired(notebook).notebook, "why")["attachments"] == {"proof.png": {"image/png": "aGk="}}


def test_no_metadata_of_the_students_survives() -> None:
    """Not in their own cells either: nbgrader and nbconvert act on it."""
    notebook = solved()
    notebook["cells"][-1]["metadata"] = {"tags": ["remove-cell"], "nbgrader": {"grade_id": "x"}, "deletable": False}
    notebook["metadata"]["celltoolbar"] = "Create Assignment"

    outcome = repaired(notebook).notebook

    assert outcome["cells"][-1]["metadata"] == {}
    assert set(outcome["metadata"]) == {"kernelspec", "language_info"}


def test_limits_are_the_callers() -> None:
    """A smaller limit refuses what the default takes."""
    assert isinstance(repair(corpus.undamaged(), BLUEPRINT, limits=NotebookLimits(max_bytes=100)), Refused)


# --- which file ---


def test_a_renamed_notebook_is_found() -> None:
    """Whatever its name, the notebook with the exercises is the one."""
    files = {"my work (1).ipynb": corpus.undamaged(), "notes.ipynb": b"{}", "data.csv": b"1,2"}

    found = find_notebook(files, "squares", BLUEPRINT)

    assert isinstance(found, Found)
    assert (found.name, [item.kind for item in found.repairs]) == ("my work (1).ipynb", ["renamed"])


def test_a_name_cannot_steer_a_terminal() -> None:
    """Control characters and bytes that are no UTF-8 are replaced in what people read."""
    name = "my\x1b[2J\udcff.ipynb"

    found = find_notebook({name: dump(solved())}, assignment.NAME, BLUEPRINT)

    assert isinstance(found, Found)
    assert found.name == name
    assert "named my\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}.ipynb;" in found.repairs[0].message


def test_a_copy_with_the_work_wins_over_the_untouched_original() -> None:
    """Whoever solved a copy is graded on it, and reads so; never a zero for the file that was left alone."""
    files = {"squares.ipynb": corpus.blank(), "squares-Copy1.ipynb": corpus.undamaged()}

    found = find_notebook(files, "squares.ipynb", BLUEPRINT)

    assert isinstance(found, Found)
    assert found.name == "squares-Copy1.ipynb"
    assert [r.message for r in found.repairs] == [
        "squares.ipynb is as it was released; the work in squares-Copy1.ipynb was graded."
    ]


def answering(*names: str, own: str = "") -> bytes:
    """The small assignment with some of its answers, and a cell of the student's own."""
    notebook = assignment.released()
    for name in names:
        cell_of(notebook, name)["source"] = cell_of(solved(), name)["source"]
    if own:
        notebook["cells"].append(code(own, "id-own"))
    return dump(notebook)


NAMED = "squares.ipynb"
FOUND: dict[str, tuple[dict[str, bytes], str, list[str]]] = {
    "the released name alone": ({NAMED: answering("cube")}, NAMED, []),
    "left blank, alone": ({NAMED: answering()}, NAMED, []),
    "a copy that goes on": (
        {NAMED: answering("cube"), "squares-Copy1.ipynb": answering("cube", "square")},
        "squares-Copy1.ipynb",
        ["squares.ipynb answers less; the work in squares-Copy1.ipynb was graded."],
    ),
    "an earlier copy": ({NAMED: answering("cube", "square"), "squares-Copy1.ipynb": answering("cube")}, NAMED, [
        "Other work was handed in, too, and was not graded: squares-Copy1.ipynb.",
    ]),
    "other answers in a copy": ({NAMED: answering("cube"), "b.ipynb": answering("square")}, NAMED, [
        "Other work was handed in, too, and was not graded: b.ipynb.",
    ]),
    "work in a cell of their own": ({NAMED: answering(own="cube = pow"), "b.ipynb": answering()}, NAMED, []),
    "a scratch line in the original": (
        {NAMED: answering(own="1 + 1"), "b.ipynb": answering("cube")},
        "b.ipynb",
        ["squares.ipynb answers less; the work in b.ipynb was graded."],
    ),
    "the same work saved twice": ({NAMED: answering("cube"), "b.ipynb": answering("cube") + b"\n"}, NAMED, []),
    "in a subfolder": (
        {NAMED: answering(), "work/squares.ipynb": answering("cube")},
        "work/squares.ipynb",
        ["squares.ipynb is as it was released; the work in work/squares.ipynb was graded."],
    ),
    "a broken original": (
        {NAMED: b"{", "b.ipynb": answering("cube")},
        "b.ipynb",
        ["squares.ipynb could not be read (The file is not valid JSON and no cell could be read from it); "
         "the work in b.ipynb was graded."],
    ),
    "left blank, beside an archive": ({NAMED: answering(), "work.zip": b"PK"}, NAMED, [
        "squares.ipynb is as it was released; not from this assignment: work.zip.",
    ]),
    "what macOS and Jupyter leave": (
        {NAMED: answering(), "__MACOSX/._squares.ipynb": b"\x00\x05", "._squares.ipynb": b"\x00\x05",
         ".ipynb_checkpoints/squares-checkpoint.ipynb": answering("cube")}, NAMED, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_which_file_is_graded(case: str) -> None:
    """The work, whatever is beside it; what is left out is named."""
    files, name, said = FOUND[case]

    found = find_notebook(files, "squares", BLUEPRINT)

    assert isinstance(found, Found)
    assert (found.name, [r.message for r in found.repairs]) == (name, said)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["timestamp.txt", "a.csv", "squares.txt"], " What was handed in: squares.txt, a.csv."),
        (["c", "b", "a\x1b", "squares.txt", "d"], " What was handed in: squares.txt, a\ufffd, b and 2 more."),
        (["timestamp.txt", "__MACOSX/x.txt"], ""),
        (["timestamp.txt", "reasons.json"], ""),
        (["reasons.json", "a.csv"], " What was handed in: a.csv."),
    ],
)
def test_what_is_there_in_place_of_a_notebook_is_named(files: list[str], said: str) -> None:
    """The likeliest first, three at most; nbgrader's own file and the course's are nobody's."""
    found = find_notebook(dict.fromkeys(files, b"x"), "squares", BLUEPRINT)

    assert isinstance(found, Refused)
    assert found.reason == f"There is no notebook squares.ipynb.{said}"


UNDECIDED: dict[str, tuple[dict[str, bytes], str]] = {
    "two copies beside the original": (
        {NAMED: answering(), "a.ipynb": answering("cube"), "b.ipynb": answering("square")},
        "squares.ipynb is as it was released, and there is different work in several files: a.ipynb, b.ipynb.",
    ),
    "two copies alone": (
        {"a.ipynb": answering("cube"), "w/squares.ipynb": answering("square")},
        "There is no notebook squares.ipynb, and several could be it: a.ipynb, w/squares.ipynb.",
    ),
    "two copies go on": (
        {NAMED: answering("cube"), "a.ipynb": answering("cube", "why"), "b.ipynb": answering("cube", "square")},
        "squares.ipynb is continued by others, and there is different work in several files: "
        "a.ipynb, b.ipynb, squares.ipynb.",
    ),
    "a broken copy of a blank": (
        {NAMED: answering(), "squares-Copy1.ipynb": b"{"},
        "squares.ipynb is as it was released, and squares-Copy1.ipynb cannot be read: "
        "The file is not valid JSON and no cell could be read from it.",
    ),
    "a blank copy of a broken one": (
        {NAMED: b"{", "squares (1).ipynb": answering()},
        "squares (1).ipynb is as it was released, and squares.ipynb cannot be read: "
        "The file is not valid JSON and no cell could be read from it.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDECIDED)
def test_what_cannot_be_decided_is_refused_by_name(case: str) -> None:
    """Nobody guesses, and nobody gets a zero."""
    files, reason = UNDECIDED[case]

    found = find_notebook(files, "squares", BLUEPRINT)

    assert isinstance(found, Refused)
    assert (found.reason, found.absent) == (reason, False)


@pytest.mark.parametrize(
    ("files", "absent"),
    [
        ({"essay.txt": b"sorry"}, True),
        ({"more.ipynb": b"{"}, True),
        ({"more (1).ipynb": b"{"}, True),
        ({"numbers.json": b"{}"}, True),
        ({"squares (1).ipynb": b"{"}, False),
        ({"work.zip": b"PK"}, False),
        ({"squares.ipynb": b"{"}, False),
    ],
)
def test_what_was_not_handed_in_is_absent(files: dict[str, bytes], absent: bool) -> None:
    """Of an assignment with another notebook, more.ipynb: only a file that might be this one is a reason to refuse."""
    found = find_notebook(files, "squares", BLUEPRINT, others=["more"])

    assert isinstance(found, Refused)
    assert found.absent == absent


def test_both_unicode_forms_are_the_released_name() -> None:
    """macOS stores accents apart from their letters."""
    apart = unicodedata.normalize("NFD", "Übung.ipynb")

    found = find_notebook({apart: answering("cube")}, "Übung", BLUEPRINT)

    assert isinstance(found, Found)
    assert (found.name, found.repairs) == (apart, ())


def test_of_several_the_one_with_more_answers_is_the_notebook() -> None:
    """A blank copy beside the work does not confuse."""
    files = {"squares-Copy1.ipynb": corpus.blank(), "homework.ipynb": corpus.undamaged()}

    found = find_notebook(files, "squares", BLUEPRINT)

    assert isinstance(found, Found)
    assert found.name == "homework.ipynb"


def test_two_equal_notebooks_are_refused_by_name() -> None:
    """Where nothing decides, nobody guesses."""
    other = solved()
    cell_of(other, "cube")["source"] += "  # mine"
    files = {"a.ipynb": corpus.undamaged(), "b.ipynb": dump(other)}

    found = find_notebook(files, "squares", BLUEPRINT)

    assert isinstance(found, Refused)
    assert "a.ipynb, b.ipynb" in found.reason


def test_the_same_notebook_under_two_names_is_one() -> None:
    """A second download of the same bytes is nothing to decide; the likelier name is given."""
    files = {"a.ipynb": corpus.undamaged(), "squares (1).ipynb": corpus.undamaged()}

    found = find_notebook(files, "squares", BLUEPRINT)

    assert isinstance(found, Found)
    assert found.name == "squares (1).ipynb"


@pytest.mark.parametrize(
    "name",
    [
        *("squares.IPYNB", "squares.ipynb.txt", "squares.ipynb.download", "Squares.ipynb ", "squares.ipynb.txt.txt"),
        *("squares.ipynb.1", "squares.ipynb (2)", "squares.ipynb_", "squares.ipynb~", "squares.ipynb - Copy"),
        *("squares", "squares.txt", "squares_ipynb"),  # nothing but what is in it says that it is a notebook
    ],
)
def test_a_changed_suffix_does_not_matter(name: str) -> None:
    """Browsers, mail programs and Windows add to a name."""
    found = find_notebook({name: corpus.undamaged()}, "squares", BLUEPRINT)

    assert isinstance(found, Found)
    assert found.name == name


@pytest.mark.parametrize("name", ["squares.html", "squares.py", "Squares - Ada.pdf", "my squares.docx"])
def test_no_zero_is_silent_beside_an_export(name: str) -> None:
    """A notebook as it was released, and beside it a file that may be the work in another form: it is named."""
    found = find_notebook({"squares.ipynb": corpus.blank(), name: b"x", "data.csv": b"1"}, "squares", BLUEPRINT)

    assert isinstance(found, Found)
    assert [repair.kind for repair in found.repairs] == ["untouched"]
    assert name in found.repairs[0].message
    assert "data.csv" not in found.repairs[0].message


@pytest.mark.parametrize(
    ("name", "content", "reason", "remedy"),
    [
        ("squares (1).ipynb", b"<html>Log in</html>", "squares (1).ipynb was not taken for it", "Download"),
        ("squares.zip", b"PK\x03\x04", "squares.zip is an archive", "Unpack it"),
    ],
)
def test_a_file_that_was_meant_is_named(name: str, content: bytes, reason: str, remedy: str) -> None:
    """Where nothing can be graded, the student reads what was wrong with what they handed in."""
    found = find_notebook({name: content}, "squares", BLUEPRINT)

    assert isinstance(found, Refused)
    assert reason in found.reason
    assert remedy in found.remedy


def test_no_notebook_is_refused() -> None:
    """Checkpoints and other files are not notebooks."""
    files = {".ipynb_checkpoints/squares-checkpoint.ipynb": corpus.undamaged(), "squares.py": b"x = 1"}

    found = find_notebook(files, "squares", BLUEPRINT)

    assert isinstance(found, Refused)
    assert "no notebook squares.ipynb" in found.reason


# --- nothing raises, nothing takes long ---

FUZZ = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 105) | st.floats() | st.text(max_size=8) | st.sampled_from(["cube"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def check_outcome(submitted: bytes) -> None:
    outcome = repair(submitted, BLUEPRINT)
    if isinstance(outcome, Repaired):
        check_whole(outcome.notebook)
    else:
        assert outcome.reason
        assert outcome.remedy


@FUZZ
@given(seed=st.integers(0, 2**32))
def test_mutated_bytes_never_raise(seed: int) -> None:
    """Bytes flipped, cut out, doubled and inserted anywhere end in a whole notebook or a refusal."""
    draw = random.Random(seed)
    submitted = bytearray(draw.choice([corpus.undamaged(), draw.choice(REPAIRABLE[:-3]).make()[:40_000]]))
    for _ in range(draw.choice([1, 3, 20])):
        start = draw.randrange(len(submitted) + 1)
        end = start + draw.choice([0, 1, 1, 5, 200])
        submitted[start:end] = draw.choice([b"", b'"', b"\\", b"{", b"]", b"\xff", bytes(submitted[start:end]) * 2])
    check_outcome(bytes(submitted))


@FUZZ
@given(data=st.data())
def test_any_value_in_any_field_never_raises(data: st.DataObject) -> None:
    """Any JSON in place of any part of a notebook ends in a whole notebook or a refusal."""
    notebook = solved()
    for _ in range(data.draw(st.integers(1, 4))):
        cell = notebook["cells"][data.draw(st.integers(0, len(notebook["cells"]) - 1))]
        holders = [notebook, notebook["metadata"], cell, cell.get("metadata")]
        meta = cell["metadata"].get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
        objects = [item for item in [*holders, meta, meta] if isinstance(item, dict) and item]
        holder = data.draw(st.sampled_from(objects))
        key = data.draw(st.sampled_from(sorted(holder)))
        if holder is notebook and key in ("cells", "metadata"):
            continue
        holder[key] = data.draw(json_values)
    check_outcome(json.dumps(notebook).encode())


@FUZZ
@given(order=st.permutations(range(len(solved()["cells"]))))
def test_any_order_of_cells_earns_everything(order: list[int]) -> None:
    """Shuffling cells costs nobody a point and loses no cell."""
    notebook = solved()
    notebook["cells"] = [notebook["cells"][index] for index in order]

    outcome = repaired(notebook).notebook

    assert earned(outcome) >= ALL - {"square-visible"}
    assert earned(outcome) == ALL
    assert Counter(cell["id"] for cell in outcome["cells"]) == Counter(cell["id"] for cell in notebook["cells"])


@FUZZ
@given(value=json_values)
def test_any_json_is_refused_or_repaired(value: Any) -> None:
    """JSON that never was a notebook does not raise."""
    check_outcome(json.dumps(value).encode())


HOSTILE = {
    "escaped quotes": b'{"cells": ["' + b'\\"' * 900_000,
    "open strings": b'{"cells": [' + b'{"source": "' * 150_000,
    "open cells": b'{"cells": [' + b'{"source": {"a": ' * 49,
    "many conflicts": b"<<<<<<< a\n=======\n>>>>>>> b\n" * 60_000,
    "backslashes": b'"' + b"\\" * 2_000_000,
    "huge numbers": b'{"cells": [' + b"9" * 1_900_000 + b"]}",
    "many objects": b'{"cells": [' + b"{}," * 1_900 + b"{}]}",
    "minus signs": dump({"cells": [code("-" * 150_000 + "1", "a")], "nbformat": 4, "nbformat_minor": 5}),
    "long chain": dump({"cells": [code("a" + ".b" * 70_000, "a")], "nbformat": 4, "nbformat_minor": 5}),
    "blanks": dump({"cells": [code(" " * 900_000 + "\n" * 900_000, "a")], "nbformat": 4, "nbformat_minor": 5}),
    "words": dump({"cells": [code("a" * 1_900_000, "a")], "nbformat": 4, "nbformat_minor": 5}),
    "equal stubs": dump({"cells": [code(STUBS["cube"], f"a{i}") for i in range(1_900)], "nbformat": 4}),
    "copies": dump({"cells": [duplicate(cell_of(solved(), "cube"), f"def cube(x): return {i}") for i in range(1_900)]}),
    "halves that grow": dump(
        {"cells": [code("def cube(x):\n    y = 1" if i == 0 else "    y = 1\n" * 20, f"a{i}") for i in range(1_900)]}
    ),
    "dense code": dump({"cells": [code(f"cube = [{'1,' * 24_000}]", f"a{i}") for i in range(40)]}),
    "halves": dump({"cells": [code("def cube(x):\n    y = (" if i == 0 else "    (", f"a{i}") for i in range(1_900)]}),
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_two_hostile_megabytes_do_not_hold_up_the_grader(name: str) -> None:
    """No input of ordinary size makes repairing explode: it takes parts of a second, and would take minutes."""
    check_outcome(HOSTILE[name])


def test_a_broken_file_is_not_read_again_from_every_cell() -> None:
    """Of a megabyte inside 40 unclosed cells, all of which fail at the end, little more than the double is read."""
    text = '{"cells": [' + '{"source": {"a": ' * 40 + "[" + "1," * 500_000 + "x"
    read = 0

    class Counting(json.JSONDecoder):
        def raw_decode(self, text: str, start: int = 0) -> Any:
            nonlocal read
            try:
                return super().raw_decode(text, start)
            except json.JSONDecodeError as error:
                read += error.pos - start
                raise

    assert list(_salvage(text, Counting())) == []
    assert len(text) < read <= 3 * len(text)


def test_no_more_code_is_parsed_than_a_person_writes() -> None:
    """Past its budget the reader says of good code that it cannot read it, and finds definitions line by line."""
    reader = Reader()
    cells = [f"x = {number:4}\n" * 5_000 for number in range(10)]

    assert [reader.is_code(cell) for cell in cells] == [True] * 8 + [False] * 2
    assert reader.defined_names("def f():\n    y = 1\n" * 2_000) == {"f"}


def test_time_grows_with_size_not_its_square() -> None:
    """Eight times the cells take far less than 64 times as long (CPU time; the machine may be busy)."""

    def seconds(copies: int) -> float:
        notebook = solved()
        notebook["cells"] += [code(f"def mine_{i}(x):\n    return x\n" * 20, f"m{i}") for i in range(copies)]
        submitted = dump(notebook)
        start = time.process_time()
        repaired(submitted)
        return time.process_time() - start

    seconds(10)
    small, large = (min(seconds(copies) for _ in range(3)) for copies in (200, 1_600))

    assert large < 40 * small
