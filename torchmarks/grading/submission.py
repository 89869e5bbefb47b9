"""A submission: the files of a student's folder as data, and each notebook of the assignment as `repair.find` finds it.

The one reader. `torchmarks grade`, `nbgrader autograde`, the report and the course's own checks start from it, so that
they find the same notebook, or refuse for the same reason. Reads; changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torchmarks.checks.grading_sentences import say
from torchmarks.grading.listing import listed
from torchmarks.grading.repair import Blueprint, Found, Refused, composed, find_notebook
from torchmarks.grading.submitted_files import closed_in, read_files
from torchmarks.printable import printable


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student handed in: files by relative path. refused: why they were not even read, or None; closed: why
    the notebook that may be the one could not be read, or None; is_foreign: whether they may be somebody else's.
    """

    student: str
    files: Mapping[str, bytes]
    refused: Refused | None = None
    closed: Refused | None = None
    is_foreign: bool = False

    @property
    def has_notebook_on_top(self) -> bool:
        """Whether nbgrader itself sees a notebook: a file that ends in `.ipynb`, in no folder."""
        return any("/" not in name and name.endswith(".ipynb") for name in self.files)


def read_submission(student: str, folder: Path, ignore: Sequence[str], room: int) -> Submission:
    """The ordinary files of a student's folder. ignore: see `listed`; room: see `read_files`.

    A folder that is a link, or lies in one, is refused where it may be another student's: see `is_own`.
    """
    if not is_own(folder):
        linked = folder if os.path.islink(folder) else folder.parent
        why = Refused(say("folder_linked", folder=printable(linked.name)), say("put_folder_there"))
        return Submission(student, {}, why, is_foreign=True)
    listing = listed(folder, ignore)
    files, closed = read_files(folder, listing.files, room), closed_in(folder, listing.files)
    if closed is None:
        return Submission(student, files, listing.refused)
    why = Refused(say("file_closed", name=closed.name, error=closed.error), say("open_it"))
    return Submission(student, files, listing.refused, why)


def is_own(folder: Path) -> bool:
    """Whether a student's folder is no link, or one to a folder of the same names, such as submitted/ada to
    /data/ada: a course may keep its submissions elsewhere. A link to other names may lead to anybody's work.
    """
    if not os.path.islink(folder) and not os.path.islink(folder.parent):
        return True
    real = Path(os.path.realpath(folder))
    return [composed(part) for part in real.parts[-2:]] == [composed(part) for part in folder.parts[-2:]]


def notebooks_in(submission: Submission, blueprints: Iterable[Blueprint]) -> dict[str, Found | Refused]:
    """Which file is which notebook, by the notebook's name, repaired; or why there is none.

    A refusal with `absent` is a notebook that was not handed in, beside others that were: it scores 0, as in nbgrader.
    Where none of them was handed in, none is marked so: such a submission is refused.
    """
    expected = list(blueprints)
    if submission.refused is not None:
        return {blueprint.name: submission.refused for blueprint in expected}
    names = [blueprint.name for blueprint in expected]
    found = {
        blueprint.name: find_notebook(
            submission.files, blueprint.name, blueprint, others=[name for name in names if name != blueprint.name]
        )
        for blueprint in expected
    }
    if all(isinstance(one, Refused) and one.absent for one in found.values()):
        absent = {name: one for name, one in found.items() if isinstance(one, Refused)}
        return {name: submission.closed or Refused(one.reason, one.remedy) for name, one in absent.items()}
    return found


def refusal_in(found: Mapping[str, Found | Refused]) -> tuple[str, Refused] | None:
    """The notebook for which a submission is refused, and why; None where it can be graded."""
    return next(
        ((name, one) for name, one in found.items() if isinstance(one, Refused) and not one.absent),
        None,
    )
