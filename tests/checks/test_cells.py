"""Test cells in a notebook and in grading: whose state they run under, whose words they use, and what is named."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.course import SETTINGS
from checks.notebook import notebooks
from torchmarks.checks.cells import digest
from torchmarks.checks.leftovers import bound_by
from torchmarks.checks.seeding import Seeding
from torchmarks.grading.judge import judge_notebook
from torchmarks.grading.source import signatures_of
from torchmarks.grading.verdict import Judgement
from torchmarks.isolation import Engine, Limits

SETUP = "import torch\nfrom torchmarks import expect, inputs, leaf, observe, progress\nTOLERANCE = 1e-6"
RIGHT = "def halves(n):\n    return torch.full((n,), 0.5)"
CHECK = "want = torch.full((2,), 0.5)\nexpect(observe(halves, 2)).returned(want, close=TOLERANCE)"
PASSED = "✓ 1 call as expected"
THEIR_OWN = (
    "Tests use their own; your own code, and lines that you paste, do not: "
    "rename that value and run the first cell again."
)


def _steps(tmp_path_factory: pytest.TempPathFactory, steps: dict[str, str]) -> dict[str, dict[str, str]]:
    shown = notebooks(tmp_path_factory.mktemp("student"), list(steps.values()))[0]
    return dict(zip(steps, shown, strict=True))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """One session of a student who leaves much behind: what each step shows, and its error."""
    uses_word = "leaf = torch.tensor(2.)\nTOLERANCE = None\ndef doubled(x):\n    return leaf * x"
    reads_leaf = "def story(doubled, x):\n    return doubled(x) + leaf([1.0]).detach()\n"
    steps = {
        "setup": SETUP,
        "right": RIGHT,
        "before": CHECK,
        "sets": SETTINGS["default dtype"],
        "under": CHECK,
        "after": "print(torch.ones(1).dtype)",
        "draws": "torch.manual_seed(3)\nprint(torch.rand(1).item())",
        "again": f"torch.manual_seed(3)\n{RIGHT}",
        "test": f"{CHECK}\ntorch.rand(7)",
        "stream": "print(torch.rand(1).item())",
        "changes": f"{CHECK}\ntorch.set_default_dtype(torch.float16)",
        "changed": "print(torch.ones(1).dtype)",
        "back": "torch.set_default_dtype(torch.float32)",
        "clean": CHECK,
        "takes": uses_word,
        "words": f"{CHECK}\nassert torch.equal(leaf([1.0], grad=[3.0]).grad, torch.tensor([3.0]))",
        "theirs": "expect(observe(doubled, torch.tensor(3.0))).returned(torch.tensor(6.0))",
        "scenario": f"{reads_leaf}expect(observe(story, doubled, torch.tensor(3.0))).returned(torch.tensor([7.0]))",
        "kept": "print(leaf, TOLERANCE)",
        "observe": "observe = expect = None",
        "own": CHECK,
        "setup again": SETUP,
        "whole": CHECK,
        "replaces": "torch.zeros = lambda *shape: None",
        "named": CHECK,
        "broken": "expect(observe(",
        "empty": "",
        "takes Python's": "list, max = [1], 3\nrange = float = 2",
        "reads Python's": f"assert list(map(float, range(2))) == [0, 1] and len('ab') == 2\n{CHECK}",
        "reads none": CHECK,
        "calls": "def listed(n):\n    return list(range(n))",
        "Python's kept": "print(list, max, range)",
        "own misses list": "expect(observe(listed, 2)).returned([0, 1])",
        "cell misses list": "list(3)",
        "given back": "del list, range",
        "own has list": "expect(observe(listed, 2)).returned([0, 1])",
        "last": "print(torch.ones(1).dtype, torch.is_grad_enabled())",
    }
    return _steps(tmp_path_factory, steps)


def test_a_test_runs_under_the_defaults(session: dict[str, dict[str, str]]) -> None:
    """Expected values and calls do not depend on what a cell left set; one line says what and which cell."""
    assert PASSED in session["before"]["text"]
    assert session["under"]["text"].splitlines()[0] == (
        "Your cells left set: default dtype torch.float64 (In [4]). Tests run with PyTorch's own settings."
    )
    assert PASSED in session["under"]["text"]


def test_the_students_state_stands_again(session: dict[str, dict[str, str]]) -> None:
    """After a test cell all is as the student had set it, the random numbers too."""
    assert session["after"]["text"] == "torch.float64\n"
    assert session["stream"]["text"] == session["draws"]["text"]


def test_what_the_cell_itself_changes_stays(session: dict[str, dict[str, str]]) -> None:
    """A student's own cell that also tests may set something: that was meant."""
    assert session["changed"]["text"] == "torch.float16\n"
    assert "left set" not in session["clean"]["text"]


def test_words_of_the_tests_that_were_taken(session: dict[str, dict[str, str]]) -> None:
    """The test works all the same, the student's own functions keep their words, and the line names them."""
    line = f"Your cells assigned another value to TOLERANCE (In [15]), leaf (In [15]). {THEIR_OWN}"

    assert session["words"]["error"] == session["theirs"]["error"] == session["scenario"]["error"] == ""
    assert session["words"]["text"].splitlines()[0] == line
    assert session["kept"]["text"] == "tensor(2.) None\n"


def test_names_of_pythons_that_were_taken(session: dict[str, dict[str, str]]) -> None:
    """A test works all the same, those that it or the function reads are named; the student's code keeps its own."""
    assert session["reads Python's"]["error"] == ""
    assert set(re.findall(r"(\w+) \(In", session["reads Python's"]["text"])) == {"list", "range", "float", "zeros"}
    assert "list (In" not in session["reads none"]["text"]
    assert session["Python's kept"]["text"] == "[1] 3 2\n"
    assert "list (In" in session["own misses list"]["text"]
    assert "list (In" in session["cell misses list"]["text"]
    assert PASSED in session["own has list"]["text"]


def test_even_observe_and_expect_may_be_taken(session: dict[str, dict[str, str]]) -> None:
    """Without its own two words a test would say nothing at all."""
    assert session["own"]["error"] == ""
    assert PASSED in session["own"]["text"]
    assert "expect (In [20]), observe (In [20])" in session["own"]["text"]


def test_the_first_cell_run_again_mends_it(session: dict[str, dict[str, str]]) -> None:
    """Once the words are imported again nothing is said of them."""
    assert "another value" not in session["whole"]["text"]
    assert PASSED in session["whole"]["text"]


def test_a_replaced_function_is_named_and_not_undone(session: dict[str, dict[str, str]]) -> None:
    """Replaced functions of PyTorch stay; the line names them."""
    assert session["named"]["text"].startswith("Your cells replaced torch.zeros (In [24]). ")


def test_a_cell_that_does_not_start_leaves_nothing_open(session: dict[str, dict[str, str]]) -> None:
    """A syntax error, or a cell of nothing, does not keep a test's state in force."""
    assert session["broken"]["error"].startswith("SyntaxError")
    assert session["last"]["text"] == "torch.float32 True\n"


def test_only_other_values_are_told(tmp_path: Path) -> None:
    """Whichever word is taken the test runs; a word that still is what it was is not taken."""
    right = "from torch import full\ndef halves(n):\n    return full((n,), 0.5)"
    taken = ["torch = None", "expect = 3", "import numpy as observe", "del inputs", "leaf = leaf"]

    shown = [cells[-1] for cells in notebooks(tmp_path, *([SETUP, right, source, CHECK] for source in taken))]

    assert [cell["error"] for cell in shown] == [""] * 5
    assert ["assigned another value to" in cell["text"] for cell in shown] == [True, True, True, True, False]


def test_the_assignments_own_cells_are_not_told(tmp_path: Path) -> None:
    """A locked cell that replaces a function of PyTorch does so for everyone: that is not reported."""
    guard = "torch.from_dlpack = torch.utils.dlpack.from_dlpack = lambda array: array"
    metadata = {"nbgrader": {"grade_id": "guard", "locked": True}}
    content = {"cells": [{"cell_type": "code", "source": guard, "metadata": metadata}]}
    (tmp_path / "04.ipynb").write_text(json.dumps(content), encoding="utf-8")

    given, own = notebooks(tmp_path, *([SETUP, RIGHT, source, CHECK] for source in (guard, f"{guard}\n")))

    assert "replaced" not in given[-1]["text"]
    assert "replaced torch.from_dlpack" in own[-1]["text"]


def test_a_guard_of_ours_is_not_told(tmp_path: Path) -> None:
    """Also where the notebook does not lie in the kernel's folder, so that nobody knows which cells are locked."""
    guard = "import numpy as np\nfrom torchmarks.checks.guards import guard_from_dlpack\nguard_from_dlpack()"
    backwards = "try:\n    torch.from_dlpack(np.arange(3.0)[::-1])\nexcept BaseException as error:\n    print(error)"
    forwards = "print(torch.from_dlpack(np.arange(3.0)))"

    *_, refused, made, test = notebooks(tmp_path, [SETUP, RIGHT, guard, guard, backwards, forwards, CHECK])[0]

    assert refused["text"].startswith("the array runs backwards")
    assert made["text"] == "tensor([0., 1., 2.], dtype=torch.float64)\n"
    assert "replaced" not in test["text"]


@pytest.mark.timeout(180)
def test_a_real_kernel_says_the_same(tmp_path: Path) -> None:
    """In a kernel as JupyterLab starts it: words taken, gradient recording off, float64, warnings as errors."""
    careless = "\n".join(SETTINGS[name] for name in ("default dtype", "gradient recording", "warnings"))
    check = "w = leaf([1.0, 2.0])\nexpect(observe(slope, w)).returned(torch.tensor([3.0, 3.0]))"
    slope = "def slope(w):\n    (3 * w).sum().backward()\n    return w.grad"
    book = nbformat.v4.new_notebook()
    sources = [SETUP, careless, "leaf = expect = 2", slope, f"{check}\n", "print(torch.ones(1).dtype, leaf)"]
    book.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    # Gradients accumulate into the argument: may_change says that this is asked for.
    book.cells[4].source = check.replace("observe(slope, w)", "observe(slope, w), may_change=True")

    NotebookClient(book, timeout=100, resources={"metadata": {"path": str(tmp_path)}}).execute()

    test = "".join(output["text"] for output in book.cells[4].outputs if output["output_type"] == "stream")
    assert "default dtype torch.float64 (In [2])" in test
    assert "expect (In [3]), leaf (In [3])" in test
    assert PASSED in test
    assert book.cells[5].outputs[0]["text"] == "torch.float64 2\n"


@pytest.fixture(scope="module")
def engine(warm: Callable[..., Engine]) -> Engine:
    """A warm engine with a short time for calls."""
    return warm("cpu", Limits(call_s=4.0))


def _judge(engine: Engine, *cells: tuple[str, str], student: str = "s") -> Judgement:
    """Judge cells, each with its kind: own, locked, solution or test, which may have a name: "test:f-visible"."""
    kinds = {"locked": {"locked": True}, "solution": {"solution": True}}
    kinds |= {"own": {}, "test": {"grade": True, "locked": True, "points": 1}}
    made = []
    for number, (named, source) in enumerate(cells):
        kind, _, name = named.partition(":")
        meta = kinds[kind] | {"grade_id": name or f"{kind}{number}"} if kinds[kind] else {}
        made.append({"cell_type": "code", "source": source, "metadata": {"nbgrader": meta} if meta else {}})
    signatures = signatures_of([RIGHT, "def f(x): ..."])
    return judge_notebook(made, engine, seeding=Seeding(student=student), signatures=signatures)


def _passed(judgement: Judgement) -> list[bool]:
    return [verdict.passed for verdict in judgement.verdicts]


def _told(judgement: Judgement) -> list[tuple[str, str, str, str]]:
    return [(left.kind, left.setting, left.value, left.cell) for left in judgement.left]


def test_one_seed_for_a_test_and_none_between_calls(engine: Engine) -> None:
    """The same numbers at each regrade, whatever a cell seeded; other numbers at the second call and the next test."""
    draw = "import random, numpy\ndef f(x):\n    return torch.rand(1).item(), numpy.random.rand(), random.random()"
    show = "a, b = observe(f, 1).value, observe(f, 1).value\nassert not {*a} & {*b}\nraise AssertionError(repr(a))"
    noted = {}
    for seed in (1, 2):
        cells = [("locked", SETUP), ("own", f"{draw}\ntorch.manual_seed({seed}); random.seed({seed})")]
        judgement = _judge(engine, *cells, ("test", show), ("test", show))
        noted[seed] = [verdict.report.why for verdict in judgement.verdicts if verdict.report]

    assert noted[1] == noted[2]
    assert len(set(noted[1])) == 2


def test_a_parallel_region_before_the_fork_hangs_no_call(engine: Engine) -> None:
    """Threads raised in a cell that computes something large, and raised again inside the call."""
    large = "torch.set_num_threads(4)\na = torch.randn(1500, 1500)\ntotal = (a @ a).exp().sum()"
    calls = f"def f(x):\n    {large.replace(chr(10), chr(10) + '    ')}\n    return torch.cdist(x, x)"

    judgement = _judge(
        engine, ("locked", SETUP), ("own", large), ("own", calls), ("test", "assert f(torch.ones(2, 2)).sum() == 0")
    )

    assert _passed(judgement) == [True]
    assert _told(judgement) == [("threads", "PyTorch's threads", "4", "cell 2")]


@pytest.mark.parametrize(
    "waiting",
    [
        "from concurrent import futures\npool = futures.ThreadPoolExecutor(1)\npool.submit(len, '').result()\n"
        "def f(x):\n    return pool.submit(len, x).result()",
        "import queue, threading\nasked, done = queue.Queue(), queue.Queue()\n"
        "threading.Thread(target=lambda: [done.put(len(asked.get())) for _ in range(9)], daemon=True).start()\n"
        "def f(x):\n    asked.put(x)\n    return done.get()",
        "import threading\nbegun, ended = threading.Event(), threading.Event()\n"
        "threading.Thread(target=lambda: begun.wait() and ended.set(), daemon=True).start()\n"
        "def f(x):\n    begun.set()\n    ended.wait()\n    return len(x)",
    ],
    ids=["pool", "queue", "event"],
)
def test_threads_that_the_copy_lacks_are_no_endless_loop(engine: Engine, waiting: str) -> None:
    """A call that waits for a thread of a cell is told so: tests run in a copy of the process."""
    judgement = _judge(engine, ("locked", SETUP), ("own", waiting), ("test", "expect(observe(f, 'ab')).returned(2)"))

    report = judgement.verdicts[0].report
    assert report is not None
    assert "loop" not in report.text()
    assert "A cell started threads that keep running (cell 2)." in report.next
    assert ("threads", "running threads", "1", "cell 2") in _told(judgement)


def test_an_endless_loop_is_still_told_as_one(engine: Engine) -> None:
    """Without threads a call that runs too long is what it was."""
    endless = "def f(x):\n    import time\n    while True: time.sleep(0.01)"
    judgement = _judge(engine, ("locked", SETUP), ("own", endless), ("test", "expect(observe(f, 1)).returned(2)"))

    report = judgement.verdicts[0].report
    assert report is not None
    assert report.next.startswith("Look for a loop that never ends")


def test_grading_names_what_a_notebook_names(engine: Engine) -> None:
    """Words taken, functions replaced: named with their cell; the assignment's own cells are not."""
    judgement = _judge(
        engine,
        ("locked", SETUP),
        ("locked", "torch.from_dlpack = lambda array: array\ntorch.set_default_dtype(torch.float64)"),
        ("own", f"leaf = torch.tensor(2.)\ntorch.zeros = len\n{RIGHT}"),
        ("test", CHECK),
        ("test", "expect(observe(halves, 2)).returned(torch.zeros(2))"),
    )

    assert _passed(judgement) == [True, False]
    assert _told(judgement) == [("function", "torch.zeros", "len", "cell 3"), ("name", "leaf", "Tensor", "cell 3")]
    report = judgement.verdicts[1].report
    assert report is not None
    assert report.left.startswith("Your cells replaced torch.zeros (cell 3). Take that out")
    assert report.left.endswith(f"Your cells assigned another value to leaf (cell 3). {THEIR_OWN}")


def test_grading_names_what_a_right_answer_misses(engine: Engine) -> None:
    """A name of Python's that a cell took, where the answer reads it; one of its own definition is not reported."""
    answer = "def halves(n):\n    return torch.full(tuple([n]), 0.5)"
    judgement = _judge(
        engine,
        ("locked", f"{SETUP}\nmin = 3"),
        ("own", "tuple, max = (2,), 4\ndef sum(xs):\n    return 0"),
        ("solution:halves", answer),
        ("test:halves-visible", CHECK),
        ("test:halves-hidden", "assert max(2, 3) == 3 and halves"),
    )

    assert _passed(judgement) == [False, True]
    assert [told[1] for told in _told(judgement)] == ["max", "tuple"]
    report = judgement.verdicts[0].report
    assert report is not None
    assert report.left.startswith("Your cells assigned another value to tuple (cell 2). Tests use Python's own")


def test_a_locked_cell_sets_nothing_for_the_next_submission(engine: Engine) -> None:
    """What an assignment's own cell sets outside ends with it: the grader's process goes on."""
    setting = ("locked", f"{SETUP}\ntorch.set_default_dtype(torch.float64)")

    for cells in ([setting, ("own", RIGHT), ("test", CHECK)], [("locked", SETUP), ("own", RIGHT), ("test", CHECK)]):
        assert _passed(_judge(engine, *cells)) == [True]


def test_what_is_claimed_is_bounded(engine: Engine) -> None:
    """A student's process may claim anything: long, many, malformed."""
    forged = (
        "from torchmarks.checks import cells\nfrom torchmarks.checks.left import Left\n"
        "cells.found = lambda: tuple(Left('setting', 'x' * 10**4, '', str(n)) for n in range(300))\n" + RIGHT
    )
    judgement = _judge(engine, ("locked", SETUP), ("own", forged), ("test", CHECK))

    assert _passed(judgement) == [True]
    assert len(judgement.left) <= 40
    assert max(len(left.setting) for left in judgement.left) <= 200


def test_names_that_statements_bind() -> None:
    """Assignments, loops, imports, definitions and handlers count; what a function binds inside does not."""
    text = (
        "import a.b as c, d.e\nf = g = 1\nfor h in i: j = 2\ndef k(l):\n    m = 3\ntry: n\nexcept E as o: pass\ndel p"
    )

    assert bound_by(ast.parse(text).body) == {"c", "d", "f", "g", "h", "j", "k", "o", "p"}


def test_a_cell_is_found_by_its_source() -> None:
    """Lone surrogates, which no file can hold, do not stand in the way."""
    assert digest("a\ud800") == digest("a?") != digest("a")
