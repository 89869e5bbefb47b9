"""Without a sandbox: only on explicit request, loudly, and with nothing left behind all the same."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.isolation import Engine, Limits
from torchmarks.isolation.client import bubblewrap, engine

from ..calls import call


@pytest.fixture(scope="module")
def unsafe() -> Iterator[Engine]:
    """An engine without a sandbox."""
    with Engine(Limits(processes=16), isolation="none") as made:
        yield made


def test_the_warning_is_loud(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on stderr, once per process."""
    monkeypatch.setattr(engine, "_warned", type(engine._warned)())
    for _ in range(2):
        Engine(isolation="none")

    assert capsys.readouterr().err.count("WITHOUT A SANDBOX") == 1


def test_it_needs_no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is not even begun."""
    monkeypatch.setattr(bubblewrap, "candidates", None)

    with Engine(isolation="none") as made, made.session() as session:
        assert session.run_cell("1").ok


def test_cells_and_probes_work(unsafe: Engine) -> None:
    """The same words do the same."""
    with unsafe.session({"a.txt": b"x"}) as session:
        assert session.run_cell("def f(): return open('a.txt').read()").ok
        with session.probe() as probe:
            assert call(probe, "f") == "x"


def test_strays_and_scratch_are_cleared_away(unsafe: Engine) -> None:
    """Daemons are killed and the scratch folder is removed at the end."""
    with unsafe.session() as session:
        run = session.run_cell(
            "import os\nif os.fork() == 0:\n    os.setsid()\n    os.execvp('sleep', ['sleep', '45454545'])\n"
            "import time; time.sleep(0.1); print(os.getcwd())"
        )
    folder = run.outputs[0]["text"].strip()

    home = Path(folder).parents[1]  # of this sandbox; a session has a folder in it, and its working directory there
    assert home.parent == Path(tempfile.gettempdir()).resolve()
    assert home.name.startswith("torchmarks-")
    assert not os.path.exists(folder)
    for _ in range(20):
        if not _sleeping("45454545"):
            break
        time.sleep(0.05)
    assert not _sleeping("45454545")


def _sleeping(word: str) -> bool:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().split(b"\0"))
        except OSError:
            continue
    return any(word.encode() in line for line in lines)
