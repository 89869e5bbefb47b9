"""What nbgrader logs of a submission that cannot be graded."""

from __future__ import annotations

import logging
import traceback

import pytest

from torchmarks.course.refusals import RefusalFilter, SubmissionRefused


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    """A logger with the filter."""
    logger = logging.Logger("one run")
    logger.addHandler(caplog.handler)
    logger.addFilter(RefusalFilter(lambda name: name == "renamed"))
    return logger


def _fail(log: logging.Logger, student: str, error: Exception) -> None:
    """Log a failure as nbgrader's converter does."""
    try:
        raise error
    except Exception:
        log.error("There was an error processing assignment: %s", f"submitted/{student}/hw")
        log.error(traceback.format_exc())
        log.warning("Removing failed assignment: %s", student)


def _end(log: logging.Logger, *students: str) -> None:
    for student in students:
        log.error(f"There was an error processing assignment 'hw' for student '{student}'")
    log.error("Please see the the above traceback for details on the specific errors on the above failures.")


def test_a_refusal_is_one_line_and_one_in_the_list_at_the_end(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    """With the reason in both; nobody is sent to a traceback."""
    _fail(log, "carl", SubmissionRefused("carl", "hw", "It is a PDF.", "Hand in a notebook."))
    _end(log, "carl")

    sentence = "carl: hw.ipynb cannot be graded. It is a PDF. Hand in a notebook."
    assert caplog.messages == [sentence, "Removing failed assignment: carl", f"Not graded: {sentence}"]


def test_another_error_keeps_its_traceback(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """And the line that says where to look, also beside a refusal."""
    _fail(log, "carl", SubmissionRefused("carl", "hw", "It is a PDF.", "Hand in a notebook."))
    _fail(log, "ada", KeyError("of ours"))
    _end(log, "ada", "carl")

    assert "There was an error processing assignment: submitted/ada/hw" in caplog.messages
    assert any(text.startswith("Traceback") and "of ours" in text for text in caplog.messages)
    assert [text[:24] for text in caplog.messages[-3:]] == [
        "There was an error proce",
        "Not graded: carl: hw.ipy",
        "Please see the the above",
    ]


def test_a_notebook_under_another_name_is_not_missed(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """nbgrader looks for the released name alone."""
    log.warning("No submitted file: submitted/ada/hw/renamed.ipynb")
    log.warning("No submitted file: submitted/ada/hw/missing.ipynb")

    assert caplog.messages == ["No submitted file: submitted/ada/hw/missing.ipynb"]
