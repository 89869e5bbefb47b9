"""The command blocks of README.md and docs/, run in order in a fresh clone with a real exchange.

`tests/browser/test_documented.py` follows the formgrader's path. What is not run stands at the end of pytest's output.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.blocks import Block, faults, items, items_of
from documents.clone import ASSIGNMENT, ROOT, Clone, NotHere, User, ordinary_user, this_user
from torchmarks.isolation import NoSandbox

PAGES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
# A reader follows the README alone, the instructors' page, or one guide after the other.
WAYS = {
    "README": ["README.md"],
    "instructors": ["docs/instructors.md"],
    "guides": ["docs/instructors.md", "docs/adapters.md", "docs/operating.md", "docs/watch.md"],
}
STUDENTS = [item for item in items_of(ROOT, "docs/students.md") if isinstance(item, Block)]


def _blocks(*pages: str) -> list[Block]:
    return [item for item in items_of(ROOT, *pages) if isinstance(item, Block)]


# ---- the marks


def test_every_block_has_a_mark() -> None:
    """Each block says who runs it, or why nobody does."""
    assert [fault for block in _blocks(*PAGES) for fault in faults(block)] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```sh\nls\n```\n", "no mark"),
        ("<!-- not run: -->\n```sh\nls\n```\n", "no mark"),
        ("<!-- run: instructor -->\n\n```sh\nls\n```\n", "no mark"),
        ("<!-- run: somebody -->\n```sh\nls\n```\n", "nobody is called 'somebody'"),
        ("<!-- run: instructor -->\n```python\n1\n```\n", "only sh is run"),
        ("<!-- setting: elsewhere.py -->\n```python\n1\n```\n", "settings go to"),
        ("```\nls\n```\n", "no mark"),
    ],
)
def test_a_block_without_a_proper_mark_is_noticed(text: str, fault: str) -> None:
    """A block without a mark, or with one that means nothing, fails."""
    found = [one for block in items("page", text) if isinstance(block, Block) for one in faults(block)]

    assert len(found) == 1
    assert fault in found[0]


def test_every_block_that_is_to_be_run_is_on_a_way() -> None:
    """Each block that is marked to be run is on a page, and for an actor, that one of these tests runs."""
    walked = {page for pages in WAYS.values() for page in pages} | {"docs/students.md", "docs/term.md"}  # test_term.py
    shown = [b for b in _blocks(*PAGES) if b.kind in ("run", "setting")]

    assert [b.place for b in shown if b.page not in walked and b.actor != "hub"] == []
    assert {b.page for b in shown if b.actor == "hub"} == {"docs/jupyterhub.md"}
    assert all(block.page == "docs/students.md" for block in _blocks(*PAGES) if block.actor == "student")
    assert [block.text for block in _blocks(*PAGES) if block.actor == "background"] == ["make lab\n"]


def test_each_step_of_the_readme_is_one_of_the_instructors_page() -> None:
    """So the test below, which follows that page, has followed the README as well."""
    walked = {line for block in _blocks("docs/instructors.md") for line in _commands(block)}
    shown = {line for block in _blocks("README.md") if block.kind in ("run", "setting") for line in _commands(block)}

    assert len(shown) > 9
    assert shown - walked == set()


def _commands(block: Block) -> list[str]:
    return [line.partition("#")[0].strip() for line in block.text.splitlines()]


# ---- what the documents must not say

_FROM_AN_INDEX = re.compile(
    r"(?:pip3?|uv|pipx|conda)\b.*\b(?:install|add|run)\b[^\n]*?[\s'\"=]torchmarks(?![-\w./]*\.whl)"
)


@pytest.mark.parametrize("page", PAGES)
def test_torchmarks_is_never_installed_from_an_index(page: str) -> None:
    """The name is free there, so a stranger could take it. Documents install a checkout, or a wheel made from it."""
    assert _FROM_AN_INDEX.findall((ROOT / page).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("pip install torchmarks", True),
        ("pip install 'torchmarks[cluster]'", True),
        ("python -m pip install --upgrade torchmarks==0.1", True),
        ('uv pip install "torchmarks[grading]"', True),
        ("pipx install torchmarks", True),
        ("pip install '.[grading,cluster]'", False),
        ("pip install './dist/torchmarks-0.1.0-py3-none-any.whl[grading]'", False),
        ("pip install torch", False),
        ("`make install` takes PyTorch; torchmarks is on no index", False),
    ],
)
def test_an_installation_from_an_index_is_noticed(line: str, *, is_one: bool) -> None:
    """The rule above matches each way to write such a command, and nothing else."""
    assert bool(_FROM_AN_INDEX.search(line)) is is_one


# ---- the ways


def _user(kind: str) -> User:
    try:
        found = this_user() if kind == "root" else ordinary_user()
    except NotHere as reason:
        pytest.skip(str(reason))
    if kind == "root" and found.uid != 0:
        pytest.skip("only root can be root; the other run is this user's")
    return found


@pytest.fixture
def clone(request: pytest.FixtureRequest) -> Iterator[Clone]:
    """A fresh clone of root's or of an ordinary user's."""
    try:
        with Clone(_user(request.param)) as made:
            yield made
    except NoSandbox as reason:
        pytest.skip(str(reason))


def _points(path: Path) -> dict[str, str]:
    with path.open(newline="") as table:
        return {row["student_id"]: row["score"] for row in csv.DictReader(table) if row["assignment"] == ASSIGNMENT}


@pytest.mark.documents
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("clone", "way"),
    [
        # Each page once, as most people are; root is no less able, and runs the rest of the suite in most containers.
        ("ordinary user", "instructors"),
        pytest.param("ordinary user", "README", marks=pytest.mark.slow),  # each step is one of the instructors' page
        pytest.param("ordinary user", "guides", marks=pytest.mark.slow),
        pytest.param("root", "README", marks=pytest.mark.slow),
        pytest.param("root", "guides", marks=pytest.mark.slow),
    ],
    indirect=["clone"],
)
def test_who_follows_the_documents_has_a_graded_class(
    clone: Clone, way: str, record_property: Callable[[str, object], None]
) -> None:
    """Every step works as it is written; the marks are there, the feedback is fetched, git would commit no mark."""
    found = items_of(ROOT, *WAYS[way])
    assert clone.root == Path(clone._ran([".venv/bin/python", "-c", _WHERE]).strip())

    clone.play(found, STUDENTS)

    blocks = [item for item in found if isinstance(item, Block)]
    assert {b.place for b in blocks if b.actor in ("instructor", "root")} <= set(clone.done)
    points = _points(clone.root / "marks.csv")
    assert points["ada"] != points["boris"]
    for name in ("ada", "boris"):
        assert list((clone.home(name) / ASSIGNMENT / "feedback").rglob("*.html"))
    assert clone._ran(["git", "status", "--porcelain"]).split() == ["M", "nbgrader_config.py"]
    record_property("not run", [f"{b.place}: {b.detail}" for b in _blocks(*PAGES) if b.kind == "not run"])


_WHERE = "import pathlib, torchmarks; print(pathlib.Path(torchmarks.__file__).parents[1])"
