"""Reads a submitted file, however damaged, into plain cells.

Pure: bytes in, cells and repairs out. Nothing of the student's metadata, outputs or numbers is passed on, only types,
sources, claimed grade ids and attachments, all checked. Must not raise on any input.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair.blueprint import is_checksum
from torchmarks.grading.repair.decode import decode, too_complex, too_large
from torchmarks.grading.repair.outcome import Json, NotebookLimits, Refused, Repair

_CELL = re.compile(r'\{\s*+"(?:attachments|cell_type|execution_count|id|input|metadata|outputs|source)"\s*+:')
_CELLS = re.compile(r'"cells"\s*+:\s*+\[')
_CONFLICT = re.compile(r"^<{7}(?: |\r?$)", re.MULTILINE)
_MAX_BROKEN = 20  # cells skipped while salvaging: each may cost a look at the rest of the file
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CELL_TYPES = ("code", "markdown", "raw")
# what is handed in under a notebook's name: how the file begins, and the sentences of what it is and what to do
_OTHER_FILES = (
    (rb"PK\x03\x04.{26}(?:\[Content_Types\]|word/|mimetype)", "file_is_text_document", "save_again"),
    (rb"PK(?:\x03\x04|\x05\x06)", "file_is_zip", "unpack"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!", "file_is_archive", "unpack"),
    (rb"%PDF-", "file_is_pdf", "save_again"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "file_is_picture", "save_again"),
    (rb"\{\\rtf", "file_is_text_document", "save_again"),
    (rb"\s*+(?:<!--.*?-->\s*+)?<(?i:!doctype html|html|head|body)\b", "file_is_web_page", "download_notebook"),
    (rb"version https://git-lfs", "file_is_lfs_pointer", "pull_lfs"),
    (rb"\[InternetShortcut\]|\{\s*+\"(?:url|doc_id)\"", "file_is_link", "download_notebook"),
    (rb"\x00\x05\x16[\x00\x07]", "file_is_side_file", "without_dot"),
    (rb"# ---\s|# %%|# In\[|#!/usr/bin/(?:env )?python", "file_is_script", "no_export"),
    (rb"```|---\r?\njupyter", "file_is_markdown", "no_export"),
)


@dataclass(frozen=True, slots=True)
class StudentCell:
    """A submitted cell.

    claim: the grade id it says it has, or None; meta: its other nbgrader metadata; checksum: what nbgrader wrote into
    it on release; as_released: whether its text and metadata are still those.
    """

    cell_type: str
    source: str
    claim: str | None
    meta: dict[str, Any]
    cell_id: str
    attachments: dict[str, dict[str, str]]
    tags: tuple[str, ...]
    checksum: str = ""
    as_released: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What was read. kernel: its name, None where none is given; repairs: what had to be repaired on the way."""

    cells: tuple[StudentCell, ...]
    kernel: str | None
    repairs: tuple[Repair, ...]


def read_drafts(submitted: bytes, limits: NotebookLimits) -> list[Draft] | Refused:
    """The readings of a file, at least one; several where a version control conflict left several versions in it."""
    decoded = decode(submitted, limits)
    if isinstance(decoded, Refused):
        return decoded
    text, notes = decoded
    versions = _conflict_sides(text) if _CONFLICT.search(text) else [text]
    drafts: list[Draft] = []
    refusals: list[Refused] = []
    for version in versions:
        draft = _read_text(version, limits)
        if isinstance(draft, Refused):
            refusals.append(draft)
        else:
            drafts.append(Draft(draft.cells, draft.kernel, (*notes, *draft.repairs)))
    if not drafts:
        return _other_file(submitted) or refusals[0]
    return _inner_sides(drafts[0]) if len(drafts) == 1 else drafts


def _other_file(submitted: bytes) -> Refused | None:
    """The refusal of a file that is something else than a notebook, as its beginning shows."""
    start = submitted[:500].removeprefix(codecs.BOM_UTF8)
    for begins, what, remedy in _OTHER_FILES:
        if re.match(begins, start, re.DOTALL):
            return Refused(say(what), say(remedy))
    return None


def _inner_sides(draft: Draft) -> list[Draft]:
    """Both versions where a merge tool for notebooks (nbdime) left the conflict inside the cells."""
    torn = [bool(_CONFLICT.search(cell.source)) for cell in draft.cells]
    if not any(torn):
        return [draft]
    sides: list[list[StudentCell]] = [[], []]
    for cell, is_torn in zip(draft.cells, torn, strict=True):
        texts = _conflict_sides(cell.source) if is_torn else [cell.source] * 2
        for side, text in zip(sides, texts, strict=True):
            side.append(replace(cell, source=text))
    return [Draft(tuple(side), draft.kernel, draft.repairs) for side in sides]


def _read_text(text: str, limits: NotebookLimits) -> Draft | Refused:
    refused = too_complex(text, limits)
    if refused:
        return refused
    found = _parse(text)
    if isinstance(found, Refused):
        return found
    notebook, repairs = found
    if isinstance(notebook, str) and notebook.lstrip().startswith("{"):
        inner = _read_text(notebook, limits)  # cannot go on: the text in it begins with a brace, not a quote
        return inner if isinstance(inner, Refused) else replace(inner, repairs=(_wrapped(), *inner.repairs))
    notebook = _unwrapped(notebook, repairs)
    cells = _raw_cells(notebook, repairs)
    if isinstance(cells, Refused):
        return cells
    if len(cells) > limits.max_cells:
        return too_large(say("file_too_many_cells", count=len(cells), most=limits.max_cells))
    student = [_student_cell(cell, repairs) for cell in cells]
    if sum(len(cell.source) for cell in student) > limits.max_source:
        return too_large(say("file_too_much_text", most=limits.max_source))
    # one damage in a hundred cells is one sentence
    return Draft(tuple(student), _kernel(notebook), tuple(dict.fromkeys(repairs)))


def _conflict_sides(text: str) -> list[str]:
    """Both whole versions in a file with conflict markers, the student's own (the first side) first."""
    sides: tuple[list[str], list[str]] = ([], [])
    here: int | None = None  # None: outside a conflict, 0 and 1: its sides, 2: the common ancestor some tools add
    for line in text.split("\n"):
        if line.startswith("<<<<<<<"):
            here = 0
        elif line.startswith("|||||||") and here is not None:
            here = 2
        elif line.startswith("=======") and here is not None:
            here = 1
        elif line.startswith(">>>>>>>") and here is not None:
            here = None
        else:
            for side in (0, 1):
                if here in (None, side):
                    sides[side].append(line)
    return ["\n".join(side) for side in sides]


# --- text to JSON ----------------------------------------------------------------------------------------------------


def _parse(text: str) -> tuple[Json, list[Repair]] | Refused:
    repairs: list[Repair] = []

    def once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        whole = dict(pairs)
        if len(whole) < len(pairs):
            repairs.append(Repair("duplicate-key", None, say("json_field_twice")))
        return whole

    def no_number(word: str) -> None:
        repairs.append(Repair("not-a-number", None, say("json_no_number", word=word)))

    # strict=False: a raw line break or tab in a string is readable, though Jupyter never writes it
    decoder = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_number, strict=False)
    try:
        return decoder.decode(text), repairs
    except (ValueError, RecursionError):
        pass
    cells = [cell for cell in _salvage(text, decoder) if isinstance(cell, dict)]
    if not cells:
        return _refused_json()
    message = say("json_salvaged", count=len(cells))
    return {"nbformat": 4, "cells": cells, "salvaged": True}, [*repairs, Repair("invalid-json", None, message)]


def _salvage(text: str, decoder: json.JSONDecoder) -> Iterator[Json]:
    """The cells of a broken notebook that are whole in themselves, in order."""
    start = _CELLS.search(text)
    position, broken = start.end() if start else 0, 0
    left = 2 * len(text)  # characters that may be read in vain: cells opened inside each other all fail at one place
    while broken < _MAX_BROKEN and left > 0:
        found = _CELL.search(text, position)
        if found is None:
            return
        try:
            cell, position = decoder.raw_decode(text, found.start())
        except json.JSONDecodeError as error:
            left -= error.pos - found.start()
            broken += 1
            position = found.end()
        except (ValueError, RecursionError):  # a number of thousands of digits, a caller deep in its own stack
            return
        else:
            # an inner object of a broken cell (its metadata, an output) is not a cell
            if isinstance(cell, dict) and ("cell_type" in cell or "source" in cell):
                yield cell


def _unwrapped(value: Json, repairs: list[Repair]) -> Json:
    """The notebook in what a program put around it: a list of one, Jupyter's answer to "give me this file"."""
    inner = value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and "cells" in value[0]:
        inner = value[0]
    elif isinstance(value, list) and value and all(isinstance(cell, dict) and "cell_type" in cell for cell in value):
        inner = {"nbformat": 4, "cells": value}
    elif isinstance(value, dict) and "cells" not in value and isinstance(value.get("content"), dict):
        inner = value["content"] if "cells" in value["content"] else value
    if inner is not value:
        repairs.append(_wrapped())
    return inner


def _wrapped() -> Repair:
    return Repair("wrapped", None, say("json_wrapped"))


# --- JSON to cells ---------------------------------------------------------------------------------------------------


def _raw_cells(notebook: Json, repairs: list[Repair]) -> list[Json] | Refused:
    if not isinstance(notebook, dict):
        found = {list: "json_is_list", str: "json_is_text", type(None): "json_is_null"}
        return Refused(say(found.get(type(notebook), "json_is_value")), say("save_again"))
    version, minor = notebook.get("nbformat"), notebook.get("nbformat_minor")
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        if not isinstance(sheets, list):
            return Refused(say("json_without_cells"), say("save_again"))
        nested = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [_upgraded(cell) for part in nested if isinstance(part, list) for cell in part]
        repairs.append(Repair("old-format", None, say("format_3")))
    elif type(version) is not int or version != 4:
        known = type(version) is int and abs(version) < 1000
        message = say("format_other", version=version) if known else say("format_unknown")
        repairs.append(Repair("format-version", None, message))
    elif type(minor) is int and minor < 5 and not notebook.get("salvaged"):
        message = say("format_upgraded", minor=max(minor, 0))
        repairs.append(Repair("old-format", None, message))
    elif not notebook.get("salvaged"):
        _note_cell_ids(cells, repairs)
    return cells


def _note_cell_ids(cells: list[Json], repairs: list[Repair]) -> None:
    ids = [cell.get("id") for cell in cells if isinstance(cell, dict)]
    valid = [cell_id for cell_id in ids if isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id)]
    if len(valid) < len(ids):
        repairs.append(Repair("cell-ids", None, say("cells_without_id")))
    if len(set(valid)) < len(valid):
        repairs.append(Repair("cell-ids", None, say("cells_same_id")))


def _upgraded(cell: Json) -> Json:
    """A format 3 cell as format 4: `input` was the source of code, headings were a cell type."""
    if not isinstance(cell, dict):
        return cell
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        hashes = "#" * (level if type(level) is int and 1 <= level <= 6 else 1)
        return {**cell, "cell_type": "markdown", "source": f"{hashes} {_text(cell.get('source'))[0]}"}
    return {**cell, "source": cell["input"]} if "input" in cell else cell


def _student_cell(cell: Json, repairs: list[Repair]) -> StudentCell:
    def note(kind: str, message: str) -> None:
        repairs.append(Repair(kind, None, message))

    if not isinstance(cell, dict):
        note("no-cell", say("cell_is_none"))
        cell = {"cell_type": "raw", "source": ""}
    source, whole = _text(cell.get("source"))
    if not whole:
        note("no-source", say("cell_without_text"))
    elif isinstance(cell.get("source"), list) and _are_bare(cell["source"]):
        note("line-ends", say("cell_line_ends"))
    clean = _clean(source)
    if clean != source:
        note("characters", say("cell_characters"))
    metadata, meta = _metadata(cell, note)
    claim, tags, cell_id = meta.get("grade_id"), metadata.get("tags"), cell.get("id")
    cell_type = cell.get("cell_type")
    if cell_type not in _CELL_TYPES:
        cell_type = "code" if "outputs" in cell or "execution_count" in cell else "markdown"
        note("cell-type", say("cell_without_type", kind=cell_type))
    if cell_type == "code" and not _are_outputs(cell.get("outputs", [])):
        note("outputs", say("cell_outputs"))
    name = _clean(claim) if isinstance(claim, str) and claim else None
    checksum = meta["checksum"] if isinstance(meta.get("checksum"), str) else ""
    return StudentCell(
        cell_type=cell_type,
        source=clean,
        claim=name,
        meta={key: meta[key] for key in ("grade", "solution", "locked", "task", "points") if key in meta},
        cell_id=cell_id if isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id) else "",
        attachments=_attachments(cell.get("attachments", {}), note) if cell_type != "code" else {},
        tags=tuple(_clean(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        checksum=checksum,
        as_released=name is not None and is_checksum(checksum, meta, cell_type, name, clean),
    )


def _metadata(cell: dict[str, Json], note: Callable[[str, str], None]) -> tuple[dict[str, Json], dict[str, Json]]:
    """A cell's metadata, and nbgrader's in it; empty where it is of no use."""
    metadata = cell.get("metadata")
    if not isinstance(metadata, dict):
        note("metadata-type", say("cell_metadata"))
        metadata = {}
    meta = metadata.get("nbgrader")
    if "nbgrader" in metadata and not isinstance(meta, dict):
        note("metadata-type", say("cell_nbgrader_metadata"))
    return metadata, meta if isinstance(meta, dict) else {}


def _text(source: Json) -> tuple[str, bool]:
    """A source as text, and whether all of it was text."""
    if isinstance(source, str):
        return source, True
    if isinstance(source, list):
        lines = [line for line in source if isinstance(line, str)]
        # nbformat's lines carry their line ends; where none does, a program has taken them off
        return ("\n" if _are_bare(lines) else "").join(lines), len(lines) == len(source)
    return "", False


def _are_bare(lines: list[str]) -> bool:
    return len(lines) > 1 and not any("\n" in line or "\r" in line for line in lines)


def _clean(text: str) -> str:
    """`text` without null characters and lone surrogates, which neither Python nor a UTF-8 file can hold."""
    if text.isascii():
        return text.replace("\x00", "")
    # through UTF-16: two halves of one character that met only when lines were joined become that character
    return text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _are_outputs(outputs: Json) -> bool:
    return isinstance(outputs, list) and all(
        isinstance(output, dict) and isinstance(output.get("output_type"), str) for output in outputs
    )


def _attachments(found: Json, note: Any) -> dict[str, dict[str, str]]:
    """Pictures pasted into a text cell, those that are well formed."""
    kept: dict[str, dict[str, str]] = {}
    whole = isinstance(found, dict)
    for name, bundle in found.items() if whole else ():
        parts = (
            {_clean(kind): _clean(data) for kind, data in bundle.items() if isinstance(data, str)}
            if isinstance(bundle, dict)
            else {}
        )
        whole = whole and isinstance(bundle, dict) and len(parts) == len(bundle)
        if parts:
            kept[_clean(name)] = parts
    if not whole:
        note("attachments", say("cell_attachment"))
    return kept


def _kernel(notebook: Json) -> str | None:
    metadata = notebook.get("metadata")
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = spec.get("name") if isinstance(spec, dict) else None
    return _clean(name) if isinstance(name, str) and name else None


def _refused_json() -> Refused:
    return Refused(say("json_unreadable"), say("save_again"))
