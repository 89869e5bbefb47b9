"""What a grade depends on, in parts, so that torchmarks can say why it would grade again.

Pure: frozen data, its fingerprints and their comparison. Must not read a file, a clock or a gradebook.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from torchmarks.checks.language import ENGLISH
from torchmarks.checks.seeding import Phase
from torchmarks.grading.bundle import Bundle
from torchmarks.grading.repair import SourceCell
from torchmarks.grading.submission import Submission
from torchmarks.isolation import Limits


class Cause(StrEnum):
    """Why a submission would be graded again."""

    FILES = "files"
    TESTS = "tests"
    LIMITS = "limits"
    INPUTS = "inputs"
    PHASE = "phase"
    PACKAGE = "package"
    TORCH = "torch"
    UNRECORDED = "unrecorded"


@dataclasses.dataclass(frozen=True, slots=True)
class Basis:
    """What a grade depends on; equal ones mean that grading again would give the same.

    files: fingerprint of what was handed in; tests: of the assignment with its hidden tests, points and data files;
    limits: JSON of the limits by name; package, torch: versions; inputs: fingerprint of the secret that hidden inputs
    were drawn from, "" where there was none; phase: before the deadline or final.
    """

    files: str
    tests: str
    limits: str
    package: str
    torch: str
    inputs: str = ""
    phase: str = Phase.FINAL.value

    @classmethod
    def of(cls, submission: Submission, tests: str, limits: str, inputs: str, phase: Phase = Phase.FINAL) -> Basis:
        """The basis of a submission, graded by what is installed here. tests, limits, inputs: see `tests_of`,
        `limits_text` and `inputs_of`.
        """
        return cls(files_of(submission), tests, limits, *_installed(), inputs, phase.value)


@lru_cache(maxsize=1)
def _installed() -> tuple[str, str]:
    return version("torchmarks"), version("torch")


def causes(earlier: Basis | None, now: Basis) -> tuple[Cause, ...]:
    """Why a grade made on `earlier` is not what grading would give now; nothing when it is. None: it was not noted."""
    if earlier is None:
        return (Cause.UNRECORDED,)
    parts = (Cause.FILES, Cause.TESTS, Cause.LIMITS, Cause.INPUTS, Cause.PHASE, Cause.PACKAGE, Cause.TORCH)
    return tuple(part for part in parts if getattr(earlier, part.value) != getattr(now, part.value))


def needs_consent(why: Sequence[Cause]) -> bool:
    """Whether a person has to agree: a mark may change although neither the student nor the course changed a thing."""
    # other files are new work, which has no mark yet that could change
    asks = {Cause.INPUTS, Cause.PACKAGE, Cause.TORCH, Cause.UNRECORDED}
    return Cause.FILES not in why and not asks.isdisjoint(why)


def explained(why: Sequence[Cause], earlier: Basis | None, now: Basis) -> str:
    """The causes in words, for a person."""
    said = {Cause.FILES: "other files were handed in", Cause.TESTS: "the assignment's tests or points changed"}
    said[Cause.UNRECORDED] = "they were graded without this package, so that it is not known with what"
    if earlier is not None:
        said[Cause.LIMITS] = f"limits changed ({_changed(earlier.limits, now.limits)})"
        said[Cause.INPUTS] = (
            "they were graded with another secret of the course, from which other hidden inputs are drawn"
        )
        said[Cause.PHASE] = f"they were graded in the phase {earlier.phase!r}, this is {now.phase!r}"
        said[Cause.PACKAGE] = f"they were graded by torchmarks {earlier.package}, this is {now.package}"
        said[Cause.TORCH] = f"they were graded with torch {earlier.torch}, this is {now.torch}"
    return "; ".join(said[cause] for cause in why)


def differences(why: Sequence[Cause], earlier: Basis, now: Basis) -> dict[Cause, str]:
    """The causes in a few words each, as what differs between one grading of a submission and the next."""
    said = {Cause.FILES: "another submission", Cause.TESTS: "tests or points"}
    said[Cause.LIMITS] = f"limits ({_changed(earlier.limits, now.limits)})"
    said[Cause.INPUTS] = "hidden inputs, drawn from another secret"
    said[Cause.PHASE] = f"hidden inputs, of the phase {now.phase!r}"
    said[Cause.PACKAGE] = f"torchmarks {earlier.package}, now {now.package}"
    said[Cause.TORCH] = f"torch {earlier.torch}, now {now.torch}"
    return {cause: said[cause] for cause in why if cause in said}


def _changed(earlier: str, now: str) -> str:
    before, after = json.loads(earlier), json.loads(now)
    names = sorted(name for name in before | after if before.get(name) != after.get(name))
    return ", ".join(f"{name}: {before.get(name)}, now {after.get(name)}" for name in names)


def files_of(submission: Submission) -> str:
    """The fingerprint of what a student handed in."""
    digest = hashlib.sha256()
    add_files(digest, submission.files)
    return digest.hexdigest()[:32]


def add_files(digest: Any, files: Mapping[str, bytes]) -> None:
    """Feed the files of a submission to a hash of hashlib's."""
    for name, content in sorted(files.items()):
        # with its length: bytes that move from one file to the next must not give the same hash
        digest.update(repr((name, len(content))).encode())
        digest.update(content)


def tests_of(bundle: Bundle) -> str:
    """The fingerprint of an assignment, the same in every process."""
    digest = hashlib.sha256()
    add_bundle(digest, bundle)
    return digest.hexdigest()[:32]


def parts_of(bundle: Bundle) -> dict[str, str]:
    """What `tests_of` is made from, by what a person calls it: a fingerprint of each part, points as they are."""
    parts = {f"the file {name}": _short(content) for name, content in bundle.files.items()}
    for notebook in bundle.notebooks:
        rest = []
        for cell in notebook.blueprint.cells:
            if cell.grade:
                parts[f"points of {cell.grade_id}"] = f"{cell.points:g}"
            if cell.grade and not cell.solution:
                parts[f"test {cell.grade_id}"] = _short(cell.source.encode())
            else:
                rest.append((cell.cell_type, cell.grade_id, cell.source))
        parts[f"other cells of {notebook.name}.ipynb"] = _short(repr((notebook.device, rest)).encode())
        known = (notebook.catalogue.misconceptions, notebook.catalogue.answers, notebook.reasons.made_from)
        parts[f"the catalogue of {notebook.name}.ipynb"] = _short(repr(known).encode())
    if bundle.language != ENGLISH:
        parts["the language of messages"] = bundle.language
    return parts


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def changed_parts(earlier: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two of `parts_of`, in words; tests first."""
    said = []
    for name in sorted(earlier.keys() | now.keys(), key=lambda name: (not name.startswith(("test ", "points ")), name)):
        before, after = earlier.get(name), now.get(name)
        if before == after:
            continue
        if before is None or after is None:
            said.append(f"{name} (new)" if before is None else f"{name} (gone)")
        else:
            said.append(f"{name}: {before}, now {after}" if name.startswith("points ") else name)
    return said


def inputs_of(bundle: Bundle) -> str:
    """The fingerprint of the secret that hidden inputs are drawn from, from which nobody comes to the secret."""
    if not bundle.secret:
        return ""
    return hashlib.sha256(b"fingerprint\0" + bundle.secret).hexdigest()[:32]


def limits_text(limits: Limits, *, unsafe: bool) -> str:
    """Limits by name, as JSON. unsafe: without a sandbox."""
    return json.dumps({**dataclasses.asdict(limits), "unsafe_no_sandbox": unsafe}, sort_keys=True)


def add_bundle(digest: Any, bundle: Bundle) -> None:
    """Feed an assignment to a hash of hashlib's."""
    digest.update(bundle.assignment.encode())
    for notebook in bundle.notebooks:
        # not the cells' repr: it holds sets, whose order changes from process to process
        cells = [_stable(cell) for cell in notebook.blueprint.cells]
        digest.update(repr((notebook.name, notebook.device, notebook.blueprint.metadata, cells)).encode())
        # A reason that was fixed reaches feedback with the next grading.
        digest.update(
            repr((notebook.catalogue.misconceptions, notebook.catalogue.answers, notebook.reasons.made_from)).encode()
        )
    for name, content in sorted(bundle.files.items()):
        digest.update(repr((name, hashlib.sha256(content).digest())).encode())
    if bundle.language != ENGLISH:  # so that feedback in another one comes with the next grading
        digest.update(repr(("language", bundle.language)).encode())


def _stable(cell: SourceCell) -> list[Any]:
    values = (getattr(cell, entry.name) for entry in dataclasses.fields(cell))
    return [sorted(value) if isinstance(value, frozenset) else value for value in values]
