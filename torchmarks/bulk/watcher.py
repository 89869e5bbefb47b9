"""The base class of whatever follows a run over a class: a display, a log, a test."""

from __future__ import annotations

from torchmarks.bulk.jobs import Outcome


class Watcher:
    """Follows a run. Ignores everything; a subclass overrides the methods that it has a use for."""

    def begin(self, total: int, what: str) -> None:
        """A run begins. total: submissions that were collected; what: such as "grade 01-tensors"."""

    def finished(self, outcome: Outcome) -> None:
        """The work on a submission has ended."""

    def tick(self) -> None:
        """No submission has finished for a moment: a display may bring its clock up to date."""

    def note(self, text: str) -> None:
        """Something that a person should read."""
