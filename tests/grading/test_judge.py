"""The judge: which cell runs where, what a limit costs, and that nothing of a hidden test can come out."""

from __future__ import annotations

import sys

import pytest

from torchmarks.errors import AuthorError

from .cells import ENDS, LIMITS, Run, check, locked, own, passed, shown, solution


def test_a_test_never_runs_inside(run: Run) -> None:
    """What a test cell does is not seen by the student's process, and student cells do not run outside."""
    judgement = run(
        [
            own("import sys\nsys.was_here = inside = 1"),
            check("import torchmarks.grading.judge\noutside = 'zq'"),
            own("print('outside' in globals(), inside)"),
        ]
    )

    assert judgement.outputs[2][0]["text"] == "False 1\n"
    assert not hasattr(sys, "was_here")


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
def test_of_many_calls_the_one_that_ends_the_process_is_reported(run: Run, end: str) -> None:
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
def test_a_test_that_misses_a_call_is_not_an_error_of_the_test(run: Run, using: str) -> None:
    """What a test does with observations that an end of the process left out is reported as that end."""
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
    """It costs its exercise, and is reported as what it is."""
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
    """Only what is in the student's cells is quoted as their line, whatever their process claims."""
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


def test_a_later_part_finds_the_students_names_in_a_helper_of_an_earlier_one(run: Run) -> None:
    """The second cell of an exercise's hidden tests does not name the function itself; both get the student's."""
    first = "def expect_of(x):\n    assert f(x) == 2 * x\nexpect_of(1)"
    cells = [solution("def f(x): return 2 * x if x < 5 else 0"), check(first), check("expect_of(2)", "f-hidden-small")]

    judgement = run([*cells, check("expect_of(7)", "f-hidden-large")])

    assert passed(judgement) == {"f-hidden": True, "f-hidden-small": True, "f-hidden-large": False}
