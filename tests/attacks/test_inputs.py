"""Hidden inputs cannot be computed by students: not from names and package, not from what their process holds."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.assignment import NAME, instructor, submission
from attacks.grader import descendants
from torchmarks.checks.seeding import Phase, Purpose, Seeding
from torchmarks.grading import Bundle, NotebookBundle, Submission, grade
from torchmarks.isolation import Engine, Limits

SECRET = hashlib.sha256(b"of this course").digest()
MALLORY = "mallory"

# All that the package of a student's and the names in the notebook give, and where the process's generators started.
_GUESSES = """
def total(t):
    import hashlib, random
    import numpy as np, torch
    from torchmarks import inputs
    from torchmarks.checks.inputs import Draw
    from torchmarks.checks.seeding import Phase, Seeding, seeding
    made = []
    for who in ("", "mallory"):
        # before there was a secret
        seed = hashlib.sha256("\\0".join(("attacked", "total", who)).encode()).digest()[:16]
        made.append(int(np.random.Generator(np.random.PCG64(int.from_bytes(seed, "big"))).integers(2**31)))
        for phase in Phase:
            for secret in (b"", torch.initial_seed().to_bytes(8, "big"), torch.initial_seed().to_bytes(4, "big")):
                seeding.set(Seeding(secret, phase, who))
                made.append(inputs("attacked", "total").seed())
                made.append(Draw(secret).seed())
    return made + [torch.initial_seed()]
"""
_KEEPS = "kept = []\ndef total(t):\n    kept.append(t)\n    return 0"


def holders(*needles: bytes) -> int:
    """How many of the processes below this one hold one of these in memory that can be written."""
    return sum(any(needle in piece for piece in _pieces(pid) for needle in needles) for pid in descendants())


def _pieces(pid: int) -> Iterator[bytes]:
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for place, rights, *_ in map(str.split, lines):
            if rights.startswith("rw"):
                start, end = (int(part, 16) for part in place.split("-"))
                memory.seek(start)
                yield memory.read(end - start)


@pytest.fixture(scope="module")
def engine(warm: Callable[..., Engine]) -> Engine:
    """A warm engine."""
    return warm("cpu", Limits())


def points(engine: Engine, answer: str, test: str, secret: bytes = SECRET, phase: Phase = Phase.FINAL) -> float | None:
    """What an answer earns in one hidden test."""
    notebook = instructor()
    cell = next(cell for cell in notebook["cells"] if cell["metadata"]["nbgrader"]["grade_id"] == "total-hidden")
    cell["source"] = f"from torchmarks import inputs\n{test}"
    bundle = Bundle(NAME, (NotebookBundle.of(NAME, notebook),), secret=secret)
    sent = Submission(MALLORY, {f"{NAME}.ipynb": submission({"total": answer})})
    record = grade(sent, bundle, lambda device: engine, phase).notebooks[0].record
    print([check.report for check in record.messages if check.cell == "total-hidden"])  # why, where it is not as wanted
    return record.scores["total-hidden"]


UNGUESSED = "assert inputs('attacked', 'total').seed() not in total(1)"
GUESSED = "assert inputs('attacked', 'total').seed() in total(1)"


@pytest.mark.parametrize("phase", Phase)
def test_no_hidden_input_is_computed(phase: Phase, engine: Engine) -> None:
    """Neither by the hash of the names, nor by the package itself, nor from the seeds in the student's process."""
    assert points(engine, _GUESSES, UNGUESSED, phase=phase) == 3


@pytest.mark.parametrize("phase", Phase)
def test_without_a_secret_it_is_computed(phase: Phase, engine: Engine) -> None:
    """The guesses are good ones: only the secret is in their way."""
    assert points(engine, _GUESSES, GUESSED, b"", phase) == 3


def test_the_phases_have_nothing_in_common(engine: Engine) -> None:
    """What was given before the deadline is not asked for after it."""
    early, late = (Seeding(SECRET, phase, MALLORY).key(Purpose.INPUTS, NAME, "total") for phase in Phase)
    first = f"from torchmarks.checks.inputs import Draw\nwas = Draw({early!r}).seed()\n"
    same = first + "assert inputs('attacked', 'total').seed() == was"

    assert points(engine, "def total(t): pass", same, phase=Phase.BEFORE_DEADLINE) == 3
    assert points(engine, "def total(t): pass", same, phase=Phase.FINAL) == 0
    assert early != late


# A hidden test runs in the grader: it looks at all processes of the sandbox, and has called the student's.
_HUNT = "from attacks.test_inputs import holders\ntotal({argument})\nassert holders(*{needles!r}) {verdict}"


def test_the_students_process_never_holds_the_secret(engine: Engine) -> None:
    """Neither the secret nor the key of the exercise is in any process of the sandbox after a drawn value came in."""
    key = Seeding(SECRET, Phase.FINAL, MALLORY).key(Purpose.INPUTS, NAME, "total")
    needles = (SECRET, SECRET.hex().encode(), key, key.hex().encode())
    argument = "inputs('attacked', 'total').tensor((50,))"

    assert points(engine, _KEEPS, _HUNT.format(argument=argument, needles=needles, verdict="== 0")) == 3


@pytest.mark.parametrize("planted", [SECRET, SECRET.hex().encode()], ids=["bytes", "text"])
def test_a_secret_that_crosses_is_found(planted: bytes, engine: Engine) -> None:
    """The hunt finds what a test hands in."""
    assert points(engine, _KEEPS, _HUNT.format(argument=repr(planted), needles=(planted,), verdict="> 0")) == 3
