"""Finds the cells that have to run to judge answers to some exercises, and makes a notebook without the others.

Reads notebooks as dictionaries. Pure; must not know an answer.
"""

from __future__ import annotations

import symtable
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.exercises import exercise_of
from torchmarks.grading.source import without_magics

Notebook = Mapping[str, Any]


def not_asked(source: Notebook, exercises: Collection[str]) -> frozenset[str]:
    """The grade_ids of the tests of all other exercises, but for those that bind a name which a later test needs.

    source: the notebook with its hidden tests. A graded cell that belongs to no exercise is none of them.
    """
    others = {name for name, mark, _ in _marked(source) if mark.get("solution")} - set(exercises)
    needed: set[str] = set()
    found: set[str] = set()
    for name, mark, text in reversed(_marked(source)):
        if not mark.get("grade") or mark.get("solution"):
            continue
        bound, used = _names(text)
        if exercise_of(name) in others and not bound & needed:
            found.add(name)
        else:
            needed = (needed | used) - bound
    return frozenset(found)


def without(notebook: Notebook, names: Collection[str]) -> dict[str, Any]:
    """The notebook without the cells of these grade_ids."""
    kept = [cell for cell in notebook["cells"] if marks_of(cell).get("grade_id") not in names]
    return {**notebook, "cells": kept}


def without_examples(notebook: Notebook) -> dict[str, Any]:
    """The notebook without worked cells whose names no other cell needs: they draw pictures and train models.

    A worked cell is code that nbgrader does not know.
    """
    needed: set[str] = set()
    kept = []
    for cell in reversed(notebook["cells"]):
        if cell["cell_type"] == "code":
            bound, used = _names("".join(cell["source"]))
            if not marks_of(cell) and not bound & needed:
                continue
            needed = (needed | used) - bound
        kept.append(cell)
    return {**notebook, "cells": kept[::-1]}


def _names(text: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds for the cells after it, and those of the notebook that it uses, in functions too."""
    try:
        whole = symtable.symtable(without_magics(text), "a test", "exec")
    except SyntaxError:
        return set(), set()
    bound = {one.get_name() for one in whole.get_symbols() if one.is_assigned() or one.is_imported()}
    return bound, {name for table in _nested(whole) for name in _used(table)}


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    whole = table.get_type() == "module"
    return (one.get_name() for one in table.get_symbols() if one.is_referenced() and (whole or one.is_global()))


def _nested(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for inner in table.get_children():
        yield from _nested(inner)


def _marked(notebook: Notebook) -> list[tuple[str, Mapping[str, Any], str]]:
    """Of each cell that nbgrader knows its grade_id, its mark and its text."""
    marked = [(cell, marks_of(cell)) for cell in notebook["cells"]]
    return [(str(mark["grade_id"]), mark, "".join(cell["source"])) for cell, mark in marked if mark]
