"""The reasons of one notebook's failures: which exercise's mistakes are looked for while a test is judged.

Binds the catalogue to the namespace of the tests. Must not judge.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torchmarks.catalogue import Catalogue, Recogniser, normal_form
from torchmarks.checks.diagnosis import recogniser
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.grading.namespace import Namespace


class Reasons:
    """Of one notebook. as_unseen: an answer of the catalogue is not recognised by itself."""

    def __init__(self, catalogue: Catalogue, names: Namespace, *, as_unseen: bool = False) -> None:
        self._catalogue, self._names = catalogue, names
        self._as_unseen = as_unseen
        self._sources: dict[str, str] = {}

    def note(self, cell: str, source: str) -> None:
        """Remember what the student wrote into a cell."""
        if self._as_unseen:
            self._sources[cell] = source

    @contextlib.contextmanager
    def recognising(self, cell: str) -> Iterator[None]:
        """While inside, failures of this test are explained by its exercise's misconceptions."""
        exercise = exercise_of(cell)
        source = self._sources.get(exercise)
        leave_out = normal_form(source) if source is not None else ""
        # Only now: the tests have bound their names.
        known = self._catalogue.of(exercise) and part_of(cell) != "visible"
        made = Recogniser(self._catalogue, exercise, self._names.copy(), leave_out) if known else None
        token = recogniser.set(made)
        try:
            yield
        finally:
            recogniser.reset(token)
