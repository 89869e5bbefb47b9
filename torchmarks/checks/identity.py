"""What a result has in common with the arguments of its call: objects, and memory.

Paths are dotted: "" is the whole result, "0.1" an item of an item, "x" an argument, "xs.2" an item of it. Calls no
method that a student wrote (see `untrusted`). Must not judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks.extent import MAX_DEPTH, MAX_NODES, MAX_PATH_PAIRS, MAX_TENSOR_PAIRS
from torchmarks.checks.memory import overlap, place_of, writes_through
from torchmarks.checks.untrusted import PLAIN, entries_of, is_a, pairs_of

# Fetched now: a student may replace them later in the same process.
_type, _id, _str = type, id, str
_Tensor, _ndarray, _generic = torch.Tensor, np.ndarray, np.generic

_NO_ITEMS: Final[tuple[()]] = ()  # Python has only one


class _Walk:
    """Finds every tensor, array, container and other object with an identity in a value, with its path."""

    def __init__(self) -> None:
        self._nodes = 0
        self._open: set[int] = set()

    def walk(self, path: str, thing: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
        self._nodes += 1
        # Plain values have no identity that says anything: of many equal ones Python keeps one object.
        if self._nodes > MAX_NODES or depth > MAX_DEPTH or _type(thing) in PLAIN or is_a(thing, _generic):
            return
        yield path, thing
        if _id(thing) in self._open:
            return
        self._open.add(_id(thing))
        if is_a(thing, dict):
            entries = [(_key_text(key, n), value) for n, (key, value) in enumerate(pairs_of(thing))]
        elif is_a(thing, (list, tuple)):
            entries = [(_str(n), value) for n, value in enumerate(entries_of(thing))]
        else:
            entries = []
        for key, value in entries:
            yield from self.walk(f"{path}.{key}" if path else key, value, depth + 1)
        self._open.discard(_id(thing))


def _key_text(key: object, number: int) -> str:
    return _str(key) if _type(key) in PLAIN else f"#{number}"  # no `__str__` of a student's is called


def walk(path: str, thing: Any) -> Iterator[tuple[str, Any]]:
    """Every tensor, array, container and other object with an identity in a value, with its path."""
    return _Walk().walk(path, thing)


def _memories(value: Any, root: str) -> list[tuple[str, Any]]:
    return [(path, thing) for path, thing in walk(root, value) if is_a(thing, (_Tensor, _ndarray))]


def shared_memory(result: Any, arguments: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Which tensors of the result share memory with which of the arguments: by addresses, and tried by writing."""
    results = _memories(result, "")
    if not results:
        return frozenset()
    theirs = [
        (path, thing, place_of(thing)) for name, value in arguments.items() for path, thing in _memories(value, name)
    ]
    pairs: list[tuple[str, str]] = []
    looked_at = 0
    for path, mine in results:
        place = place_of(mine)
        looked_at += len(theirs)
        # more than any exercise returns: the rest is left unsaid
        if looked_at > MAX_TENSOR_PAIRS or len(pairs) > MAX_PATH_PAIRS:
            break
        for name, other, other_place in theirs:
            # None where a write cannot be tried: then the addresses decide.
            if overlap(place, other_place) and writes_through(mine, other) is not False:
                pairs.append((path, name))
    return frozenset(pairs[:MAX_PATH_PAIRS])


def same_objects(result: Any, arguments: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Which objects of the result are the very objects of which arguments."""
    known: dict[int, list[str]] = {}
    for name, value in arguments.items():
        for path, thing in walk(name, value):
            if thing is not _NO_ITEMS:
                known.setdefault(_id(thing), []).append(path)
    pairs = ((path, name) for path, thing in walk("", result) for name in known.get(_id(thing), ()))
    return frozenset(islice(pairs, MAX_PATH_PAIRS))
