"""torchmarks.course.bundle_file: an assignment as a file, read back as it was, and never opened to others."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from torchmarks.course import Course, bundle_file, repository
from torchmarks.course.bundle_file import BundleFile
from torchmarks.course.bundles import catalogue_at, catalogue_in
from torchmarks.errors import UsageError
from torchmarks.grading import NotebookBundle
from torchmarks.grading.basis import tests_of as fingerprint

COURSE = Course(repository())
NOTEBOOK = "notebooks/04-memory-and-numpy.ipynb"
SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def file() -> BundleFile:
    """One of the course's assignments."""
    return BundleFile.of_course(COURSE.config, "04-memory-and-numpy", SECRET)


@pytest.mark.parametrize("assignment", COURSE.assignments())
def test_graders_need_no_more_than_it_holds(assignment: str) -> None:
    """Cells, catalogue and signatures are those of the instructor's notebook, of every assignment."""
    (made,) = BundleFile.of_course(COURSE.config, assignment, SECRET).bundle().notebooks
    source, folder = COURSE.notebook("source", assignment), COURSE.path("source", assignment)
    whole = NotebookBundle.of(assignment, source, catalogue_in(catalogue_at(folder), source))

    assert made.blueprint == whole.blueprint
    assert (made.signatures, made.device, made.catalogue) == (whole.signatures, whole.device, whole.catalogue)


def test_it_is_read_as_it_was_written(file: BundleFile, tmp_path: Path) -> None:
    """With the secret, and the same tests by their fingerprint."""
    file.write(tmp_path / "x.bundle")
    read = BundleFile.read(tmp_path / "x.bundle")

    assert read == file
    assert read.secret == SECRET
    assert fingerprint(read.bundle()) == fingerprint(file.bundle())


def test_the_language_of_the_course_travels(file: BundleFile, tmp_path: Path) -> None:
    """To the grading of what is read; a file in English says nothing of it, as those of older versions."""
    german = replace(file, language="de")
    german.write(tmp_path / "x.bundle")

    assert BundleFile.read(tmp_path / "x.bundle").bundle().language == "de"
    with zipfile.ZipFile(io.BytesIO(file.packed())) as archive:
        assert "language" not in json.loads(archive.read("assignment.json"))


def test_nobody_else_may_read_it(file: BundleFile, tmp_path: Path) -> None:
    """Its owner alone, from the first byte on."""
    file.write(tmp_path / "x.bundle")

    assert (tmp_path / "x.bundle").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["x.bundle"]


def test_no_reference_solution_is_in_its_notebooks(file: BundleFile) -> None:
    """Where students' work goes stands the stub."""
    (notebook,) = file.notebooks.values()

    assert "BEGIN SOLUTION" not in json.dumps(notebook)
    assert "BEGIN HIDDEN TESTS" in json.dumps(notebook)


def test_the_secret_is_not_shown(file: BundleFile) -> None:
    """A log that names the object does not tell it."""
    assert SECRET.hex() not in repr(file)
    assert str(SECRET) not in repr(file)


def _with(file: BundleFile, members: Mapping[str, bytes | None] = MappingProxyType({}), **changes: object) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file.packed())) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            data = members.get(name, old.read(name))
            if data is None:
                continue
            if name == "assignment.json":
                data = json.dumps({**json.loads(data), **changes}).encode()
            new.writestr(name, data)
    return buffer.getvalue()


def _garbled(content: bytes) -> bytes:
    return content[:60] + bytes(byte ^ 0x55 for byte in content[60:400]) + content[400:]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda file: b"no archive", "this is not a bundle"),
        (lambda file: file.packed()[:-400], "this is not a bundle"),
        (lambda file: _with(file, layout=99), "the bundle has the layout 99"),
        (lambda file: _with(file, limits={"cell_s": "soon"}), "this is not a bundle"),
        (lambda file: _with(file, notebooks=["gone"]), "this is not a bundle"),
        (lambda file: _with(file, secret="zz"), "this is not a bundle"),
        (lambda file: _with(file, {"catalogue.py": None}), "this is not a bundle"),
        (lambda file: _with(file, {"catalogue.py": b"\xff"}), "this is not a bundle"),
        (lambda file: _with(file, {NOTEBOOK: b"[" * 200_000}), "this is not a bundle"),
        (lambda file: _with(file, {NOTEBOOK: b"[1]"}), "this is not a bundle"),
        (
            lambda file: _with(file).replace(b"PK\1\2\x14\x03\x14\0\0", b"PK\1\2\x14\x03\x14\0\1"),
            "this is not a bundle",
        ),
        (lambda file: _garbled(file.packed()), "this is not a bundle"),
    ],
)
def test_another_file_is_refused(file: BundleFile, tmp_path: Path, damage: object, reason: str) -> None:
    """With the command that makes it again."""
    (tmp_path / "x.bundle").write_bytes(damage(file))  # type: ignore[operator]

    with pytest.raises(UsageError, match=reason) as caught:
        BundleFile.read(tmp_path / "x.bundle")
    assert "pack-assignment" in str(caught.value)


def test_where_it_cannot_be_written_nothing_is_left(file: BundleFile, tmp_path: Path) -> None:
    """The folder is not there."""
    with pytest.raises(UsageError, match="cannot be written"):
        file.write(tmp_path / "none" / "x.bundle")


def test_a_bundle_that_unpacks_without_end_is_not_read(
    file: BundleFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to what it says it holds, nor to more; and none is written that could not be read."""
    file.write(tmp_path / "x.bundle")
    monkeypatch.setattr(bundle_file, "_MOST_BYTES", 1000)

    with pytest.raises(UsageError, match="would have more than"):
        BundleFile.read(tmp_path / "x.bundle")
    with pytest.raises(UsageError, match="would have more than"):
        file.packed()
