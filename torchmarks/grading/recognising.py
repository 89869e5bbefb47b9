"""Looks for the mistakes behind the failures of one notebook, while its tests are judged.

A hidden test is explained by the catalogue, bound to the namespace of the tests; a visible one by the sealed reasons
that students have as well, so that box and feedback say the same. Must not judge.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torchmarks.catalogue import Catalogue, Recogniser, normal_form
from torchmarks.checks.cells import digest
from torchmarks.checks.diagnosis import Recogniser as Recognise
from torchmarks.checks.diagnosis import recogniser
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.reasons_file import SealedReasons
from torchmarks.checks.sealed import Opener
from torchmarks.grading.namespace import Namespace


class Reasons:
    """The reasons of one notebook's failures. as_unseen: an answer of the catalogue is not recognised by itself;
    errors: those of the catalogue's author that were met, in order.
    """

    def __init__(
        self, catalogue: Catalogue, reasons: SealedReasons, names: Namespace, *, as_unseen: bool = False
    ) -> None:
        self._catalogue, self._sealed, self._names = catalogue, reasons, names
        self._as_unseen = as_unseen
        self._sources: dict[str, str] = {}
        self._spent: dict[str, float] = {}  # by exercise, of a search's CPU time
        self.errors: dict[str, None] = {}

    def note(self, cell: str, source: str) -> None:
        """Remember what the student wrote into a cell."""
        if self._as_unseen:
            self._sources[cell] = source

    @contextlib.contextmanager
    def recognising(self, cell: str, source: str) -> Iterator[None]:
        """While inside, failures of this test are explained. cell: its grade_id; source: its text."""
        made = self._of_visible(source) or self._of_hidden(cell)
        token = recogniser.set(made)
        try:
            yield
        finally:
            recogniser.reset(token)
            if isinstance(made, Recogniser):
                self.errors.update(dict.fromkeys(made.errors))
                self._spent[exercise_of(cell)] = made.spent

    def _of_visible(self, source: str) -> Recognise | None:
        cell = self._sealed.cells.get(digest(source))
        return Opener(cell) if cell is not None else None

    def _of_hidden(self, cell: str) -> Recognise | None:
        exercise = exercise_of(cell)
        if part_of(cell) == "visible" or not self._catalogue.of(exercise):
            return None
        written = self._sources.get(exercise)
        leave_out = normal_form(written) if written is not None else ""
        # Made only now, when the tests have bound their names.
        return Recogniser(self._catalogue, exercise, self._names.copy(), leave_out, self._spent.get(exercise, 0.0))
