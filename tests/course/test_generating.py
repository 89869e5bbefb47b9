"""Generating and registering: release/ is never lost, the gradebook never left out, a refusal is one line."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.assignment import NAME, instructor, submission
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course import CONFIG, Course, programs_found
from torchmarks.course.generating import register, register_unknown
from torchmarks.errors import UsageError

ROOT = Path(__file__).parents[2]
Notebook = dict[str, Any]


class Room:
    """A scratch course, nbgrader's steps on it as its commands start them, and what they wrote to their log."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.course = Course(root)
        self.said: list[str] = []

    def source(self, name: str = NAME, assignment: str = NAME) -> Path:
        """An instructor's notebook."""
        return self.root / "source" / assignment / f"{name}.ipynb"

    def change(self, how: Callable[[Notebook], None], path: Path | None = None) -> None:
        """Change a notebook's file."""
        path = path or self.source()
        notebook: Notebook = json.loads(path.read_text())
        how(notebook)
        path.write_text(json.dumps(notebook))

    def start(self, converter: type[Any], config: Config, assignment: str) -> Any:
        """A converter, not started, that logs to `said`."""
        self.said.clear()
        log = logging.getLogger(f"room-{id(self)}")
        log.handlers, log.propagate = [_Listing(self.said)], False
        log.setLevel(logging.INFO)
        merged = Config(self.course.config)
        merged.CourseDirectory.assignment_id = assignment
        merged.merge(config)
        made = converter(coursedir=CourseDirectory(config=merged), config=merged)
        made.log = log
        return made

    def generate(self, assignment: str = NAME, *, force: bool = False, config: Config | None = None) -> None:
        """nbgrader generate_assignment."""
        converter = self.start(GenerateAssignment, config or Config(), assignment)
        converter.force = force
        with programs_found():
            converter.start()

    def released(self) -> dict[str, bytes]:
        """All files below release/."""
        place = self.root / "release"
        return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}

    def tests(self, assignment: str = NAME) -> dict[str, str]:
        """The marked cells in the gradebook, with their text."""
        with Gradebook(self.course.db_url) as gradebook:
            notebooks = gradebook.find_assignment(assignment).notebooks
            return {f"{n.name}/{cell.name}": cell.source for n in notebooks for cell in n.source_cells}

    def submit(self, assignment: str = NAME) -> None:
        """A submission in the gradebook, as autograding makes it."""
        with Gradebook(self.course.db_url) as gradebook:
            gradebook.update_or_create_student("ada")
            gradebook.update_or_create_assignment(assignment)
            gradebook.db.expire_all()
            with _no_warnings():
                gradebook.update_or_create_submission(assignment, "ada")


class _Listing(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()}")


def _no_warnings() -> Any:
    import warnings

    return warnings.catch_warnings(action="ignore")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a source, a release and a gradebook, to be copied."""
    root = tmp_path_factory.mktemp("template") / "course"
    root.mkdir()
    shutil.copy(ROOT / CONFIG, root / CONFIG)
    source = root / "source" / NAME / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(instructor()))
    (source.parent / "data.txt").write_text("one\n")
    Course(root).generate(NAME)
    return root


@pytest.fixture
def room(generated: Path, tmp_path: Path) -> Room:
    """A course as after generating."""
    shutil.copytree(generated, tmp_path / "course")
    return Room(tmp_path / "course")


@pytest.fixture
def clone(room: Room) -> Room:
    """A course as after cloning: release/ is there, no gradebook."""
    (room.root / "gradebook.db").unlink()
    return room


def _cell(notebook: Notebook, part: str) -> Notebook:
    cells = (cell for cell in notebook["cells"] if part in cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
    found: Notebook = next(cell for cell in cells if part == "" or cell["metadata"]["nbgrader"]["grade"])
    return found


def _without_a_test(notebook: Notebook) -> None:
    notebook["cells"].remove(_cell(notebook, "mean"))


def _with_another_test(notebook: Notebook) -> None:
    again = json.loads(json.dumps(_cell(notebook, "mean")))
    again["metadata"]["nbgrader"]["grade_id"], again["id"] = "another", "another"
    notebook["cells"].append(again)


def _renamed_test(notebook: Notebook) -> None:
    _cell(notebook, "mean")["metadata"]["nbgrader"]["grade_id"] = "renamed"


def _other_text(notebook: Notebook) -> None:
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "hello", "metadata": {}, "source": "Hello."})


def _mended_test(notebook: Notebook) -> None:
    _cell(notebook, "mean")["source"] += "\n### BEGIN HIDDEN TESTS\nassert True  # mended\n### END HIDDEN TESTS\n"


# ---- a fresh clone


def test_generating_where_release_stands_registers_the_tests(clone: Room) -> None:
    """`nbgrader generate_assignment` in a fresh clone, without --force: tests in the gradebook, release/ untouched."""
    before = clone.released()

    clone.generate()

    assert clone.tests()
    assert clone.released() == before
    assert not any(line.startswith(("WARNING", "ERROR")) for line in clone.said)


def test_all_assignments_of_a_pattern_are_registered(clone: Room) -> None:
    """A pattern in the place of a name means every assignment that it matches, as with nbgrader."""
    for folder in ("source", "release"):
        shutil.copytree(clone.root / folder / NAME, clone.root / folder / "other")

    clone.generate("*")

    assert clone.tests().keys() == clone.tests("other").keys() != set()


def test_a_mended_test_is_registered_without_force(room: Room) -> None:
    """Skipping left the old test in the gradebook, with exit status 0."""
    room.change(_mended_test)

    room.generate()

    assert any("# mended" in text for text in room.tests().values())


def test_what_is_not_current_is_kept_and_named_with_its_command(clone: Room) -> None:
    """Text that changed since: the release stays, one warning has the file and the command."""
    before = clone.released()
    clone.change(_other_text)

    clone.generate()

    warnings = [line for line in clone.said if line.startswith("WARNING")]
    assert len(warnings) == 1
    assert f"{NAME}.ipynb" in warnings[0]
    assert f"nbgrader generate_assignment {NAME} --force" in warnings[0]
    assert clone.released() == before
    assert clone.tests()


@pytest.mark.parametrize("how", [_without_a_test, _with_another_test, _renamed_test])
def test_a_release_with_other_exercises_is_refused(clone: Room, how: Callable[[Notebook], None]) -> None:
    """Students would be graded on what they were not given: refused, and the command named does mend it."""
    clone.change(how)

    with pytest.raises(NbGraderException, match=f"nbgrader generate_assignment {NAME} --force"):
        clone.generate()
    assert len(clone.said) == 1

    clone.generate(force=True)
    clone.generate()


@pytest.mark.parametrize("content", [None, b"{", b"[]", b""])
def test_a_release_without_a_readable_notebook_is_refused(clone: Room, content: bytes | None) -> None:
    """An empty folder, or a damaged file, is no release; --force writes it anew."""
    path = clone.root / "release" / NAME / f"{NAME}.ipynb"
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(NbGraderException, match="--force"):
        clone.generate()

    clone.generate(force=True)
    assert json.loads(path.read_bytes())["cells"]


# ---- with --force, and where there is no release yet


def test_force_writes_release_anew(room: Room) -> None:
    """What source/ has now takes its place; what source/ no longer has goes."""
    room.change(_other_text)
    (room.source().parent / "data.txt").unlink()
    (room.root / "release" / NAME / "deep").mkdir()
    (room.root / "release" / NAME / "deep" / "old.txt").write_text("old")

    room.generate(force=True)

    assert b"Hello." in room.released()[f"{NAME}/{NAME}.ipynb"]
    assert room.released().keys() == {f"{NAME}/{NAME}.ipynb"}
    assert [path.name for path in (room.root / "release" / NAME).iterdir()] == [f"{NAME}.ipynb"]


def test_force_with_submissions_brings_a_mended_test(room: Room) -> None:
    """The documented way to mend a test: submissions stay, release and gradebook are new."""
    room.submit()
    room.change(_mended_test)

    room.generate(force=True)

    assert any("# mended" in text for text in room.tests().values())
    assert room.released()


def test_a_lost_release_is_generated_again(room: Room) -> None:
    """Also with submissions, and without --force: there is nothing to overwrite."""
    before = room.released()
    room.submit()
    shutil.rmtree(room.root / "release")

    room.generate()

    assert room.released() == before


def test_one_notebook_of_two_is_generated_alone(room: Room) -> None:
    """`--notebook` writes that one, and leaves the others where they are."""
    shutil.copy(room.source(), room.source("second"))
    room.generate(force=True)
    before = room.released()
    room.change(_other_text)
    room.change(_other_text, room.source("second"))

    room.generate(force=True, config=Config({"CourseDirectory": {"notebook_id": "second"}}))

    after = room.released()
    assert after[f"{NAME}/{NAME}.ipynb"] == before[f"{NAME}/{NAME}.ipynb"]
    assert after[f"{NAME}/second.ipynb"] != before[f"{NAME}/second.ipynb"]


def test_no_db_leaves_the_gradebook_alone(room: Room) -> None:
    """`--no-db` writes release/ only."""
    room.change(_mended_test)
    settings = {"SaveCells": {"enabled": False}, "GenerateAssignment": {"no_database": True}}

    room.generate(force=True, config=Config(settings))

    assert not any("# mended" in text for text in room.tests().values())


def test_hooks_are_called_once_each(room: Room) -> None:
    """The course's own hooks, by nbgrader's keywords; the one after finds the new release."""
    called: list[str] = []
    room.change(_other_text)

    def before(**words: Any) -> None:
        called.append(f"before {sorted(words)}")

    def after(**words: Any) -> None:
        called.append(f"after {b'Hello.' in room.released()[f'{NAME}/{NAME}.ipynb']}")

    hooks = {"pre_convert_hook": before, "post_convert_hook": after}
    room.generate(force=True, config=Config({"GenerateAssignment": hooks}))

    assert called == ["before ['assignment', 'notebooks', 'student']", "after True"]


# ---- refusals: nothing is written


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("how", [_without_a_test, _with_another_test, _renamed_test])
def test_cells_cannot_come_or_go_under_submissions(room: Room, how: Callable[[Notebook], None], *, force: bool) -> None:
    """Refused in one line before anything is deleted; the gradebook keeps its tests, release/ every byte."""
    room.submit()
    before = room.released(), room.tests()
    room.change(how)

    with pytest.raises(NbGraderException, match="own" if how is _with_another_test else "0 points"):
        room.generate(force=force)

    assert (room.released(), room.tests()) == before
    assert len(room.said) == 1
    assert "\n" not in room.said[0]


@pytest.mark.parametrize("change", ["added", "renamed"])
def test_notebooks_cannot_come_or_go_under_submissions(room: Room, change: str) -> None:
    """The same for a whole notebook of the assignment."""
    room.submit()
    before = room.released()
    if change == "added":
        shutil.copy(room.source(), room.source("second"))
    else:
        room.source().rename(room.source("second"))

    with pytest.raises(NbGraderException, match=r"second\.ipynb"):
        room.generate(force=True)

    assert room.released() == before


def _unbalanced(notebook: Notebook) -> None:
    _cell(notebook, "mean")["source"] += "\n### BEGIN HIDDEN TESTS\nassert True\n"


def _twice(notebook: Notebook) -> None:
    notebook["cells"].append(_cell(notebook, "mean") | {"id": "twice"})


def _no_solution_region(notebook: Notebook) -> None:
    notebook["cells"].append(
        {"cell_type": "code", "id": "open", "metadata": {}, "outputs": [], "execution_count": None,
         "source": "### BEGIN SOLUTION\n1\n"}
    )  # fmt: skip


def _old_schema(notebook: Notebook) -> None:
    _cell(notebook, "mean")["metadata"]["nbgrader"]["schema_version"] = 1


@pytest.mark.parametrize("how", [_unbalanced, _twice, _no_solution_region, _old_schema])
@pytest.mark.parametrize("where", ["first", "second"])
def test_a_source_that_cannot_be_generated_costs_nothing(
    room: Room, how: Callable[[Notebook], None], where: str
) -> None:
    """Also the second notebook, when the first was already converted: one line; release/ and gradebook stay."""
    shutil.copy(room.source(), room.source("second"))
    room.generate(force=True)
    before = room.released(), room.tests()
    room.change(_mended_test, room.source("second" if where == "first" else NAME))
    room.change(how, room.source(NAME if where == "first" else "second"))

    with pytest.raises(NbGraderException, match="cannot be generated"):
        room.generate(force=True)

    assert (room.released(), room.tests()) == before
    assert len(room.said) == 1
    assert "\n" not in room.said[0]


def test_a_source_that_is_no_notebook_costs_nothing(room: Room) -> None:
    """A file that was cut off while it was saved."""
    before = room.released(), room.tests()
    room.source().write_bytes(room.source().read_bytes()[:500])

    with pytest.raises(NbGraderException, match="cannot be generated"):
        room.generate(force=True)

    assert (room.released(), room.tests()) == before


def test_a_gradebook_that_is_none_costs_nothing(room: Room) -> None:
    """One line that names it; release/ stays."""
    before = room.released()
    (room.root / "gradebook.db").write_text("no database, but long enough to be looked at" * 100)

    with pytest.raises(NbGraderException, match=r"gradebook\.db.*db_url"):
        room.generate(force=True)

    assert room.released() == before
    assert len(room.said) == 1


def test_a_file_that_cannot_be_replaced_costs_no_other(room: Room) -> None:
    """A folder in the place of a file stops the step with its name; nothing is deleted."""
    before = room.released()
    (room.root / "release" / NAME / "data.txt").unlink()
    (room.root / "release" / NAME / "data.txt" / "x").mkdir(parents=True)

    with pytest.raises(NbGraderException, match=r"data\.txt"):
        room.generate(force=True)

    assert room.released().keys() == {f"{NAME}/{NAME}.ipynb"}
    assert room.released()[f"{NAME}/{NAME}.ipynb"] == before[f"{NAME}/{NAME}.ipynb"]


# ---- autograde of what was never generated


def _autograde(room: Room) -> Any:
    folder = room.root / "submitted" / "ada" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_bytes(submission({}))
    converter = room.start(Autograde, Config(), NAME)
    converter.init_notebooks()
    return converter


def test_autograde_registers_what_was_only_released(clone: Room) -> None:
    """In a fresh clone, and after the formgrader's Release: the tests come from source/."""
    register_unknown(_autograde(clone))

    assert clone.tests()


def test_autograde_leaves_what_is_known_alone(room: Room) -> None:
    """A test that was mended in source/ and not generated is not graded by surprise."""
    room.change(_mended_test)

    register_unknown(_autograde(room))

    assert not any("# mended" in text for text in room.tests().values())


def test_autograde_of_one_notebook_registers_all(clone: Room) -> None:
    """`--notebook` says what to grade, not what the assignment consists of."""
    for folder in ("source", "release"):
        shutil.copy(clone.source(), clone.root / folder / NAME / "second.ipynb")
    shutil.rmtree(clone.root / "release")
    converter = _autograde(clone)
    converter.coursedir.notebook_id = NAME

    register_unknown(converter)

    assert {name.split("/")[0] for name in clone.tests()} == {NAME, "second"}


def test_autograde_refuses_what_it_cannot_register(clone: Room) -> None:
    """Other exercises in source/ than were given: one line with the command that mends it."""
    clone.change(_without_a_test)

    with pytest.raises(NbGraderException, match=f"nbgrader generate_assignment {NAME} --force"):
        register_unknown(_autograde(clone))
    assert len(clone.said) == 1


def test_an_assignment_without_a_source_is_said(clone: Room) -> None:
    """A name that source/ does not have, with those that it has; `torchmarks grade` registers first."""
    with pytest.raises(UsageError, match=f"source/ has none.*Known: {NAME}"):
        register(clone.course.config, "elsewhere")


def test_a_submission_that_was_graded_in_vain_gets_its_rows(clone: Room) -> None:
    """What the trap left behind: a due date and a submission, no notebook. Registering gives it places for grades."""
    clone.submit()

    clone.generate()

    with Gradebook(clone.course.db_url) as gradebook:
        graded = {grade.name for grade in gradebook.find_submission(NAME, "ada").notebooks[0].grades}
        cells = {cell.name for cell in gradebook.find_notebook(NAME, NAME).grade_cells}
        comments = gradebook.find_submission(NAME, "ada").notebooks[0].comments
    assert graded == cells != set()
    assert comments
