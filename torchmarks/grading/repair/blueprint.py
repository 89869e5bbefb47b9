"""The released notebook, against which a submission is repaired.

Pure: a notebook dictionary in, frozen data out. Must not keep a model solution: what is put back where a student
deleted a solution cell is always the blank stub, even when the blueprint was made from the instructor's version.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torchmarks.grading.repair.names import Reader
from torchmarks.grading.repair.outcome import Json

CODE_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"  # nbgrader's ClearSolutions defaults
TEXT_STUB = "YOUR ANSWER HERE"
_REGIONS = ("HIDDEN TESTS", "MARK SCHEME")  # removed from what students get, by nbgrader
_FORGOTTEN = ("collapsed", "scrolled", "ExecuteTime", "execution")  # an editor's state and times of runs


@dataclass(frozen=True, slots=True)
class SourceCell:
    """One cell of the blueprint.

    `grade_id` is "" for a cell without nbgrader metadata. `source` is what is put back (a test with its hidden part, if
    the blueprint was given it; a solution as its stub), `released` what students were given. `names` are what a
    solution must define. `metadata` and `attachments` are JSON text, `cell_id` the nbformat 4.5 id or "".
    """

    grade_id: str
    cell_type: str
    source: str
    released: str
    points: float
    grade: bool
    solution: bool
    locked: bool
    task: bool
    cell_id: str
    names: frozenset[str]
    metadata: str
    attachments: str

    @property
    def counts(self) -> bool:
        """Does work or a score hang on this cell? A read-only cell or plain text carries neither."""
        return self.grade or self.solution or self.task


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A released notebook: its `name` (without .ipynb), `cells` in order, and notebook `metadata` as JSON text.

    `owner_of` maps each name that exactly one solution cell must define to the index of that cell.
    """

    name: str
    cells: tuple[SourceCell, ...]
    metadata: str = "{}"
    owner_of: Mapping[str, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        owners: dict[str, list[int]] = {}
        for index, cell in enumerate(self.cells):
            for name in cell.names:
                owners.setdefault(name, []).append(index)
        # a name that two exercises ask for does not tell whose answer it is
        unique = {name: indexes[0] for name, indexes in sorted(owners.items()) if len(indexes) == 1}
        object.__setattr__(self, "owner_of", unique)

    @classmethod
    def from_notebook(
        cls,
        notebook: Mapping[str, Any],
        name: str = "",
        *,
        code_stub: str = CODE_STUB,
        text_stub: str = TEXT_STUB,
    ) -> Blueprint:
        """The blueprint in an instructor's or a released notebook (an nbformat 4 dictionary).

        `code_stub` and `text_stub` replace solutions, as nbgrader's `ClearSolutions` has them. A solution cell
        without a solution region and without a checksum (nbgrader writes one on release) is an instructor's answer: all
        of it is replaced. Raises ValueError where a grade id is missing or occurs twice, or a region is not closed.
        """
        cells = tuple(_source_cell(cell, code_stub, text_stub) for cell in notebook.get("cells", []))
        ids = [cell.grade_id for cell in cells if cell.grade_id]
        twice = sorted({grade_id for grade_id in ids if ids.count(grade_id) > 1})
        if twice:
            raise ValueError(f"grade id occurs twice in the blueprint: {', '.join(twice)}")
        kept = {key: notebook.get("metadata", {}).get(key) for key in ("kernelspec", "language_info")}
        return cls(name, cells, json.dumps({key: value for key, value in kept.items() if value}, sort_keys=True))


def text_of(source: Json) -> str:
    """A cell source as one string; nbformat allows a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def _source_cell(cell: Mapping[str, Any], code_stub: str, text_stub: str) -> SourceCell:
    metadata = {key: value for key, value in cell.get("metadata", {}).items() if key not in _FORGOTTEN}
    meta = metadata.get("nbgrader") or {}
    cell_type, source = cell["cell_type"], text_of(cell.get("source", ""))
    flags = {key: bool(meta.get(key, False)) for key in ("grade", "solution", "locked", "task")}
    marked = any(flags.values())
    if marked and not meta.get("grade_id"):
        raise ValueError(f"a graded, solution or locked cell of the blueprint has no grade id: {source[:60]!r}")
    names: frozenset[str] = frozenset()
    if flags["solution"]:
        stub = code_stub if cell_type == "code" else text_stub
        answer, source = source, _without_solution(source, stub, released="checksum" in meta)
        if cell_type == "code":
            # a stub may define nothing: then what the answer defines is what is asked for
            names = Reader().defined_names(source) or Reader().defined_names(answer)
    released = source
    for region in _REGIONS:
        released = _without_region(released, region, "")
    if marked:
        metadata["nbgrader"] = _meta(meta, flags, cell_type, source)
    else:
        metadata.pop("nbgrader", None)
    return SourceCell(
        grade_id=str(meta["grade_id"]) if marked else "",
        cell_type=cell_type,
        source=source,
        released=released,
        points=float(meta.get("points") or 0),
        cell_id=str(cell.get("id", "")),
        names=names,
        metadata=json.dumps(metadata, sort_keys=True),
        attachments=json.dumps(cell.get("attachments") or {}, sort_keys=True),
        **flags,
    )


def _meta(meta: Mapping[str, Any], flags: Mapping[str, bool], cell_type: str, source: str) -> dict[str, Any]:
    """nbgrader's cell metadata in its schema 3, whatever schema the blueprint was written in."""
    whole: dict[str, Any] = {**flags, "grade_id": str(meta["grade_id"]), "schema_version": 3, "cell_type": cell_type}
    if flags["grade"] or flags["task"]:
        whole["points"] = meta.get("points") or 0
    whole["checksum"] = _checksum(whole, source)  # computed: an instructor's own would be that of the answer
    return whole


def _checksum(meta: Mapping[str, Any], source: str) -> str:
    """nbgrader's fingerprint of a cell, by which it knows an untouched answer from a written one (nbgrader.utils)."""
    locked = not meta["solution"] and (meta["grade"] or meta["locked"])
    parts = [source, meta["cell_type"], str(meta["grade"]), str(meta["solution"]), str(locked), meta["grade_id"]]
    if meta["grade"]:
        parts.append(str(float(meta["points"])))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def is_checksum(checksum: str, meta: Mapping[str, Json], cell_type: str, grade_id: str, source: str) -> bool:
    """Whether `checksum` is nbgrader's of a submitted cell with this text and metadata, which nobody has checked."""
    flags = {key: bool(meta.get(key)) for key in ("grade", "solution", "locked")}
    whole = {**flags, "cell_type": cell_type, "grade_id": grade_id, "points": meta.get("points")}
    try:
        return bool(checksum) and checksum == _checksum(whole, source)
    except (TypeError, ValueError, OverflowError):  # points that are not a number
        return False


def _without_solution(source: str, stub: str, *, released: bool) -> str:
    cleared = _without_region(source, "SOLUTION", stub)
    return stub if cleared == source and not released else cleared


def _without_region(source: str, region: str, stub: str) -> str:
    """`source` with everything between `BEGIN region` and `END region` replaced by `stub`, indented alike."""
    kept: list[str] = []
    inside = False
    for line in source.split("\n"):
        if f"BEGIN {region}" in line:
            if inside:
                raise ValueError(f"BEGIN {region} is inside another")
            inside = True
            indent = re.match(r"\s*", line)
            kept += [(indent[0] if indent else "") + part for part in stub.split("\n")] if stub else []
        elif f"END {region}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise ValueError(f"BEGIN {region} without END {region}")
    return "\n".join(kept)
