"""What a notebook is told about its own state: cells that stopped, names that are gone or taken, calls without end.

Each in a real IPython; what hangs on the kernel (interrupts, `exit()`) in a kernel as JupyterLab starts it; and what
the grader meets as well, there, with the same words.
"""

from __future__ import annotations

import queue
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.notebook import notebooks
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.report import Report
from torchmarks.grading.judge import judge_notebook
from torchmarks.grading.source import signatures_of
from torchmarks.isolation import Engine, Limits

SETUP = "import torch\nfrom torchmarks import expect, leaf, observe, progress"
RIGHT = "def double(x):\n    return 2 * x"
BROKEN = "def double(x:\n    return 3 * x"
CHECK = "expect(observe(double, 2)).returned(4)"
OLDER = (
    "The older double is tested: {cell} stopped with SyntaxError: '(' was never closed (line 1). "
    "Fix that cell and run it again."
)
TAKEN = "double is only a value (int) now: {cell} assigned it. Run the cell of double again."


TAKING = {
    "torch = torch.ones(2)": "torch.zeros(3)",
    "leaf = 2": "leaf([1.0])",
    "progress = 50": "progress('01-tensors')",
    "del torch": "torch.zeros(3)",
}
STOPPED = f"1 / 0\n{RIGHT}"
# A test that takes the student's class through steps of its own.
STEPS = (
    "def both(Pair, n):\n    'both numbers of Pair({n})'\n    pair = Pair(n)\n    return pair.first, pair.second()\n"
    "def later(n, m):\n    return n + m.first"
)
PAIR = "class Pair:\n    def __init__(self, n): self.first = n\n    def second(self): {}"
THEIR_HANDLER = "get_ipython().set_custom_exc((NameError,), lambda *a, **k: print('mine'))"
NOTEBOOKS = {
    "older": [RIGHT, BROKEN, CHECK, RIGHT, CHECK],
    "others": ["def half(x): return x / 2", RIGHT, BROKEN, "expect(observe(half, 4)).returned(2.0)", "half = 3", CHECK],
    "not run": [CHECK],
    "first cell stopped": ["expect(observe(measure, 2)).returned(4)"],
    "stopped": [STOPPED, CHECK],
    "alike": [STOPPED, "def dubble(x): return 2 * x", CHECK],
    "the only one": ["def mine(x): return 2 * x", CHECK],
    "gone": [RIGHT, "del double", CHECK],
    "older for want of torch": [RIGHT, "torch = 3", "def double(x: torch.Tensor):\n    return 3 * x", CHECK],
    "stopped for want of torch": ["torch = 3", "def double(x: torch.Tensor):\n    return 2 * x", CHECK],
    "asked elsewhere": ["def doubled(x): return 2 * x", CHECK],
    "theirs": ["def double(x):\n    return twice * x", "assert double(2) == 4, observe"],
    "handler": [CHECK, "print(get_ipython().custom_exceptions)", THEIR_HANDLER, CHECK, "nothing"],
    "value in steps": ["class Pair: pass", "Pair = 3", f"{STEPS}\nexpect(observe(both, Pair, 2)).returned((2, 2))"],
    "value of the test": [
        "def both(n, Pair): return n.first",
        f"n = 3\n{STEPS}\nexpect(observe(later, n, 2)).returned(1)",
    ],
    "steps": [
        "class Pair:\n    def __init__(self, n): self.first = n",
        f"{STEPS}\nexpect(observe(both, Pair, 2)).returned((2, 2))",
    ],
    "through": [
        "class Pair:\n    def __init__(self, n): self.first = n.real.none",
        f"{STEPS}\nexpect(observe(both, Pair, 2)).returned((2, 2))",
    ],
    "no return": [PAIR.format("self.first"), f"{STEPS}\nexpect(observe(both, Pair, 2)).returned((2, 2))"],
    "no module": ["def double(x):\n    return x * torch.e", "torch = 3", CHECK],
    "value": [RIGHT, "double = 3", CHECK, "assert double(2) == 4, observe"],
    **{taken: [taken, cell, "1 + ''"] for taken, cell in TAKING.items()},
}
GIVEN = '{"metadata": {"nbgrader": {"locked": true}}, "source": "from torchmarks import gone, measure"}'
ASKS = (
    f'{{"cells": [{GIVEN}, '
    '{"metadata": {"nbgrader": {"grade": true}}, "source": "expect(observe(doubled, 1))"}]}'
)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each cell of NOTEBOOKS showed, run behind the first cell of an assignment in a fresh IPython."""
    folder = tmp_path_factory.mktemp("student")
    (folder / "00.ipynb").write_text(ASKS, encoding="utf-8")
    shown = notebooks(folder, *([SETUP, *cells] for cells in NOTEBOOKS.values()))
    return {name: [cell["text"] for cell in cells[1:]] for name, cells in zip(NOTEBOOKS, shown, strict=True)}


def test_an_older_function_is_not_tested_in_silence(texts: dict[str, list[str]]) -> None:
    """The test says so above its own output, until the cell has run."""
    assert texts["older"][2].splitlines()[0] == OLDER.format(cell="In [3]")
    assert "✓ 1 call as expected" in texts["older"][2]
    assert "older" not in texts["older"][4]


def test_a_cell_that_a_taken_name_stops_has_no_fault(texts: dict[str, list[str]]) -> None:
    """What helps is the first cell, then that cell."""
    said = texts["older for want of torch"][3]

    assert "In [4] stopped with AttributeError" in said
    assert "Run the first cell again, then that cell." in said
    assert "Fix that cell" not in said


def test_a_missing_function_whose_cell_a_taken_name_stops_has_no_fault(texts: dict[str, list[str]]) -> None:
    """Of the first run of a cell as well; where it stopped for another reason, that is to be fixed."""
    assert "Next: Run the first cell again, then that cell and the tests." in texts["stopped for want of torch"][2]
    assert "Next: Run that cell, fix the error" in texts["stopped"][1]


def test_a_test_of_another_function_is_told_nothing(texts: dict[str, list[str]]) -> None:
    """What stopped, or became a value, is the matter of the tests that call it."""
    assert "double" not in texts["others"][3]
    assert "half" not in texts["others"][5]


@pytest.mark.parametrize(
    ("notebook", "reason"),
    [
        ("not run", say("why_not_run")),
        ("stopped", say("why_cell_stopped", cell="double", error="ZeroDivisionError: division by zero")),
        ("alike", say("why_renamed", name="double", other="dubble")),
        ("the only one", say("why_renamed", name="double", other="mine")),
        ("gone", say("why_not_defined")),
    ],
)
def test_a_missing_function_is_told_with_its_reason(texts: dict[str, list[str]], notebook: str, reason: str) -> None:
    """A box in place of a NameError's frames."""
    shown = texts[notebook][-1]

    assert shown.startswith("There is no double in your notebook.")
    assert reason in shown
    assert "Traceback" not in shown


def test_a_name_of_the_first_cell_is_no_exercise_s(texts: dict[str, list[str]]) -> None:
    """Where that cell stopped, by a package of another version say, the student is sent to it."""
    assert say("next_first_cell") in texts["first cell stopped"][-1]
    assert say("next_first_cell") not in texts["not run"][-1]


def test_another_exercise_is_no_misspelling(texts: dict[str, list[str]]) -> None:
    """A function that the notebook's own tests ask for is not offered in place of one that is missing."""
    assert "doubled" not in texts["asked elsewhere"][-1]


def test_a_name_that_a_students_function_misses_is_theirs(texts: dict[str, list[str]]) -> None:
    """Python's own traceback, with their line."""
    assert "Traceback" in texts["theirs"][1]
    assert "There is no" not in texts["theirs"][1]


def test_an_error_handler_of_the_students_stays(texts: dict[str, list[str]]) -> None:
    """Whoever has asked IPython for errors keeps them, and ours ends with the test."""
    assert texts["handler"][1] == "()\n"
    assert [texts["handler"][n] for n in (3, 4)] == ["mine\n", "mine\n"]


def test_a_function_that_became_a_value(texts: dict[str, list[str]]) -> None:
    """Named with the cell that did it; the box says what to do, a plain assert is told the same line."""
    assert [texts["value"][n].splitlines()[0] for n in (2, 3)] == [TAKEN.format(cell="In [3]")] * 2
    assert say("no_function", name="double", kind="int") in texts["value"][2]
    assert "(no-function)" in texts["value"][2]


def test_a_class_that_became_a_value_behind_steps_of_the_test(texts: dict[str, list[str]]) -> None:
    """The same box as where the test calls it itself, and no value that the test made is taken for it."""
    said = texts["value in steps"][2]

    assert say("no_function", name="Pair", kind="int") in said
    assert TAKEN.format(cell="In [3]").replace("double", "Pair") in said
    assert "not a function" not in texts["value of the test"][1]
    assert "later(3, 2) stopped with an error." in texts["value of the test"][1]


def test_a_step_of_the_test_is_no_line_of_the_student_s(texts: dict[str, list[str]]) -> None:
    """Only a line of another cell is called theirs."""
    assert "at your line" not in texts["steps"][1]
    assert say("look_raised_in_test", subject="Pair") in texts["steps"][1]
    assert "at your line: def __init__(self, n): self.first = n.real.none" in texts["through"][1]
    assert say("look_raised") in texts["through"][1]


def test_a_method_without_return_is_named_behind_steps(texts: dict[str, list[str]]) -> None:
    """None in the place of what it should give is asked about."""
    assert say("look_none") in texts["no return"][1]


def test_a_line_that_misses_a_module_is_sent_to_the_first_cell(texts: dict[str, list[str]]) -> None:
    """Where the name of the module has another value."""
    assert say("next_taken_module", name="torch", kind="int") in texts["no module"][2]


@pytest.mark.parametrize("taken", TAKING)
def test_a_cell_that_meets_a_taken_word(texts: dict[str, list[str]], taken: str) -> None:
    """Also where no test runs: below the error stands which cell gave the word another value."""
    name = TAKING[taken].partition("(")[0].partition(".")[0]

    assert texts[taken][1].splitlines()[-1].startswith(f"Your cells assigned another value to {name} (In [2]).")
    assert "another value" not in texts[taken][2]


class Kernel:
    """A kernel as JupyterLab starts it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager, self._client = manager, client

    def run(self, source: str, *, interrupt_after: float = 0.0, cell_id: str = "") -> str:
        """Run a cell; what it printed and displayed, and the traceback.

        interrupt_after: seconds; 0 for not; cell_id: what JupyterLab calls the cell.
        """
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": True}
        request = self._client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        self._client.shell_channel.send(request)
        asked, start, shown = request["header"]["msg_id"], time.monotonic(), ""
        while time.monotonic() < start + 60:
            if interrupt_after and time.monotonic() > start + interrupt_after:
                self._manager.interrupt_kernel()
                interrupt_after = 0.0
            try:
                message = self._client.get_iopub_msg(timeout=0.1)
            except queue.Empty:
                continue
            content = message["content"]
            if message["parent_header"].get("msg_id") != asked:
                continue
            if content.get("execution_state") == "idle":
                return shown
            shown += content.get("text", "") + content.get("data", {}).get("text/plain", "")
            shown += "\n".join(content.get("traceback", ()))
        raise AssertionError(f"no end: {shown}")


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """One with the first cell run."""
    manager, client = start_new_kernel(kernel_name="python3")
    started = Kernel(manager, client)
    started.run(SETUP)
    yield started
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_an_interrupt_is_one_sentence(kernel: Kernel) -> None:
    """With the call and the student's own line, and no frame of ours."""
    kernel.run("def double(x):\n    while True: x = x + 1")

    shown = kernel.run(CHECK, interrupt_after=2)

    assert shown == "Interrupted while double(2) ran, at your line: while True: x = x + 1"


def test_an_endless_call_is_told_as_in_grading(kernel: Kernel) -> None:
    """After the limit, which a cell may set, with the student's own line."""
    kernel.run("def double(x):\n    while True: x = x + 1")
    kernel.run("%env TORCHMARKS_CALL_SECONDS=1")

    shown = kernel.run(CHECK)

    assert "error  seen timeout: The call ran longer than 1 s.    expected no error" in shown
    assert "at your line: while True: x = x + 1" in shown
    assert say("next_timeout") in shown
    assert "interruption.py" not in shown


@pytest.mark.parametrize("leaving", ["exit()", "quit()", "import sys; sys.exit(3)", "raise SystemExit"])
def test_exit_in_a_call_is_told_and_the_kernel_lives(kernel: Kernel, leaving: str) -> None:
    """As what it is, with the student's own line; the notebook goes on."""
    kernel.run(f"alive = 'still here'\ndef double(x):\n    {leaving}\n    return 2 * x")

    shown = kernel.run(CHECK)
    time.sleep(0.5)  # a kernel that was asked to leave does so a little later

    assert say("called_exit", call="double(2)") in shown
    assert f"at your line: {leaving}" in shown
    assert kernel.run("print(alive)") == "still here\n"


def test_input_in_a_call_is_told_and_asks_nobody(kernel: Kernel) -> None:
    """At once, as what it is, with the student's own line; in a cell of their own it asks as before."""
    kernel.run("def double(x):\n    factor = input('factor?')\n    return int(factor) * x")

    shown = kernel.run(CHECK)

    assert say("called_input", call="double(2)") in shown
    assert "seen input()    expected no error" in shown
    assert "at your line: factor = input('factor?')" in shown
    assert say("why_input") in shown
    assert say("next_input") in shown
    assert kernel.run("print(input.__name__)") == "raw_input\n"


@pytest.mark.parametrize(
    ("cell", "end"), [("def dubble(x): return x", "now defines only dubble"), ("", "no longer does")]
)
def test_a_function_that_no_cell_has_is_not_tested_in_silence(kernel: Kernel, cell: str, end: str) -> None:
    """The line of a test that passes carries it; of one that fails, the box has it below."""
    kernel.run(RIGHT, cell_id="answer")
    assert kernel.run(CHECK, cell_id="test") == "✓ 1 call as expected\n"
    kernel.run(cell, cell_id="answer")

    passed, failed = (kernel.run(check, cell_id="test") for check in (CHECK, CHECK.replace("4", "5")))

    named = r"(?:In \[\d+\]|an earlier cell)"  # an empty one has no number
    note = rf"The older double is tested: {named} defined it and {end}, so grading will not find it\."
    assert re.fullmatch(rf"✓ 1 call as expected\. {note}\n", passed)
    assert len(re.findall(note, failed)) == 1
    assert kernel.run("assert double(2) == 4, observe", cell_id="test").startswith("The older double is tested")


# ---- what the grader meets as well


@pytest.fixture(scope="module")
def engine(warm: Callable[..., Engine]) -> Engine:
    """A warm engine with a short time for calls."""
    return warm("cpu", Limits(call_s=3.0))


def _graded(engine: Engine, *answers: str, check: str = CHECK) -> Report:
    """The report of a test below these cells, of which the last is the answer."""
    setup = {"grade_id": "setup", "locked": True}
    kinds = [setup, *({} for _ in answers[1:]), {"grade_id": "double", "solution": True}]
    kinds.append({"grade_id": "double-visible", "grade": True, "locked": True, "points": 1})
    cells = [
        {"cell_type": "code", "source": source, "metadata": {"nbgrader": kind} if kind else {}}
        for source, kind in zip([SETUP, *answers, check], kinds, strict=True)
    ]
    judgement = judge_notebook(cells, engine, signatures=signatures_of([RIGHT]))
    report = judgement.verdicts[0].report
    assert report is not None
    return report


def test_grading_tells_an_older_function(engine: Engine) -> None:
    """With the verdict of a test that it failed, in the same sentence; other tests are told nothing."""
    older = "def double(x): return x"

    assert _graded(engine, older, BROKEN).left == OLDER.format(cell="the cell double")
    assert _graded(engine, older, BROKEN, check="expect(observe(len, [])).returned(1)").left == ""


def test_grading_tells_a_function_that_became_a_value(engine: Engine) -> None:
    """The same box and the same line, of a number and of an object."""
    number, thing = _graded(engine, f"{RIGHT}\ndouble = 3"), _graded(engine, "class Box: pass\ndouble = Box()")
    line = _graded(engine, RIGHT, "double = 3")

    assert number.headline == say("no_function", name="double", kind="int")
    assert thing.headline == say("no_function", name="double", kind="Box")
    assert number.misconception == thing.misconception == "no-function"
    assert line.left == TAKEN.format(cell="the cell double")


def test_grading_tells_a_value_behind_steps(engine: Engine) -> None:
    """As the notebook does: a value crosses as it is, and the test finds it under the name."""
    check = f"{STEPS}\nexpect(observe(both, Pair, 2)).returned((2, 2))"

    assert _graded(engine, "Pair = 3", check=check).headline == say("no_function", name="Pair", kind="int")


def test_grading_tells_a_renamed_function(engine: Engine) -> None:
    """By the functions of the exercise's cell."""
    report = _graded(engine, "def dubble(x): return 2 * x")

    assert report.why == say("why_renamed", name="double", other="dubble")


def test_grading_tells_of_a_cell_that_a_taken_name_stops(engine: Engine) -> None:
    """The cell itself has no fault; one that does not use the name has."""
    stopped = _graded(engine, "torch = 3", "def double(x: torch.Tensor):\n    return 2 * x")
    own = _graded(engine, "torch = 3", f"None.x\n{RIGHT}")

    assert "stopped with AttributeError" in stopped.why
    assert stopped.next == say("next_cell_stopped_by_name")
    assert own.next == say("next_cell_stopped")


@pytest.mark.parametrize(
    ("line", "why", "step"),
    [
        ("import seaborn_", "No module named 'seaborn_'", say("next_not_installed", module="seaborn_")),
        ("x = input()", "EOFError", say("next_no_input")),
        ("%nowhere", "UsageError: Line magic function `%nowhere` not found.", say("next_cell_stopped")),
        ("%%timeit -n1 -r1", say("why_not_defined"), say("next_not_defined")),
    ],
)
def test_grading_tells_what_stops_a_cell_there_alone(engine: Engine, line: str, why: str, step: str) -> None:
    """It may work where the student runs it; no function is said to be named otherwise than itself."""
    report = _graded(engine, f"{line}\n{RIGHT}")

    assert why in report.why
    assert report.next == step


@pytest.mark.parametrize("leaving", ["exit()", "quit()", "import sys; sys.exit(3)"])
def test_grading_tells_exit(engine: Engine, leaving: str) -> None:
    """As a notebook does."""
    report = _graded(engine, f"def double(x):\n    {leaving}")

    assert report.headline == say("called_exit", call="double(2)")
    assert report.misconception == "called-exit"


@pytest.mark.parametrize("check", [CHECK, "expect(observe(double, 2)).raised(ValueError)"])
def test_grading_tells_input(engine: Engine, check: str) -> None:
    """As a notebook does, also where an error of another kind is wanted."""
    report = _graded(engine, "def double(x):\n    return int(input()) * x", check=check)

    assert report.headline == say("called_input", call="double(2)")
    assert report.misconception == "asked-for-input"
    assert (report.why, report.next) == (say("why_input"), say("next_input"))
