"""Files of answers: right and wrong solutions of an assignment's exercises, in percent cells.

    # %% from_list | right | as_tensor
    # %% from_list | wrong: always-float32 | torch.Tensor
    # %% from_list | wrong: always-float32 | torch.Tensor, by hand | fails: dtypes, empty
    # %% from_list | wrong: always-float32 | writes a file | not imitated

Each cell is the whole content of one solution cell. Reads and checks; runs and grades nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from torchmarks.errors import UsageError

# Editors take both `# %%` and `#%%` for the head of a cell.
HEAD = re.compile(r"^# ?%%(?P<text>.*)$", re.MULTILINE)
_FIELDS = re.compile(
    r"^\s*(?P<exercise>[\w-]+)\s*\|\s*(?P<verdict>right|wrong\s*(?::\s*(?P<mistake>[\w.-]+))?)\s*\|\s*(?P<label>.+?)"
    r"(?:\s*\|\s*fails:\s*(?P<fails>\w+(?:\s*,\s*\w+)*))?"
    r"(?P<kept_out>\s*\|\s*not imitated)?\s*$"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    mistake: the misconception of a wrong one; "" for a right one, and for a wrong one that only has to be refused.
    imitated: whether a grader may run it in its own process; fails: of the parts into which the exercise's hidden tests
    are split, those that a wrong one has to fail; line: of its head in the file.
    """

    exercise: str
    label: str
    source: str
    mistake: str = ""
    line: int = 0
    is_right: bool = False
    imitated: bool = True
    fails: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in lists and tables."""
        wrong = f"wrong: {self.mistake}" if self.mistake else "wrong"
        return f"{self.exercise} | {'right' if self.is_right else wrong} | {self.label}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A percent cell. head: the text after `# %%`; source: the lines below it; line: of its head, from 1."""

    head: str
    source: str
    line: int


def cells_of(text: str) -> list[Cell]:
    """The percent cells of a text, in order; text before the first head belongs to none."""
    heads = list(HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    cells, line, at = [], 1, 0
    for head, end in zip(heads, ends, strict=False):  # a text without a head has an end and no cell
        line += text.count("\n", at, head.start())  # from the last head on: a file has hundreds
        at = head.start()
        cells.append(Cell(head["text"].strip(), text[head.end() : end].strip("\n"), line))
    return cells


def read_text(path: Path) -> str:
    """The text of a file of answers. Raises UsageError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read ({error})", str(path), "Give the path of a file of answers.") from None


def read_answers(path: Path, exercises: Collection[str]) -> list[Answer]:
    """The answers of a file, in order.

    exercises: the names that the assignment has. Raises UsageError, with the line, for a head that cannot be read, an
    unknown exercise, an empty answer or a name used twice.
    """
    answers = [answer_of(cell, str(path), exercises) for cell in cells_of(read_text(path))]
    require_unique(answers, str(path))
    if not answers:
        raise UsageError("contains no answers", str(path), "Begin each with a line `# %% exercise | right | label`.")
    return answers


def answer_of(cell: Cell, place: str, exercises: Collection[str]) -> Answer:
    """The answer that a cell is. place: the file, for messages. Raises UsageError."""
    where = f"{place}, line {cell.line}"
    fields = _FIELDS.match(cell.head)
    if fields is None:
        remedy = "Write `# %% exercise | right | label` or `# %% exercise | wrong: misconception | label`."
        raise UsageError(f"cannot read '# %% {cell.head}'", where, remedy)
    if fields["exercise"] not in exercises:
        raise UsageError(f"there is no exercise {fields['exercise']!r}", where, f"Known: {', '.join(exercises)}.")
    if not cell.source.strip():
        raise UsageError("the answer is empty", where, "Write the content of the solution cell below its head.")
    fails = tuple(part.strip() for part in (fields["fails"] or "").split(",") if part.strip())
    if fails and fields["verdict"] == "right":
        raise UsageError("a right answer fails no part of the tests", where, "Remove `| fails: ...`.")
    return Answer(
        fields["exercise"],
        fields["label"],
        cell.source,
        fields["mistake"] or "",
        cell.line,
        is_right=fields["verdict"] == "right",
        imitated=fields["kept_out"] is None,
        fails=fails,
    )


def require_unique(answers: list[Answer], place: str) -> None:
    """Raises UsageError where two answers have one name, by which outcomes are kept."""
    seen: dict[str, Answer] = {}
    for answer in answers:
        if answer.name in seen:
            where = f"{place}, line {answer.line}"
            raise UsageError(
                f"{answer.name!r} is already at line {seen[answer.name].line}", where, "Give it another label."
            )
        seen[answer.name] = answer
