"""An assignment as its graders need it: made from the gradebook, the release and the course's configuration.

Reads files and the gradebook; writes nothing, runs nothing. Both nbgrader's preprocessors and bulk grading use it, so
that they grade with the same bundle. Must not know a submission.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files
from traitlets.config import Config

from torchmarks.catalogue import Catalogue, read_catalogue, read_text
from torchmarks.checks.cell_marks import grade_id_of, marks_of
from torchmarks.checks.language import ENGLISH, languages
from torchmarks.checks.reasons_file import NAME, beside
from torchmarks.course.commands import generate_command
from torchmarks.course.secret import known_secret
from torchmarks.errors import UsageError
from torchmarks.grading import Bundle, NotebookBundle
from torchmarks.isolation import Isolation, Limits

_log = logging.getLogger(__name__)


def released_notebook(gradebook: Gradebook, assignment: str, notebook: str, release: Path | None) -> dict[str, Any]:
    """The released notebook with its hidden tests: marked cells from the gradebook, the rest from the release.

    release: the released file, if there is one; without it the notebook has its marked cells only. Raises MissingEntry
    for a notebook that the gradebook does not know.
    """
    sources = {cell.name: cell for cell in gradebook.find_notebook(notebook, assignment).source_cells}
    points = {cell.name: cell.max_score for cell in gradebook.find_notebook(notebook, assignment).grade_cells}
    if release is not None and release.exists():
        node = nbformat.read(release, as_version=4)
        for cell in node.cells:
            known = sources.get(grade_id_of(cell))
            if known is not None:
                cell.source = known.source
                meta = cell.metadata.nbgrader
                if points.get(known.name, meta.get("points")) != meta.get("points"):  # release/ may be older
                    meta["points"] = points[known.name]
        return dict(node)
    solutions = {cell.name for cell in gradebook.find_notebook(notebook, assignment).solution_cells}
    cells = []
    for name, cell in sources.items():
        meta = {
            "grade_id": name, "grade": name in points, "solution": name in solutions, "locked": bool(cell.locked),
            "task": False, "points": points.get(name, 0), "schema_version": 3, "checksum": cell.checksum,
        }  # fmt: skip
        cells.append({"cell_type": cell.cell_type, "source": cell.source, "metadata": {"nbgrader": meta}})
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


# stamp: not read; with another one the cache has no such entry.
@lru_cache(maxsize=64)
def _bundle(
    db_url: str, assignment: str, notebook: str, release: str, source: Path | None, stamp: tuple[Any, ...]
) -> NotebookBundle:
    with Gradebook(db_url) as gradebook:
        released = released_notebook(gradebook, assignment, notebook, Path(release))
    if source is None:
        return NotebookBundle.of(notebook, released)
    return NotebookBundle.of(notebook, released, catalogue_in(catalogue_at(source), released), beside(source))


def notebook_bundle(
    db_url: str, assignment: str, notebook: str, release: Path, source: Path | None = None
) -> NotebookBundle:
    """The bundle of one notebook; made once for as long as neither the files nor the tests in the gradebook change.

    source: the assignment's folder in source/; without it messages name no misconception.
    """
    with Gradebook(db_url) as gradebook:
        cells = gradebook.find_notebook(notebook, assignment).source_cells
        # nbgrader's checksum is of the text and the points
        checksums = tuple((cell.name, cell.checksum) for cell in cells)
    paths = [release] if source is None else [release, catalogue_at(source), source / NAME]
    modified = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
    return _bundle(db_url, assignment, notebook, str(release), source, (modified, checksums))


def source_folder(directory: CourseDirectory, assignment: str) -> Path:
    """An assignment's folder in source/."""
    return Path(directory.format_path(directory.source_directory, ".", assignment))


def catalogue_at(source: Path) -> Path:
    """Where the catalogue of an assignment is: beside its folder in source/, all of which goes to students."""
    return source.with_name(f"{source.name}.py")


def catalogue_path(directory: CourseDirectory, assignment: str) -> Path:
    """Where the catalogue of an assignment is."""
    return catalogue_at(source_folder(directory, assignment))


def exercises_in(notebook: Mapping[str, Any]) -> list[str]:
    """The names of a notebook's exercises: the ids of the cells that students write into."""
    marks = [marks_of(cell) for cell in notebook["cells"]]
    return [str(mark["grade_id"]) for mark in marks if mark.get("solution")]


def catalogue_in(path: Path | None, notebook: Mapping[str, Any]) -> Catalogue:
    """The catalogue for a notebook; an empty one where there is no file.

    One that cannot be read costs the names, never a mark: the log says so, and `torchmarks verify` refuses it.
    """
    if path is None or not path.is_file():
        return Catalogue()
    try:
        text = read_text(path)
    except UsageError as error:
        return _no_names(error)
    return catalogue_of(text, notebook, str(path))


def catalogue_of(text: str, notebook: Mapping[str, Any], where: str) -> Catalogue:
    """The catalogue that a text holds, for a notebook; see `catalogue_in`. where: what the log calls it."""
    try:
        return read_catalogue(text, exercises_in(notebook), where)
    except UsageError as error:
        return _no_names(error)


def _no_names(error: UsageError) -> Catalogue:
    _log.warning("Messages name no misconception: %s", error)
    return Catalogue()


def assignment_bundle(config: Config, assignment: str, directory: CourseDirectory | None = None) -> Bundle:
    """The bundle of a whole assignment of the course that `config` describes.

    Its files are those beside the notebooks in source/: nbgrader copies them over the students' when grading. It has no
    secret where the course has none yet. directory: where the course is, if `config` does not say so.
    Raises UsageError for an assignment that was never generated, one whose folder in source/ is gone, and an unknown
    language.
    """
    directory = directory or CourseDirectory(config=config)
    notebooks = notebooks_of(directory, assignment)
    if not notebooks:
        raise UsageError(
            f"the gradebook has no notebook of {assignment!r}",
            str(directory.root),
            f"Run `{generate_command(assignment)}` first.",
        )
    files = data_files_of(config, directory, assignment)
    return Bundle(assignment, notebooks, files, known_secret(str(directory.db_url)), language_of(config))


def notebooks_of(directory: CourseDirectory, assignment: str) -> tuple[NotebookBundle, ...]:
    """The bundles of an assignment's notebooks; none for an assignment that the gradebook does not know."""
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        try:
            names = sorted(notebook.name for notebook in gradebook.find_assignment(assignment).notebooks)
        except MissingEntry:
            names = []
    release = Path(directory.format_path(directory.release_directory, ".", assignment))
    source = source_folder(directory, assignment)
    return tuple(
        notebook_bundle(directory.db_url, assignment, name, release / f"{name}.ipynb", source) for name in names
    )


def data_files_of(config: Config, directory: CourseDirectory, assignment: str) -> dict[str, bytes]:
    """What is beside the notebooks in source/ and is copied over students' files. Raises UsageError."""
    source = source_folder(directory, assignment)
    if not source.is_dir():
        raise UsageError(
            "the folder is missing, so it is not known which data files the tests need",
            str(source),
            "Restore it, then run the same command again.",
        )
    # nbgrader leaves these to the students as well
    kept = set(Autograde(coursedir=directory, config=Config(config)).exclude_overwriting.get(assignment, []))
    paths = {Path(path) for path in find_all_files(str(source), [*directory.ignore, "*.ipynb"])}
    names = {path.relative_to(source).as_posix(): path for path in sorted(paths)}
    return {name: path.read_bytes() for name, path in names.items() if name not in kept}


def isolation_of(config: Mapping[str, Any]) -> Isolation:
    """The level of isolation that a course's configuration asks for."""
    chosen = config.get("Judge", {})
    isolation: Isolation = "none" if chosen.get("unsafe_no_sandbox", False) else chosen.get("isolation", "auto")
    return isolation


def language_of(config: Mapping[str, Any]) -> str:
    """The language in which a course's students read feedback (`c.Judge.language`). Raises UsageError."""
    language = config.get("Judge", {}).get("language", ENGLISH)
    if language not in languages():
        known = ", ".join(map(repr, languages()))
        raise UsageError(f"there is no language {language!r}", "c.Judge.language", f"Known: {known}.")
    return str(language)


def limits_of(config: Mapping[str, Any]) -> Limits:
    """The limits for students' code that a course's configuration sets (`c.Judge.cell_s` and so on)."""
    chosen = config.get("Judge", {})
    return Limits(**{name: chosen[name] for name in Limits.__dataclass_fields__ if name in chosen})
