"""Verdicts while they matter: what comes in is taken, graded with warm workers, and told to its student.

The public API; it only re-exports.
"""

from __future__ import annotations

from torchmarks.watch.events import Event, Reporter, reporting
from torchmarks.watch.loop import watch

__all__ = ["Event", "Reporter", "reporting", "watch"]
