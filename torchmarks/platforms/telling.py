"""What a person reads of a run with a learning platform: a table of students, then lists of what was not collected.

Names and files are students' own: all of it goes through `printable`. Prints; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from torchmarks.platforms.collecting import Collected, State, Submitted, Wish
from torchmarks.platforms.people import Roster
from torchmarks.platforms.plan import Fate, FileFate
from torchmarks.platforms.students import Change
from torchmarks.printable import printable

_MOST: Final = 20  # of a list of what nobody has to do anything about
# soft_wrap: a path that rich breaks over two lines cannot be copied.
_console = Console(highlight=False, soft_wrap=True)


def tell(found: Collected, wish: Wish) -> None:
    """All that came of collecting."""
    _students(found.submissions, wish)
    _files("Not matched, so nobody's", found.of(Fate.NOT_MATCHED))
    _files("Not taken", found.of(Fate.NOT_TAKEN))
    _files("Superseded by a later upload", found.of(Fate.SUPERSEDED))
    _files("Left out", found.of(Fate.LEFT_OUT), _MOST)
    if found.absent:
        _line(f"Nothing handed in: {_some(found.absent)}")
    for change in found.students:
        if change.before is not None and not wish.dry_run:
            _line(f"Gradebook: {change.student}: {change.told}")
    states = [one.state for one in found.submissions]
    counts = ", ".join(f"{states.count(state)} {state.value}" for state in State if state in states)
    files = ", ".join(f"{found.counts[fate.value]} {fate.value}" for fate in Fate if found.counts[fate.value])
    late = sum(one.is_late for one in found.submissions)
    _line(f"{wish.assignment}: {len(states)} students ({counts or 'none'}), {late} late")
    _line(f"{len(found.files)} files: {files}")
    if wish.dry_run:
        _line("Nothing was written: without --dry-run this is done.")


def _students(submissions: Sequence[Submitted], wish: Wish) -> None:
    table = Table(title=f"{wish.assignment} from {wish.platform}", title_justify="left")
    for heading in ("student", "name", "files", "when", "submission"):
        table.add_column(heading, justify="right" if heading == "files" else "left")
    for one in submissions:
        state = "; ".join([one.state.value, *one.notes])
        row = (one.student, one.name, str(one.files), one.told, state)
        table.add_row(*(escape(printable(cell)) for cell in row))
    _console.print(table)


def _files(title: str, files: Sequence[FileFate], most: int = 10_000) -> None:
    if not files:
        return
    _line(f"{title}:")
    for one in files[:most]:
        whose = f" ({one.student})" if one.student else ""
        _line(f"  {one.name}{whose}: {one.note}" if one.note else f"  {one.name}{whose}")
    if len(files) > most:
        _line(f"  … and {len(files) - most} more")


def tell_changes(roster: Roster, changes: Sequence[Change], *, dry_run: bool) -> None:
    """All that came of importing a list of students."""
    for change in changes:
        _line(f"{change.student}: {change.told}")
    added = sum(change.before is None for change in changes)
    same = len(roster.people) - len(changes)
    _line(f"{len(roster.people)} students: {added} added, {len(changes) - added} changed, {same} unchanged")
    if dry_run:
        _line("Nothing was written: without --dry-run this is done.")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" … ({len(listed)} in all)" if len(listed) > _MOST else ""
    return ", ".join(listed[:_MOST]) + more


def _line(text: str) -> None:
    _console.print(printable(text), markup=False)
