"""The damages: each a function from a good submission to the bytes that arrive, with what must come of it.

`lost` names what the damage itself costs (a deleted solution cannot score); `kinds` the repairs that must be reported;
`refused` a phrase of the refusal's reason. A damage without `refused` must be repaired.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .assignment import ALL, STUBS, Notebook, at, cell_of, code, grade_id, released, solved, text, duplicate

Damaged = Notebook | bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """`make()` gives the submitted bytes; `earns` what must score after repair (None: it must be refused)."""

    name: str
    make: Callable[[], bytes]
    earns: frozenset[str] | None
    kinds: frozenset[str]
    refused: str


DAMAGES: list[Damage] = []


def damage(*kinds: str, lost: tuple[str, ...] = (), refused: str = "") -> Callable[..., Callable[[Notebook], Damaged]]:
    """Register a function under its own name."""

    def register(function: Callable[[Notebook], Damaged]) -> Callable[[Notebook], Damaged]:
        def make() -> bytes:
            made = function(solved())
            return made if isinstance(made, bytes) else dump(made)

        earns = None if refused else ALL - frozenset(lost)
        DAMAGES.append(Damage(function.__name__, make, earns, frozenset(kinds), refused))
        return function

    return register


def dump(notebook: Any) -> bytes:
    """As JupyterLab saves it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")


# --- cells twice, gone, elsewhere ---


@damage("duplicate-test")
def test_cell_twice(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "cube-test"), duplicate(cell_of(nb, "cube-test")))
    return nb


@damage("duplicate-test")
def test_cell_twice_the_second_with_scratch_code(nb: Notebook) -> Damaged:
    nb["cells"].append(duplicate(cell_of(nb, "cube-test"), "print(cube(7))"))
    return nb


@damage("duplicate-cell")
def read_only_cell_twice(nb: Notebook) -> Damaged:
    nb["cells"].append(duplicate(cell_of(nb, "imports")))
    return nb


@damage("duplicate-solution")
def solution_twice_first_attempt_wrong(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "square"), duplicate(cell_of(nb, "square"), "def square(x):\n    return 0"))
    return nb


@damage("duplicate-solution")
def solution_twice_second_at_the_end_is_right(nb: Notebook) -> Damaged:
    right = duplicate(cell_of(nb, "square"))
    cell_of(nb, "square")["source"] = "def square(x):\n    return 0"
    nb["cells"].append(right)
    return nb


@damage("duplicate-solution")
def solution_twice_second_is_the_stub(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "square") + 1, duplicate(cell_of(nb, "square"), STUBS["square"]))
    return nb


@damage("duplicate-solution")
def solution_twice_second_is_a_print(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "square") + 1, duplicate(cell_of(nb, "square"), "print(square(2))"))
    return nb


@damage("duplicate-solution")
def solution_without_a_plain_definition_then_the_stub(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["source"] = "globals().update({'cube': lambda x: x ** 3})"
    nb["cells"].insert(at(nb, "cube") + 1, duplicate(cell_of(nb, "cube"), STUBS["cube"]))
    return nb


@damage("duplicate-solution")
def solution_twice_identical(nb: Notebook) -> Damaged:
    nb["cells"].append(duplicate(cell_of(nb, "sums")))
    return nb


@damage("duplicate-solution")
def written_answer_twice_second_blank(nb: Notebook) -> Damaged:
    nb["cells"].append(duplicate(cell_of(nb, "why"), "YOUR ANSWER HERE"))
    return nb


@damage("put-back")
def test_cell_deleted(nb: Notebook) -> Damaged:
    del nb["cells"][at(nb, "square-hidden")]
    return nb


@damage("deleted", lost=("cube-test",))
def solution_cell_deleted(nb: Notebook) -> Damaged:
    del nb["cells"][at(nb, "cube")]
    return nb


@damage("deleted", lost=("answer-test",))
def nameless_solution_cell_deleted(nb: Notebook) -> Damaged:
    del nb["cells"][at(nb, "answer")]
    return nb


@damage("deleted", lost=("why",))
def written_answer_deleted(nb: Notebook) -> Damaged:
    del nb["cells"][at(nb, "why")]
    return nb


@damage("put-back")
def statements_and_imports_deleted(nb: Notebook) -> Damaged:
    gone = {"id-title", "id-imports", "id-say-square", "id-say-sums"}
    nb["cells"] = [cell for cell in nb["cells"] if cell["id"] not in gone]
    return nb


@damage("put-back")
def unmarked_code_deleted(nb: Notebook) -> Damaged:
    nb["cells"] = [cell for cell in nb["cells"] if cell["id"] != "id-numbers"]
    return nb


@damage("put-back")
def all_tests_and_texts_deleted(nb: Notebook) -> Damaged:
    keep = {"square", "cube", "sums", "why", "answer"}
    nb["cells"] = [cell for cell in nb["cells"] if grade_id(cell) in keep or cell["id"].startswith("id-my")]
    return nb


@damage("reordered")
def cells_reversed(nb: Notebook) -> Damaged:
    nb["cells"].reverse()
    return nb


@damage("reordered")
def test_before_its_solution(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "cube"), nb["cells"].pop(at(nb, "cube-test")))
    return nb


@damage("reordered")
def solutions_all_at_the_end(nb: Notebook) -> Damaged:
    nb["cells"].sort(key=lambda cell: cell["metadata"].get("nbgrader", {}).get("solution", False))
    return nb


# --- cells split and merged ---


def _split(nb: Notebook, name: str, first: str, second: str, *, with_metadata: bool) -> Notebook:
    cell = cell_of(nb, name)
    other = duplicate(cell, second) if with_metadata else code(second, f"{cell['id']}-half")
    cell["source"] = first
    nb["cells"].insert(at(nb, name) + 1, other)
    return nb


@damage()
def solution_split_between_functions(nb: Notebook) -> Damaged:
    first, second = cell_of(nb, "sums")["source"].split("\n\n")
    return _split(nb, "sums", first, second, with_metadata=False)


@damage("duplicate-solution")
def solution_split_between_functions_metadata_copied(nb: Notebook) -> Damaged:
    first, second = cell_of(nb, "sums")["source"].split("\n\n")
    return _split(nb, "sums", first, second, with_metadata=True)


@damage("split-statement")
def solution_split_inside_a_function(nb: Notebook) -> Damaged:
    return _split(nb, "square", "def square(x):\n    y = x", "    return y * y", with_metadata=False)


@damage("split-statement")
def solution_split_inside_a_function_metadata_copied(nb: Notebook) -> Damaged:
    return _split(nb, "square", "def square(x):", "    return x * x", with_metadata=True)


@damage()
def solution_split_helper_first(nb: Notebook) -> Damaged:
    return _split(
        nb,
        "cube",
        "def times(x, y):\n    return x * y",
        "def cube(x):\n    return times(x, x * x)",
        with_metadata=False,
    )


@damage("work-elsewhere")
def second_half_of_a_split_moved_to_the_end(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["source"] = "def times(x, y):\n    return x * y"
    nb["cells"].append(code("def cube(x):\n    return times(x, x * x)", "id-half"))
    return nb


@damage("merged-cells")
def two_solutions_merged(nb: Notebook) -> Damaged:
    cube = nb["cells"].pop(at(nb, "cube"))
    cell_of(nb, "square")["source"] += "\n\n# the next one\n" + cube["source"]
    return nb


@damage("merged-cells")
def all_solutions_merged_into_the_last(nb: Notebook) -> Damaged:
    parts = [nb["cells"].pop(at(nb, name))["source"] for name in ("square", "cube", "sums")]
    cell_of(nb, "answer")["source"] = "\n".join([*parts, cell_of(nb, "answer")["source"]])
    return nb


@damage("merged-cells")
def merged_and_the_other_cell_left_blank(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["source"] += "\n" + cell_of(nb, "cube")["source"]
    cell_of(nb, "cube")["source"] = STUBS["cube"]
    return nb


@damage("merged-cells")
def merged_where_one_uses_the_other(nb: Notebook) -> Damaged:
    del nb["cells"][at(nb, "cube")]
    cell_of(nb, "square")["source"] = "def square(x):\n    return cube(x) // x\n\ndef cube(x):\n    return x * x * x"
    return nb


@damage("merged-cells")
def solution_and_test_and_solution_merged(nb: Notebook) -> Damaged:
    parts = [nb["cells"].pop(at(nb, name))["source"] for name in ("cube-test", "sums")]
    cell_of(nb, "cube")["source"] = "\n".join([cell_of(nb, "cube")["source"], *parts])
    return nb


@damage("merged-cells", lost=("cube-test",))
def answer_in_the_cell_of_another_exercise(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["source"] = cell_of(nb, "square")["source"]
    cell_of(nb, "square")["source"] = STUBS["square"]
    return nb


@damage("work-elsewhere")
def answer_in_a_new_cell_at_the_end(nb: Notebook) -> Damaged:
    nb["cells"].append(code(cell_of(nb, "cube")["source"], "id-mine"))
    cell_of(nb, "cube")["source"] = STUBS["cube"]
    return nb


@damage()
def answer_in_a_new_cell_below_the_stub(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "cube") + 1, code(cell_of(nb, "cube")["source"], "id-mine"))
    cell_of(nb, "cube")["source"] = STUBS["cube"]
    return nb


# --- metadata ---


@damage("stripped-metadata")
def metadata_stripped_from_all(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        cell["metadata"] = {}
    return nb


@damage("stripped-metadata")
def metadata_and_cell_ids_stripped_from_all(nb: Notebook) -> Damaged:
    for index, cell in enumerate(nb["cells"]):
        cell["metadata"], cell["id"] = {}, f"new-{index}"
    return nb


@damage("stripped-metadata")
def metadata_stripped_from_one_solution(nb: Notebook) -> Damaged:
    cell = cell_of(nb, "cube")
    cell["metadata"], cell["id"] = {}, "new"
    return nb


@damage("stripped-metadata")
def metadata_stripped_from_one_test(nb: Notebook) -> Damaged:
    cell_of(nb, "cube-test")["metadata"] = {}
    return nb


@damage("stripped-metadata")
def metadata_stripped_from_the_written_answer(nb: Notebook) -> Damaged:
    cell = cell_of(nb, "why")
    cell["metadata"], cell["id"] = {}, "new"
    return nb


@damage("stripped-metadata", "edited")
def metadata_stripped_from_an_edited_test(nb: Notebook) -> Damaged:
    cell = cell_of(nb, "cube-test")
    cell["metadata"], cell["id"] = {}, "new"
    cell["source"] += "\nprint('all well')"
    return nb


@damage("stripped-metadata", "edited")
def metadata_stripped_and_the_test_redefines_the_answer(nb: Notebook) -> Damaged:
    cell_of(nb, "square-visible")["source"] = "def square(x):\n    return 9"
    cell_of(nb, "square")["metadata"] = {}
    return nb


@damage("forged-metadata")
def points_raised_to_100(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["nbgrader"]["points"] = 100
    return nb


@damage("forged-metadata")
def solution_claims_to_be_graded(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["metadata"]["nbgrader"].update(grade=True, points=50)
    return nb


@damage("forged-metadata", "edited")
def test_unlocked_and_emptied(nb: Notebook) -> Damaged:
    cell = cell_of(nb, "cube-test")
    cell["metadata"]["nbgrader"].update(locked=False, solution=True)
    cell["source"] = "pass"
    return nb


@damage("unknown-id")
def new_graded_cells_invented(nb: Notebook) -> Damaged:
    for index in range(30):
        meta = {"grade_id": f"bonus-{index}", "grade": True, "locked": True, "points": 10}
        nb["cells"].append(code("assert True", f"id-bonus-{index}", **meta))
    return nb


@damage("unknown-id")
def solution_renamed(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["metadata"]["nbgrader"]["grade_id"] = "cube-final"
    return nb


@damage("swapped-id")
def ids_of_two_solutions_swapped(nb: Notebook) -> Damaged:
    square, cube = cell_of(nb, "square"), cell_of(nb, "cube")
    square["metadata"], cube["metadata"] = cube["metadata"], square["metadata"]
    return nb


@damage("swapped-id")
def ids_of_solution_and_test_swapped(nb: Notebook) -> Damaged:
    cube, test = cell_of(nb, "cube"), cell_of(nb, "cube-test")
    cube["metadata"], test["metadata"] = test["metadata"], cube["metadata"]
    return nb


@damage("edited")
def test_rewritten(nb: Notebook) -> Damaged:
    cell_of(nb, "square-visible")["source"] = "square = lambda x: 9"
    return nb


@damage("edited")
def answer_below_a_test(nb: Notebook) -> Damaged:
    cell_of(nb, "cube-test")["source"] += "\nprint('passed')"
    return nb


@damage("changed-type")
def solution_turned_into_markdown(nb: Notebook) -> Damaged:
    _retype(cell_of(nb, "square"), "markdown")
    return nb


@damage("changed-type")
def test_turned_into_raw(nb: Notebook) -> Damaged:
    _retype(cell_of(nb, "cube-test"), "raw")
    return nb


@damage("changed-type")
def written_answer_turned_into_code(nb: Notebook) -> Damaged:
    _retype(cell_of(nb, "why"), "code")
    return nb


@damage("changed-type", "stripped-metadata")
def solution_turned_into_raw_without_metadata(nb: Notebook) -> Damaged:
    _retype(cell_of(nb, "cube"), "raw")
    cell_of(nb, "cube")["metadata"] = {}
    return nb


def _retype(cell: dict[str, Any], cell_type: str) -> None:
    cell["cell_type"] = cell_type
    cell.pop("outputs", None)
    cell.pop("execution_count", None)
    if cell_type == "code":
        cell.update(outputs=[], execution_count=None)


@damage("tags")
def tags_that_hide_or_skip(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["metadata"]["tags"] = ["hide-input", "fun"]
    cell_of(nb, "square-hidden")["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    return nb


@damage("metadata-type")
def metadata_of_the_wrong_type(nb: Notebook) -> Damaged:
    square, cube = cell_of(nb, "square"), cell_of(nb, "cube")
    square["metadata"], cube["metadata"]["nbgrader"] = ["nbgrader"], "cube"
    nb["metadata"] = 7
    return nb


@damage("forged-metadata")
def nbgrader_fields_of_the_wrong_type(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["metadata"]["nbgrader"].update(grade={"a": 1}, points=[], locked="yes", task=None)
    cell_of(nb, "cube")["metadata"]["nbgrader"]["grade_id"] = ["cube"]
    return nb


# --- the notebook around the cells ---


@damage("kernelspec")
def kernel_of_another_language(nb: Notebook) -> Damaged:
    nb["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    nb["metadata"]["language_info"] = {"name": "R"}
    return nb


@damage("kernelspec")
def kernel_missing(nb: Notebook) -> Damaged:
    del nb["metadata"]["kernelspec"]
    return nb


@damage("kernelspec")
def kernel_of_the_students_own_environment(nb: Notebook) -> Damaged:
    nb["metadata"]["kernelspec"]["name"] = "conda-env-deep-learning-py"
    return nb


@damage("cell-ids")
def cell_ids_missing_or_twice(nb: Notebook) -> Damaged:
    del nb["cells"][3]["id"]
    nb["cells"][5]["id"] = nb["cells"][6]["id"]
    nb["cells"][8]["id"] = "not a valid id!"
    return nb


@damage("old-format")
def format_4_0(nb: Notebook) -> Damaged:
    nb["nbformat_minor"] = 0
    for cell in nb["cells"]:
        del cell["id"]
    return nb


@damage("old-format")
def format_3(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        del cell["id"]
        if cell["cell_type"] == "code":
            cell.update(input=cell.pop("source").splitlines(True), prompt_number=1, language="python")
    nb["cells"][0] = {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Squares"]}
    return {"worksheets": [{"cells": nb["cells"]}], "metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}


@damage("format-version")
def format_5(nb: Notebook) -> Damaged:
    nb.update(nbformat=5, nbformat_minor=0, something_new={})
    return nb


@damage("format-version")
def format_missing(nb: Notebook) -> Damaged:
    del nb["nbformat"], nb["nbformat_minor"]
    return nb


# --- the inside of cells ---


@damage()
def sources_as_lists_of_channels(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        cell["source"] = cell["source"].splitlines(True)
    return nb


@damage("no-source", lost=("cube-test",))
def sources_missing_or_numbers(nb: Notebook) -> Damaged:
    del cell_of(nb, "cube-test")["source"]
    cell_of(nb, "cube")["source"] = 3
    nb["cells"][0]["source"] = None
    return nb


@damage("no-cell")
def things_that_are_no_cells(nb: Notebook) -> Damaged:
    nb["cells"][3:3] = [None, 17, "cell", [], {}]
    return nb


@damage("cell-type")
def cell_types_missing_or_unknown(nb: Notebook) -> Damaged:
    del cell_of(nb, "square")["cell_type"]
    cell_of(nb, "cube")["cell_type"] = "python"
    cell_of(nb, "why")["cell_type"] = 4
    return nb


@damage("outputs")
def outputs_malformed(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["outputs"] = {"text": "25"}
    cell_of(nb, "cube")["outputs"] = [1, None, {"output_type": 3}]
    cell_of(nb, "cube")["execution_count"] = "many"
    return nb


@damage()
def outputs_of_two_megabytes(nb: Notebook) -> Damaged:
    output = {"output_type": "stream", "name": "stdout", "text": ["a line of forty characters, or about so\n"] * 50_000}
    cell_of(nb, "square")["outputs"] = [output]
    return nb


@damage("attachments")
def attachments_malformed(nb: Notebook) -> Damaged:
    cell_of(nb, "why")["attachments"] = {"good.png": {"image/png": "aGk="}, "bad.png": 3, "worse.png": {"image/png": 4}}
    return nb


@damage("characters")
def null_characters_and_lone_surrogates(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["source"] += "\n# \x00 \ud800 here"
    return json.dumps(nb).encode()


# --- the file ---


@damage("encoding")
def byte_order_mark(nb: Notebook) -> Damaged:
    return b"\xef\xbb\xbf" + dump(nb)


@damage("encoding")
def utf_16(nb: Notebook) -> Damaged:
    return dump(nb).decode().encode("utf-16")


@damage("encoding")
def utf_16_without_mark(nb: Notebook) -> Damaged:
    return dump(nb).decode().encode("utf-16-le")


@damage("encoding")
def latin_1(nb: Notebook) -> Damaged:
    nb["cells"][0]["source"] = "# Übung"
    return dump(nb).decode().encode("latin-1")


def _commented(nb: Notebook, comment: str, encoding: str) -> bytes:
    cell_of(nb, "square")["source"] = f"# {comment}\n" + cell_of(nb, "square")["source"]
    return dump(nb).decode().encode(encoding)


@damage("encoding")
def gbk_with_backslashes_in_characters(nb: Notebook) -> Damaged:
    return _commented(nb, "\u8fd4\u56de\u5e73\u65b9\uff0c\u8aa0", "gbk")  # 0x5C is the last byte


@damage("encoding")
def shift_jis_with_backslashes_in_characters(nb: Notebook) -> Damaged:
    return _commented(nb, "\u4e8c\u4e57\u306e\u30bd\u30fc\u30b9\u8868", "cp932")


@damage("encoding")
def cp1252_with_characters_before_line_ends(nb: Notebook) -> Damaged:
    return _commented(nb, "le carr\u00e9, donn\u00e9", "cp1252")


@damage("encoding")
def big5_with_backslashes_in_characters(nb: Notebook) -> Damaged:
    return _commented(nb, "\u5e73\u65b9\uff1a\u8a31\u529f\u84cb", "big5")


@damage("null-bytes")
def null_bytes_in_the_file(nb: Notebook) -> Damaged:
    return dump(nb).replace(b"\n", b"\n\x00")


@damage("invalid-json", "deleted", "put-back", lost=("answer-test", "essay"))
def file_cut_off(nb: Notebook) -> Damaged:
    whole = dump(nb)
    return whole[: whole.index(b"### 5 Set")]


@damage("invalid-json")
def comma_too_many(nb: Notebook) -> Damaged:
    return dump(nb).replace(b"\n ],\n", b",\n ],\n", 1)


@damage("invalid-json")
def text_after_the_end(nb: Notebook) -> Damaged:
    return dump(nb) + b"\n<html>Session expired</html>"


@damage("invalid-json", lost=("cube-test",))
def one_cell_broken(nb: Notebook) -> Damaged:
    return dump(nb).replace(b'"def cube(x)', b"def cube(x)")


@damage()
def line_breaks_inside_strings(nb: Notebook) -> Damaged:
    return dump(nb).replace(b"\\n", b"\n")


@damage("conflict")
def git_conflict_the_second_side_is_solved(nb: Notebook) -> Damaged:
    return _conflict(_with(nb, "cube", STUBS["cube"]), nb)


@damage("conflict")
def git_conflict_the_first_side_is_solved(nb: Notebook) -> Damaged:
    return _conflict(nb, _with(nb, "cube", STUBS["cube"]))


@damage("conflict")
def git_conflict_with_the_common_ancestor(nb: Notebook) -> Damaged:
    return _conflict(nb, _with(nb, "cube", STUBS["cube"]), ancestor=True)


def _with(nb: Notebook, name: str, source: str) -> Notebook:
    other = copy.deepcopy(nb)
    cell_of(other, name)["source"] = source
    return other


def _conflict(ours: Notebook, theirs: Notebook, *, ancestor: bool = False) -> bytes:
    lines = []
    for one, other in zip(dump(ours).split(b"\n"), dump(theirs).split(b"\n"), strict=True):
        base = [b"||||||| 1a2b3c4", b'   "source": ""'] if ancestor else []
        lines += [one] if one == other else [b"<<<<<<< HEAD", one, *base, b"=======", other, b">>>>>>> main"]
    return b"\n".join(lines)


@damage("duplicate-key")
def keys_twice(nb: Notebook) -> Damaged:
    return dump(nb).replace(b'"nbformat": 4', b'"nbformat": 3, "nbformat": 4')


@damage("not-a-number")
def not_a_number(nb: Notebook) -> Damaged:
    return dump(nb).replace(b'"execution_count": 1', b'"execution_count": NaN')


# --- work in the wrong place ---


def _moved(nb: Notebook, name: str) -> str:
    """The answer, taken out of its cell."""
    source: str = cell_of(nb, name)["source"]
    cell_of(nb, name)["source"] = STUBS[name]
    return source


@damage("edited", "merged-cells")
def answer_above_the_asserts_of_its_test(nb: Notebook) -> Damaged:
    answer, test = _moved(nb, "cube"), cell_of(nb, "cube-test")
    test["source"] = f"{answer}\n\n{test['source']}"
    return nb


@damage("edited", "merged-cells")
def answer_below_the_assert_of_its_test(nb: Notebook) -> Damaged:
    answer = _moved(nb, "square")
    cell_of(nb, "square-visible")["source"] += f"\n{answer}"
    return nb


@damage("edited", "merged-cells")
def answer_instead_of_its_test(nb: Notebook) -> Damaged:
    cell_of(nb, "cube-test")["source"] = _moved(nb, "cube")
    return nb


@damage("edited", "merged-cells")
def two_answers_in_one_test(nb: Notebook) -> Damaged:
    answers = [_moved(nb, "square"), _moved(nb, "answer")]
    cell_of(nb, "answer-test")["source"] = "\n".join(["helper = 1", *answers, "print(answer)"])
    return nb


@damage("work-elsewhere")
def answer_in_a_new_cell_above_the_stub(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "cube"), code(_moved(nb, "cube"), "id-mine"))
    return nb


@damage("work-elsewhere")
def written_answer_in_a_new_cell_below_the_blank_one(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "why") + 1, text(_moved(nb, "why"), "id-mine"))
    return nb


@damage("work-elsewhere")
def written_answer_in_a_new_cell_above_the_blank_one(nb: Notebook) -> Damaged:
    nb["cells"].insert(at(nb, "why"), text(_moved(nb, "why"), "id-mine"))
    return nb


@damage("unknown-id")
def all_grade_ids_given_anew_by_a_copying_tool(nb: Notebook) -> Damaged:
    for index, cell in enumerate(nb["cells"]):
        cell["id"] = f"new-{index}"
        if grade_id(cell):
            cell["metadata"]["nbgrader"]["grade_id"] = f"cell-{index:016x}"
    return nb


@damage("stripped-metadata", "put-back")
def only_the_answers_kept_and_stripped(nb: Notebook) -> Damaged:
    nb["cells"] = [cell for cell in nb["cells"] if grade_id(cell) in STUBS or cell["id"] == "id-my-essay"]
    for index, cell in enumerate(nb["cells"]):
        cell["metadata"], cell["id"] = {}, f"new-{index}"
    return nb


@damage("merged-cells", "put-back")
def everything_in_one_cell(nb: Notebook) -> Damaged:
    whole = "\n\n".join(cell["source"] for cell in nb["cells"] if cell["cell_type"] == "code")
    nb["cells"] = [code(whole, "id-all"), cell_of(nb, "why"), text("My essay.", "id-my-essay")]
    return nb


@damage("changed-type", "stripped-metadata")
def all_cells_turned_into_markdown_and_stripped(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        _retype(cell, "markdown")
        cell["metadata"] = {}
    return nb


@damage("duplicate-solution", "duplicate-test")
def blank_release_pasted_below_the_work(nb: Notebook) -> Damaged:
    nb["cells"] += [duplicate(cell) for cell in released()["cells"]]
    return nb


# --- other programs ---


@damage("stripped-metadata", "old-format")
def saved_by_colab(nb: Notebook) -> Damaged:
    nb.update(nbformat_minor=0, metadata={"colab": {"provenance": []}, "accelerator": "GPU", **nb["metadata"]})
    for index, cell in enumerate(nb["cells"]):
        del cell["id"]
        cell["metadata"] = {"id": f"aBcD{index}", "cellView": "form"}
        cell["source"] = cell["source"].splitlines(True)
    cell_of_cube = next(cell for cell in nb["cells"] if cell["source"][0].startswith("def cube"))
    cell_of_cube["source"].insert(0, '# @title Cube { display-mode: "form" }\n')
    return nb


@damage()
def saved_by_vs_code(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
    return nb


@damage()
def nbgrader_schema_1(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        if grade_id(cell):
            del cell["metadata"]["nbgrader"]["task"]
            cell["metadata"]["nbgrader"]["schema_version"] = 1
    return nb


@damage("line-ends")
def lists_of_channels_without_line_ends(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        cell["source"] = cell["source"].splitlines()
    return nb


@damage("invisible-characters")
def code_pasted_from_a_web_page(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["source"] = "\u200b" + cell_of(nb, "cube")["source"].replace("    ", "\u00a0" * 4)
    return nb


@damage("invisible-characters")
def code_pasted_from_a_chat(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["source"] = cell_of(nb, "square")["source"].replace("\n", "\u2028")
    return nb


@damage()
def invisible_characters_that_harm_nothing(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["source"] += "\n# a\u00a0note\u2028of mine"
    return nb


@damage(lost=("cube-test",))
def quotes_and_brackets_that_are_not_pythons(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["source"] = "def cube\uff08x\uff09:\n    return x ** 3"
    return nb


@damage("conflict")
def conflict_markers_inside_a_cell(nb: Notebook) -> Damaged:
    cell = cell_of(nb, "cube")
    cell["source"] = f"<<<<<<< local\n{STUBS['cube']}\n=======\n{cell['source']}\n>>>>>>> remote"
    return nb


@damage("conflict")
def git_conflict_with_one_answer_on_each_side(nb: Notebook) -> Damaged:
    return _conflict(_with(nb, "cube", STUBS["cube"]), _with(nb, "square", STUBS["square"]))


@damage("encoding")
def two_byte_order_marks(nb: Notebook) -> Damaged:
    return b"\xef\xbb\xbf" * 2 + dump(nb)


@damage("encoding")
def a_bad_byte_in_utf_8(nb: Notebook) -> Damaged:
    cell_of(nb, "cube")["source"] = "h\u00f6he = 3\ndef cube(x):\n    return x ** h\u00f6he"
    return dump(nb).replace(b"### 5", b"### 5 \xff")


@damage("wrapped")
def json_inside_a_json_string(nb: Notebook) -> Damaged:
    return dump(dump(nb).decode())


@damage("wrapped")
def notebook_in_a_list(nb: Notebook) -> Damaged:
    return dump([nb])


@damage("wrapped")
def answer_of_jupyters_server(nb: Notebook) -> Damaged:
    return dump({"name": "squares.ipynb", "type": "notebook", "format": "json", "content": nb})


@damage("wrapped")
def list_of_cells(nb: Notebook) -> Damaged:
    return dump(nb["cells"])


@damage("invalid-json")
def two_notebooks_in_one_file(nb: Notebook) -> Damaged:
    return dump(nb) + dump(released())


# --- refused ---


@damage(refused="web page")
def a_page_of_github(nb: Notebook) -> Damaged:
    return b'\n\n<!DOCTYPE html>\n<html lang="en"><script type="application/json">{"payload":{}}</script></html>'


@damage(refused="packed archive")
def gzipped(nb: Notebook) -> Damaged:
    return gzip.compress(dump(nb), mtime=0)


@damage(refused="PDF")
def printed_as_pdf(nb: Notebook) -> Damaged:
    return b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@damage(refused="Git LFS pointer")
def a_git_lfs_pointer(nb: Notebook) -> Damaged:
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@damage(refused="a link")
def a_link_of_google_drive(nb: Notebook) -> Damaged:
    return b'{"url":"https://docs.google.com/open?id=1","doc_id":"1","email":"a@b.c"}'


@damage(refused="Python script")
def exported_by_jupytext(nb: Notebook) -> Damaged:
    return b"# ---\n# jupyter:\n# ---\n\n# %%\ndef square(x):\n    return x * x\n"


@damage(refused="Markdown")
def exported_as_markdown(nb: Notebook) -> Damaged:
    return b"```python\ndef square(x):\n    return x * x\n```\n"


@damage(refused="empty")
def empty_file(nb: Notebook) -> Damaged:
    return b""


@damage(refused="empty")
def blanks_only(nb: Notebook) -> Damaged:
    return b"\xef\xbb\xbf \n\x00"


@damage(refused="too large")
def thirty_megabytes(nb: Notebook) -> Damaged:
    return dump(nb) + b" " * 30_000_000


@damage(refused="values")
def three_million_values(nb: Notebook) -> Damaged:
    return b'{"cells": [' + b"[]," * 3_000_000 + b"[]]}"


@damage(refused="nested")
def nested_too_deep(nb: Notebook) -> Damaged:
    return b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@damage(refused="cells")
def too_many_cells(nb: Notebook) -> Damaged:
    nb["cells"] += [text("", f"id-{index}") for index in range(3_000)]
    return nb


@damage(refused="characters")
def five_megabytes_of_source(nb: Notebook) -> Damaged:
    cell_of(nb, "square")["source"] = "x = 1\n" * 900_000
    return nb


@damage(refused="a list")
def a_list(nb: Notebook) -> Damaged:
    return b"[1, 2]"


@damage(refused="a string")
def a_string(nb: Notebook) -> Damaged:
    return b'"my notebook"'


@damage(refused="a single value")
def a_number(nb: Notebook) -> Damaged:
    return b"42"


@damage(refused="no list of cells")
def an_object_without_cells(nb: Notebook) -> Damaged:
    return b'{"nbformat": 4, "metadata": {}}'


@damage(refused="not valid JSON")
def a_python_script(nb: Notebook) -> Damaged:
    return b"def square(x):\n    return x * x\n"


@damage(refused="zip archive")
def a_zip_file(nb: Notebook) -> Damaged:
    return b"PK\x03\x04" + bytes(range(256)) * 40


@damage(refused="none of the exercises")
def no_cells(nb: Notebook) -> Damaged:
    nb["cells"] = []
    return nb


@damage(refused="another assignment")
def another_assignment(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        cell["source"] = f"# other: {cell['source'][::-1]}"
        if grade_id(cell):
            cell["metadata"]["nbgrader"]["grade_id"] = "other-" + grade_id(cell)
    return nb


@damage(refused="another assignment")
def another_assignment_with_the_same_grade_ids(nb: Notebook) -> Damaged:
    for cell in nb["cells"]:
        prose = cell["cell_type"] == "markdown"
        name = cell["id"].replace("-", "_")
        cell["source"] = f"About {name}." if prose else f"def other_{name}(x):\n    return x + 1"
    return nb


def undamaged() -> bytes:
    """A good submission, untouched."""
    return dump(solved())


def blank() -> bytes:
    """The released notebook, handed in as it was."""
    return dump(released())
