"""Answers made by hand, for tests of what becomes of one."""

from __future__ import annotations

from dataclasses import replace

from torchmarks.checks.seeding import Phase
from torchmarks.course.answer import AnswerExercise, AnswerPart, GraderAnswer
from torchmarks.grading import CheckVerdict

VISIBLE = AnswerPart("f-visible", "Visible tests", False, 1.0, 1.0, CheckVerdict.PASSED, "✓ 3 calls", "<p>✓ 3</p>")
HIDDEN = AnswerPart(
    "f-hidden", "Hidden tests", True, 0.0, 3.0, CheckVerdict.FAILED, "f(-2) is wrong.\x1b[31m", "<div>f(-2)</div>"
)
OPEN = AnswerPart("why", "Graded by a person", False, None, 2.0, CheckVerdict.OPEN, "", "")
GRADED = GraderAnswer(
    "01-tensors", "ada", "graded", "", 1.0, 6.0, "landlock (root)", Phase.FINAL,
    (
        AnswerExercise("01-tensors", "f", 1.0, 4.0, (VISIBLE, HIDDEN)),
        AnswerExercise("01-tensors", "why", 0.0, 2.0, (OPEN,)),
    ),
    ("The file was empty & mended.",),
)  # fmt: skip
REFUSED = replace(
    GRADED, state="refused", reason="It is no notebook. Submit one.", points=None, exercises=(), notes=(), isolation=""
)
