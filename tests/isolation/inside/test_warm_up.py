"""What the server does once before the first fork is done for every session, and none can tell."""

import pytest

from torchmarks.isolation import Engine, Session

from ..conftest import SMALL


def shown(session: Session, source: str) -> str:
    """What a cell printed."""
    run = session.run_cell(source)
    assert run.ok, run.outputs
    return str(run.outputs[0]["text"]).strip()


def test_a_session_is_as_new(session: Session) -> None:
    """Its cells are counted from 1, and no name, no earlier input or result, no source of another cell is there."""
    assert shown(session, "print(len(In), Out, _, __)") == "2 {}"
    assert shown(session, "print([n for n in dir() if not n.startswith('_')])") == (
        "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"
    )
    assert shown(session, "import linecache; print(len([n for n in linecache.cache if 'ipython-input' in n]))") == "3"
    assert shown(session, "import __main__; print(__main__ is get_ipython().user_module)") == "True"


@pytest.mark.parametrize("device", ["cpu", "sim"])
def test_what_is_slow_to_load_is_there(device: str) -> None:
    """What optimizers, meta and a notebook's first cell need is loaded; nothing of the grading half or its side is."""
    with Engine(SMALL, device=device) as engine, engine.session() as session:  # type: ignore[arg-type]
        there = (
            "torch._dynamo",
            "torch.fx.experimental.symbolic_shapes",
            "torchmarks.checks.progress",
            "torchmarks.checks.show",
        )
        absent = ("torchmarks.grading", "torchmarks.isolation.client", "nbgrader", "nbformat")

        assert shown(session, f"import sys; print([n in sys.modules for n in {there}])") == str([True] * len(there))
        assert shown(session, f"print([n in sys.modules for n in {absent}])") == str([False] * len(absent))


def test_random_numbers_begin_where_they_always_do(session: Session) -> None:
    """Nothing was drawn: a session's first number is that of a fresh process."""
    drawn = shown(session, "import torch; print(torch.initial_seed(), torch.rand(1).item())").split()
    again = shown(
        session, "g = torch.Generator().manual_seed(torch.initial_seed()); print(torch.rand(1, generator=g).item())"
    )

    assert drawn[1] == again


def test_the_checks_of_a_cell_are_counted(session: Session) -> None:
    """The student's own shell is listened to, not the one that was thrown away."""
    session.run_cell("from torchmarks import expect, observe")
    run = session.run_cell("expect(observe(len, [1, 2])).returned(2)")

    assert run.outputs[-1]["text"].startswith("✓")


def test_backward_and_optimizers_work(session: Session) -> None:
    """No thread of PyTorch's was left behind in the server."""
    session.run_cell("import torch\nw = torch.ones(2, requires_grad=True)\no = torch.optim.SGD([w], lr=0.5)")

    assert shown(session, "w.sum().backward(); o.step(); print(w.tolist())") == "[0.5, 0.5]"
