"""torchmarks.grading.listing: what lies in a submission, looked at once and within bounds."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from nbgrader.utils import find_all_files

from torchmarks.grading.listing import BOUNDS, Bounds, listed

IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__"]  # CourseDirectory.ignore


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each folder is looked through."""
    counted: Counter[str] = Counter()
    scandir = os.scandir

    def counting(place: Any) -> Any:
        counted[str(place)] += 1
        return scandir(place)

    monkeypatch.setattr(os, "scandir", counting)
    return counted


def filled(folder: Path, *names: str) -> Path:
    """A folder with these files, empty."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_it_finds_what_nbgrader_finds(tmp_path: Path) -> None:
    """The ordinary files of find_all_files, with what CourseDirectory.ignore leaves out, hidden names included."""
    names = ["hw.ipynb", "data/a.csv", "data/b.pyc", ".hidden", ".x.pyc", "__pycache__/a.txt", "data/__pycache__/n/c"]
    filled(tmp_path, *names, ".ipynb_checkpoints/hw-checkpoint.ipynb", "deep/er/est/d.txt")

    assert list(map(str, listed(tmp_path, IGNORED).files)) == sorted(find_all_files(str(tmp_path), IGNORED))


def test_each_folder_is_looked_through_once(tmp_path: Path, looked: Counter[str]) -> None:
    """However many files are in it."""
    filled(tmp_path, *(f"{folder}/{number}" for folder in ("a", "b/c") for number in range(100)))

    listed(tmp_path, IGNORED)

    assert looked == {str(tmp_path / name): 1 for name in ("", "a", "b", "b/c")}


@pytest.mark.parametrize(
    "make",
    [
        lambda root, n: filled(root, *map(str, range(n))),
        lambda root, n: [(root / str(i)).mkdir() for i in range(n)],
        lambda root, n: [(root / str(i)).symlink_to("/dev/zero") for i in range(n)],
        lambda root, n: filled(root, *(f"{i}.pyc" for i in range(n))),
        lambda root, n: filled(root, *(f".ipynb_checkpoints/{i}" for i in range(n - 1))),
        lambda root, n: [os.mkfifo(root / str(i)) for i in range(n)],
    ],
    ids=["files", "folders", "links", "ignored files", "files of an ignored folder", "pipes"],
)
def test_too_many_of_anything_is_refused(make: Any, tmp_path: Path) -> None:
    """One more than the bound, of any kind, is refused by its number; the bound itself is not."""
    bounds = Bounds(entries=20)
    make(tmp_path, 20)
    assert listed(tmp_path, IGNORED, bounds).refused is None

    filled(tmp_path, "one more")
    refused = listed(tmp_path, IGNORED, bounds).refused

    assert refused is not None
    assert "more than 20 files and folders" in refused.reason


def test_listing_stops_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of folders beyond the bound none is opened: the work is that of the bound, not of what was handed in."""
    filled(tmp_path, *(f"{folder}/{number}" for folder in range(50) for number in range(10)))
    opened: Counter[str] = Counter()
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: (opened.update([str(place)]), scandir(place))[1])

    assert listed(tmp_path, (), Bounds(entries=60)).refused is not None
    assert len(opened) <= 3


def test_the_folder_that_is_too_full_is_named(tmp_path: Path) -> None:
    """A virtual environment handed in by mistake is named, and nothing in its name steers a terminal."""
    filled(tmp_path, *(f"ven\u202ev/lib/{number}" for number in range(30)))

    refused = listed(tmp_path, (), Bounds(entries=20)).refused

    assert refused is not None
    assert refused.reason.endswith("below ven\N{REPLACEMENT CHARACTER}v.")


def test_deep_folders_are_refused(tmp_path: Path) -> None:
    """One deeper than the bound is, or very much deeper; as deep as the bound is not."""
    place = tmp_path
    for _ in range(BOUNDS.depth):
        place = place / "d"
    filled(place, "last")
    assert len(listed(tmp_path).files) == 1

    descriptor = os.open(place, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=descriptor)
        below = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    refused = listed(tmp_path).refused

    assert refused is not None
    assert f"nested more than {BOUNDS.depth} deep" in refused.reason


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Neither out of the submission nor round and round in it."""
    outside = filled(tmp_path / "other", "secret")
    folder = filled(tmp_path / "ada", "hw.ipynb")
    (folder / "up").symlink_to(outside)
    (folder / "round").symlink_to(folder)
    (folder / "nowhere").symlink_to(tmp_path / "gone")
    os.mkfifo(folder / "pipe")

    found = listed(folder)

    assert found.files == (folder / "hw.ipynb",)
    assert found.links == (folder / "nowhere", folder / "round", folder / "up")
    assert found.others == (folder / "pipe",)


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """As is one that cannot be opened."""
    assert listed(tmp_path / "gone").files == ()
