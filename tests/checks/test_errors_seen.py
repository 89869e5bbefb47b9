"""torchmarks.checks.errors_seen: in a notebook the lines of its cells are the student's, and no others."""

from __future__ import annotations

import linecache
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from torchmarks.checks.capture import watch


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A notebook's shell in this process, gone afterwards."""
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def _lines(shell: InteractiveShell, source: str) -> tuple[str, ...]:
    assert shell.run_cell(source).success  # type: ignore[no-untyped-call]
    raised = watch(shell.user_ns["f"], (1,), {}).raised
    assert raised is not None
    return raised.own_lines


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x.nothing",
        "import functools\ndef g(x):\n    return x.nothing\nf = functools.lru_cache(g)",
        "def twice(fn):\n    return lambda x: fn(x)\n@twice\ndef f(x):\n    return x.nothing",
    ],
)
def test_a_line_of_a_cell_is_the_student_s(shell: InteractiveShell, source: str) -> None:
    """Under a decorator, too."""
    assert _lines(shell, source)[-1] == "return x.nothing"


@pytest.mark.parametrize(
    "source",
    [
        "exec('def f(x):\\n    return x.nothing')",
        "exec(compile('def f(x):\\n    return x.nothing', '/tmp/cpp_fused_full_0.py', 'exec'))",
        "from made_elsewhere import f",
    ],
)
def test_a_line_of_anything_else_is_not(
    shell: InteractiveShell, source: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made code, compiled files and modules outside the notebook are nobody's, even where linecache knows them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "made_elsewhere.py").write_text("def f(x):\n    return x.nothing\n")
    monkeypatch.syspath_prepend(str(folder))
    name = "/tmp/cpp_fused_full_0.py"
    monkeypatch.setitem(linecache.cache, name, (1, None, ["cpp_fused = 1\n"] * 9, name))

    assert _lines(shell, source) == ()
