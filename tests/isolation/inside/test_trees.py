"""Trees are deleted whatever was built in them, and nothing outside is touched."""

import os
from pathlib import Path

import pytest

from torchmarks.isolation.inside import trees


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files, links, pipes and folders in it, beside one that must stay."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kept").write_text("x")
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_text("x")
    (root / "link").symlink_to(tmp_path / "other")
    (root / "a" / "up").symlink_to("../../other")
    os.mkfifo(root / "a" / "pipe")
    return root


def test_a_tree_goes_and_what_links_lead_to_stays(tree: Path, proc: int) -> None:
    """Links are deleted, not followed."""
    trees.remove(str(tree), proc)

    assert not tree.exists()
    assert (tree.parent / "other" / "kept").read_text() == "x"


def test_depth_does_not_stop_it(tree: Path, proc: int) -> None:
    """1,500 folders in each other: deeper than a path, a stack of calls or the descriptors of a process reach."""
    here = os.open(tree, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)

    trees.remove(str(tree), proc)

    assert not tree.exists()


def test_folders_without_rights_go(tree: Path, proc: int) -> None:
    """Who owns a folder can delete it, whatever rights were taken from it."""
    (tree / "a" / "b").chmod(0)
    (tree / "a").chmod(0)

    trees.remove(str(tree), proc)

    assert not tree.exists()


def test_a_folder_that_is_a_link_is_deleted_as_a_link(tree: Path, proc: int) -> None:
    """Where a link has taken the place of the folder, what it leads to stays."""
    place = tree.parent / "place"
    place.symlink_to(tree)

    trees.remove(str(place), proc)

    assert not place.is_symlink()
    assert (tree / "a" / "b" / "file").exists()


def test_what_is_not_there_is_not_an_error(tmp_path: Path, proc: int) -> None:
    """Neither the folder nor the one above has to be there."""
    trees.remove(str(tmp_path / "no" / "where"), proc)


def test_room_is_counted_up_to_what_is_asked(tree: Path, proc: int) -> None:
    """Blocks on disk of all files below; a link's target does not count."""
    (tree / "a" / "b" / "large").write_bytes(bytes(1_000_000))

    assert 1_000_000 <= trees.used_bytes(str(tree), 10**9, proc) < 1_200_000
    assert trees.used_bytes(str(tree), 0, proc) > 0


def test_names_that_a_student_foresaw_do_not_stop_it(tree: Path, proc: int) -> None:
    """Whatever folders are called, they are moved out of each other and deleted."""
    for number in range(40):
        (tree / f".removed-{number}" / "x" / "y").mkdir(parents=True)

    trees.remove(str(tree), proc)

    assert not tree.exists()


def test_folders_that_cannot_be_listed_are_counted(tree: Path, proc: int) -> None:
    """Their owner's rights are given back first."""
    (tree / "a" / "b" / "large").write_bytes(bytes(1_000_000))
    (tree / "a" / "b").chmod(0o300)

    assert trees.used_bytes(str(tree), 10**9, proc) >= 1_000_000


def test_a_tree_without_end_is_not_followed(tree: Path, proc: int) -> None:
    """It is said that it is too deep, whatever lies there."""
    (tree / "/".join("d" * 150)).mkdir(parents=True)

    with pytest.raises(trees.Endless, match="folders"):
        trees.used_bytes(str(tree), 10**9, proc)


def test_files_without_end_are_not_counted_on(tree: Path, proc: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty ones take no room that is counted, and yet there is an end to them."""
    monkeypatch.setattr(trees, "MOST", 20)
    for number in range(30):
        (tree / str(number)).touch()

    with pytest.raises(trees.Endless) as caught:
        trees.used_bytes(str(tree), 10**9, proc)

    assert caught.value.name == "files"


def test_files_without_a_name_are_counted_once(tree: Path, proc: int) -> None:
    """By whoever has them open, twice or not; files with a name are not."""
    with (tree / "gone").open("wb") as file, (tree / "kept").open("wb") as kept:
        for one in (file, kept):
            one.write(bytes(1_000_000))
            one.flush()
        (tree / "gone").unlink()
        again = os.dup(file.fileno())
        try:
            assert 1_000_000 <= trees.unnamed_bytes(proc, iter([os.getpid()])) < 1_900_000
        finally:
            os.close(again)
