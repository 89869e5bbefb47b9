"""Small catalogues in which chosen answers are examples: a hash decides what is a proof, and no author chooses."""

from __future__ import annotations

from collections.abc import Iterator

from torchmarks.catalogue import Catalogue, normal_form, read_catalogue
from torchmarks.catalogue.read import PROOFS


def entry(name: str, *examples: str, when: str = "", exercise: str = "f") -> str:
    """The cells of a misconception with these answers as examples, and others beside them that are its proofs."""
    smallest = min((normal_form(source) for source in examples), default="g")
    lines = [f"# %% {exercise} | misconception | {name}", f'why = "Because of {name}."', when]
    for number, source in enumerate([*examples, *_proofs(name, exercise, smallest)]):
        lines += [f"# %% {exercise} | wrong: {name} | {number}", source]
    return "\n".join(lines) + "\n"


def _proofs(name: str, exercise: str, smallest: str) -> Iterator[str]:
    """Answers that no call of a test does the same as, whose hashes are smaller than all others."""
    found = number = 0
    while found < PROOFS:
        source = f"def {exercise}(x):\n    return 'a proof of {name}', {number}"
        if normal_form(source) < smallest:
            found += 1
            yield source
        number += 1


def catalogue(*entries: str) -> Catalogue:
    """The catalogue that these cells are."""
    return read_catalogue("\n".join(entries), ["f", "g", "Square", "twice"], "f.py")
