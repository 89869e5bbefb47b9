"""Finding bubblewrap, and its command line."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.isolation.processes import servers, zygotes
from torchmarks.isolation import Engine, Limits
from torchmarks.isolation.client import bubblewrap, visible


def bound(line: list[str]) -> set[str]:
    """The folders of this machine that a command line shows inside."""
    return {line[i + 1] for i, word in enumerate(line) if word.startswith("--ro-bind")}


def test_nothing_is_bound_writable() -> None:
    """Every bind mount is read-only."""
    line = bubblewrap.command_line(Path("bwrap"), [])

    assert [word for word in line if "bind" in word and not word.startswith("--ro-bind")] == []


def test_of_the_repository_only_what_runs_inside_and_the_environment_are_bound() -> None:
    """Neither the working copy nor a parent of it is shown, nor the package as a whole."""
    root = Path(__file__).parents[3]

    shown = [Path(folder) for folder in bound(bubblewrap.command_line(Path("bwrap"), []))]

    assert not [folder for folder in shown if root.is_relative_to(folder)]
    ours = {folder for folder in shown if folder.is_relative_to(root)} - {
        root / "torchmarks" / part for part in visible.INSIDE
    }
    assert {folder.parent for folder in ours} <= set(visible.python_folders())


def test_an_executable_path_with_dots_is_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    """`../env/bin/python` is found inside, where the folder before the dots does not exist."""
    monkeypatch.setattr(sys, "executable", str(Path(sys.prefix) / "lib" / ".." / "bin" / "python"))

    line = bubblewrap.command_line(Path("bwrap"), ["-c", ""])

    assert line[line.index("--") + 1] == os.path.join(sys.prefix, "bin", "python")


def test_an_environment_made_in_the_course_folder_shows_no_course(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of a Python environment its programs and libraries are bound, not what else lies in its folder."""
    for name in ("bin", "lib", "source", "release"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))

    shown = bound(bubblewrap.command_line(Path("bwrap"), []))

    assert {folder for folder in shown if folder.startswith(str(tmp_path))} == {
        str(tmp_path / "bin"),
        str(tmp_path / "lib"),
    }


def test_an_environment_below_tmp_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """/tmp is a link to the scratch only when Python does not lie there."""
    monkeypatch.setattr(visible, "python_folders", lambda: [Path("/usr")])
    assert "/tmp" in bubblewrap.command_line(Path("bwrap"), [])
    monkeypatch.undo()
    monkeypatch.setattr(sys, "prefix", "/tmp/env")

    line = bubblewrap.command_line(Path("bwrap"), [])

    assert "/tmp" not in line


@pytest.mark.namespaces
def test_a_bubblewrap_that_fails_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A bwrap without user namespaces gives its own words as the reason; one that works is taken."""
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    working = list(bubblewrap.candidates())
    monkeypatch.setattr(bubblewrap, "candidates", lambda: iter([broken]))
    assert "No permissions to create new namespace" in bubblewrap.find()

    monkeypatch.setattr(bubblewrap, "candidates", lambda: iter([broken, *working]))
    assert bubblewrap.find().program in working


@pytest.mark.namespaces
def test_where_a_new_proc_is_refused_the_machine_s_is_bound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A container that covers parts of /proc: the sandbox is built all the same, with the one that is there."""
    real = next(bubblewrap.candidates())
    picky = tmp_path / "bwrap"
    refuse = 'case "$*" in *"--proc /proc"*) echo "bwrap: Can\'t mount proc on /newroot/proc" >&2; exit 1;; esac'
    picky.write_text(f'#!/bin/sh\n{refuse}\nexec "{real}" "$@"\n')
    picky.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "candidates", lambda: iter([picky]))

    found = bubblewrap.find()

    assert (found.program, found.proc) == (picky, bubblewrap.BOUND_PROC)


@pytest.mark.namespaces
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's sandbox runs as that user")
def test_what_root_grades_does_not_run_as_root() -> None:
    """The processes in the sandbox belong to a user that nobody has, without any capability."""
    with Engine(Limits(processes=24)) as engine, engine.session():
        inside = [*zygotes(), *servers()]
        status = [Path(f"/proc/{pid}/status").read_text() for pid in inside]

    assert {line for text in status for line in text.splitlines() if line.startswith("Uid")} == {"Uid:" + 4 * "\t60705"}
    assert {line for text in status for line in text.splitlines() if line.startswith(("CapPrm", "CapEff"))} == {
        "CapPrm:\t0000000000000000",
        "CapEff:\t0000000000000000",
    }


@pytest.mark.namespaces
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's sandbox runs as that user")
def test_where_no_other_user_works_root_s_sandbox_is_built_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container whose user ids are few, or a Python that only root may read: the level stays, with its weakness."""

    @contextlib.contextmanager
    def refused() -> Iterator[int]:
        raise PermissionError("Operation not permitted")
        yield

    monkeypatch.setattr(bubblewrap, "user_namespace", refused)

    found = bubblewrap.find()

    assert isinstance(found, bubblewrap.BubblewrapHere)
    assert not found.own_uid
    assert found.says.endswith("whose number the kernel does not limit (Operation not permitted)")
