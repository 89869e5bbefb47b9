"""The student's shell behaves as in a notebook."""

import pytest

from torchmarks.checks.grading_sentences import say
from torchmarks.isolation import CellRun, Session


def last(run: CellRun) -> dict[str, object]:
    """The last output of a cell that did not kill its process."""
    assert run.died is None, run.died
    return run.outputs[-1]


def test_the_last_expression_is_a_result(session: Session) -> None:
    """Its number is the cell's, and Out and _ hold it."""
    output = last(session.run_cell("3 + 4"))

    assert (output["output_type"], output["execution_count"], output["data"]) == (
        "execute_result",
        1,
        {"text/plain": "7"},
    )
    assert last(session.run_cell("_, Out[1], In[1]"))["data"] == {"text/plain": "(7, 7, '3 + 4')"}


def test_outputs_keep_their_order(session: Session) -> None:
    """Text, displays, errors and C-level text come as they were made."""
    run = session.run_cell(
        "from IPython.display import display\nimport os, sys\nprint('a'); display('b'); print('c', file=sys.stderr)\n"
        "print('d'); os.system('echo e'); 1/0"
    )

    kinds = [output["output_type"] + output.get("name", "") for output in run.outputs]
    assert kinds == ["streamstdout", "display_data", "streamstderr", "streamstdout", "error"]
    assert run.outputs[3]["text"] == "d\ne\n"


def test_python_and_c_level_text_keep_their_order(session: Session) -> None:
    """Two ways to print, alternating fast, arrive whole and each in its order.

    They take two ways, a socket and a pipe: on a busy machine a line of the one may overtake one of the other.
    """
    run = session.run_cell("import os\nfor i in range(100):\n    print(i)\n    _ = os.write(1, b'c\\n')")

    lines = run.outputs[0]["text"].splitlines()
    assert [line for line in lines if line != "c"] == [str(i) for i in range(100)]
    assert lines.count("c") == 100


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("%timeit -n1 -r1 1", "per loop"),
        ("%%bash\necho hi", "hi"),
        ("!echo hi", "hi"),
        ("?len", "Docstring"),
        ("import warnings; warnings.warn('careful')", "UserWarning: careful"),
        ("import asyncio\nawait asyncio.sleep(0)\nprint('slept')", "slept"),
        ("import logging; logging.warning('logged')", "logged"),
    ],
)
def test_a_notebook_s_conveniences_work(session: Session, code: str, expected: str) -> None:
    """Magics, shell commands, help, warnings, await and logging."""
    run = session.run_cell(code)

    assert run.ok
    assert expected in "".join(output.get("text", "") for output in run.outputs)


@pytest.mark.parametrize("line", ["!{python} -m pip install rich", "out = !pip install rich"])
def test_nothing_that_would_install_is_started(session: Session, line: str) -> None:
    """With variables in it, and where its output is kept: a few of them would take the time of the cell."""
    run = session.run_cell(f"python = '/usr/bin/python3'\n{line}")

    assert run.ok
    assert [output["text"].strip() for output in run.outputs] == [say("no_network")]


def test_a_plot_is_an_image(session: Session) -> None:
    """Matplotlib draws inline, as in Jupyter, and leaves nothing in the working directory."""
    pytest.importorskip("matplotlib")

    run = session.run_cell("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])")

    assert "image/png" in run.outputs[-1]["data"]
    assert last(session.run_cell("import os; os.listdir('.')"))["data"] == {"text/plain": "[]"}


def test_a_traceback_names_the_cell(session: Session) -> None:
    """An error in a function shows both places."""
    session.run_cell("def f():\n    raise ValueError('no')")
    run = session.run_cell("f()")

    text = "\n".join(run.outputs[-1]["traceback"])
    assert "In[2]" in text
    assert "In[1]" in text


def test_strange_text_does_not_break_the_wire(session: Session) -> None:
    """Lone surrogates and objects that cannot be printed are shown somehow."""
    run = session.run_cell("print('\\udcff')\nclass E(Exception):\n    def __str__(self): raise KeyError\nraise E")

    assert run.died is None
    assert run.outputs[0]["text"] == "\\udcff\n"
    assert run.outputs[-1]["output_type"] == "error"


def test_a_file_dialogue_with_the_user_is_an_error(session: Session) -> None:
    """input() fails at once instead of waiting."""
    assert last(session.run_cell("input()"))["ename"] == "EOFError"


def test_a_subprocess_can_be_python(session: Session) -> None:
    """The same interpreter with the same packages is there."""
    run = session.run_cell(
        "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'import numpy']))"
    )

    assert run.ok, run.outputs
