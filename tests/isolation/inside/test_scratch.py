"""Files are put back as they were, whatever happened to them."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside import scratch

LIMIT = 1000
PROC = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)


def listing(root: Path) -> dict[str, str]:
    """Every path below, with what it holds."""
    found = {}
    for path in sorted(root.rglob("*")):
        kind = os.readlink(path) if path.is_symlink() else "folder" if path.is_dir() else path.read_text()
        found[str(path.relative_to(root))] = kind
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files, a folder and a link."""
    (tmp_path / "a").write_text("a")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b").write_text("b")
    (tmp_path / "link").symlink_to("a")
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "a").write_text("x"),
        lambda root: (root / "a").unlink(),
        lambda root: (root / "deep" / "new").write_text("x"),
        lambda root: shutil.rmtree(root / "deep"),
        lambda root: (shutil.rmtree(root / "deep"), (root / "deep").symlink_to("/")),  # type: ignore[func-returns-value]
        lambda root: ((root / "link").unlink(), (root / "link").symlink_to("/etc")),
        lambda root: ((root / "a").unlink(), os.mkfifo(root / "a")),  # type: ignore[func-returns-value]
        lambda root: ((root / "n" / "m").mkdir(parents=True), (root / "n" / "m" / "f").write_text("x")),
    ],
)
def test_every_change_is_undone(tree: Path, change: Callable[[Path], object]) -> None:
    """Written, deleted, added, replaced by a link or a pipe: afterwards all is as before."""
    expected = listing(tree)
    before = scratch.take(str(tree), LIMIT, PROC)
    assert before is not None
    change(tree)

    scratch.restore(str(tree), before, PROC)

    assert listing(tree) == expected


@pytest.mark.parametrize("name", [".", "deep", "deep/er"])
def test_a_folder_carries_no_number(tree: Path, name: str) -> None:
    """Its rights, times and attributes, and those of the folder that all lies in, are as before."""
    before = scratch.take(str(tree), LIMIT, PROC)
    assert before is not None
    folder = tree / name
    expected = (folder.stat().st_mode, folder.stat().st_mtime_ns, os.listxattr(folder))
    folder.chmod(0o705)
    with contextlib.suppress(OSError):  # not every file system has them
        os.setxattr(folder, "user.kept", b"1234567")
    os.utime(folder, (1234567, 1234567))
    (folder / "new").write_text("x")

    scratch.restore(str(tree), before, PROC)

    assert (folder.stat().st_mode, folder.stat().st_mtime_ns, os.listxattr(folder)) == expected
    assert folder.stat().st_atime != 1234567


def test_a_change_that_hides_its_time_is_noticed(tree: Path) -> None:
    """Setting the modification time back does not help."""
    before = scratch.take(str(tree), LIMIT, PROC)
    assert before is not None
    status = (tree / "a").stat()
    (tree / "a").write_text("x")
    os.utime(tree / "a", ns=(status.st_atime_ns, status.st_mtime_ns))

    scratch.restore(str(tree), before, PROC)

    assert (tree / "a").read_text() == "a"


def test_what_a_link_points_to_is_left_alone(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A new link to a folder elsewhere is removed, not the folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_text("x")
    before = scratch.take(str(tree), LIMIT, PROC)
    assert before is not None
    (tree / "evil").symlink_to(elsewhere)

    scratch.restore(str(tree), before, PROC)

    assert (elsewhere / "precious").exists()
    assert not (tree / "evil").is_symlink()


def test_too_much_is_not_kept(tree: Path) -> None:
    """Beyond the limit there is no snapshot."""
    (tree / "big").write_bytes(bytes(LIMIT + 1))

    assert scratch.take(str(tree), LIMIT, PROC) is None


def test_unchanged_files_are_not_read_again(tree: Path) -> None:
    """A second snapshot shares the contents of the first."""
    first = scratch.take(str(tree), LIMIT, PROC)
    second = scratch.take(str(tree), LIMIT, PROC, first)

    assert first is not None
    assert second is not None
    assert all(second[path] is entry for path, entry in first.items())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to somebody else")
def test_what_is_written_again_is_its_owner_s(tree: Path) -> None:
    """Files, folders and links of a session that runs as a user of its own stay that user's."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)  # pytest's own folder is closed to that user
        _give_and_take(Path(shutil.move(tree, f"{folder}/tree")))


def _give_and_take(tree: Path) -> None:
    before = scratch.take(str(tree), LIMIT, PROC)
    assert before is not None
    shutil.rmtree(tree / "deep")
    (tree / "a").unlink()
    (tree / "link").unlink()

    for path in (tree, *tree.rglob("*")):
        os.chown(path, 60706, 60706, follow_symlinks=False)

    with ns.as_file_user(60706):
        scratch.restore(str(tree), before, PROC)

    assert {os.lstat(tree / name).st_uid for name in ("a", "deep", "deep/er", "deep/er/b", "link")} == {60706}
