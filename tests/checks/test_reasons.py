"""What is found in the outcome itself is not a misconception, and all of it is in one list."""

import pytest

from torchmarks.checks import messages as words
from torchmarks.checks.facts import Raised
from torchmarks.checks.reasons import Reason, is_misconception
from torchmarks.checks.report import Report
from torchmarks.course import Course

from .course import ASSIGNMENTS, ROOT


def _raised(name: str, message: str = "", *bases: str) -> Report | None:
    return words.common_cause("f(1)", "f", Raised(name, (name, *bases), message), returned_none=False)


def test_every_common_cause_names_a_reason() -> None:
    """All causes that `_messages` knows, and between them every reason of the list."""
    reports = [
        _raised("NotImplementedError"),
        _raised("NameError", "name 'f' is not defined"),
        _raised("IndentationError", "unexpected indent", "SyntaxError"),
        _raised("TypeError", "f() takes 1 positional argument but 2 were given"),
        _raised("RecursionError", "maximum recursion depth exceeded"),
        _raised("SystemExit"),
        _raised(words.ASKED_FOR_INPUT),
        words.common_cause("f(1)", "f", None, returned_none=True),
        words.no_function("f", "int"),
        words.stopped_cell(words.missing("f", "f"), "f", "SyntaxError: invalid syntax", taken=False),
        words.lost(words.missing("f", "f"), "f", "timeout", "It took too long."),
    ]
    named = {report.misconception for report in reports if report is not None}

    assert named == set(Reason)
    assert not any(is_misconception(name) for name in named)


def test_an_authors_misconception_is_one() -> None:
    """And nothing is none."""
    assert is_misconception("always-float32")
    assert not is_misconception("")


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_author_uses_the_id_of_a_reason(assignment: str) -> None:
    """It would not be counted."""
    names = {one.name for one in Course(ROOT).catalogue(assignment).misconceptions}

    assert len(names) > 9
    assert [name for name in names if not is_misconception(name)] == []
