"""The name under which the configuration of a 0.1 course finds `configure`; it lives in `torchmarks.course`."""

from __future__ import annotations

from torchmarks.course.preprocessors import configure

__all__ = ["configure"]
