"""The dotted names by which nbgrader_config.json, and the configuration of a course, call our steps for nbgrader.

It only re-exports: a file that was copied into a course or an environment goes on working wherever a step lives.
"""

from __future__ import annotations

from torchmarks.course.hiding import HideHiddenTests
from torchmarks.course.judging import Judge
from torchmarks.course.own_files import remove_uncopyable
from torchmarks.course.repairing import RepairingExporter

__all__ = ["HideHiddenTests", "Judge", "RepairingExporter", "remove_uncopyable"]
