"""Knows which PyTorch the course is graded with, and what a notebook says when it runs with another.

Reads the metadata of installed packages, and loads none: the pin is in pyproject.toml, in the extra `grading`, and
travels in the student's wheel as well. Must not judge.
"""

from __future__ import annotations

import re
from importlib import metadata

from torchmarks.checks.sentences import say

_PIN = re.compile(r"torch==([\w.]+)")


def graded_with() -> str:
    """The version of PyTorch that grading uses; nothing where that is not known, as in a checkout that is not
    installed.
    """
    return next((found[1] for line in _required() if (found := _PIN.match(line))), "")


def supported() -> str:
    """The versions of PyTorch that students may have, such as ">=2.10,<2.15"; nothing where that is not known."""
    lines = (line for line in _required() if line.startswith("torch") and not _PIN.match(line))
    # A builder of wheels sorts them by their text.
    found = next((line for line in lines if re.match(r"torch[<>=]", line)), "").removeprefix("torch")
    return ",".join(sorted(found.split(","), reverse=True))


def _required() -> list[str]:
    try:
        return metadata.requires("torchmarks") or []
    except metadata.PackageNotFoundError:
        return []


def installed() -> str:
    """The version of PyTorch here, with a build's label such as "+cpu". Raises PackageNotFoundError."""
    return metadata.version("torch")


def note(own: str, graded: str) -> str:
    """One sentence where this PyTorch is another than the one for grades; nothing where it is the same.

    Between 2.13.0 and 2.13.1 no verdict has changed: the last number does not count.
    """
    if not graded or _series(own) == _series(graded):
        return ""
    return say("other_torch", own=own.partition("+")[0], graded=graded)


def _series(version: str) -> list[str]:
    return version.split(".")[:2]
