"""Repairs damaged submissions before they are graded: `find` the file, `read` it, `match` its cells, `assemble` anew.

Pure: bytes in, a notebook that can be graded or a refusal out, always the same for the same bytes. Runs no student code
and never raises because of what a student sent. Must not score anything: a refusal is not a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torchmarks.checks.cell_marks import grade_id_of
from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair.assemble import assemble
from torchmarks.grading.repair.blueprint import Blueprint, SourceCell
from torchmarks.grading.repair.find import (
    MOST_CANDIDATES,
    Candidate,
    Found,
    by_likeness,
    composed,
    decide,
    is_notebook,
)
from torchmarks.grading.repair.losses import in_short, losses
from torchmarks.grading.repair.match import match, normal
from torchmarks.grading.repair.outcome import CONFLICT, DEFAULT_LIMITS, NotebookLimits, Refused, Repair, Repaired
from torchmarks.grading.repair.read import read_drafts

__all__ = [
    "Blueprint",
    "Found",
    "NotebookLimits",
    "Refused",
    "Repair",
    "Repaired",
    "SourceCell",
    "composed",
    "find_notebook",
    "in_short",
    "losses",
    "repair",
]


def repair(submitted: bytes, blueprint: Blueprint, *, limits: NotebookLimits = DEFAULT_LIMITS) -> Repaired | Refused:
    """`submitted`, a student's notebook file, as a notebook with exactly the blueprint's cells and the student's work.

    Raises nothing for any `submitted`. Takes time linear in its size. What is repaired and how is listed in
    `tests/damage/`; of a file with version control conflicts the version with more answers counts, and what only the
    other one answers is added.
    """
    drafts = read_drafts(submitted, limits)
    if isinstance(drafts, Refused):
        return drafts
    outcomes: list[Repaired | Refused] = []
    for draft in drafts:
        matched = match(draft.cells, blueprint)
        if isinstance(matched, Refused):
            outcomes.append(matched)
            continue
        cells, plan = matched
        notebook = assemble(cells, plan, blueprint, draft)
        repairs = tuple(dict.fromkeys((*draft.repairs, *plan.repairs)))
        outcomes.append(Repaired(notebook, repairs))
    if len(outcomes) == 1:
        return outcomes[0]
    best = max(outcomes, key=lambda outcome: _answers(outcome, blueprint))  # the first of equals: the student's side
    if isinstance(best, Refused):
        return best
    message = say("conflict_first" if best is outcomes[0] else "conflict_second")
    others = [outcome for outcome in outcomes if isinstance(outcome, Repaired) and outcome is not best]
    notebook, added = _completed(best.notebook, others, blueprint)
    return Repaired(notebook, (Repair(CONFLICT, None, message), *added, *best.repairs))


def _completed(
    notebook: dict[str, Any], others: list[Repaired], blueprint: Blueprint
) -> tuple[dict[str, Any], list[Repair]]:
    """`notebook` with the answers that only another version of it has."""
    stubs, cells, added = _stubs(blueprint), [], []
    for cell in notebook["cells"]:
        name = grade_id_of(cell)
        if name in stubs and normal(cell["source"]) in ("", stubs[name]):
            copies = (copy for other in others for copy in other.notebook["cells"] if grade_id_of(copy) == name)
            sources = (copy["source"] for copy in copies if normal(copy["source"]) not in ("", stubs[name]))
            found = next(sources, None)
            if found is not None:
                cell = {**cell, "source": found}
                added.append(Repair(CONFLICT, name, say("conflict_completed")))
        cells.append(cell)
    return {**notebook, "cells": cells}, added


def find_notebook(
    files: Mapping[str, bytes],
    expected: str,
    blueprint: Blueprint,
    *,
    others: Sequence[str] = (),
    limits: NotebookLimits = DEFAULT_LIMITS,
) -> Found | Refused:
    """Which of a student's `files` (path to content) is the notebook `expected`, perhaps under another name.

    others: names of the assignment's other notebooks, whose files are theirs. Files with the same work are one. A
    notebook that was left as released gives way to one with work in it, and one with work to another that answers all
    of that and more; else the released name decides. Refused where that leaves several, or where none fits: `absent` if
    nothing could be it at all. What is left out is named.
    """
    wanted = expected.removesuffix(".ipynb") + ".ipynb"
    taken = {composed(name.removesuffix(".ipynb") + ".ipynb") for name in others}
    # the likeliest first, for no more than MOST_CANDIDATES are looked at
    names = by_likeness((n for n, text in files.items() if composed(n) not in taken and is_notebook(n, text)), wanted)
    # by content: copies of one file are repaired once
    same: dict[bytes, list[str]] = {}
    for name in names:
        same.setdefault(files[name], []).append(name)
    candidates = []
    for content, equal in list(same.items())[:MOST_CANDIDATES]:
        made = Candidate.of(equal[0], repair(content, blueprint, limits=limits), blueprint, wanted)
        candidates.append(replace(made, same=tuple(equal[1:])))
    found = decide(candidates, files, wanted, sorted(taken))
    left = len(same) - len(candidates)
    if left and isinstance(found, Found):
        note = Repair("copy", None, say("files_not_looked_at", count=left))
        return replace(found, repairs=(*found.repairs, note))
    return found


def _answers(outcome: Repaired | Refused, blueprint: Blueprint) -> int:
    """How many solution cells hold more than the stub; -1 for a notebook that is refused."""
    if isinstance(outcome, Refused):
        return -1
    stubs = _stubs(blueprint)
    found = ((grade_id_of(cell), cell) for cell in outcome.notebook["cells"])
    return sum(grade_id in stubs and normal(cell["source"]) not in ("", stubs[grade_id]) for grade_id, cell in found)


def _stubs(blueprint: Blueprint) -> dict[str, str]:
    return {cell.grade_id: normal(cell.released) for cell in blueprint.cells if cell.solution}
