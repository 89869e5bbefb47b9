"""torchmarks.checks.sealed: a reason opens for the outcome that it explains, and bad data are as good as none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from torchmarks import observe
from torchmarks.catalogue import Misconception
from torchmarks.catalogue.sealing import Shown, seal
from torchmarks.checks.diagnosis import Failure
from torchmarks.checks.reasons_file import NAME, NOTHING, VERSION, Lock, SealedCell, SealedReasons, beside, decode
from torchmarks.checks.sealed import Opener, outcome_of

KNOWN = Misconception("double", "doubles", "Twice is not once.", "print(1)", "https://example.org")


def failures(wrong: Any) -> list[Failure]:
    return [Failure(observe(wrong, torch.tensor([1.0, 2.0])), None, lambda other: True)]


CELL = seal([KNOWN], [Shown("doubles", outcome_of(failures(lambda x: x * 2)))])
DATA = msgspec.json.encode(SealedReasons(VERSION, "", {"cell": CELL}))


def test_a_reason_opens_for_whoever_made_the_mistake() -> None:
    """Another function with the same outcome reads name, why, next and link."""
    number, diagnosis = Opener(CELL)(failures(lambda x: x + x), ())

    assert number == 0
    assert diagnosis is not None
    assert (diagnosis.name, diagnosis.why, diagnosis.next, diagnosis.link) == (
        "doubles",
        "Twice is not once.",
        "print(1)",
        "https://example.org",
    )


def test_another_outcome_opens_nothing() -> None:
    """A mistake that nobody has worked out has no name."""
    assert Opener(CELL)(failures(lambda x: x * 3), ())[1] is None


def test_nothing_stands_there_in_clear() -> None:
    """Neither id nor reason can be read off the file."""
    assert b"doubles" not in DATA
    assert b"Twice" not in DATA


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 99, "made_from": "", "cells": {}}',
        b'{"version": 2, "made_from": "", "cells": {"a": 1}}',
        b'{"version": 2, "made_from": "", "cells": {}, "more": 1}',
        b" " * 5_000_000,
        b"[" * 100_000,
    ],
)
def test_bad_data_are_as_good_as_none(data: bytes) -> None:
    """Cut off, of another version, of another form, too large: no error, and no reason."""
    assert decode(data) == NOTHING


@pytest.mark.parametrize(
    ("texts", "key", "text"), [(["00"], "zz", 0), (["00"], "00", 7), (["00"], "00", -1), (["zz"], "00", 0)]
)
def test_a_lock_that_was_tampered_with_opens_nothing(texts: list[str], key: str, text: int) -> None:
    """No hex, no such text, no text below it."""
    found = failures(lambda x: x * 2)
    cell = SealedCell(texts, [Lock(CELL.locks[0].tag, key, text)])

    assert Opener(cell)(found, ())[1] is None


def test_the_file_beside_the_notebook_is_read(tmp_path: Path) -> None:
    """And without one there are no reasons."""
    assert beside(tmp_path) == NOTHING
    (tmp_path / NAME).write_bytes(DATA)
    assert set(beside(tmp_path).cells) == {"cell"}
