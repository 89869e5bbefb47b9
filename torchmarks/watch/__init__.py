"""Grades submissions as they come in, with warm workers, and releases the verdict to the student.

The public API; it only re-exports.
"""

from __future__ import annotations

from torchmarks.watch.events import Event, Reporter, reporting
from torchmarks.watch.loop import watch

__all__ = ["Event", "Reporter", "reporting", "watch"]
