"""torchmarks.checks.messages: what a student reads, line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks import expect, observe, observe_backward
from torchmarks.checks.collecting import collecting
from torchmarks.checks.compare import ASPECTS, Finding
from torchmarks.checks.diagnosis import Diagnosis, recogniser
from torchmarks.checks.facts import Raised
from torchmarks.checks.messages import ADVICE, LABELS, LINKS, common_cause, default_next, missing, rows_of
from torchmarks.checks.report import Report, Row, as_expected
from torchmarks.checks.sentences import say

T = torch.tensor
DOCS = "https://docs.pytorch.org/docs/2.13/"


def lines_of(judge: Any) -> list[str]:
    """The lines of the report that a cell with this test would show."""
    with collecting() as collected:
        judge()
    report = collected.report()
    assert report is not None
    return report.lines()


def made(result: Any) -> Any:
    def from_list(xs: object = None) -> Any:
        return result

    return from_list


def test_a_gradient_is_that_of_its_argument() -> None:
    """Not of `.grad`, which the label says already."""
    x = torch.tensor([4.0], requires_grad=True)

    lines = lines_of(lambda: expect(observe_backward(lambda x: x * 2, x)).gradient("x", T([3.0])))

    assert [line.split("  ")[1] for line in lines if "gradient" in line] == ["gradient of x"]


def test_a_long_error_ends_between_two_words() -> None:
    """With a sign that there is more of it."""

    def fails(x: float) -> None:
        raise ValueError("abcdefg " * 40)

    line = next(line for line in lines_of(lambda: expect(observe(fails, 1.0)).returned(1.0)) if "ValueError" in line)
    seen = line.split("seen ")[1].split("    expected")[0].strip()

    assert seen.startswith("ValueError: abcdefg abcdefg")
    assert seen.endswith("abcdefg …")
    assert 190 < len(seen) <= 200


CASES: dict[str, tuple[Any, Any, list[str]]] = {
    "dtype": (
        T([1.0, 2.0]),
        T([1, 2]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  dtype   seen float32    expected int64",
            "  values  as expected",
            "See it in a cell of your own:",
            "    from_list([1, 2]).dtype",
            "Next: Follow the dtype through your function: after which step is it no longer what you expect?",
            f"Read: {DOCS}tensor_attributes.html#torch.dtype",
        ],
    ),
    "axes": (
        T([[1], [2]]),
        T([1, 2]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  shape  seen (2, 1)    expected (2,)",
            "         rank 2 instead of 1: the number of dimensions is wrong",
            "See it in a cell of your own:",
            "    from_list([1, 2]).shape",
            "Next: Follow the shape through your function: after which step is it no longer what you expect?",
        ],
    ),
    "shape": (
        T([1, 2, 3]),
        T([1, 2]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  shape  seen (3,)    expected (2,)",
            "See it in a cell of your own:",
            "    from_list([1, 2]).shape",
            "Next: Follow the shape through your function: after which step is it no longer what you expect?",
        ],
    ),
    "type": (
        [1, 2],
        T([1, 2]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  type  seen list    expected torch.Tensor",
            "See it in a cell of your own:",
            "    type(from_list([1, 2]))",
            "Next: Which step of your function makes an object of this type?",
        ],
    ),
    "device": (
        torch.empty(2, device="meta"),
        torch.empty(2),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  device  seen meta    expected cpu",
            "See it in a cell of your own:",
            "    from_list([1, 2]).device",
            "Next: Follow the device through your function: does a step leave it, forget to move, or make a tensor "
            "without saying where?",
            f"Read: {DOCS}tensor_attributes.html#torch.device",
        ],
    ),
    "values": (
        T([1, 3]),
        T([1, 2]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  values  seen [1, 3]    expected [1, 2]",
            "          1 of 2 wrong, the first at [1]: seen 3, expected 2",
            "See it in a cell of your own:",
            "    from_list([1, 2])",
            "Next: Work one of the wrong numbers out by hand, and compare step by step.",
        ],
    ),
    "finite": (
        T([float("nan")]),
        T([1.0]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  values  seen [nan]    expected [1.]",
            "See it in a cell of your own:",
            "    from_list([1, 2])",
            "Next: Which step gives the first nan or inf?",
        ],
    ),
    "an item": (
        (1, [T([1.0])]),
        (1, [T([1])]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  dtype of [1][0]   seen float32    expected int64",
            "  values of [1][0]  as expected",
            "See it in a cell of your own:",
            "    from_list([1, 2])[1][0].dtype",
            "Next: Follow the dtype through your function: after which step is it no longer what you expect?",
            f"Read: {DOCS}tensor_attributes.html#torch.dtype",
        ],
    ),
    "None": (
        None,
        T([1]),
        [
            "from_list([1, 2]) is not what was asked for.",
            "  result  seen None    expected a value",
            "Why: The function returned nothing. A function without a `return` gives None.      (returned-nothing)",
            "See it in a cell of your own:",
            "    print(from_list([1, 2]))",
            "Next: End the function with `return` and the value that was asked for.",
        ],
    ),
}


@pytest.mark.parametrize(("result", "want", "lines"), CASES.values(), ids=CASES.keys())
def test_a_wrong_result(result: Any, want: Any, lines: list[str]) -> None:
    """A wrong result is told by the call, what was seen and expected, and one next step."""
    assert lines_of(lambda: expect(observe(made(result), [1, 2])).returned(want)) == lines


def test_an_error() -> None:
    """An error is told with the student's own line, and nothing of ours."""

    def halve(x: torch.Tensor) -> torch.Tensor:
        return x.reshape(3)

    assert lines_of(lambda: expect(observe(halve, T([1, 2]))).returned(T([1, 2]))) == [
        "halve(tensor([1, 2])) stopped with an error.",
        "  error  seen     RuntimeError: shape '[3]' is invalid for input of size 2",
        "         expected no error",
        "         at your line: return x.reshape(3)",
        "See it in a cell of your own:",
        "    halve(torch.tensor([1, 2]))",
        "Next: Read the last line of the error, then the line of your function that it points to.",
    ]


def test_sharing() -> None:
    """Memory that should be shared is told with the argument's name."""

    def head(x: torch.Tensor) -> torch.Tensor:
        return x[:1].clone()

    assert lines_of(lambda: expect(observe(head, T([1, 2]))).returned(T([1])).shares_memory_with("x")) == [
        "head(tensor([1, 2])) is not what was asked for.",
        "  memory  seen memory of its own    expected memory shared with x",
        "See it in a cell of your own:",
        "    x = torch.tensor([1, 2])",
        "    result = head(x)",
        "    x.data.fill_(9)",
        "    bool((result == 9).any())",
        "Next: Do the numbers follow the write? Then they lie in the same memory.",
        f"Read: {DOCS}tensor_view.html",
    ]


def test_a_changed_argument() -> None:
    """An argument that should have stayed is told beside what else is wrong."""

    def add(x: torch.Tensor) -> torch.Tensor:
        return x.add_(1)

    assert lines_of(lambda: expect(observe(add, T([1, 2]))).returned(T([2, 3]))) == [
        "add(tensor([1, 2])) is not what was asked for.",
        "  x  seen [2, 3]    expected [1, 2], as before the call",
        "See it in a cell of your own:",
        "    x = torch.tensor([1, 2])",
        "    add(x)",
        "    x",
        "Next: Look at the argument after the call: which line of your function changes it?",
    ]


def test_all_that_is_wrong_is_told_at_once() -> None:
    """One message has every difference of the chain, attributes first."""

    def double(x: torch.Tensor) -> torch.Tensor:
        return x.mul_(2).double()[None]

    lines = lines_of(lambda: expect(observe(double, T([1.0]))).returned(T([2.0])).shares_memory_with("x"))

    assert lines[1:6] == [
        "  shape   seen (1, 1)               expected (1,)",
        "          rank 2 instead of 1: the number of dimensions is wrong",
        "  dtype   seen float64              expected float32",
        "  memory  seen memory of its own    expected memory shared with x",
        "  x       seen [2.]                 expected [1.], as before the call",
    ]


def test_a_backward_pass_that_fails() -> None:
    """An error in the backward pass is told as one."""

    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return x * 1

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> Any:
            raise ValueError("no way back")

    def broken(x: torch.Tensor) -> torch.Tensor:
        return Broken.apply(x)

    lines = lines_of(lambda: expect(observe_backward(broken, T([1.0], requires_grad=True))))

    assert lines[0] == "broken(tensor([1.], requires_grad=True)): the backward pass stopped with an error."
    assert lines[1] == (
        "  gradient  seen backward raised ValueError: no way back    expected a backward pass without an error"
    )
    assert (
        lines[-2] == "Next: Read the last line of the error: which step of your function does backward not get through?"
    )


def test_a_misconception_brings_its_sentence() -> None:
    """A recognised misconception adds why, its id, its next step and its page."""
    known = Diagnosis(
        "always-float32",
        why="torch.Tensor([1, 2]) is always float32.",
        next="print(torch.tensor([1, 2]).dtype)",
        link=f"{DOCS}generated/torch.tensor.html",
    )
    token = recogniser.set(lambda failures, passed: (0, known))
    try:
        lines = lines_of(lambda: expect(observe(made(T([1.0, 2.0])), [1, 2])).returned(T([1, 2])))
    finally:
        recogniser.reset(token)

    assert lines == [
        "from_list([1, 2]) is not what was asked for.",
        "  dtype   seen float32    expected int64",
        "  values  as expected",
        "Why: torch.Tensor([1, 2]) is always float32.      (always-float32)",
        "See it in a cell of your own:",
        "    from_list([1, 2]).dtype",
        "Next: print(torch.tensor([1, 2]).dtype)",
        f"Read: {DOCS}generated/torch.tensor.html",
    ]


def test_several_failing_calls_are_counted() -> None:
    """One failing call is shown, with how many of how many differ."""

    def judge() -> None:
        for n in range(3):
            expect(observe(made(T([n])), [n])).returned(T([0]))

    assert "  2 of 3 calls differ; this is one of them." in lines_of(judge)


def test_large_tensors_are_summarised() -> None:
    """Of a large tensor the first wrong element is shown, and the call that made it."""

    def ident(x: torch.Tensor) -> torch.Tensor:
        return x + torch.eye(6)

    x = torch.zeros(6, 6)

    assert lines_of(lambda: expect(observe(ident, x)).returned(x, close=1e-5)) == [
        "ident(a tensor of shape (6, 6), float32) is not what was asked for.",
        "  values  seen 1 at [0, 0]    expected 0 at [0, 0]",
        "          6 of 36 wrong; the largest difference is 1, at [0, 0]; allowed is up to 0.00001",
        "See it in a cell of your own:",
        "    ident(torch.zeros(6, 6))",
        "Next: Work one of the wrong numbers out by hand, and compare step by step.",
    ]


def test_a_call_of_too_many_values_has_no_code() -> None:
    """Where the values are too many to print, the step says so."""

    def ident(x: torch.Tensor) -> torch.Tensor:
        return x + 1

    lines = lines_of(lambda: expect(observe(ident, torch.randn(100, 100))).raised(ValueError))

    assert lines[-1].startswith("Next: The values of this call are too many to print.")


def test_sizes_that_do_not_broadcast_lead_to_its_notes() -> None:
    """An error about sizes that must match is linked to the notes on broadcasting; a wrong shape is not."""

    def add(x: torch.Tensor) -> torch.Tensor:
        return x + torch.ones(2)

    lines = lines_of(lambda: expect(observe(add, torch.ones(3))).returned(torch.ones(3)))

    assert lines[-1] == f"Read: {DOCS}notes/broadcasting.html"


def test_what_a_scenario_returns_has_names() -> None:
    """The names of a scenario's docstring stand in the rows, in place of indices."""

    def after(train: Any, n: int) -> Any:
        """
        >>> train({n})
        returns: the losses, model.training after the call
        """
        return train(n), False

    def train(n: int) -> Any:
        return torch.tensor([1.0, 2.0])

    want = (torch.tensor([1, 2]), True)
    lines = lines_of(lambda: expect(observe(after, train, 1)).returned(want))

    assert lines[1].split() == ["dtype", "of", "the", "losses", "seen", "float32", "expected", "int64"]
    assert lines[3].split("  ")[1] == "model.training after the call"


def test_an_index_is_not_read_with_the_last_word_of_a_name() -> None:
    """Of a name in several words; `w[1]` of one word is Python."""

    def cleared(clear: Any, n: int) -> Any:
        """
        >>> clear({n})
        returns: whether each is None or zeros, w
        """
        return clear(n)

    def clear(n: int) -> Any:
        return [True, False], [1, 3]

    lines = lines_of(lambda: expect(observe(cleared, clear, 1)).returned(([True, True], [1, 2])))

    assert [line.split("  ")[1] for line in lines[1:3]] == ["whether each is None or zeros at [1]", "w[1]"]


def test_one_type_is_asked_for() -> None:
    """Beside the type that was asked for, "a tensor or an array" says nothing more."""
    lines = lines_of(lambda: expect(observe(made([1]), [1])).returned(np.ones(1)).shares_memory_with("xs"))

    assert [line for line in lines if line.startswith("  type")] == ["  type  seen list    expected numpy.ndarray"]


def test_a_lost_return_is_told_where_the_same_object_is_asked_for() -> None:
    """An exercise that works in place and returns nothing is told that, whatever the test demands first."""

    def add_(x: torch.Tensor) -> None:
        x += 1

    lines = lines_of(lambda: expect(observe(add_, torch.ones(1))).is_the_same_object_as("x"))

    assert lines[2].startswith("Why: The function returned nothing.")


def error(name: str, message: str = "", lines: tuple[str, ...] = (), *bases: str) -> Raised:
    return Raised(name, (name, *bases, "Exception"), message, lines)


COMMON = {
    "not-written": error("NotImplementedError", "", ("raise NotImplementedError()",)),
    "not-defined": error("NameError", "name 'f' is not defined"),
    "not-python": error("IndentationError", "unexpected indent (<string>, line 1)", (), "SyntaxError"),
    "wrong-signature": error("TypeError", "f() takes 1 positional argument but 2 were given"),
    "endless-recursion": error("RecursionError", "maximum recursion depth exceeded", ("return f(n)",)),
}


@pytest.mark.parametrize(("cause", "raised"), COMMON.items(), ids=COMMON.keys())
def test_common_causes_have_their_own_report(cause: str, raised: Raised) -> None:
    """Mistakes that every exercise knows are recognised without any author's help, and offer a step."""
    report = common_cause("f(1)", "f", raised, returned_none=False)

    assert report is not None
    assert report.misconception == cause
    assert report.next


@pytest.mark.parametrize(
    "raised",
    [
        error("NotImplementedError", "Could not run 'aten::x' with arguments from the 'meta' backend", ("x.foo()",)),
        error("NameError", "name 'g' is not defined", ("return g(x)",)),
        error("TypeError", "g() takes 1 positional argument but 2 were given", ("return g(x, 1)",)),
        error("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
    ],
    ids=["PyTorch's own", "another name", "another function", "another TypeError"],
)
def test_other_errors_are_no_common_cause(raised: Raised) -> None:
    """An error that only resembles a common cause is told as it is."""
    assert common_cause("f(1)", "f", raised, returned_none=False) is None


def test_a_refused_call_inside_a_scenario_is_recognised() -> None:
    """The student's function refused by a scenario of the same notebook has the scenario's line above it."""
    raised = error("TypeError", "f() missing 1 required positional argument: 'y'", ("return f(x)",))

    assert common_cause("f twice", "f", raised, returned_none=False).misconception == "wrong-signature"


def test_a_missing_name() -> None:
    """A name that is not there is told, with what to do."""
    assert missing("f", "f").lines() == [
        "There is no f in your notebook.",
        "Why: The cell that should define it did not run to its end, or the name is spelled differently."
        "      (not-defined)",
        "Next: Run the cell of the exercise above; if it shows an error, fix that first.",
    ]


def test_a_stub_on_one_line_is_not_written() -> None:
    """Where the line that raised begins otherwise, an error without a word is the stub's: PyTorch's say for what."""
    raised = error("NotImplementedError", "", ("def f(x): raise NotImplementedError()",))

    report = common_cause("f(1)", "f", raised, returned_none=False)

    assert report is not None
    assert report.misconception == "not-written"


def test_not_written_yet() -> None:
    """An untouched exercise is told in two lines, whatever else is wrong."""

    def f(x: int) -> int:
        raise NotImplementedError()

    assert lines_of(lambda: expect(observe(f, 1)).returned(1)) == [
        "This exercise is not written yet: it still raises NotImplementedError.",
        "Next: Replace `raise NotImplementedError()` with your code and run the cell again.",
    ]


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("shown", [True, False])
def test_every_difference_has_a_next_step(aspect: str, shown: bool) -> None:
    """Whatever is wrong, with code or without, one step is offered, filled in."""
    for scenario, backward in [(False, False), (True, False), (False, True)]:
        finding = Finding(aspect, "", "a", "b")
        step = default_next("f", [finding], shown=shown, scenario=scenario, raised=True, backward=backward)

        assert step
        assert "{" not in step
        assert aspect in LABELS


def test_a_gradient_that_is_none_has_a_step_of_its_own() -> None:
    """It comes from no `return`, where the test names the item a gradient."""
    finding = Finding("type", "[1]", "None", "torch.Tensor", none=True)
    told = [
        default_next("f", [finding], shown=True, scenario=True, raised=False, backward=False, returns=["y", name])
        for name in ("w.grad afterwards", "the gradient of w", "the weight")
    ]

    assert told == [say("look_no_grad"), say("look_no_grad"), say("look_none")]


def _scale_(x: torch.Tensor) -> None:
    x *= 3


def _look_at(x: torch.Tensor) -> None: ...


def _exchange_(x: torch.Tensor) -> None:
    x.data = x * 2


def _record_nothing_(x: torch.Tensor) -> None:
    x *= 2
    torch.set_grad_enabled(False)


@pytest.mark.parametrize(
    ("f", "step"),
    [
        (_scale_, "look_to_change"),
        (_look_at, "look_to_change"),
        (_exchange_, "look_moved"),
        (_record_nothing_, "look_setting"),
    ],
)
def test_nobody_is_asked_who_writes_where_writing_was_asked_for(f: Callable[[Any], Any], step: str) -> None:
    """Of an argument that is to be changed the step asks whether and how, of other memory or a setting who did it."""
    lines = lines_of(lambda: expect(observe(f, T([1.0, 2.0]))).changed_in_place("x", T([2.0, 4.0])))

    assert f"Next: {say(step)}" in lines


@pytest.mark.parametrize(
    ("f", "step"),
    [
        (lambda x: x, "The statement says when an error is to be raised: which of these cases is this call?"),
        (lambda x: {}[x], say("next_error_before", expected="ValueError")),
    ],
)
def test_nobody_is_sent_to_an_error_that_did_not_come(f: Callable[[int], Any], step: str) -> None:
    """Where an error was expected the step is another one if none came than if the wrong one did."""
    lines = lines_of(lambda: expect(observe(f, 1)).raised(ValueError))

    assert lines[-1] == f"Next: {step}"


def test_an_error_raised_on_purpose_is_none_to_be_looked_for() -> None:
    """Its type, or its message, is what to change in that line."""

    def purpose(x: int) -> None:
        raise ValueError(x)

    other = lines_of(lambda: expect(observe(purpose, 1)).raised(TypeError, KeyError))
    message = lines_of(lambda: expect(observe(purpose, 1)).raised(ValueError, naming=["cpu"]))

    assert other[-1] == f"Next: {say('next_other_error', seen='ValueError', expected='TypeError or KeyError')}"
    assert message[-1] == f"Next: {say('next_message')}"


def test_every_page_is_of_pytorch() -> None:
    """Links lead to PyTorch's documentation, for aspects that exist."""
    assert set(LINKS) <= set(ASPECTS)
    assert all(link.startswith(DOCS) for link in LINKS.values())


def test_of_very_many_differences_the_first_are_shown() -> None:
    """Eight rows are shown, and how many more there are."""
    rows = rows_of([Finding("values", f"[{n}]", "1", "2") for n in range(11)])

    assert len(rows) == 9
    assert rows[-1] == Row("", "and 3 more differences", "")


@pytest.mark.parametrize(
    ("returns", "labels"),
    [
        (["the loss", "w.grad"], ["the loss", "w.grad", "values of [2]"]),
        (["each row"], ["each row at [0]", "each row at [1]", "each row at [2]"]),
    ],
)
def test_rows_have_the_names_of_the_items(returns: list[str], labels: list[str]) -> None:
    """The first name is that of the first item; one name alone is that of all that came out."""
    rows = rows_of([Finding("values", f"[{n}]", "1", "2") for n in range(3)], returns)

    assert [row.label for row in rows] == labels


def test_long_values_stand_below_each_other() -> None:
    """A row that is too wide for one line becomes two."""
    assert Report("f is wrong.", (Row("values", "x" * 50, "y"),)).lines() == [
        "f is wrong.",
        f"  values  seen     {'x' * 50}",
        "          expected y",
    ]


def test_the_short_form_is_one_line() -> None:
    """The short form has the call, the first difference and the misconception."""
    report = Report("f(1) is not what was asked for.", (Row("dtype", "a", "b"),), misconception="m")

    assert report.short() == "f(1) is not what was asked for. dtype: seen a, expected b (m)"


def test_limits_have_advice() -> None:
    """A call that ended the student's process offers the step for the limit that it hit."""
    assert set(ADVICE) >= {"timeout", "memory", "output", "cpu", "processes"}


@pytest.mark.parametrize(("count", "line"), [(1, "✓ 1 call as expected"), (9, "✓ 9 calls as expected")])
def test_when_all_is_well(count: int, line: str) -> None:
    """One line when all is well."""
    assert as_expected(count) == line
    with collecting() as collected:
        for _ in range(count):
            expect(observe(made(1), 1)).returned(1)
    assert (collected.calls, collected.report()) == (count, None)


def test_an_array_is_told_like_a_tensor() -> None:
    """Arrays have the same rows."""
    lines = lines_of(lambda: expect(observe(made(np.ones(2)), [1])).returned(np.ones(2, dtype=np.int64)))

    assert lines[1:3] == ["  dtype   seen float64    expected int64", "  values  as expected"]


def test_no_elements_have_no_memory_to_speak_of() -> None:
    """Beside a shape without elements a row about memory is true of nothing."""

    def none_of(x: torch.Tensor) -> torch.Tensor:
        return x[:0]

    lines = lines_of(lambda: expect(observe(none_of, T([1, 2]))).returned(T([1, 2])).shares_memory_with("x"))

    assert lines[1] == "  shape  seen (0,)    expected (2,)"
    assert [line for line in lines if "memory" in line] == []
