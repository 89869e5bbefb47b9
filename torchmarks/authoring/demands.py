"""Finds the sentences of an assignment's statements that demand something, and which of them a wrong answer breaks.

`# breaks: "…"` below the head of a wrong answer quotes the sentence, wholly or in part; that the answer is refused is
for `verification` to show. Sentences that demand nothing are listed in `source/sentences.toml`: background,
definitions, what a caller promises, what is left open. Reads text; runs no answer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from torchmarks.catalogue import Answer
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.course import Course
from torchmarks.course.bundles import catalogue_path

RULES: Final = "introduction"  # the cell with what holds for every exercise of a notebook
Sentence = tuple[str, str]  # the exercise, or RULES, and the sentence

_ASIDE: Final = re.compile(r"```.*?```|<details>.*?</details>|!\[.*?\]\([^)]*\)", re.DOTALL)
_BLOCK: Final = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)|\n(?=#)")
_END: Final = re.compile(r"(?<=[.;!?])\s+(?=[A-Z`(*\[\"0-9])")
_QUOTE: Final = re.compile(r'^# breaks: "(.*)"\s*$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Demands:
    """The sentences of an assignment that demand something. held: how many of `total` a wrong answer breaks; unheld:
    the others; not_listed: entries of the list that are in no statement, or that a wrong answer does break.
    """

    held: int
    total: int
    unheld: tuple[Sentence, ...] = ()
    not_listed: tuple[Sentence, ...] = ()

    def __str__(self) -> str:
        return f"{self.held} of {self.total}"


def demands(course: Course, assignment: str, answers: Sequence[Answer], only: Collection[str] = ()) -> Demands | None:
    """Of the statements of an assignment; None where the course has no list of what demands nothing.

    answers: of its catalogue; only: names of exercises, or nothing for all and the introduction.
    """
    listed = _listed(course, assignment)
    if listed is None:
        return None
    statements = statements_of(course, assignment)
    if only:
        listed = [one for one in listed if one[0] in only]
        statements = {place: text for place, text in statements.items() if place in only}
    every = [(place, sentence) for place, text in statements.items() for sentence in sentences(text)]
    free = unbroken(statements, quotes_of(answers))
    unheld = [one for one in free if one not in listed]
    total = sum(one not in listed for one in every)
    return Demands(total - len(unheld), total, tuple(unheld), tuple(one for one in listed if one not in free))


def _listed(course: Course, assignment: str) -> list[Sentence] | None:
    path = catalogue_path(course.directory, assignment).with_name("sentences.toml")
    if not path.is_file():
        return None
    places = tomllib.loads(path.read_text(encoding="utf-8")).get(assignment)
    if places is None:
        return None
    return [(place, sentence) for place, some in places.items() for sentence in some]


def sentences(text: str) -> Iterator[str]:
    """The sentences of a markdown cell, white space as one blank; no headings, tables, pictures, hints and examples."""
    for block in _BLOCK.split(_ASIDE.sub("", text)):
        plain = re.sub(r"^(?:[-*]|\d+\.)\s+", "", " ".join(block.split()))
        if plain and not plain.startswith(("#", "|")) and "→" not in plain:
            yield from _END.split(plain)
        elif plain.startswith("#"):  # a statement may follow its heading without an empty line
            yield from sentences("\n".join(block.splitlines()[1:]))


def statements_of(course: Course, assignment: str) -> dict[str, str]:
    """The text of each statement by its exercise, and of the introduction."""
    cells = [cell for cell in course.notebook("source", assignment)["cells"] if cell["cell_type"] == "markdown"]
    texts = {str(cell.get("id")): "".join(cell["source"]) for cell in cells}
    own = {exercise_of(name): text for name, text in texts.items() if part_of(name) == "statement"}
    return {RULES: "".join(cells[0]["source"]) if cells else "", **own}


def quotes_of(answers: Sequence[Answer]) -> list[Sentence]:
    """What wrong answers say that they break: exercise and quote, white space as one blank."""
    return [
        (one.exercise, " ".join(quote.split()))
        for one in answers
        if not one.is_right
        for quote in _QUOTE.findall(one.source)
    ]


def unbroken(statements: Mapping[str, str], quotes: Sequence[Sentence]) -> list[Sentence]:
    """Sentences that nobody quotes; those of an introduction may be quoted in every exercise."""
    return [
        (place, sentence)
        for place, text in statements.items()
        for sentence in sentences(text)
        if not any(place in (RULES, exercise) and (q in sentence or sentence in q) for exercise, q in quotes)
    ]
