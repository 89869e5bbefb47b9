"""The documents: code that runs, links that lead somewhere, commands that exist."""

import contextlib
import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from torchmarks.authoring import new_exercise
from torchmarks.catalogue import normal_form, read_catalogue
from torchmarks.checks import reasons_file
from torchmarks.checks.inputs import Draw
from torchmarks.checks.validate import check
from torchmarks.cli import main
from torchmarks.course import Course, repository

sys.path.insert(0, str(Path(__file__).parent))  # for the oracles
ROOT = repository()
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


def test_the_code_of_the_authors_page_runs() -> None:
    """All Python blocks of docs/authoring.md except catalogue and oracle, one after the other in one process."""
    every = _blocks(ROOT / "docs" / "authoring.md", "python")
    blocks = [block for block in every if not block.startswith(("# %%", "# tests/"))]
    assert len(blocks) >= 6

    run = subprocess.run([sys.executable, "-c", "\n".join(blocks)], capture_output=True, text=True, timeout=120)

    assert run.returncode == 0, run.stderr[-2000:]


def test_the_oracle_of_the_authors_page_tells_right_from_wrong() -> None:
    """It accepts doubling and refuses doubling by way of float32, with the names that its file imports."""
    (shown,) = [text for text in _blocks(ROOT / "docs" / "authoring.md", "python") if text.startswith("# tests/")]
    module = importlib.import_module("oracles." + Path(shown.split()[1]).stem)
    names = dict(vars(module))
    exec(compile(shown, "docs/authoring.md", "exec"), names)

    def accepted(answer: Callable[[Any], object]) -> int:
        count = 0
        for number in range(20):
            with contextlib.suppress(AssertionError):
                names["twice"](answer, Draw(bytes([number])))
                count += 1
        return count

    assert accepted(lambda x: x + x) == 20
    assert accepted(lambda x: 2.0 * x.float()) < 20


def test_the_worked_example_is_what_new_exercise_makes(tmp_path: Path) -> None:
    """The exercise of docs/authoring.md: hidden test and catalogue, which tests/authoring/test_skeleton.py proves."""
    course = Course.scratch(tmp_path / "course", ROOT, ["01-tensors"])
    notebook, catalogue = new_exercise(course, "01-tensors", "twice", after="describe")
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"]}
    blocks = [block.strip() for block in _blocks(ROOT / "docs" / "authoring.md", "python")]
    (shown,) = [block for block in blocks if block.startswith("# %%")]

    assert cells["twice-hidden"] in blocks
    assert catalogue.read_text().endswith(f"\n{shown}\n")


def test_the_catalogue_that_the_readme_shows_is_the_courses() -> None:
    """The misconception with its texts, and the answer below it."""
    (shown,) = [block for block in _blocks(ROOT / "README.md", "python") if block.startswith("# %%")]
    piece, whole = read_catalogue(shown, ["from_list"], "README.md"), Course(ROOT).catalogue("01-tensors")
    (one,), (answer,) = piece.misconceptions, piece.answers
    known = {(m.exercise, m.name): (m.why, m.next) for m in whole.misconceptions}

    assert known[one.exercise, one.name] == (one.why, one.next)
    assert normal_form(answer.source) in {normal_form(a.source) for a in whole.answers if a.mistake == one.name}


def test_the_box_that_the_readme_shows_is_what_its_answer_gets(tmp_path: Path) -> None:
    """Word by word, by `check` on the released notebook with the answer that README.md shows of the catalogue."""
    (piece,) = [block for block in _blocks(ROOT / "README.md", "python") if block.startswith("# %%")]
    (box,) = [text for text in _blocks(ROOT / "README.md", "text") if "is not what was asked for" in text]
    (answer,) = read_catalogue(piece, ["from_list"], "README.md").answers
    released = Course(ROOT).path("release", "01-tensors")
    notebook = json.loads((released / "01-tensors.ipynb").read_text(encoding="utf-8"))
    kept = ("setup", answer.exercise, f"{answer.exercise}-visible")  # the other exercises would only take time
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in kept]
    notebook["cells"][1]["source"] = answer.source
    (tmp_path / "01-tensors.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    shutil.copy(released / reasons_file.NAME, tmp_path)

    (told,) = check(tmp_path / "01-tensors.ipynb").exercises

    assert box.split() == told.message.split()


def test_students_read_which_programs_their_set_up_has() -> None:
    """The table has the programs that the instructors' page and the bundle's README name."""
    text = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    shared = re.findall(r"`(/opt/course/bin/\S+?)`", text)
    instructors = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    bundle = (ROOT / "torchmarks" / "course" / "student_bundle.py").read_text(encoding="utf-8").replace("\\\\", "\\")

    assert shared == ["/opt/course/bin/nbgrader", "/opt/course/bin/python"]
    assert all(f"`{program} " in instructors for program in ("/opt/course/bin/jupyter", shared[1]))
    for program in (".venv/bin/python", r".venv\Scripts\python"):
        assert f"`{program}`" in text
        assert program in bundle


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    """Every relative link of a page names a file that exists."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    spelled = {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return spelled | set(re.findall(r'<a id="([^"]+)">', page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings(page: Path) -> None:
    """Every link to `page.md#heading` names a heading of that page."""
    targets = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    lost = [
        f"{name}#{anchor}"
        for name, anchor in targets
        if (file := page.parent / name if name else page).suffix == ".md" and anchor not in _anchors(file)
    ]

    assert lost == []


def _prose(page: Path) -> list[str]:
    """The lines of a page that are neither code nor table, picture, heading or comment."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [line for line in text.splitlines() if not line.startswith(("|", "!", "#", "<"))]


# architecture.md has a paragraph to a line, programs write syllabus.md and torch.md.
_NOT_FILLED = {"architecture.md", "syllabus.md", "torch.md"}


@pytest.mark.parametrize("page", [p for p in PAGES if p.name not in _NOT_FILLED], ids=lambda page: page.name)
def test_prose_is_filled(page: Path) -> None:
    """No line is longer than 120 columns, so that a diff shows the sentence that changed."""
    assert [line for line in _prose(page) if len(line) > 120] == []


def _files_named(page: Path) -> set[str]:
    return set(re.findall(r"[`\"( ]((?:[a-z_]+/)+[\w-]+\.(?:py|json|j2))\b", page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    """In the repository, or in the package; `NN-name` stands for any assignment."""
    gone = []
    for name in sorted(_files_named(page)):
        path = name.replace("NN-name", "01-tensors")
        if not ((ROOT / path).exists() or (ROOT / "torchmarks" / path).exists()):
            gone.append(name)

    assert gone == []


def test_a_file_that_moved_is_noticed(tmp_path: Path) -> None:
    """The rule sees names in backticks, in comments and in brackets."""
    page = tmp_path / "page.md"
    page.write_text("`isolation/child.py` <!-- tests/test_verify.py runs it --> (`checks/facts.py`) nbgrader_config.py")

    assert _files_named(page) == {"isolation/child.py", "tests/test_verify.py", "checks/facts.py"}


def _commands(page: Path) -> list[list[str]]:
    lines = "\n".join(_blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [line.split("#")[0].split() for line in lines if line.startswith("torchmarks ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page: Path) -> None:
    """Every `torchmarks` command of a page exists, with the options that it is given."""
    for words in _commands(page):
        assert words[1] in main.commands, words
        named = words[1:3] if isinstance(main.commands[words[1]], click.Group) else words[1:2]
        shown = CliRunner().invoke(main, [*named, "--help"])
        assert shown.exit_code == 0, words
        for option in (word.split("=")[0] for word in words[2:] if word.startswith("--")):
            assert option in shown.output, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    """Every `make` target of a page is one of the Makefile's."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = {line.split()[1] for line in "\n".join(_blocks(page, "sh")).splitlines() if line.startswith("make ")}

    assert used <= targets
