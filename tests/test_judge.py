"""The judge: which cell runs where, what a limit costs, and that nothing of a hidden test can come out."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from torchmarks import judge as module
from torchmarks.errors import AuthorError
from torchmarks.isolation import Engine, Limits, Session
from torchmarks.judge import Judge, Judgement, Verdict, outputs_of, role_of, signatures_of

MIB = 1024**2
LIMITS = Limits(memory_bytes=512 * MIB, cpu_s=20, cell_s=4.0, call_s=4.0, output_bytes=64 * 1024, message_bytes=4 * MIB)
Cell = dict[str, Any]


@pytest.fixture(scope="module")
def engine(warm: Callable[..., Engine]) -> Engine:
    """A warm engine with small limits."""
    return warm("cpu", LIMITS)


def _cell(source: str, **marks: Any) -> Cell:
    return {"cell_type": "code", "source": source, "metadata": {"nbgrader": marks} if marks else {}}


def own(source: str) -> Cell:
    """An unmarked cell."""
    return _cell(source)


def solution(source: str, name: str = "f") -> Cell:
    """A student's answer."""
    return _cell(source, grade_id=name, solution=True)


def locked(source: str) -> Cell:
    """A read-only cell of the assignment."""
    return _cell(source, grade_id="locked", locked=True)


def check(source: str, name: str = "f-hidden", points: float = 3) -> Cell:
    """A test cell."""
    return _cell(source, grade_id=name, grade=True, locked=True, points=points)


Run = Callable[..., Judgement]


@pytest.fixture
def run(engine: Engine) -> Run:
    """Judges cells; the stubs are given as source text."""

    def judged(cells: Sequence[Cell], stubs: str = "def f(x):\n    raise NotImplementedError()") -> Judgement:
        return Judge(engine, student_id="s", signatures=signatures_of([stubs])).judge(cells)

    return judged


def passed(judgement: Judgement) -> dict[str, bool]:
    """The verdicts by cell."""
    return {verdict.cell: verdict.passed for verdict in judgement.verdicts}


def shown(judgement: Judgement) -> str:
    """All outputs as text."""
    return str(judgement.outputs)


def test_roles() -> None:
    """A cell's marks decide where it runs; a manually graded answer is the student's."""
    text = {"cell_type": "markdown", "source": "", "metadata": {}}

    assert [role_of(c) for c in (own(""), solution(""), locked(""), check(""), text)] == [
        "inside",
        "inside",
        "both",
        "test",
        "",
    ]
    assert role_of(_cell("", grade_id="m", grade=True, solution=True, points=2)) == "inside"


def test_a_test_never_runs_inside(run: Run) -> None:
    """What a test cell does is not seen by the student's process, and student cells do not run outside."""
    judgement = run(
        [
            own("import sys\nsys.was_here = inside = 1"),
            check("import torchmarks.judge\noutside = 'zq'"),
            own("print('outside' in globals(), inside)"),
        ]
    )

    assert judgement.outputs[2][0]["text"] == "False 1\n"
    assert not hasattr(sys, "was_here")


def test_locked_cells_run_on_both_sides(run: Run) -> None:
    """What a read-only cell defines is there for the student and, unspoilt, for the tests."""
    judgement = run(
        [
            locked("import torch\nlimit = 3"),
            own("print(limit)\nlimit = 100"),
            solution("def f(x):\n    return limit"),
            check("assert limit == 3"),
            check("assert f(1) == 100", "g-hidden"),
        ]
    )

    assert judgement.outputs[1][0]["text"] == "3\n"
    assert passed(judgement) == {"f-hidden": True, "g-hidden": True}


def test_hidden_inputs_cannot_come_out(run: Run) -> None:
    """All student cells have run before the first hidden input goes in: a later cell has nothing to print."""
    judgement = run(
        [
            solution("seen = []\ndef f(x):\n    seen.append(x)\n    open('seen', 'a').write(str(x))\n    return x"),
            check("assert f(918273) == 918273"),
            own("import os\nprint(seen, os.path.exists('seen'))"),
        ]
    )

    assert passed(judgement) == {"f-hidden": True}
    assert judgement.outputs[2][0]["text"] == "[] False\n"
    assert "918273" not in shown(judgement)


def test_quickstart_deletes_a_function(run: Run) -> None:
    """`del squares` in a test takes effect inside, and the rebinding afterwards too."""
    stubs = "def squares(n): ...\ndef sums(n): ..."
    deleting = (
        "orig = squares\ndel squares\ntry:\n    sums(1)\nexcept NameError:\n    pass\nelse:\n"
        "    raise AssertionError('does not use squares')\nfinally:\n    squares = orig"
    )
    uses = "def squares(n): return [1]\ndef sums(n): return sum(squares(n))"
    does_not = "def squares(n): return [1]\ndef sums(n): return 1"

    after = check("assert sums(1) == 1", "after-hidden")

    assert passed(run([solution(uses), check(deleting), after], stubs)) == {"f-hidden": True, "after-hidden": True}
    assert passed(run([solution(does_not), check(deleting), after], stubs)) == {"f-hidden": False, "after-hidden": True}


def test_a_test_may_replace_a_function(run: Run) -> None:
    """A stub that a test rebinds is what the student's other functions call."""
    cells = [solution("def f(x): return 1\ndef g(x): return f(x)"), check("f = lambda x: 42\nassert g(0) == 42")]

    assert passed(run(cells, "def f(x): ...\ndef g(x): ...")) == {"f-hidden": True}


def test_an_exercise_named_like_a_builtin(run: Run) -> None:
    """A test of the student's own `sum` tests theirs, not Python's."""
    cells = [solution("def sum(xs): return 0"), check("assert sum([1, 2]) == 3")]

    assert passed(run(cells, "def sum(xs): ...")) == {"f-hidden": False}


@pytest.mark.parametrize(
    ("last", "score"),
    [
        ("2.5", 2.5),
        ("0", 0.0),
        ("float('nan')", 0.0),
        ("-1", 0.0),
        ("99", 3.0),
        ("False", 3.0),
        ("None", 3.0),
        ("'2'", 3.0),
    ],
)
def test_partial_credit(run: Run, last: str, score: float) -> None:
    """A test that ends in a number gives that many points, none for nan, never more than there are."""
    from nbformat import from_dict
    from nbgrader.utils import determine_grade

    judgement = run([check(f"x = 1\n{last}")])
    cell = {**check("", points=3), "outputs": judgement.outputs[0], "execution_count": None}

    assert determine_grade(from_dict(cell))[0] in ({None, 3.0} if score == 3.0 else {score})


def test_nbgrader_reads_our_outputs_one_way() -> None:
    """Of a failed test 0, of a passed one all points."""
    from nbformat import from_dict
    from nbgrader.utils import determine_grade

    good = {**check("", points=3), "outputs": outputs_of(Verdict("f-hidden", True, calls=2), 3)}
    report = module.plain_report(AssertionError("wrong"), "f-hidden")
    bad = {**check("", points=3), "outputs": outputs_of(Verdict("f-hidden", False, report), 3)}

    assert determine_grade(from_dict(good))[0] in (None, 3)
    assert determine_grade(from_dict(bad))[0] == 0


def test_a_warning_costs_nothing(run: Run) -> None:
    """Neither stderr nor a warning in a call or a test takes points away."""
    cells = [
        solution("import sys, warnings\ndef f(x):\n    warnings.warn('w'); print('e', file=sys.stderr); return x"),
        check("import warnings, sys\nwarnings.warn('t')\nprint('t', file=sys.stderr)\nassert f(1) == 1"),
    ]
    judgement = run(cells)

    assert passed(judgement) == {"f-hidden": True}
    assert [output["name"] for output in judgement.outputs[1]] == ["stdout"]


ENDS = {
    "exit": "import os; os._exit(3)",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "sys.exit": "raise SystemExit",
}


@pytest.mark.parametrize("end", sorted(ENDS))
def test_an_end_in_a_call_costs_its_exercise(run: Run, end: str) -> None:
    """A call that ends the process loses its own tests and no others."""
    cells = [
        solution(f"def f(x):\n    {ENDS[end]}"),
        check("assert f(1) == 1"),
        solution("def g(x): return x", "g"),
        check("assert g(1) == 1", "g-hidden"),
    ]

    assert passed(run(cells)) == {"f-hidden": False, "g-hidden": True}


MANY = """
from torchmarks import expect, observe_many
cases = [(n,) for n in range(6)]
for seen, (n,) in zip(observe_many(f, cases), cases):
    expect(seen).returned(2 * n)
"""


@pytest.mark.parametrize("end", ["exit", "signal", "hang"])
def test_of_many_calls_the_one_that_ends_the_process_is_told(run: Run, end: str) -> None:
    """The calls before it count as they went, it is named, and those after it, which were not made, are not judged."""
    ending = {**ENDS, "hang": "while True: pass"}[end]
    cells = [
        solution(f"def f(x):\n    if x == 3:\n        {ending}\n    return 2 * x"),
        check(MANY),
        solution("def g(x): return x", "g"),
        check("assert g(1) == 1", "g-hidden"),
    ]
    judgement = run(cells)
    first = judgement.verdicts[0]

    assert passed(judgement) == {"f-hidden": False, "g-hidden": True}
    assert first.calls == 4
    assert first.limit is not None
    assert first.limit.name == {"exit": "exit", "signal": "signal", "hang": "timeout"}[end]
    assert first.report is not None
    assert "f(3)" in first.report.text()


@pytest.mark.parametrize(
    "using",
    [
        "values = [seen.value + 1 for seen in {many}]",
        "last = {many}[5].value",
        "for seen, case in zip({many}, cases, strict=True): pass",
    ],
)
def test_a_test_that_misses_a_call_is_no_error_of_the_test(run: Run, using: str) -> None:
    """What a test does with observations that an end of the process left out is told as that end."""
    test = MANY.partition("for seen")[0] + using.format(many="observe_many(f, cases)")
    judgement = run([solution("def f(x):\n    import os\n    os._exit(3)"), check(test)])

    assert judgement.verdicts[0].limit is not None
    assert judgement.verdicts[0].limit.name == "exit"
    assert "stopped with an error" not in shown(judgement)


def test_the_many_results_may_be_longer_than_one_message(run: Run) -> None:
    """The limit of a message is that of a single call."""
    test = """
from torchmarks import expect, observe_many
import torch
for seen in observe_many(f, [(2_000_000,)] * 4):
    expect(seen).returned(torch.zeros(2_000_000, dtype=torch.uint8))
"""
    f = "import torch\ndef f(n): return torch.zeros(n, dtype=torch.uint8)"

    assert passed(run([solution(f), check(test)])) == {"f-hidden": True}


def test_a_result_too_large_is_the_call_s_own(run: Run) -> None:
    """It costs its exercise, and is told as what it is."""
    test = """
from torchmarks import expect, observe_many
for seen in observe_many(f, [(1,), (8_000_000,)]):
    expect(seen).that(lambda seen: True, expected="anything")
"""
    judgement = run([solution("import torch\ndef f(n): return 'x' * 9_000, [torch.zeros(n // 4)]"), check(test)])

    assert passed(judgement) == {"f-hidden": False}
    assert judgement.verdicts[0].calls == 2
    assert "too large" in shown(judgement)


def test_arguments_too_large_are_an_error_of_the_test(run: Run) -> None:
    """Its author reads what to do."""
    test = "from torchmarks import observe_many\nimport torch\nobserve_many(f, [(torch.zeros(2_000_000),)])"

    with pytest.raises(AuthorError, match=r"too large.*scenario"):
        run([solution("def f(x): return 0"), check(test)])


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
    assert "did not survive the cell cell 3" in shown(judgement)


def test_a_hang_costs_its_time_once(run: Run) -> None:
    """Three tests of one hanging function: one time limit, three failed tests, the neighbour unharmed."""
    cells = [
        solution("def f(x):\n    while True: pass"),
        *(check("assert f(1) == 1", f"f{n}-hidden") for n in range(3)),
        solution("def g(x): return x", "g"),
        check("assert g(1) == 1", "g-hidden"),
    ]
    judgement = run(cells)

    assert passed(judgement) == {"f0-hidden": False, "f1-hidden": False, "f2-hidden": False, "g-hidden": True}
    assert judgement.seconds < 2 * LIMITS.call_s + 4
    assert all(stopped.name == "timeout" for stopped in judgement.stopped)


def test_many_slow_cells_have_an_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that each keep within the limit may not take for ever together; tests after them are still judged."""
    monkeypatch.setattr(module, "_CELLS_LAST", 0.25)
    cells = [
        *(own("import time; time.sleep(.6)") for _ in range(6)),
        solution("def f(x): return x"),
        check("assert f(1) == 1"),
    ]

    judgement = Judge(engine, signatures=signatures_of(["def f(x): ..."])).judge(cells)

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
    judgement = run(cells)

    assert passed(judgement) == {"f-hidden": True}
    assert {hit.cell for hit in judgement.stopped} == {"f"}
    assert name is None or judgement.stopped[0].name == name
    assert judgement.outputs[2][-1]["text"] == "next 2\n"


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
        judgement = Judge(engine, signatures=signatures_of(["def f(x): pass"])).judge(cells)

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


@pytest.mark.parametrize("stop", ["sleep", "os._exit", "uninterruptible"])
def test_a_function_below_what_stops_its_cell_is_told_so(run: Run, stop: str) -> None:
    """Its verdict names the limit and the cell, and does not say that the notebook has no such function."""
    judgement = run([solution(f"{STOPS[stop][0]}\ndef f(x): return x"), check("assert f(1) == 1")])
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
    cells = [solution("def f(x): return x"), *(own(f"n{n} = {n}\nwhile True: x = 1") for n in range(6))]
    judgement = run([*cells, own("print(n0, n5)"), check("assert f(1) == 1")])

    assert passed(judgement) == {"f-hidden": True}
    assert {hit.name for hit in judgement.stopped} == {"timeout"}
    assert judgement.outputs[7][0]["text"] == "0 5\n"


FOREIGN = {
    "exec": "exec('def f(x):\\n    return undefined_in_exec(x)')",
    "library lambda": "import statistics\ndef f(x):\n    return statistics.mean([])",
    "file": "open('made.py', 'w').write('def f(x):\\n    return foreign_name(x)')\nfrom made import f",
    "linecache": (
        "def f(x):\n    return x.nothing\nimport linecache\nname = f.__code__.co_filename\n"
        "linecache.cache[name] = (1, None, ['forged line\\n'] * 9, name)"
    ),
    "compile": "exec(compile('def f(x):\\n    return foreign_name(x)', '<ipython-input-1>', 'exec'))",
    "locked": "f = helper",
}


@pytest.mark.parametrize("code", sorted(FOREIGN))
def test_no_line_is_quoted_that_is_not_the_student_s(run: Run, code: str) -> None:
    """Only what stands in the student's cells is told as their line, whatever their process claims."""
    test = "from torchmarks import expect, observe\nexpect(observe(f, 1)).returned(1)"
    cells = [locked("def helper(x):\n    return x.locked_line"), solution(FOREIGN[code]), check(test)]
    judgement = run(cells)
    report = judgement.verdicts[0].report

    assert report is not None
    quoted = [row.detail for row in report.rows if "your line" in row.detail]
    assert all(line.partition(": ")[2] in FOREIGN[code].splitlines() or "statistics" in line for line in quoted), quoted
    assert code == "library lambda" or not quoted


def test_the_student_s_own_line_is_quoted(run: Run) -> None:
    """In a decorated function, too, and beneath a library's frames."""
    test = "from torchmarks import expect, observe\nexpect(observe(f, 1)).returned(1)"
    code = "import torch\n@torch.no_grad()\ndef f(x):\n    return sorted([1], key=lambda n: x.nothing)"
    judgement = run([solution(code), check(test)])

    assert "at your line: return sorted([1], key=lambda n: x.nothing)" in shown(judgement)


def test_files_that_do_not_fit(engine: Engine) -> None:
    """A submission with more data than the working directory holds is graded without them, and told so."""
    files = {f"big{n}": bytes(3 * MIB) for n in range(120)}
    judgement = Judge(engine, files=files).judge([solution("def f(x): return x"), check("assert f(1) == 1")])

    assert passed(judgement) == {"f-hidden": True}
    assert judgement.stopped[0].cell == "the files that were handed in"


@pytest.mark.parametrize(
    ("answer", "misconception", "said"),
    [
        ("def f(x): raise NotImplementedError()", "not-written", "not written yet"),
        ("f_ = 1", "not-defined", "no f in your notebook"),
        ("def f(x): return 2", "", "A check of f failed"),
        ("def f(x): return 1 / 0", "", "ZeroDivisionError"),
    ],
)
def test_a_plain_assert_says_what_it_can(run: Run, answer: str, misconception: str, said: str) -> None:
    """A test without `expect` still says what is the matter, and never shows its source."""
    judgement = run([solution(answer), check("secret = 1\nassert f(1) == secret")])
    report = judgement.verdicts[0].report

    assert report is not None
    assert report.misconception == misconception
    assert said in report.text()
    assert "secret" not in report.text()


def test_a_broken_test_is_its_authors(run: Run) -> None:
    """A test that is not Python is an AuthorError, not a zero."""
    from torchmarks.errors import AuthorError

    with pytest.raises(AuthorError, match="f-hidden is not Python"):
        run([check("assert f(1) ==")])


def test_signatures_of_stubs() -> None:
    """Functions and classes of the released cells, by their parameters; text that is not Python is skipped."""
    found = signatures_of(
        ["def f(a, /, b, *, c): ...\nclass A:\n    def __init__(self, x): ...", "class B: ...", "def ("]
    )

    assert found == {"f": ("a", "b"), "A": ("x",), "B": ()}
