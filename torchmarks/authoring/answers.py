"""Files of answers: right and wrong solutions of an assignment's exercises, by which a course proves itself.

An answers file is plain Python in percent cells; each cell replaces the content of one solution cell:

    # %% from_list | right | as_tensor
    # %% from_list | wrong: always-float32 | torch.Tensor

Reads and checks; grades nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from torchmarks.errors import UsageError

# Editors take both `# %%` and `#%%` for the head of a cell.
_HEAD = re.compile(r"^# ?%%(?P<text>.*)$", re.MULTILINE)
_FIELDS = re.compile(
    r"^\s*(?P<exercise>[\w-]+)\s*\|\s*(?P<verdict>right|wrong\s*:\s*(?P<mistake>[\w.-]+))\s*\|\s*(?P<label>.+?)\s*$"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. mistake: the misconception of a wrong one, "" for a right one; line: where it stands in its file."""

    exercise: str
    label: str
    source: str
    mistake: str = ""
    line: int = 0

    @property
    def is_right(self) -> bool:
        """Whether it should get full marks."""
        return not self.mistake

    @property
    def name(self) -> str:
        """How lists and tables call it."""
        verdict = "right" if self.is_right else f"wrong: {self.mistake}"
        return f"{self.exercise} | {verdict} | {self.label}"


def read_answers(path: Path, exercises: Collection[str]) -> list[Answer]:
    """The answers of a file, in order.

    exercises: the names that the assignment has. Raises UsageError, with the line, for a head that cannot be read, an
    unknown exercise, an empty answer or a name used twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read ({error})", str(path), "Give the path of a file of answers.") from None
    heads = list(_HEAD.finditer(text))
    answers: list[Answer] = []
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        answers.append(_read_one(path, text, head, end, exercises))
    _require_unique(path, answers)  # outcomes are kept by name
    if not answers:
        raise UsageError("holds no answer", str(path), "Begin each with a line `# %% exercise | right | label`.")
    return answers


def _read_one(path: Path, text: str, head: re.Match[str], end: int, exercises: Collection[str]) -> Answer:
    line = text.count("\n", 0, head.start()) + 1
    where = f"{path}, line {line}"
    fields = _FIELDS.match(head["text"])
    if fields is None:
        remedy = "Write `# %% exercise | right | label` or `# %% exercise | wrong: misconception | label`."
        raise UsageError(f"cannot read {head.group().strip()!r}", where, remedy)
    if fields["exercise"] not in exercises:
        raise UsageError(f"there is no exercise {fields['exercise']!r}", where, f"Known: {', '.join(exercises)}.")
    source = text[head.end() : end].strip("\n")
    if not source.strip():
        raise UsageError("the answer is empty", where, "Write the content of the solution cell below its head.")
    return Answer(fields["exercise"], fields["label"], source, fields["mistake"] or "", line)


def _require_unique(path: Path, answers: list[Answer]) -> None:
    seen: dict[str, Answer] = {}
    for answer in answers:
        if answer.name in seen:
            where = f"{path}, line {answer.line}"
            raise UsageError(
                f"{answer.name!r} stands at line {seen[answer.name].line} too", where, "Give it another label."
            )
        seen[answer.name] = answer
