"""Finds parts of an observation by their path: an item of a result, an argument or an item of one, the tensors inside.

Pure: facts in, facts out. Keys are texts: the place in a list, the key in a dict. Must not judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from torchmarks.checks.facts import Fact, Items, Plain, TensorFacts
from torchmarks.checks.formatting import format_fact


def item(fact: Fact | None, key: str) -> Fact | None:
    """One item of a list, tuple or dict; None where there is none."""
    if not isinstance(fact, Items):
        return None
    if fact.keys is None:
        return fact.items[int(key)] if key.isdigit() and int(key) < len(fact.items) else None
    pairs = zip(fact.keys, fact.items, strict=True)
    return next((value for k, value in pairs if _text(k) == key), None)


def _text(key: Fact) -> str:
    """A key of a dict as it stands in a path, a string without its quotes."""
    return str(key.value) if isinstance(key, Plain) else format_fact(key)


def below(fact: Fact | None, keys: Sequence[str]) -> Fact | None:
    """The item of an item that these keys lead to; without keys the fact itself."""
    for key in keys:
        fact = item(fact, key)
    return fact


def named(facts: Mapping[str, Fact], name: str) -> Fact | None:
    """A fact by its name, or by the dotted path to an item of it."""
    if name in facts:
        return facts[name]
    root, *keys = name.split(".")
    return below(facts.get(root), keys)


def is_below(path: str, root: str) -> bool:
    """Whether a dotted path is `root` or leads to something inside it."""
    return root == "" or path == root or path.startswith(f"{root}.")


def tensors_in(fact: Fact | None, path: str) -> Iterator[tuple[str, TensorFacts]]:
    """Every tensor in a value, with its path as a student would write it."""
    if isinstance(fact, TensorFacts):
        yield path, fact
    elif isinstance(fact, Items):
        for number, inner in enumerate(fact.items):
            name = str(number) if fact.keys is None else format_fact(fact.keys[number])
            yield from tensors_in(inner, f"{path}[{name}]")
