"""What the notebooks and documents claim: sentences that are shown to hold, steps that show something, links that lead
to the pinned PyTorch.

The claims stand in tests/claims/, one file for each assignment: a cell names a cell of the notebook or a misconception
of the catalogue, quotes a sentence of it, and shows with asserts that it holds. They run in a process of their own
(tests/claims/runner.py).
"""

import functools
import importlib.util
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from torchmarks.checks.versions import graded_with
from torchmarks.course import Course, repository

ROOT = repository()
CLAIMS = ROOT / "tests" / "claims"
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
_DOCS = re.compile(r"https://docs\.pytorch\.org/[^\s\"'<>)]*")

_spec = importlib.util.spec_from_file_location("claims_runner", CLAIMS / "runner.py")
assert _spec is not None
assert _spec.loader is not None
runner = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(runner)


def _source(assignment: str) -> Path:
    return ROOT / "source" / assignment / f"{assignment}.ipynb"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Asks the runner, which has imported PyTorch once for all answers."""
    said = tmp_path_factory.mktemp("claims") / "stderr"
    with said.open("w") as stderr:
        command = [sys.executable, str(CLAIMS / "runner.py")]
        runner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True)
    assert runner.stdin is not None
    assert runner.stdout is not None

    def asked(*words: str | Path) -> Any:
        print(json.dumps([*map(str, words)]), file=runner.stdin, flush=True)
        answer = runner.stdout.readline().strip()
        assert answer, said.read_text()[-2000:]
        return json.loads(answer)

    with runner:
        yield asked
        runner.stdin.close()


@pytest.fixture(scope="module")
def claims_and_steps(ask: Callable[..., Any]) -> Callable[[str], Any]:
    """What the runner found out about an assignment's claims and next steps; asked once."""
    return functools.cache(lambda assignment: ask("claims", CLAIMS / f"{assignment}.py", "steps", _source(assignment)))


def _cells(assignment: str) -> dict[str, str]:
    """The text of each cell and of each misconception (`EXERCISE | misconception | ID`), white space as one blank."""
    cells = json.loads(_source(assignment).read_text(encoding="utf-8"))["cells"]
    texts = {cell["id"]: "".join(cell["source"]) for cell in cells}
    for one in Course(ROOT).catalogue(assignment).misconceptions:
        texts[f"{one.exercise} | misconception | {one.name}"] = f"{one.why}\n{one.next}"
    return {cell: " ".join(text.split()) for cell, text in texts.items()}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_claim_holds(assignment: str, claims_and_steps: Callable[[str], Any]) -> None:
    """The lines below a quoted sentence show that it is true."""
    assert claims_and_steps(assignment)[0] == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_claim_still_stands_in_its_cell(assignment: str) -> None:
    """A sentence that is changed in a notebook is changed, and shown, here as well."""
    cells, (_, claims) = _cells(assignment), runner.claims_of(CLAIMS / f"{assignment}.py")
    gone = [(line, cell, said) for line, cell, said, _ in claims if not said or said not in cells.get(cell, "")]

    assert gone == []
    assert len(claims) >= 20


def test_a_false_claim_is_noticed(tmp_path: Path, ask: Callable[..., Any]) -> None:
    """Line by line: one claim that holds, one that does not, one that only warns."""
    holds, fails, warns = "assert True", "assert 1 == 2", "warnings.warn('w')"
    cells = [f"# %% {name}\n# > x\n{code}" for name, code in {"a": holds, "b": fails, "c": warns}.items()]
    path = tmp_path / "claims.py"
    path.write_text("\n\n".join(["import warnings", *cells]))

    (failed,) = ask("claims", path)
    assert [line for line, _ in failed] == ["7", "11"]
    assert "AssertionError" in failed[0][1]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_next_step_runs_and_shows_the_mistake(assignment: str, claims_and_steps: Callable[[str], Any]) -> None:
    """A `next` that is Python meets no unknown name in the notebook. Where it calls the exercise's function it shows
    something else for every wrong answer that its misconception imitates.
    """
    steps = claims_and_steps(assignment)[1]

    assert [step for step in steps if "NameError" in step["right"]] == []
    shows_nothing = [(s["exercise"], s["mistake"], s["step"], s["right"]) for s in steps if s["right"] in s["wrong"]]
    assert shows_nothing == []


@pytest.mark.parametrize("assignment", ["07-devices", "08-training", "09-data-in"])
def test_students_cells_run_where_the_accelerator_has_no_float64(assignment: str, ask: Callable[..., Any]) -> None:
    """As on a Mac: every worked cell and every visible test, with the reference solution, on a pretended device."""
    assert ask("mps", _source(assignment)) == [[["the pretended device", "refuses float64"]]]


def _sources() -> list[Path]:
    """Notebooks and catalogues."""
    return [path for name in ASSIGNMENTS for path in (_source(name), ROOT / "source" / f"{name}.py")]


def _pages() -> list[Path]:
    named = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    return sorted([*named, *_sources(), *(ROOT / "torchmarks").rglob("*.py")])


def _links() -> set[str]:
    return {link for page in _pages() for link in _DOCS.findall(page.read_text(encoding="utf-8"))}


def test_links_go_to_the_documentation_of_the_pinned_version() -> None:
    """`/docs/2.13/` for torch 2.13.0, never `stable`, which moves on."""
    version = graded_with().rsplit(".", 1)[0]

    assert [link for link in _links() if not link.startswith(f"https://docs.pytorch.org/docs/{version}/")] == []


def test_each_link_to_an_api_names_an_object_of_the_pinned_version() -> None:
    """`generated/torch.X.html` is the page of `torch.X`, which is there."""

    def is_there(name: str) -> bool:
        try:
            return pkgutil.resolve_name(name) is not None
        except AttributeError:
            return False

    names = {match[1] for link in _links() if (match := re.search(r"/generated/([\w.]+)\.html", link))}
    assert len(names) > 10
    assert [name for name in names if not is_there(name)] == []
    assert not is_there("torch.no_such_thing")
