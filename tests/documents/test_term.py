"""The commands of docs/term.md, in order, on a course with two students. Those of torchmarks run in this process."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.blocks import Block, StudentsDo, items_of
from documents.clone import ROOT
from torchmarks.cli import main
from torchmarks.course.gradings import changes_of
from torchmarks.course.secret import course_secret
from torchmarks.isolation import NoSandbox
from torchmarks.isolation.client.enclosure import find_enclosure

NAME = "01-tensors"
ANSWERS = {
    "ada": "def from_list(xs, dtype=None):\n    return torch.tensor(xs, dtype=dtype)",
    "boris": "def from_list(xs, dtype=None):\n    return torch.Tensor(xs)",
}


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to start in, and a home with a plain assignment of the instructor's."""
    try:
        find_enclosure()
    except NoSandbox as reason:
        pytest.skip(str(reason))
    home, here = tmp_path / "home", tmp_path / "here"
    (home / "essay").mkdir(parents=True)
    here.mkdir()
    essay = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Write.")])
    (home / "essay" / "essay.ipynb").write_text(json.dumps(essay))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(home))
    monkeypatch.chdir(here)
    return tmp_path


def _run(line: str) -> str:
    """Runs a line of the page, in the folder to which the lines before it have led. Returns what it prints."""
    if line.startswith("cd "):
        os.chdir(line.removeprefix("cd "))
        return ""
    if line.startswith("torchmarks "):
        done = CliRunner().invoke(main, shlex.split(line)[1:], catch_exceptions=False)
        assert done.exit_code == 0, f"{line}\n{done.output}"
        return done.output
    ran = subprocess.run(["sh", "-e", "-c", line], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
    return ran.stdout + ran.stderr


def _hand_in() -> None:
    for student, answer in ANSWERS.items():
        notebook = json.loads(Path("release", NAME, f"{NAME}.ipynb").read_text())
        next(cell for cell in notebook["cells"] if cell["id"] == "from_list")["source"] = answer
        place = Path("submitted", student, NAME)
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(json.dumps(notebook))


def _mend() -> None:
    """The instructor's change: a hidden test that asks for less."""
    path = Path("source", NAME, f"{NAME}.ipynb")
    notebook = json.loads(path.read_text())
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "from_list-hidden")
    cell["source"] = "### BEGIN HIDDEN TESTS\nassert callable(from_list)\n### END HIDDEN TESTS"
    path.write_text(json.dumps(notebook))


@pytest.mark.documents
@pytest.mark.slow  # it grades a class three times
@pytest.mark.timeout(600)
def test_a_term_goes_as_it_is_written(start: Path) -> None:
    """Three assignments, other points, an extension, a corrected test, a dropped exercise, a backup, the next term."""
    said: dict[str, str] = {}
    for item in items_of(ROOT, "docs/term.md"):
        if isinstance(item, StudentsDo):
            _hand_in()
        elif isinstance(item, Block) and item.actor == "instructor":
            for line in item.text.splitlines():
                if line == f"nbgrader generate_assignment {NAME} --force" and "mended" not in said:
                    said["mended"] = ""
                    _mend()
                said[line] = said.get(line, "") + _run(line)

    compared = said[f"torchmarks grade {NAME} --compare"]
    assert "Because of: test from_list-hidden\n  boris       0 → 3       from_list 0 → 3" in compared
    assert "0 of 2 submissions have other points than before" in compared  # nobody had points in what was dropped
    assert "   8  safe_cast" in said[f"torchmarks points {NAME} safe_cast=8"]
    assert "essay: left out" in said["torchmarks syllabus"]
    assert "2030-02-03 23:59 UTC" in said[f"torchmarks extend {NAME} ada --days 3"]
    assert "return torch.Tensor(xs)" in said[f"torchmarks show {NAME} boris --exercise from_list"]
    assert "before-restore" in said["torchmarks restore ../archive/autumn.db --force"]
    published = said["torchmarks report --frequencies misconceptions.csv"]
    assert "fewer than 5 graded submissions" in published
    autumn, spring = (f"sqlite:///{start}/{term}/gradebook.db" for term in ("autumn", "spring"))
    assert {change.student for change in changes_of(autumn, NAME)} == set(ANSWERS)
    assert sorted(path.name for path in (start / "archive").iterdir()) == ["autumn-work.tar.gz", "autumn.db"]
    assert sorted(path.name for path in (start / "spring" / "source").iterdir() if path.is_dir()) == [
        NAME, "03-broadcasting-and-reductions", "05-gradients", "essay",
    ]  # fmt: skip
    Gradebook(spring).close()
    assert course_secret(spring) != course_secret(autumn)
