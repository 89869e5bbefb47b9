"""An assignment as its graders need it. Frozen data; loads no PyTorch, as it is also made where nothing is graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from torchmarks.catalogue import Catalogue
from torchmarks.checks.language import ENGLISH
from torchmarks.checks.reasons_file import NOTHING, SealedReasons
from torchmarks.grading.repair import Blueprint
from torchmarks.grading.source import signatures_of
from torchmarks.grading.submission import Submission

if TYPE_CHECKING:
    from torchmarks.isolation import Device


@dataclass(frozen=True, slots=True)
class NotebookBundle:
    """What grading one notebook of an assignment needs.

    blueprint: with the hidden tests; signatures: see judge; catalogue: of mistakes, by which failures of hidden tests
    are explained; reasons: those that students have, for visible tests; as_unseen: an answer of the catalogue is not
    recognised by itself, for the proof of the names.
    """

    name: str
    blueprint: Blueprint
    signatures: Mapping[str, tuple[str, ...]]
    device: Device
    catalogue: Catalogue = field(default_factory=Catalogue)
    reasons: SealedReasons = NOTHING
    as_unseen: bool = False

    @classmethod
    def of(
        cls,
        name: str,
        notebook: Mapping[str, Any],
        catalogue: Catalogue | None = None,
        reasons: SealedReasons = NOTHING,
    ) -> NotebookBundle:
        """From a notebook dictionary, solutions cleared, hidden tests in place."""
        blueprint = Blueprint.from_notebook(notebook, name)
        solutions = [cell.source for cell in blueprint.cells if cell.solution and cell.cell_type == "code"]
        locked = [
            cell.source for cell in blueprint.cells if cell.cell_type == "code" and cell.locked and not cell.grade
        ]
        # it is the setup cell, which is locked, that asks for `accelerator()`
        device: Device = (
            "sim" if any("accelerator" in text or "torchmarks.checks.sim" in text for text in locked) else "cpu"
        )
        return cls(name, blueprint, signatures_of(solutions), device, catalogue or Catalogue(), reasons)


@dataclass(frozen=True, slots=True)
class Bundle:
    """An assignment as its graders need it: notebooks, the data files that students were given (path -> content), the
    secret of the course, which is never shown, and the language that its students read.
    """

    assignment: str
    notebooks: tuple[NotebookBundle, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)
    language: str = ENGLISH

    def as_unseen(self) -> Bundle:
        """The same, with no answer of the catalogue recognised by itself."""
        return replace(self, notebooks=tuple(replace(notebook, as_unseen=True) for notebook in self.notebooks))


def data_files(submission: Submission, bundle: Bundle) -> dict[str, bytes]:
    """What lies in the student's working directory: their own files, the assignment's over them, no notebook."""
    own = {name: content for name, content in submission.files.items() if not name.endswith(".ipynb")}
    # the assignment's win, as when nbgrader copies them over the student's
    return own | dict(bundle.files)
