"""Prints the results of a run with a learning platform: a table of students, then lists of what was not collected.

Names and files are students' own: all of it goes through `printable`. Prints; decides nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from torchmarks.console import print_line
from torchmarks.course.commands import feedback_command
from torchmarks.platforms.collecting import CollectedSubmission, CollectResult, SubmissionState, Wish
from torchmarks.platforms.exporting import Export, Exported
from torchmarks.platforms.filling import Filled
from torchmarks.platforms.people import Roster
from torchmarks.platforms.plan import FileOutcome, FileState
from torchmarks.platforms.students import RosterChange
from torchmarks.printable import printable

_MOST: Final = 20  # of a list that needs no action
_WIDE: Final = 240  # columns of piped output, which has one line for a student


def tell(found: CollectResult, wish: Wish) -> None:
    """Print the result of collecting."""
    _students(found.submissions, wish)
    if wish.platform == "moodle" and wish.roster is not None:
        zone = found.zone or datetime.now().astimezone().tzinfo
        _line(f"The worksheet's times were read in the zone {zone}; another is named with --timezone.")
    _files("Not matched to a student", found.of(FileState.NOT_MATCHED))
    _files("Not taken", found.of(FileState.NOT_TAKEN))
    _files("Superseded by a later upload", found.of(FileState.SUPERSEDED))
    _files("Left out", found.of(FileState.LEFT_OUT), _MOST)
    if found.absent:
        _line(f"Nothing handed in: {_some(found.absent)}")
    for change in found.students:
        if change.before is not None and not wish.dry_run:
            _line(f"Gradebook: {change.student}: {change.told}")
    states = [one.state for one in found.submissions]
    counts = ", ".join(f"{states.count(state)} {state.value}" for state in SubmissionState if state in states)
    files = ", ".join(f"{found.counts[state.value]} {state.value}" for state in FileState if found.counts[state.value])
    late = sum(one.is_late for one in found.submissions)
    told = f"{late} late" if found.has_due_date else "the gradebook has no due date, so nobody is late here"
    _line(f"{wish.assignment}: {len(states)} students ({counts or 'none'}), {told}")
    _line(f"{len(found.files)} files: {files}")
    if wish.dry_run:
        _line("This was a dry run: nothing was written.")


def _students(submissions: Sequence[CollectedSubmission], wish: Wish) -> None:
    table = Table(title=f"{wish.assignment} from {wish.platform}", title_justify="left")
    for heading in ("student", "name", "files", "when", "submission"):
        table.add_column(heading, justify="right" if heading == "files" else "left")
    for one in submissions:
        state = "; ".join([one.state.value, *one.notes])
        row = (one.student, one.name, str(one.files), one.told, state)
        table.add_row(*(escape(printable(cell)) for cell in row))
    _console().print(table)


def _files(title: str, files: Sequence[FileOutcome], most: int = 10_000) -> None:
    if not files:
        return
    _line(f"{title}:")
    for one in files[:most]:
        whose = f" ({one.student})" if one.student else ""
        _line(f"  {one.name}{whose}: {one.note}" if one.note else f"  {one.name}{whose}")
    if len(files) > most:
        _line(f"  … and {len(files) - most} more")


def tell_changes(roster: Roster, changes: Sequence[RosterChange], *, dry_run: bool) -> None:
    """Print the result of importing a list of students."""
    for change in changes:
        _line(f"{change.student}: {change.told}")
    added = sum(change.before is None for change in changes)
    same = len(roster.people) - len(changes)
    _line(f"{len(roster.people)} students: {added} added, {len(changes) - added} changed, {same} unchanged")
    if dry_run:
        _line("This was a dry run: nothing was written.")


def tell_export(found: Exported, wish: Export) -> bool:
    """Print the result of an export. Returns whether it is whole."""
    for one in found.columns:
        _column(one)
    if found.columns:
        _line(f"{wish.target.resolve()}: written")
    packed = found.packed
    if packed is not None:
        if packed.nameless:
            _line(f"Pages of work that did not come from {wish.platform}, not packed: {', '.join(packed.nameless)}")
        if packed.outdated:
            remedy = f"To renew them: {feedback_command(packed.assignment)}"
            _line(f"Outdated pages, not packed: {', '.join(packed.outdated)}. {remedy}")
        if packed.without:
            _line(f"No page: {_some(packed.without)}")
        assert wish.feedback is not None
        _line(f"{wish.feedback.resolve()}: written, {packed.pages} pages of {packed.students} students")
    return found.is_whole


def _column(one: Filled) -> None:
    for who, before, after in one.changes:
        if before:
            _line(f"{who}: {before} → {after}")
    for who, why in one.kept:
        _line(f"{who}: {why} there; the cell was left as it is")
    for who in one.cut:
        _line(f"{who}: has more than the {one.possible:g} points that Moodle takes, and gets these")
    if one.lost:
        _line(f"With a mark here and no row there: {'; '.join(one.lost)}")
    if one.absent:
        _line(f"In the file and without a mark here, left as they are: {_some(one.absent, '; ')}")
    scaled = f"; {one.most:g} points here are {one.possible:g} there" if one.most != one.possible else ""
    done = len(one.changes) + one.same
    _line(f"{one.assignment} → {one.column}: {done} marks, {len(one.changes)} of them new or changed{scaled}")


def _some(names: Iterable[str], between: str = ", ") -> str:
    """The first of a list. between: "; " for people's names, which have commas."""
    listed = list(names)
    more = f" … ({len(listed)} in all)" if len(listed) > _MOST else ""
    return between.join(listed[:_MOST]) + more


def _line(text: str) -> None:
    print_line(_console(), text)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
