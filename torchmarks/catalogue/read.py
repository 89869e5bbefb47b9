"""The catalogue of an assignment: its misconceptions, each once, with the answers that show them, and right answers.

One file that students never get, `source/NN-name.py`, in percent cells (see `answers`). A misconception is a cell too:

    # %% make_rank | misconception | rank-is-length
    why = "The rank is the number of dimensions, len(t.shape), not the length of one of them."
    next = "print(make_rank(3, 1).shape)"
    link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.dim.html"

    def when(seen, want):
        return len(seen.result.shape) == 1

Reads text and checks its structure; runs none of it.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from torchmarks.catalogue.answers import Answer, Cell, answer_of, cells_of, require_unique
from torchmarks.catalogue.harm import harm_of
from torchmarks.catalogue.normal import is_python, normal_form
from torchmarks.errors import UsageError

_HEAD: Final = re.compile(r"^(?P<exercise>[\w-]+)\s*\|\s*misconception\s*\|\s*(?P<name>[A-Za-z0-9][\w.-]*)$")
TEXTS: Final = ("why", "next", "link")
PROOFS: Final = 2  # the least number of answers to prove a name on


@dataclass(frozen=True, slots=True)
class Misconception:
    """A named mistake of one exercise.

    why: one sentence that clears it up; next: one step to try; link: a page of PyTorch's documentation. when: Python
    that defines `when(seen, want)`, which says whether a failing call shows the mistake, or "". line: of its head.
    """

    exercise: str
    name: str
    why: str
    next: str = ""
    link: str = ""
    when: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """Its name in lists, with its line."""
        return f"{self.exercise} | misconception | {self.name} (line {self.line})"


@dataclass(frozen=True)
class Catalogue:
    """An assignment's misconceptions and answers, in the order of the file."""

    misconceptions: tuple[Misconception, ...] = ()
    answers: tuple[Answer, ...] = ()

    def of(self, exercise: str) -> tuple[Misconception, ...]:
        """The misconceptions of an exercise."""
        return tuple(misconception for misconception in self.misconceptions if misconception.exercise == exercise)

    def wrong(self, misconception: Misconception) -> tuple[Answer, ...]:
        """The wrong answers that show a misconception."""
        key = (misconception.exercise, misconception.name)
        return tuple(
            answer for answer in self.answers if not answer.is_right and (answer.exercise, answer.mistake) == key
        )

    def examples(self, misconception: Misconception) -> tuple[Answer, ...]:
        """Its answers that a diagnosis may imitate."""
        return self._examples.get((misconception.exercise, misconception.name), ())

    @functools.cached_property
    def _examples(self) -> Mapping[tuple[str, str], tuple[Answer, ...]]:
        """Of all misconceptions: each failing test asks for those of its exercise."""
        proofs = self.proofs
        return {
            (misconception.exercise, misconception.name): tuple(
                answer
                for answer in self.wrong(misconception)
                if answer.imitated and answer not in proofs and is_python(answer.source)
            )
            for misconception in self.misconceptions
        }

    @functools.cached_property
    def proofs(self) -> frozenset[Answer]:
        """The answers that are never imitated, so that a name is proved on answers that it was not made from: of each
        misconception a third, at least two, those whose normal forms have the smallest hashes. No author chooses them.
        """
        return self.few_proofs(None)

    def few_proofs(self, most: int | None) -> frozenset[Answer]:
        """The first of each misconception's proofs. most: of one misconception; None for all."""
        proofs: set[Answer] = set()
        for misconception in self.misconceptions:
            wrong = sorted(self.wrong(misconception), key=lambda answer: normal_form(answer.source))
            proofs.update(wrong[: max(PROOFS, len(wrong) // 3)][:most])
        return frozenset(proofs)


def read_catalogue(text: str, exercises: Collection[str], place: str) -> Catalogue:
    """The catalogue that a text holds. exercises: names that the assignment has; place: the file, for messages.

    Raises UsageError, with the line, for what cannot be read: a head, an unknown exercise or misconception, a
    misconception without a reason or given twice, an answer that occurs twice, even with other names, and one that
    would be imitated although the process of the tests would not survive it.
    """
    misconceptions: list[Misconception] = []
    answers: list[Answer] = []
    for cell in cells_of(text):
        head = _HEAD.match(cell.head)
        if head is None:
            answers.append(answer_of(cell, place, exercises))
        elif head["exercise"] not in exercises:
            raise _refused(f"there is no exercise {head['exercise']!r}", cell, place, f"Known: {', '.join(exercises)}.")
        else:
            misconceptions.append(_misconception(cell, head["exercise"], head["name"], place))
    require_unique(answers, place)
    _require_known(misconceptions, answers, place)
    _require_different(answers, place)
    _require_harmless(answers, place)
    return Catalogue(tuple(misconceptions), tuple(answers))


def _refused(problem: str, cell: Cell, place: str, remedy: str) -> UsageError:
    return UsageError(problem, f"{place}, line {cell.line}", remedy)


def _misconception(cell: Cell, exercise: str, name: str, place: str) -> Misconception:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        line = cell.line + (error.lineno or 0)
        raise UsageError(f"not valid Python ({error.msg})", f"{place}, line {line}", "Fix it.") from None
    texts: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(target := node.targets[0], ast.Name):
            continue
        if target.id not in TEXTS:
            continue
        if not isinstance(node.value, ast.Constant) or not isinstance(node.value.value, str):
            raise _refused(f"`{target.id}` is not a string literal", cell, place, "Write it as text in quotes.")
        texts[target.id] = node.value.value
    if not texts.get("why", "").strip():
        raise _refused(f"{name} gives no reason", cell, place, 'Write `why = "…"`, the sentence that clears it up.')
    defines = any(isinstance(node, ast.FunctionDef) and node.name == "when" for node in tree.body)
    return Misconception(exercise, name, **texts, when=cell.source if defines else "", line=cell.line)


def _require_known(misconceptions: list[Misconception], answers: list[Answer], place: str) -> None:
    known: dict[tuple[str, str], Misconception] = {}
    for misconception in misconceptions:
        earlier = known.setdefault((misconception.exercise, misconception.name), misconception)
        if earlier is not misconception:
            raise UsageError(
                f"{misconception.name} of {misconception.exercise} is already at line {earlier.line}",
                f"{place}, line {misconception.line}",
                "Keep one of the two.",
            )
    for answer in answers:
        if answer.mistake and (answer.exercise, answer.mistake) not in known:
            ids = ", ".join(name for exercise, name in known if exercise == answer.exercise) or "none yet"
            raise UsageError(
                f"{answer.exercise} has no misconception {answer.mistake!r}",
                f"{place}, line {answer.line}",
                f"Known: {ids}. Give it a cell of its own, or write `wrong` alone for an answer that is only refused.",
            )


def _require_different(answers: list[Answer], place: str) -> None:
    seen: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        earlier = seen.setdefault((answer.exercise, normal_form(answer.source)), answer)
        if earlier is not answer:
            raise UsageError(
                f"{answer.name!r} is the answer of line {earlier.line} with other names",
                f"{place}, line {answer.line}",
                "Write one that does it in another way, or leave it out.",
            )


def _require_harmless(answers: list[Answer], place: str) -> None:
    for answer in answers:
        if answer.mistake and answer.imitated and (harm := harm_of(answer.source)):
            raise UsageError(
                f"{answer.name!r} {harm}, and would be imitated in the process of the tests",
                f"{place}, line {answer.line}",
                "Write `| not imitated` behind its label.",
            )
