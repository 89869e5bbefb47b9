"""Backs up the gradebook, and with it the course's secret, while both are in use; and restores a backup.

    torchmarks backup --to FILE
    torchmarks restore FILE

`sqlite_copy` and `postgres_dump` know how a copy is made. This module sees to it that a copy is examined before it gets
its name, that a backup is examined before anything is touched, that nothing is overwritten unasked, and that nothing is
lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

from torchmarks.course import postgres_dump, postgres_rows
from torchmarks.course.backup_contents import Contents, refuse_strangers
from torchmarks.course.commands import nbgrader_command
from torchmarks.course.sqlite_copy import SIDES, Say, copied, examined, exchanged
from torchmarks.errors import UsageError
from torchmarks.whole_files import PRIVATE, new_file

_KEPT: Final = "Give --force to put the backup in its place; a copy of it is kept in the course's folder."
_NAME: Final = "Name another file."
_UNLOCK: Final = (
    "Make the course's folder writable for you: the gradebook that was there is kept in it, under that name."
)
_ANOTHER: Final = "Name another file, or give --force."


def default_name(db_url: str, now: datetime | None = None) -> str:
    """A unique name for a backup, which git ignores beside the gradebook."""
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    ending = "" if _is_sqlite(db_url) else ".dump"
    return f"gradebook.db.backup-{stamp}{ending}"


def backup(
    db_url: str, to: Path, *, force: bool = False, say: Say = lambda text: None, remedy: str = _NAME
) -> Contents:
    """Copy a gradebook as it is at this moment, while others may write to it. force: also over an existing file;
    remedy: where it cannot be written.

    Raises UsageError where there is no gradebook or the copy cannot be written, MachineError where it stays locked or
    the copy does not pass its examination. Then nothing is left behind, and what was at `to` is unchanged.
    """
    _refuse_existing(to, force=force)
    if not _is_sqlite(db_url):
        return _dumped(make_url(db_url), to, force=force, remedy=remedy)
    place = _existing(db_url)
    if to.exists() and to.samefile(place):
        raise UsageError("is the gradebook itself", str(to), "Name another file with --to.")
    with _beside(to, force=force, remedy=remedy) as made:
        copied(place, made, say)
        say("examining the copy")
        return examined(made)


def restore(
    db_url: str, course_id: str, file: Path, root: Path, *, force: bool = False, other_course: bool = False,
    say: Say = lambda text: None,
) -> tuple[Contents, Path | None]:  # fmt: skip
    """Put a backup in the place of the gradebook. Returns what it holds, and where the previous gradebook is kept.

    course_id: whose backup it has to be; root: the course's folder; force: over an existing gradebook, of which a copy
    is kept; other_course: also a backup that did not come from the existing gradebook. Programs that have it open see
    the restored one from their next transaction on.
    Raises UsageError for a file that is not a backup of this course, MachineError for a gradebook that stays locked.
    """
    if not _is_sqlite(db_url):
        return _restored_dump(db_url, course_id, file, root, force=force, other_course=other_course)
    place = Path(str(make_url(db_url).database))
    found = examined(file, course_id)
    sides = [place.with_name(place.name + side) for side in SIDES]
    there = [path for path in (place, *sides) if path.exists()]
    if there and not force:
        what = "there is a gradebook already" if place in there else "this was left by a gradebook that is gone"
        raise UsageError(what, str(there[0]), _KEPT)
    if place.exists() and place.samefile(file):
        raise UsageError("is the gradebook itself", str(file), "Name a backup.")
    here = _sound(place, course_id) if place in there else None
    if here is not None and not other_course:
        refuse_strangers(found, here, file)
    return found, _put_in_place(place, file, there, is_sound=here is not None, say=say)


def _put_in_place(place: Path, file: Path, there: list[Path], *, is_sound: bool, say: Say) -> Path | None:
    """Put an examined file in the place of the gradebook. Returns where the previous one is kept."""
    kept = place.with_name(_kept_name(place.name))
    if is_sound:
        backup(f"sqlite:///{place}", kept, say=say, remedy=_UNLOCK)
        exchanged(file, place, say)
        return kept
    for path in there:  # not with the new file: SQLite would read these with it
        path.rename(kept.with_name(path.name.replace(place.name, kept.name)))
    with _beside(place, force=False, private=False, remedy="Make its folder writable for you.") as made:
        copied(file, made, say)
    return kept if there else None


def _kept_name(name: str) -> str:
    return f"{name}.before-restore-{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}"


def _sound(place: Path, course_id: str) -> Contents | None:
    """What the gradebook in its place holds, None where it is not one; that of another course is refused."""
    try:
        examined(place)
    except UsageError:
        return None
    return examined(place, course_id)


def _is_sqlite(db_url: str) -> bool:
    backend = make_url(db_url).get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise UsageError(f"this command cannot copy {backend}", "db_url", "Use its own program for that.")
    return backend == "sqlite"


def _existing(db_url: str) -> Path:
    place = Path(str(make_url(db_url).database))
    if not place.is_file():
        remedy = f"Name the course with --course; `{nbgrader_command('generate_assignment')}` makes its gradebook."
        raise UsageError("there is no gradebook yet", str(place), remedy)
    return place


def _dumped(url: URL, to: Path, *, force: bool, remedy: str) -> Contents:
    postgres_dump.require_programs(url, to)
    with _beside(to, force=force, remedy=remedy) as made:
        postgres_dump.dump(url, made)
        return postgres_dump.examined(made)


def _restored_dump(
    db_url: str, course_id: str, file: Path, root: Path, *, force: bool, other_course: bool
) -> tuple[Contents, Path | None]:
    url, found = make_url(db_url), postgres_dump.examined(file, course_id)
    kept = root / _kept_name("gradebook.db") if postgres_dump.has_gradebook(url) else None
    if kept is not None and not force:
        raise UsageError("there is a gradebook already", postgres_dump.shown(url), _KEPT)
    if kept is not None:
        if not other_course:
            refuse_strangers(found, postgres_dump.contents(url), file)
        backup(db_url, kept, remedy=_UNLOCK)
    try:
        postgres_rows.load(url, file)
    except BaseException:
        if kept is not None:  # a copy of what is still there
            kept.unlink(missing_ok=True)
        raise
    return found, kept


def _refuse_existing(to: Path, *, force: bool) -> None:
    if to.is_dir():
        raise UsageError("is a folder", str(to), "Name a file in it with --to.")
    if to.exists() and not force:
        raise UsageError("is there already", str(to), _ANOTHER)


@contextlib.contextmanager
def _beside(to: Path, *, force: bool, private: bool = True, remedy: str = _NAME) -> Iterator[Path]:
    """A new file that gets the name `to` at the end, and is deleted where the end is not reached.

    private: for its owner alone, because of the secret in it; remedy: where it cannot be written.
    """
    try:
        with new_file(to, mode=PRIVATE if private else None, replace=force) as made:
            try:
                yield made
            finally:
                for side in SIDES:
                    made.with_name(made.name + side).unlink(missing_ok=True)
    except FileExistsError as error:
        raise UsageError("is there already", str(to), _ANOTHER) from error
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", str(to), remedy) from error
