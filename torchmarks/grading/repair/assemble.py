"""Builds the notebook that is graded from what `match` has placed.

Pure. Every cell is made anew: of the student's only sources and attachments are kept, so that no metadata, tag or
output of theirs can reach nbgrader. Deterministic: the same submission gives the same bytes.
"""

from __future__ import annotations

import json
from typing import Any

from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair.blueprint import Blueprint, SourceCell, is_checksum
from torchmarks.grading.repair.match import Matching, normal
from torchmarks.grading.repair.outcome import BLANK_AGAIN, Repair
from torchmarks.grading.repair.read import Draft, StudentCell

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_TELLING_TAGS = ("hide", "remove", "skip", "raises", "nb", "parameters")  # read by nbconvert, nbclient, papermill


def assemble(cells: tuple[StudentCell, ...], plan: Matching, blueprint: Blueprint, draft: Draft) -> dict[str, Any]:
    """The nbformat 4.5 notebook; adds to `plan.repairs` what differed from the blueprint."""
    out: list[dict[str, Any]] = []
    extras = _extras(cells, plan)
    _note_order(plan, blueprint)
    out += [_extra_cell(cells[index], plan) for index in extras.get(-1, [])]
    for place, source_cell in enumerate(blueprint.cells):
        out += [_extra_cell(cells[index], plan) for index in plan.before.get(place, [])]
        student = plan.homes.get(place)
        if student is None:
            out.append(_restored(source_cell, plan))
        else:
            out.append(_kept(source_cell, cells[student], plan.sources.get(place), plan))
        out += [_extra_cell(cells[index], plan) for index in plan.after.get(place, [])]
        out += [_extra_cell(cells[index], plan) for index in extras.get(place, [])]
    _give_ids(out)
    return {"cells": out, "metadata": _metadata(blueprint, draft, plan), "nbformat": 4, "nbformat_minor": 5}


def _extras(cells: tuple[StudentCell, ...], plan: Matching) -> dict[int, list[int]]:
    """The student's own cells by the blueprint cell they follow (-1: none)."""
    places: dict[int, int] = {}
    for place, student in sorted(plan.homes.items()):
        places[student] = place  # of a merged cell the last part: what follows may use all of it
    beside = {index for side in (plan.before, plan.after) for part in side.values() for index in part}
    extras: dict[int, list[int]] = {}
    anchor = -1
    for index in range(len(cells)):
        if index in places:
            anchor = places[index]
        elif index not in plan.dropped and index not in beside:
            extras.setdefault(anchor, []).append(index)
    return extras


def _note_order(plan: Matching, blueprint: Blueprint) -> None:
    furthest = -1
    for place, student in sorted(plan.homes.items()):
        if student < furthest:
            grade_id = blueprint.cells[place].grade_id or None
            plan.note("reordered", grade_id, say("cells_reordered"))
            return
        furthest = student


def _restored(source: SourceCell, plan: Matching) -> dict[str, Any]:
    if source.solution:
        plan.note(BLANK_AGAIN, source.grade_id or None, say("solution_deleted"))
    else:  # as good as before
        plan.note("put-back", source.grade_id or None, say("test_deleted" if source.grade else "cell_deleted"))
    return _cell(source, source.source, json.loads(source.attachments))


def _kept(source: SourceCell, student: StudentCell, part: str | None, plan: Matching) -> dict[str, Any]:
    cell_type = source.cell_type
    unchanged = normal(student.source) == normal(source.released)
    if not source.grade_id and not unchanged:
        cell_type = student.cell_type  # unmarked cells are the student's to change
    elif student.cell_type != cell_type:
        message = say("cell_retyped", was=student.cell_type, kind=cell_type)
        plan.note("changed-type", source.grade_id or None, message)
    _note_tags(student, source.grade_id or None, plan)
    if not source.grade_id or source.solution:
        text = student.source if part is None else part
        pictures = student.attachments or json.loads(source.attachments)
        if source.grade_id and student.claim == source.grade_id:
            _note_marks(source, student, plan)
        return _cell(source, text, pictures, cell_type)
    if not unchanged and normal(student.source) != normal(source.source) and not _is_earlier(source, student):
        plan.note("edited", source.grade_id, say("cell_edited"))
    if student.claim == source.grade_id:
        _note_marks(source, student, plan)
    return _cell(source, source.source, json.loads(source.attachments))


def _is_earlier(source: SourceCell, student: StudentCell) -> bool:
    """Whether the cell is as an earlier release had it: fixing a test or its points must not accuse a student."""
    if student.claim != source.grade_id:
        return False
    if student.as_released or not source.solution:
        return student.as_released
    # the text is the student's by now: with the blank one the checksum shows whether the metadata are nbgrader's
    return is_checksum(student.checksum, student.meta, student.cell_type, source.grade_id, source.released)


def _note_marks(source: SourceCell, student: StudentCell, plan: Matching) -> None:
    right = {
        "grade": source.grade,
        "solution": source.solution,
        "locked": source.locked,
        "task": source.task,
        "points": source.points,
    }
    # true == 1 in JSON as in Python; points may be missing where there are none
    wrong = [key for key, value in student.meta.items() if value != right[key] and (value or right[key])]
    if wrong and not _is_earlier(source, student):
        message = say("marks_changed", fields=", ".join(sorted(wrong)))
        plan.note("forged-metadata", source.grade_id, message)


def _note_tags(student: StudentCell, grade_id: str | None, plan: Matching) -> None:
    tags = sorted({tag for tag in student.tags if tag.startswith(_TELLING_TAGS)})
    if tags:
        plan.note("tags", grade_id, say("tags_removed", tags=", ".join(tags)[:80]))


def _cell(source: SourceCell, text: str, attachments: dict[str, Any], cell_type: str | None = None) -> dict[str, Any]:
    cell = _new_cell(cell_type or source.cell_type, text, json.loads(source.metadata), source.cell_id)
    if attachments and cell["cell_type"] != "code":  # nbformat allows none in code
        cell["attachments"] = attachments
    return cell


def _extra_cell(student: StudentCell, plan: Matching) -> dict[str, Any]:
    _note_tags(student, None, plan)
    cell = _new_cell(student.cell_type, student.source, {}, student.cell_id)
    if student.attachments and student.cell_type != "code":
        cell["attachments"] = student.attachments
    # not nbformat's: says to _give_ids that the blueprint's cells choose first
    cell["own"] = True
    return cell


def _new_cell(cell_type: str, text: str, metadata: dict[str, Any], cell_id: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": cell_type, "id": cell_id, "metadata": metadata, "source": text}
    return {**cell, "execution_count": None, "outputs": []} if cell_type == "code" else cell


def _give_ids(cells: list[dict[str, Any]]) -> None:
    """Unique cell ids: the blueprint's stay, the student's where they are free, the rest are numbered."""
    own = [bool(cell.pop("own", False)) for cell in cells]
    taken: set[str] = set()
    number = 0
    for late in (False, True):
        for cell, is_own in zip(cells, own, strict=True):
            if is_own != late:
                continue
            while not cell["id"] or cell["id"] in taken:
                number += 1
                cell["id"] = f"cell-{number}"
            taken.add(cell["id"])


def _metadata(blueprint: Blueprint, draft: Draft, plan: Matching) -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads(blueprint.metadata)
    metadata.setdefault("kernelspec", dict(_KERNEL))
    metadata.setdefault("language_info", {"name": "python"})
    right = metadata["kernelspec"].get("name")
    if draft.kernel != right:
        message = (
            say("kernel_missing", kernel=repr(right))
            if draft.kernel is None
            else say("kernel_other", was=repr(draft.kernel[:60]), kernel=repr(right))
        )
        plan.repairs.append(Repair("kernelspec", None, message))
    return metadata
