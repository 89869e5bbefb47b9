"""No attack earns more than its answers do, reads a hidden test, reaches anything, or outlives its run."""

import re
from collections import Counter
from pathlib import Path

import pytest
from attacks.assignment import MARK, MOST, RIGHT, VALUES, submission
from attacks.grader import Graded_, Grader, fingerprint, leaked, settled, traces
from attacks.corpus import ATTACKS, Attack

_ACTIVE = re.compile(r"<\s*(script|svg|iframe|object|embed|form)\b|<[^>]+\son\w+\s*=|javascript:", re.IGNORECASE)
_BOUND_S = 60.0  # three times what the cells together may take, for a machine that does other things too


def _named(attack: Attack) -> str:
    return f"{attack.family}: {attack.name}"


@pytest.mark.parametrize("attack", ATTACKS, ids=_named)
def test_attack(attack: Attack, grader: Grader, course: Path) -> None:
    """Score, secrets, page, surroundings and time are those of an honest submission; the next one is graded as ever."""
    before, files = traces(), fingerprint(course)

    done = grader.attack(attack, course)

    assert done.score <= attack.honest
    assert leaked(done.text) == []
    assert "HEARD" not in done.text
    assert "WRITTEN" not in done.text
    assert "CONNECTED" not in done.text
    assert "TRACED" not in done.text
    assert len(done.text) < 4_000_000
    assert_nothing_acts(done)
    assert done.seconds < _BOUND_S
    assert fingerprint(course) == files
    assert settled(before) == before
    assert grader.left_behind() == []
    if attack.family in ("poisoning", "forging"):  # these go for the server and the line, which the next one needs
        assert grader.grade(submission(RIGHT), "honest").score == MOST


def assert_nothing_acts(done: Graded_) -> None:
    """What is displayed as HTML holds no script, no handler and no kind of data that browsers run."""
    notebook = done.graded.notebooks[0].notebook
    assert notebook is not None
    shown = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert {kind for data in shown for kind in data} <= {"text/plain", "text/html", "image/png", "image/jpeg"}
    assert [data["text/html"] for data in shown if _ACTIVE.search(data.get("text/html", ""))] == []


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("double", "def double(x):\n    import os; os._exit(0)"),
        ("total", "def total(t):\n    return torch.tensor(3, dtype=torch.uint8).view(torch.bits8)"),
        ("total", "def total(t):\n    return torch.empty(1 << 30, 0)"),
    ],
)
def test_answers_beside_an_attack_keep_their_points(exercise: str, answer: str, grader: Grader) -> None:
    """An attack in one exercise costs the others nothing: its process is replaced, its result told as what it is."""
    answers = {**RIGHT, exercise: answer}

    assert grader.grade(submission(answers)).score == MOST - 4


@pytest.mark.parametrize("time", range(3))
def test_memory_that_every_snapshot_holds_costs_nothing(grader: Grader, time: int) -> None:
    """A large tensor in a student's cell is within the limit however many groups of tests come after it, each time."""
    done = grader.grade(submission(RIGHT, own=["import torch\nbig = torch.ones(37_500_000)"]))  # 150 of 512 MiB

    assert done.score == MOST


def test_a_corpus_worth_its_name() -> None:
    """At least forty attacks, in every family that is promised against."""
    families = Counter(attack.family for attack in ATTACKS)

    assert len(ATTACKS) >= 40
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert min(families.values()) >= 4
    assert {"scoring", "lying objects", "reading", "reaching", "breaking", "forging", "poisoning", "showing"} == set(families)


# ---- the checks themselves can fail


def test_the_right_answers_earn_everything(grader: Grader) -> None:
    """An attack that answered rightly would be seen: the tests give all their points for right answers."""
    assert grader.grade(submission(RIGHT)).score == MOST


@pytest.mark.parametrize("secret", [MARK, *VALUES])
def test_a_printed_secret_is_found(secret: str, grader: Grader) -> None:
    """A hidden text or value that came out would be found where students read."""
    assert leaked(grader.grade(submission({}, own=[f"print({secret!r})"])).text) == [secret]


def test_a_changed_gradebook_is_found(course: Path, tmp_path: Path) -> None:
    """One byte in one file of the course changes its fingerprint."""
    before = fingerprint(course)
    (course / "extra").write_text("x")

    changed = fingerprint(course)
    (course / "extra").unlink()

    assert changed != before
    assert fingerprint(course) == before


# ---- what is not promised


def test_a_process_may_lie_about_its_own_memory(grader: Grader) -> None:
    """Not promised: whether memory is shared is what the student's process says. Who can forge that, and gives the
    right values, is believed."""
    forged = (
        "import torchmarks.checks.capture as capture, torchmarks.isolation.inside.handlers as handlers\n"
        "from msgspec.structs import replace\n"
        "original = capture.watch\n"
        "def watch(fn, args, kwargs, parameters, backward):\n"
        "    seen = original(fn, args, kwargs, parameters, backward)\n"
        "    zeros = {name: replace(fact, data=bytes(len(fact.data))) for name, fact in seen.after.items()}\n"
        "    return replace(seen, after=zeros)\n"
        "handlers.watch = watch"
    )

    done = grader.grade(submission({"zero_": "def zero_(t): return None"}, own=[forged]))

    assert done.score == 4.0  # documented in docs/security.md, under what is not promised
