"""Finds problems in a catalogue's structure, for its author. Pure: looks at what was read, runs nothing.

What cannot be read at all is refused by `read`; what answers and predicates do is found by `torchmarks verify`.
"""

from __future__ import annotations

from typing import Final

from torchmarks.catalogue.normal import normal_form
from torchmarks.catalogue.read import PROOFS, Catalogue, Misconception

LEAST_ANSWERS: Final = PROOFS + 1  # the name is proved on some, and at least one is imitated


def problems(catalogue: Catalogue) -> list[str]:
    """A line for each misconception that cannot be named, or whose name cannot be proved."""
    found = ((misconception, _problem(catalogue, misconception)) for misconception in catalogue.misconceptions)
    return [f"{misconception.place}: {problem}" for misconception, problem in found if problem]


def _problem(catalogue: Catalogue, misconception: Misconception) -> str:
    different = {normal_form(answer.source) for answer in catalogue.wrong(misconception)}
    if len(different) < LEAST_ANSWERS:
        return f"it has {len(different)} distinct answers of at least {LEAST_ANSWERS}; {PROOFS} of them prove its name"
    if not misconception.when and not catalogue.examples(misconception):
        return "it has neither `when` nor an answer that can be imitated, and is never named"
    return ""
