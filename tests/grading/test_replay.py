"""torchmarks.grading.replay: what a limit or an end of the process costs, and that the cells run again."""

from __future__ import annotations

import ast
import dataclasses
import time

import pytest

from torchmarks.grading import replay
from torchmarks.grading.judge import judge_notebook
from torchmarks.grading.repair.names import Reader
from torchmarks.grading.source import signatures_of
from torchmarks.isolation import Engine, Session

from .cells import ENDS, LIMITS, MIB, Run, check, own, passed, shown, solution


@pytest.mark.parametrize("end", sorted(ENDS.keys() - {"sys.exit"}))
def test_an_end_in_a_cell_costs_that_cell(run: Run, end: str) -> None:
    """The cells that worked before are run again, those after it go on; the student reads which cell it was."""
    cells = [
        solution("def f(x): return x"),
        check("assert f(1) == 1"),
        own(ENDS[end]),
        solution("def g(x): return f(x)", "g"),
        check("assert g(1) == 1", "g-hidden"),
    ]
    judgement = run(cells)

    assert passed(judgement) == {"f-hidden": True, "g-hidden": True}
    assert [stopped.cell for stopped in judgement.stopped] == ["cell 3"]
    assert "did not survive cell 3." in shown(judgement)


def test_what_no_person_writes_is_not_parsed(engine: Engine) -> None:
    """To parse an f-string takes the square of its length: a long cell is read line by line, and many cells as well."""
    cells, start = replay.StudentCells(engine, {}, Reader()), time.process_time()

    names = cells._bound_by("def f(x):\n    return 1\ny = f'" + "{x}" * 100_000 + "'")
    many = [cells._bound_by(f"def f{n}(): pass\ny = f'" + "{x}" * 15_000 + "'") for n in range(20)]

    assert names == {"f"}
    assert many[0] == {"f0", "y"}
    assert many[-1] == {"f19"}
    assert time.process_time() - start < 5.0  # 10 s and more for the first alone


def test_an_answer_that_no_person_writes_is_not_parsed_for_its_report(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a failed test has to do with what cells left is asked of the answer's names: of those that can be read."""
    parsed: list[int] = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda source, *args, **options: parsed.append(len(source)) or parse(source))

    judgement = run(
        [
            own("torch.set_grad_enabled(False)"),
            solution("def f(x): return 2\n#" + "-" * 60_000),
            check("assert f(1) == 1"),
        ]
    )

    assert passed(judgement) == {"f-hidden": False}
    assert max(parsed) < 50_000


def test_many_slow_cells_have_an_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that each keep within the limit may not take for ever together; tests after them are still judged."""
    monkeypatch.setattr(replay, "_CELLS_LAST", 0.25)
    cells = [
        *(own("import time; time.sleep(.6)") for _ in range(6)),
        solution("def f(x): return x"),
        check("assert f(1) == 1"),
    ]

    judgement = judge_notebook(cells, engine, signatures=signatures_of(["def f(x): ..."]))

    assert {stopped.name for stopped in judgement.stopped} == {"timeout"}
    assert passed(judgement) == {"f-hidden": False}


def test_a_flood_of_output_is_cut(run: Run) -> None:
    """A loop of prints shows no more than its limit, is stopped at that of its time, and the notebook goes on."""
    judgement = run([own("while True: print('spam' * 100)"), solution("def f(x): return x"), check("assert f(1) == 1")])

    assert [stopped.name for stopped in judgement.stopped] == ["output", "timeout"]
    assert len(shown(judgement)) < 4 * LIMITS.output_bytes
    assert passed(judgement) == {"f-hidden": True}


STOPS = {
    "sleep": ("import time; time.sleep(60)", "timeout"),
    "busy": ("while True: x = 1", "timeout"),
    "uninterruptible": ("sum(range(10**12))", "timeout"),
    "caught": ("import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass", "timeout"),
    "prints": ("while True: print('spam' * 100)", "output"),
    "descriptor": ("import os\nwhile True: os.write(1, b'spam' * 1000)", "output"),
    "subprocess": ("!yes", "output"),
    "help": ("import time\ntime?\ntime.sleep(60)", "timeout"),  # no Python: what it binds is read line by line
    "os._exit": ("import os; os._exit(0)", "exit"),
    "exit()": ("exit()", "exit"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "signal"),
    "memory": (
        "import subprocess, sys\nhog = 'x = bytearray(200_000_000); y = bytes(x); import time; time.sleep(60)'\n"
        "for _ in range(4): subprocess.Popen([sys.executable, '-c', hog])\nimport time; time.sleep(60)",
        "memory",
    ),
    "cpu": ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "cpu"),  # what the kernel sends then
    "forks": ("import os\nfor _ in range(2): os.fork()\nwhile True: x = 1", "timeout"),
    "processes": ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", None),
}


# What runs until it is stopped is soon stopped.
SHORT = dataclasses.replace(LIMITS, cell_s=2.0)

# Memory takes longer to fill on a busy machine than a cell may take elsewhere.
UNHURRIED = dataclasses.replace(LIMITS, memory_bytes=256 * MIB, cell_s=30.0)


@pytest.mark.parametrize("stop", sorted(STOPS))
def test_a_function_above_what_stops_its_cell_counts(run: Run, stop: str) -> None:
    """What a cell had defined before a limit, or an end of its process, is tested; the record names the limit."""
    code, name = STOPS[stop]
    cells = [
        own("import torch\nbase = 1"),
        solution(f"!true\ndef f(x):\n    return x + base\n{code}\nbase = 5"),
        own("print('next', f(1))"),
        check("assert f(1) == 2"),
    ]
    judgement = run(cells, limits=UNHURRIED if name == "memory" else SHORT)

    assert passed(judgement) == {"f-hidden": True}
    assert {hit.cell for hit in judgement.stopped} == {"f"}
    assert name is None or judgement.stopped[0].name == name
    assert judgement.outputs[2][-1]["text"] == "next 2\n"


def test_what_a_cell_started_before_it_ended_meets_no_test(run: Run) -> None:
    """A cell that ran out of memory because of its own processes runs again without them: they would do it again."""
    hog = "import time; time.sleep(0.2); x = bytes(bytearray(300_000_000)); time.sleep(60)"
    cells = [
        solution(
            "import subprocess, sys, time\n"
            "def f(x): return x\n"
            f"started = [subprocess.Popen([sys.executable, '-c', {hog!r}]) for _ in range(2)]\n"
            "time.sleep(60)"
        ),
        own("time.sleep(3)"),
        check("assert f(1) == 1"),
    ]

    judgement = run(cells, limits=UNHURRIED)

    assert passed(judgement) == {"f-hidden": True}
    assert [(stopped.name, stopped.cell) for stopped in judgement.stopped] == [("memory", "f")]


def test_snapshots_have_no_time_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Student code that runs at each snapshot, and cells that make all be taken anew, use the time of the cells."""
    limits, sleep_s = dataclasses.replace(LIMITS, cell_s=0.25, call_s=1.0), 0.2
    taken: list[Session] = []
    probe = Session.probe
    monkeypatch.setattr(Session, "probe", lambda session: (taken.append(session), probe(session))[1])
    groups = [cell for n in range(5) for cell in (own(f"x = {n}"), check("assert f(1) == 1", f"f{n}-hidden"))]
    slow = own(f"import os, time\nos.register_at_fork(before=lambda: time.sleep({sleep_s}))")
    with Engine(limits) as engine:
        cells = [solution("def f(x): return x"), slow, *groups, *(own("import os; os._exit(0)") for _ in range(8))]
        judgement = judge_notebook(cells, engine, signatures=signatures_of(["def f(x): pass"]))

    assert len(taken) * sleep_s <= 20 * limits.cell_s + limits.call_s + sleep_s
    assert [hit.value for hit in judgement.stopped if hit.name == "timeout"][-1:] == [20 * limits.cell_s]


def test_what_ends_no_process_stops_nothing(run: Run) -> None:
    """sys.exit in a cell is an exception to IPython."""
    judgement = run([solution("def f(x): return x\nimport sys\nsys.exit(3)"), check("assert f(1) == 1")])

    assert passed(judgement) == {"f-hidden": True}
    assert judgement.stopped == ()


def test_an_output_too_long_is_cut_off(run: Run) -> None:
    """It costs nothing, and is in the record as a limit with its value."""
    judgement = run([solution("def f(x): return x\nprint('x' * 1_000_000)"), check("assert f(1) == 1")])

    assert passed(judgement) == {"f-hidden": True}
    assert [(hit.name, hit.value, hit.cell) for hit in judgement.stopped] == [("output", LIMITS.output_bytes, "f")]
    assert "cut off" in shown(judgement)


@pytest.mark.parametrize("stop", ["sleep", "os._exit", "uninterruptible", "help"])
def test_a_function_below_what_stops_its_cell_is_reported_so(run: Run, stop: str) -> None:
    """Its verdict names the limit and the cell, and does not say that the notebook has no such function."""
    judgement = run([solution(f"{STOPS[stop][0]}\ndef f(x): return x"), check("assert f(1) == 1")], limits=SHORT)
    verdict = judgement.verdicts[0]

    assert not verdict.passed
    assert verdict.limit is not None
    assert (verdict.limit.name, verdict.limit.cell) == (STOPS[stop][1], "f")
    assert "There is no f in your notebook" not in shown(judgement)
    assert "the cell f was stopped before its end" in shown(judgement)


def test_a_cell_that_ends_the_process_again_is_left_out(run: Run) -> None:
    """The statements before the fatal one may end it too, when they run again: that is tried once."""
    start = "import threading, os\nthreading.Timer(1.0, lambda: os._exit(1)).start()\ndef f(x): return x\n"
    wait = "import time; time.sleep(2)"
    judgement = run(
        [solution(start + wait), own(wait), check("assert f(1) == 1"), check("assert g(1) == 1", "g-hidden")]
    )

    assert len(judgement.stopped) < 6
    assert "There is no f in your notebook" not in shown(judgement)


def test_cells_that_were_stopped_leave_cpu_time_for_the_tests(run: Run) -> None:
    """Many loops without end use no more of the tests' time than one."""
    limits = dataclasses.replace(LIMITS, cpu_s=5, cell_s=1.0)
    cells = [solution("def f(x): return x"), *(own(f"n{n} = {n}\nwhile True: x = 1") for n in range(6))]
    judgement = run([*cells, own("print(n0, n5)"), check("assert f(1) == 1")], limits=limits)

    assert passed(judgement) == {"f-hidden": True}
    assert {hit.name for hit in judgement.stopped} == {"timeout"}
    assert judgement.outputs[7][0]["text"] == "0 5\n"


def test_files_that_do_not_fit(engine: Engine) -> None:
    """A submission with more data than the working directory holds is graded without them, and says so."""
    files = {f"big{n}": bytes(3 * MIB) for n in range(120)}
    judgement = judge_notebook([solution("def f(x): return x"), check("assert f(1) == 1")], engine, files=files)

    assert passed(judgement) == {"f-hidden": True}
    assert judgement.stopped[0].cell == "the files that were handed in"
