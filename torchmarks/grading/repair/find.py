"""Decides which of a student's files is taken for a notebook of the assignment.

Pure: names, bytes and what repair made of them in, a choice out. A choice that leaves work out says so; where nothing
but a guess could decide, nothing is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from torchmarks.checks.cell_marks import grade_id_of
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.reasons_file import NAME as REASONS
from torchmarks.grading.repair.blueprint import Blueprint
from torchmarks.grading.repair.match import normal
from torchmarks.grading.repair.outcome import Refused, Repair, Repaired
from torchmarks.printable import printable
from torchmarks.system_files import is_added

MOST_CANDIDATES: Final = 20  # repaired for one notebook; each costs time that grows with its size
# What programs add behind a name: .ipynb.txt.txt, .ipynb.download, .ipynb.1, .ipynb (2), .ipynb~, .ipynb_
_SUFFIX = re.compile(r"\.ipynb.*$|\.json$", re.IGNORECASE | re.DOTALL)
_NOTEBOOK = re.compile(rb'(?:\xef\xbb\xbf)?\s*+\{.*?"cell_type"\s*+:', re.DOTALL)
_LOOKED_AT = 1 << 16  # bytes; the cells are the first that a notebook has
_PACKED = re.compile(r"\.(?:zip|gz|tgz|tar|bz2|xz|7z|rar)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+|[0-9]+")
# What people and programs add to the name of a copy: it makes a name no less alike.
_COPY = {"copy", "final", "solution", "submission", "new", "v", "ipynb"}
_TIMESTAMP: Final = "timestamp.txt"  # nbgrader puts it there
_COURSES = {_TIMESTAMP, REASONS}  # in every submission: nothing to name in place of a notebook


@dataclass(frozen=True, slots=True)
class Found:
    """The file `name` is the notebook, and `repaired` what repair made of it.

    repairs: says so if that is not its released name, and which other work was left out. same: names of other files
    with the same work.
    """

    name: str
    repairs: tuple[Repair, ...]
    repaired: Repaired
    same: tuple[str, ...] = ()

    @property
    def all_repairs(self) -> tuple[Repair, ...]:
        """What was said of the choice, then what was repaired in the file."""
        return (*self.repairs, *self.repaired.repairs)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that might be the notebook.

    answers: by grade id the text of what is answered; own: what else the student wrote. Both are empty in a notebook
    that is as it was released. exact: whether it has the released name.
    """

    name: str
    outcome: Repaired | Refused
    answers: Mapping[str, str]
    own: tuple[str, ...]
    exact: bool
    same: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, outcome: Repaired | Refused, blueprint: Blueprint, wanted: str) -> Candidate:
        """From what repair made of a file."""
        answers, own = ({}, ()) if isinstance(outcome, Refused) else work_in(outcome.notebook, blueprint)
        return cls(name, outcome, answers, own, composed(name) == composed(wanted))

    @property
    def worked(self) -> bool:
        """Whether a student wrote anything in it."""
        return bool(self.answers or self.own)

    def continued_by(self, other: Candidate) -> bool:
        """Whether another notebook answers all that this one answers, and more."""
        return self.answers.keys() < other.answers.keys()


def work_in(notebook: Mapping[str, Any], blueprint: Blueprint) -> tuple[dict[str, str], tuple[str, ...]]:
    """What a student wrote into a repaired notebook: answers by grade id, and the texts of cells of their own."""
    stubs = {cell.grade_id: normal(cell.released) for cell in blueprint.cells if cell.solution}
    given = {normal(cell.released) for cell in blueprint.cells if not cell.grade_id}
    answers: dict[str, str] = {}
    own: list[str] = []
    for cell in notebook["cells"]:
        name, text = grade_id_of(cell), normal(cell["source"])
        if name in stubs and text not in ("", stubs[name]):
            answers[name] = text
        elif not name and text and text not in given:
            own.append(text)
    return answers, tuple(own)


def composed(name: str) -> str:
    """A name as it is compared: the same in every Unicode form."""
    # macOS stores accents apart from their letters
    return unicodedata.normalize("NFC", name)


def decide(
    candidates: Sequence[Candidate], files: Iterable[str], wanted: str, others: Sequence[str]
) -> Found | Refused:
    """The notebook among its candidates, the likeliest name first.

    files: names of all files; others: released names of the assignment's other notebooks.
    """
    # one of another assignment could be read, so nothing of this one's work is hidden in it
    unread = [c for c in candidates if isinstance(c.outcome, Refused) and not c.outcome.foreign]
    unread = [c for c in unread if _may_be(c.name, wanted, others)]
    readable = _merged([c for c in candidates if isinstance(c.outcome, Repaired)])
    worked = [c for c in readable if c.worked]
    if not readable:
        return _explained(candidates, unread, [name for name in files if composed(name) not in others], wanted)
    if not worked and unread:  # the work may be in there: no zero for the blank one beside it
        why = unread[0].outcome
        assert isinstance(why, Refused)
        blank, other = printable(readable[0].name), printable(unread[0].name)
        reason = say("file_untouched_other_unreadable", name=blank, other=other, reason=why.reason)
        return Refused(reason, why.remedy)
    if not worked:
        best = min(readable, key=lambda c: not c.exact)
        return _found(best, _left_blank(best, candidates, files))
    best_worked = _best(worked)
    if best_worked is None:
        return _undecided(worked, candidates, wanted)
    return _found(best_worked, _chosen(best_worked, worked, unread, candidates, wanted))


def _found(best: Candidate, repairs: tuple[Repair, ...]) -> Found:
    assert isinstance(best.outcome, Repaired)
    return Found(best.name, repairs, best.outcome, best.same)


def _merged(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Notebooks with the same work are one: that of the released name, or of the likeliest."""
    kept: dict[tuple[Any, ...], Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: not c.exact):
        key = (tuple(sorted(candidate.answers.items())), candidate.own)
        first = kept.setdefault(key, candidate)
        if first is not candidate:
            kept[key] = replace(first, same=(*first.same, candidate.name, *candidate.same))
    return list(kept.values())


def _best(worked: Sequence[Candidate]) -> Candidate | None:
    """The one that no other continues; of several the one with the released name; None where that leaves no one."""
    last = [c for c in worked if not any(c.continued_by(other) for other in worked)]
    if len(last) == 1:
        return last[0]
    return next((c for c in last if c.exact), None)


def _chosen(
    best: Candidate, worked: Sequence[Candidate], unread: Sequence[Candidate], all_: Sequence[Candidate], wanted: str
) -> tuple[Repair, ...]:
    """What has to be said of a choice: under which name it was found, and what was left out for it."""
    said = []
    name = printable(best.name)
    released = next((c for c in all_ if c.exact), None)
    if not best.exact and released is None:
        said.append(Repair("renamed", None, say("file_renamed", name=name, wanted=wanted)))
    elif not best.exact and released is not None:
        if isinstance(released.outcome, Refused):
            reason = released.outcome.reason.rstrip(".")
            message = say("file_instead_of_unreadable", wanted=wanted, name=name, reason=reason)
        else:
            which = "file_instead_of_less" if released.worked else "file_instead_of_released"
            message = say(which, wanted=wanted, name=name)
        said.append(Repair("copy", None, message))
    left = [c.name for c in worked if c is not best and not (c.exact and not best.exact)]
    if left:
        said.append(Repair("copy", None, say("files_left_out", names=_listed(left))))
    broken = [c.name for c in unread if not c.exact and _likeness(c.name, wanted) > 0]
    if broken:
        said.append(Repair("copy", None, say("files_unreadable", names=_listed(broken))))
    return tuple(said)


def _left_blank(best: Candidate, candidates: Sequence[Candidate], files: Iterable[str]) -> tuple[Repair, ...]:
    """A notebook as it was released, when something else was handed in that might hold the work."""
    foreign = [c.name for c in candidates if isinstance(c.outcome, Refused) and c.outcome.foreign]
    known = {name for c in candidates for name in (c.name, *c.same)}
    others = [name for name in sorted(files) if name not in known and _is_theirs(name)]
    beside = [*foreign, *(n for n in others if _PACKED.search(n) or _names_it(best.name, n))]
    if not beside:
        return ()
    message = say("file_untouched", name=printable(best.name), names=_listed(beside))
    return (Repair("untouched", None, message),)


def _undecided(worked: Sequence[Candidate], candidates: Sequence[Candidate], wanted: str) -> Refused:
    names = _listed(sorted(c.name for c in worked))
    released = next((c for c in candidates if c.exact), None)
    if released is None:
        why = "file_missing_several"
    elif released.worked:
        why = "several_continued"
    else:
        why = "several_unreadable" if isinstance(released.outcome, Refused) else "several_released"
    return Refused(say(why, wanted=wanted, names=names), say("keep_one", wanted=wanted))


def _explained(
    candidates: Sequence[Candidate], unread: Sequence[Candidate], files: Sequence[str], wanted: str
) -> Refused:
    """Why none of the files is the notebook: of those that might have been the likeliest is named with its reason."""
    first = next((c for c in candidates if c.exact), None)
    if first is not None and isinstance(first.outcome, Refused):
        return first.outcome
    reason, remedy = say("file_missing", wanted=wanted), say("submit_under_name", wanted=wanted)
    packed = sorted(name for name in files if _PACKED.search(name))
    named = next(iter([*unread, *candidates]), None)
    if named is not None and isinstance(named.outcome, Refused):
        name, why = printable(named.name), named.outcome
        reason, remedy = say("file_missing_not_taken", wanted=wanted, name=name, reason=why.reason), why.remedy
    elif packed:
        reason = say("file_missing_archive", wanted=wanted, name=printable(packed[0]))
        remedy = say("unpack_and_name", wanted=wanted)
    elif there := [name for name in by_likeness(files, wanted) if _is_theirs(name)]:
        reason = say("file_missing_beside", wanted=wanted, names=_listed(there, 3))
    # work may be in what cannot be opened: only where there is nothing of that does the notebook score 0
    return Refused(reason, remedy, absent=not unread and not packed)


def _listed(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(map(printable, names[:most]))
    return shown if len(names) <= most else say("names_and_more", names=shown, count=len(names) - most)


def _may_be(name: str, wanted: str, others: Sequence[str]) -> bool:
    """Whether a file that cannot be read might be this notebook rather than another: only its name can tell."""
    mine = _likeness(name, wanted)
    if name.lower().endswith(".json"):  # data files end so, too
        return mine == 1
    return all(mine >= _likeness(name, other) for other in others)


def by_likeness(names: Iterable[str], wanted: str) -> list[str]:
    """The names, the likeliest first: the released one, then those at the top of the submission."""
    return sorted(names, key=lambda n: (composed(n) != composed(wanted), -_likeness(n, wanted), n.count("/"), n))


def is_notebook(name: str, content: bytes) -> bool:
    """Whether a file might be a submitted notebook, by its name or else by how it begins.

    What Jupyter and macOS leave beside one is none.
    """
    if not _is_theirs(name):
        return False
    base = re.split(r"[/\\]", name)[-1]
    return bool(_SUFFIX.search(base) or _NOTEBOOK.match(content[:_LOOKED_AT]))


def _is_theirs(name: str) -> bool:
    return name not in _COURSES and not is_added(name)


def _likeness(name: str, wanted: str) -> float:
    one, other = _words(name), _words(wanted)
    return len(one & other) / max(len((one - _COPY) | other), 1)


def _words(name: str) -> set[str]:
    """The words and numbers in a file's name, but for what says that it is a notebook."""
    base = re.split(r"[/\\]", composed(name))[-1]
    return set(_WORD.findall(_SUFFIX.sub("", base).lower()))


def _names_it(notebook: str, other: str) -> bool:
    """Whether another file has all words of a notebook's name, as an export of it does."""
    words = _words(notebook)
    return bool(words) and words <= _words(other)
