"""Notebooks that travel alone: their pictures are in them, and links stand where the course has an address."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

import torchmarks
from torchmarks.course import repository
from torchmarks.course.publishing import Published, publish
from torchmarks.errors import UsageError

ADDRESS = "https://github.com/org/our-course"
PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def config(**settings: str) -> Config:
    """A course's configuration with an address."""
    return Config({"Published": settings})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The repository with one released notebook, a picture and reasons beside it."""
    root = tmp_path / "repository"
    (root / "release" / "01-one").mkdir(parents=True)
    for name in ("pyproject.toml", "LICENSE", "LICENSE-notebooks", "torchmarks"):
        (root / name).symlink_to(repository() / name)
    text = "![A rank](ranks.svg) ![Elsewhere](https://example.org/x.png) ![Gone](gone.svg)"
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": [text]}]
    (root / "release" / "01-one" / "01-one.ipynb").write_text(json.dumps({"cells": cells}))
    (root / "release" / "01-one" / "ranks.svg").write_bytes(PICTURE)
    (root / "release" / "01-one" / "reasons.json").write_text("{}")
    return root


def cells_of(folder: Path) -> list[dict[str, Any]]:
    """The cells of the notebook that was written."""
    cells: list[dict[str, Any]] = json.loads((folder / "01-one" / "01-one.ipynb").read_text(encoding="utf-8"))["cells"]
    return cells


def test_pictures_are_in_the_notebook(root: Path, tmp_path: Path) -> None:
    """Those that lie beside it; others stay as they are."""
    publish(root, config(), tmp_path / "out")

    embedded = f"data:image/svg+xml;base64,{base64.b64encode(PICTURE).decode()}"
    assert cells_of(tmp_path / "out")[0]["source"] == (
        f"![A rank]({embedded}) ![Elsewhere](https://example.org/x.png) ![Gone](gone.svg)"
    )


def test_a_folder_of_other_things_is_refused(root: Path, tmp_path: Path) -> None:
    """An archive, say; a clone, a folder in one, and what was published before are not."""
    other, clone = tmp_path / "archive", tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    (clone / "week 1").mkdir()
    other.mkdir()
    for folder in (other, clone, clone / "week 1"):
        (folder / "notes.txt").write_text("mine")

    with pytest.raises(UsageError, match="has other files in it, and is not in a clone"):
        publish(root, config(), other)
    for folder in (clone, clone / "week 1", tmp_path / "out", tmp_path / "out"):
        publish(root, config(), folder)

    assert [path.name for path in other.iterdir()] == ["notes.txt"]


def test_without_an_address_no_link_is_shown(root: Path, tmp_path: Path) -> None:
    """Neither in the notebook nor on a page; the wheel and the reasons are there."""
    publish(root, config(), tmp_path / "out")

    assert [cell["id"] for cell in cells_of(tmp_path / "out")] == ["a"]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == [
        "01-one.ipynb", "reasons.json", f"torchmarks-{torchmarks.__version__}-py3-none-any.whl",
    ]  # fmt: skip


def test_with_an_address_it_opens_in_colab_and_installs_there(root: Path, tmp_path: Path) -> None:
    """A badge, then a cell that fetches the wheel and the reasons where the package is not there."""
    publish(root, config(repository=ADDRESS, folder="week 1"), tmp_path / "out")

    badge, install, _ = cells_of(tmp_path / "out")
    raw = "https://raw.githubusercontent.com/org/our-course/main/week%201"
    assert (
        "(https://colab.research.google.com/github/org/our-course/blob/main/week%201/01-one/01-one.ipynb)"
        in (badge["source"])
    )
    assert (
        f"except ImportError:\n    %pip install --quiet {raw}/torchmarks-{torchmarks.__version__}-py3-none-any.whl\n"
        in install["source"]
    )
    assert install["source"].endswith(f"{raw}/01-one/reasons.json")
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "- 01-one.ipynb: [![Open in Colab]" in page
    assert "hub" not in page.replace("github", "")


def test_a_hub_gets_a_link_for_nbgitpuller(root: Path, tmp_path: Path) -> None:
    """As nbgitpuller's own generator of links makes it."""
    publish(root, config(repository=ADDRESS, hub="https://hub.example.org/"), tmp_path / "out")

    assert (
        "[on our hub](https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Forg%2Four-course"
        "&branch=main&urlpath=lab%2Ftree%2Four-course%2F01-one%2F01-one.ipynb)"
    ) in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["http://github.com/a/b", "https://gitlab.com/a/b", "https://github.com/a"])
def test_an_address_that_colab_cannot_open_is_refused(address: str) -> None:
    """With what it has to look like."""
    with pytest.raises(UsageError, match=r"https://github\.com/ORG/REPO"):
        Published(config(repository=address))
