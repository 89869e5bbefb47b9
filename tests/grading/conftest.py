"""A warm engine with small limits, and the judge on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from torchmarks.checks.seeding import Seeding
from torchmarks.grading.judge import judge_notebook
from torchmarks.grading.source import signatures_of
from torchmarks.grading.verdict import Judgement
from torchmarks.isolation import Engine, Limits

from .cells import LIMITS, Cell, Run


@pytest.fixture(scope="module")
def engine(warm: Callable[..., Engine]) -> Engine:
    """A warm engine with small limits."""
    return warm("cpu", LIMITS)


@pytest.fixture
def run(warm: Callable[..., Engine]) -> Run:
    """Judges cells; the stubs are given as source text."""

    def judged(
        cells: Sequence[Cell], stubs: str = "def f(x):\n    raise NotImplementedError()", limits: Limits = LIMITS
    ) -> Judgement:
        engine, seeding = warm("cpu", limits), Seeding(student="s")
        return judge_notebook(cells, engine, seeding=seeding, signatures=signatures_of([stubs]))

    return judged
