"""torchmarks.grading.namespace: the tests' names, and the student's in place of the stubs."""

from __future__ import annotations

from .cells import Run, check, locked, own, passed, solution


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


def test_a_warning_costs_nothing(run: Run) -> None:
    """Neither stderr nor a warning in a call or a test takes points away."""
    cells = [
        solution("import sys, warnings\ndef f(x):\n    warnings.warn('w'); print('e', file=sys.stderr); return x"),
        check("import warnings, sys\nwarnings.warn('t')\nprint('t', file=sys.stderr)\nassert f(1) == 1"),
    ]
    judgement = run(cells)

    assert passed(judgement) == {"f-hidden": True}
    assert [output["name"] for output in judgement.outputs[1]] == ["stdout"]
