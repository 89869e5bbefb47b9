"""Makes sealed reasons: finds which misconceptions can be recognised by what their answers do with a visible test.

An outcome proves a name where all wrong answers with it have that name. Proofs take no part: a name is proved on
answers that it was not made from. Pure: outcomes in, data out, the same for the same outcomes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from torchmarks.catalogue.read import Misconception
from torchmarks.checks.reasons_file import Lock, SealedCell
from torchmarks.checks.sealed import KEY_BYTES, mixed, tag_of


@dataclass(frozen=True, slots=True)
class Shown:
    """The outcome of one wrong answer with a visible test. name: of its misconception, or ""; outcome: its digest."""

    name: str
    outcome: bytes


def seal(known: Iterable[Misconception], shown: Iterable[Shown]) -> SealedCell:
    """The sealed reasons of one test cell. known: the misconceptions of its exercise."""
    names: dict[bytes, set[str]] = {}
    for answer in shown:
        names.setdefault(answer.outcome, set()).add(answer.name)
    proved = {outcome: next(iter(candidates)) for outcome, candidates in names.items() if len(candidates) == 1}
    texts = {one.name: one for one in known if one.name in proved.values()}
    order = {name: number for number, name in enumerate(texts)}
    keys = {name: _key(one) for name, one in texts.items()}
    locks = [
        Lock(tag_of(outcome), mixed(keys[name], outcome).hex(), order[name])
        for outcome, name in proved.items()
        if name in order
    ]
    # Sorted by tag: their order must not reveal which outcomes are of one answer.
    return SealedCell([_sealed(one, keys) for one in texts.values()], sorted(locks, key=lambda lock: lock.tag))


def _key(one: Misconception) -> bytes:
    return hashlib.sha256(repr((one.exercise, one.name, one.why, one.next, one.link)).encode()).digest()[:KEY_BYTES]


def _sealed(one: Misconception, keys: Mapping[str, bytes]) -> str:
    return mixed(msgspec.json.encode((one.name, one.why, one.next, one.link)), keys[one.name]).hex()
