"""Each sentence of a statement that demands something is quoted by a wrong answer that breaks it.

`# breaks: "…"` below the head of a wrong answer quotes the sentence, wholly or in part; `torchmarks verify` shows that
the answer is refused. Sentences that demand nothing stand in sentences.toml: background, definitions, what a caller
promises, what is left open. Reads text; runs no answer.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.course import Course, repository

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
DEMAND_NOTHING: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text())
RULES = "introduction"  # the cell with what holds for every exercise of a notebook

_ASIDE = re.compile(r"```.*?```|<details>.*?</details>|!\[.*?\]\([^)]*\)", re.DOTALL)
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)|\n(?=#)")
_END = re.compile(r"(?<=[.;!?])\s+(?=[A-Z`(*\[\"0-9])")
_QUOTE = re.compile(r'^# breaks: "(.*)"\s*$', re.MULTILINE)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a markdown cell, white space as one blank; no headings, tables, pictures, hints and examples."""
    for block in _BLOCK.split(_ASIDE.sub("", text)):
        plain = re.sub(r"^(?:[-*]|\d+\.)\s+", "", " ".join(block.split()))
        if plain and not plain.startswith(("#", "|")) and "→" not in plain:
            yield from _END.split(plain)
        elif plain.startswith("#"):  # a statement may follow its heading without an empty line
            yield from _sentences("\n".join(block.splitlines()[1:]))


def _statements(assignment: str) -> dict[str, str]:
    """The text of each statement by its exercise, and of the introduction."""
    path = ROOT / "source" / assignment / f"{assignment}.ipynb"
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "markdown"]
    texts = {cell["id"]: "".join(cell["source"]) for cell in cells}
    own = {name.removesuffix("-statement"): text for name, text in texts.items() if name.endswith("-statement")}
    return {RULES: "".join(cells[0]["source"]), **own}


def _quotes(assignment: str) -> list[tuple[str, str]]:
    """What wrong answers say that they break: exercise and quote, white space as one blank."""
    answers = Course(ROOT).catalogue(assignment).answers
    return [
        (one.exercise, " ".join(quote.split()))
        for one in answers
        if not one.is_right
        for quote in _QUOTE.findall(one.source)
    ]


def _unbroken(statements: dict[str, str], quotes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Sentences that nobody quotes; those of an introduction may be quoted in every exercise."""
    return [
        (place, sentence)
        for place, text in statements.items()
        for sentence in _sentences(text)
        if not any(place in (RULES, exercise) and (q in sentence or sentence in q) for exercise, q in quotes)
    ]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_demand_is_broken_by_a_wrong_answer(assignment: str) -> None:
    """A sentence is quoted, or stands in the list of those that demand nothing; the list holds no other."""
    found = _unbroken(_statements(assignment), _quotes(assignment))
    listed = [(place, sentence) for place, some in DEMAND_NOTHING[assignment].items() for sentence in some]

    assert [one for one in found if one not in listed] == []
    assert [one for one in listed if one not in found] == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_what_is_quoted_still_stands_there(assignment: str) -> None:
    """In the statement of the answer's exercise or in the introduction, word by word."""
    texts = {place: " ".join(text.split()) for place, text in _statements(assignment).items()}
    quotes = _quotes(assignment)

    assert [(e, q) for e, q in quotes if q not in texts[e] and q not in texts[RULES]] == []
    assert len(quotes) > 50


def test_a_sentence_without_a_wrong_answer_is_noticed() -> None:
    """Quoted in half, in another exercise, not at all; examples, hints and headings are no sentences."""
    said = "### f\nReturn x. It is\nnew; Nothing is shared.\n\n- No digit is lost."
    text = f"{said}\n\n`f(1)` → `2`\n\n<details>Try.</details>"

    found = _unbroken(
        {RULES: "# T\n\nOne rule.", "f": text}, [("f", "Return x"), ("g", "No digit"), ("g", "One rule.")]
    )

    assert found == [("f", "It is new;"), ("f", "Nothing is shared."), ("f", "No digit is lost.")]
