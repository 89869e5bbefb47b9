"""Ids of mistakes that are found in the outcome itself, without a misconception of an author.

A message names such a reason where it otherwise names a misconception. The only list of them; code that counts
misconceptions asks `is_misconception`. A leaf: imports nothing of ours.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a call failed, where every exercise knows the reason. `messages` has the reports."""

    NOT_WRITTEN = "not-written"
    NOT_DEFINED = "not-defined"
    NOT_PYTHON = "not-python"
    WRONG_SIGNATURE = "wrong-signature"
    RETURNED_NOTHING = "returned-nothing"
    ENDLESS_RECURSION = "endless-recursion"
    NO_FUNCTION = "no-function"
    CALLED_EXIT = "called-exit"
    ASKED_FOR_INPUT = "asked-for-input"


_REASONS = frozenset(reason.value for reason in Reason)


def is_misconception(name: str) -> bool:
    """Whether the id that a message names is a misconception: of a test's author, and not empty."""
    return bool(name) and name not in _REASONS
