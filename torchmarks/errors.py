"""The errors that torchmarks raises; their type says whose fault it is.

    TorchmarksError
    ├── AuthorError     a hidden test or a notebook of the course is wrong; never costs a student points
    ├── MachineError    this machine lacks something that grading needs
    └── UsageError      what a person gave us cannot be used: what, where, what to do (exit status 2)

A wrong answer of a student is data, not an error of ours; `CheckFailed` in `checks.collecting` carries it. A leaf:
imports no sibling. Every class keeps its fields in `args`, so that it survives pickling between the workers of a
cluster.
"""

from __future__ import annotations


class TorchmarksError(Exception):
    """Base of all errors of this package."""


class AuthorError(TorchmarksError):
    """A test or a notebook of the course asks for something impossible. `what`: one sentence; `remedy`: what its author
    can do.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class MachineError(TorchmarksError):
    """This machine lacks something. `reason`: what; `remedy`: what to do about it."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}".strip()


class UsageError(TorchmarksError):
    """Input that cannot be used: `what` is wrong, `where` it is, the `remedy`."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"
