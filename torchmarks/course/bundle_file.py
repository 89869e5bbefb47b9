"""An assignment with its hidden tests as one file, for a machine that has neither the course nor its gradebook.

    torchmarks pack-assignment NN-name --to FILE

A zip archive of plain files, which `unzip` shows: notebooks without solutions, the catalogue of mistakes, what students
were given beside them, limits, and a secret of its own to draw hidden inputs from. Reading it never unpickles or runs
anything in it. Anyone who has the file can read the hidden tests: it belongs where students' code cannot see it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.catalogue import Catalogue, read_text
from torchmarks.checks import reasons_file
from torchmarks.checks.language import ENGLISH
from torchmarks.course.bundles import (
    catalogue_at,
    catalogue_of,
    data_files_of,
    isolation_of,
    language_of,
    limits_of,
    source_folder,
)
from torchmarks.errors import UsageError
from torchmarks.grading import Bundle, NotebookBundle
from torchmarks.grading.repair import Blueprint
from torchmarks.isolation import Isolation, Limits
from torchmarks.whole_files import PRIVATE, write_whole

LAYOUT: Final = 1
_HEAD: Final = "assignment.json"
_CATALOGUE: Final = "catalogue.py"
_MADE_AGAIN: Final = "Make it again, with this version: torchmarks pack-assignment NN-name --to FILE."
_MOST_BYTES: Final = 1 << 30  # of all members, unpacked: a few bytes may say that they are terabytes
_TOO_LARGE: Final = f"would have more than {_MOST_BYTES >> 20:,} MiB"
_SMALLER: Final = "Take large data files out of the assignment's folder."
_DAY: Final = (1980, 1, 1, 0, 0, 0)  # one for all: the same assignment gives the same bytes


class _Head(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The contents of assignment.json. secret: hex."""

    layout: int
    torchmarks: str
    assignment: str
    notebooks: list[str]
    limits: Limits
    isolation: Isolation
    ignore: list[str]
    secret: str
    language: str = ENGLISH


@dataclass(frozen=True, slots=True)
class BundleFile:
    """An assignment as a file holds it.

    notebooks: by name, with hidden tests and without solutions; catalogue: text, "" where there is none; reasons: those
    of visible tests, as they are beside the notebook; files: of students' working directory, by path; limits,
    isolation, language: see the course's `c.Judge`; ignore: names that are left out of a submission; secret: for hidden
    inputs.
    """

    assignment: str
    notebooks: Mapping[str, dict[str, Any]]
    catalogue: str = ""
    reasons: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    isolation: Isolation = "auto"
    ignore: tuple[str, ...] = ()
    secret: bytes = field(default=b"", repr=False)
    language: str = ENGLISH

    @classmethod
    def of_course(cls, config: Config, assignment: str, secret: bytes) -> BundleFile:
        """The assignment as source/ has it today. Needs no gradebook. Raises UsageError."""
        directory = CourseDirectory(config=Config(config))
        source = source_folder(directory, assignment)
        paths = sorted(source.glob("*.ipynb"))
        if not paths:
            raise UsageError(
                f"there is no notebook of {assignment!r}", str(source), "Check the name: `ls` shows those there are."
            )
        catalogue = catalogue_at(source)
        reasons = source / reasons_file.NAME
        return cls(
            assignment,
            {path.stem: _without_solutions(path) for path in paths},
            read_text(catalogue) if catalogue.is_file() else "",
            reasons.read_bytes() if reasons.is_file() else b"",
            data_files_of(config, directory, assignment),
            limits_of(config),
            isolation_of(config),
            tuple(directory.ignore),
            secret,
            language_of(config),
        )

    def bundle(self) -> Bundle:
        """What grading needs of it."""
        reasons = reasons_file.decode(self.reasons)
        notebooks = tuple(
            NotebookBundle.of(name, notebook, self._catalogue_for(notebook), reasons)
            for name, notebook in self.notebooks.items()
        )
        return Bundle(self.assignment, notebooks, self.files, self.secret, self.language)

    def _catalogue_for(self, notebook: Mapping[str, Any]) -> Catalogue:
        where = f"{self.assignment}: {_CATALOGUE}"
        return catalogue_of(self.catalogue, notebook, where) if self.catalogue else Catalogue()

    # ---- as bytes

    def packed(self) -> bytes:
        """The archive. Raises UsageError for more than `read` takes."""
        head = _Head(
            LAYOUT, version("torchmarks"), self.assignment, list(self.notebooks), self.limits, self.isolation,
            list(self.ignore), self.secret.hex(), self.language,
        )  # fmt: skip
        content = {
            _HEAD: msgspec.json.format(msgspec.json.encode(head)),
            _CATALOGUE: self.catalogue.encode(),
            reasons_file.NAME: self.reasons,
            **{f"notebooks/{name}.ipynb": json.dumps(one, indent=1).encode() for name, one in self.notebooks.items()},
            **{f"files/{name}": data for name, data in self.files.items()},
        }
        if sum(map(len, content.values())) > _MOST_BYTES:
            raise UsageError(f"the bundle {_TOO_LARGE}", self.assignment, _SMALLER)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(content.items()):
                entry = zipfile.ZipInfo(name, _DAY)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        return buffer.getvalue()

    def write(self, path: Path) -> None:
        """Put it at a path, readable for its owner alone; whole or not at all. Raises UsageError."""
        packed = self.packed()
        try:
            write_whole(path, packed, mode=PRIVATE)
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise UsageError(what, str(path), "Name another file, in a folder that you may write to.") from error

    @classmethod
    def read(cls, path: Path) -> BundleFile:
        """Read what `write` has written. Raises UsageError for a missing or damaged file, or another version's."""
        try:
            with zipfile.ZipFile(path) as archive:
                content = _members(archive, path)
            return cls._of(content, _head(content[_HEAD], path))
        except UsageError:
            raise
        except OSError as error:
            what = f"the bundle cannot be read ({error.strerror})"
            raise UsageError(what, str(path), "Name the file that `torchmarks pack-assignment` made.") from error
        except Exception as error:  # whatever zipfile and its decoders raise for bytes that are not ours
            what = "this is not a bundle of an assignment, or it is damaged"
            raise UsageError(what, str(path), _MADE_AGAIN) from error

    @classmethod
    def _of(cls, content: Mapping[str, bytes], head: _Head) -> BundleFile:
        """The file as its members describe it. Raises whatever their decoders raise."""
        return cls(
            head.assignment,
            {name: _notebook(content[f"notebooks/{name}.ipynb"]) for name in head.notebooks},
            content[_CATALOGUE].decode(),
            content[reasons_file.NAME],
            {name.removeprefix("files/"): data for name, data in content.items() if name.startswith("files/")},
            head.limits,
            head.isolation,
            tuple(head.ignore),
            bytes.fromhex(head.secret),
            head.language,
        )


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, bytes]:
    """Every member's content, none larger than it says, and all within a bound."""
    left, content = _MOST_BYTES, {}
    for info in archive.infolist():
        if info.file_size > left:
            raise UsageError(f"the bundle {_TOO_LARGE}", str(path), _SMALLER)
        with archive.open(info) as file:
            data = file.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise ValueError("a member is not as large as it says")
        content[info.filename] = data
        left -= len(data)
    return content


def _notebook(data: bytes) -> dict[str, Any]:
    found = json.loads(data)
    if not isinstance(found, dict) or not all(isinstance(cell, dict) for cell in found["cells"]):
        raise ValueError("this is not a notebook")
    return found


def _head(data: bytes, path: Path) -> _Head:
    layout = msgspec.json.decode(data).get("layout")
    if layout != LAYOUT:
        raise UsageError(f"the bundle has the layout {layout!r}, this version reads {LAYOUT}", str(path), _MADE_AGAIN)
    return msgspec.json.decode(data, type=_Head)


def _without_solutions(path: Path) -> dict[str, Any]:
    """An instructor's notebook as graders need it: hidden tests in place, each solution its stub. Raises UsageError."""
    try:
        blueprint = Blueprint.from_notebook(json.loads(path.read_text(encoding="utf-8")), path.stem)
    except (OSError, ValueError, AttributeError, KeyError) as error:
        what = f"the notebook cannot be used ({error})"
        raise UsageError(what, str(path), "Open it in JupyterLab and save it again.") from error
    cells = [
        {
            "cell_type": cell.cell_type,
            "id": cell.cell_id,
            "metadata": json.loads(cell.metadata),
            "source": cell.source,
            **({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}),
            **({"attachments": found} if (found := json.loads(cell.attachments)) else {}),
        }
        for cell in blueprint.cells
    ]
    return {"cells": cells, "metadata": json.loads(blueprint.metadata), "nbformat": 4, "nbformat_minor": 5}
