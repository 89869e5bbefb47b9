"""Finds for every submitted cell the place in the blueprint it belongs to.

Pure: cells in, a plan out. What a cell is, is judged by what it holds first and by what it claims second: a solution by
the names it defines, a test by its text; a grade id decides where the text says nothing, a cell id and the place where
neither does. Must not drop a student's work: what loses its place becomes an ordinary cell beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair.blueprint import Blueprint
from torchmarks.grading.repair.names import Reader
from torchmarks.grading.repair.outcome import Refused, Repair
from torchmarks.grading.repair.read import StudentCell

_ALIKE = 0.5  # share of common lines from which a changed copy of a cell counts as that cell
_MAX_COMPARED = 20_000  # pairs of cells compared for likeness; bounds the work on a notebook of thousands of cells
_MAX_JOINED = 4  # pieces of one split cell; more are not an accident
_PLAIN = {
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")),
    **dict.fromkeys(map(ord, "\u2028\u2029\x0b"), "\n"),
}
_INVISIBLE = re.compile("[" + "".join(map(chr, _PLAIN)) + "]")
_BY_CLAIM, _BY_NAME, _BY_TEXT, _BY_CELL_ID, _BY_TEST_ID = "claim", "name", "text", "cell id", "test id"


@dataclass(slots=True)
class Matching:
    """Where everything goes.

    homes: blueprint index to student index; sources: by blueprint index, the part of a merged cell; dropped: student
    cells that are nothing but copies; before and after: ordinary cells that must be directly beside a blueprint
    cell. All others keep their neighbours.
    """

    homes: dict[int, int] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    before: dict[int, list[int]] = field(default_factory=dict)
    after: dict[int, list[int]] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)

    def note(self, kind: str, cell: str | None, message: str) -> None:
        """Record a repair."""
        self.repairs.append(Repair(kind, cell, message))


@dataclass(frozen=True, slots=True)
class _Pairing:
    student: int
    how: str
    worked: bool
    defined: int


def normal(source: str) -> str:
    """`source` without differences nobody sees: line ends, trailing blanks, blank lines around it."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def match(cells: tuple[StudentCell, ...], blueprint: Blueprint) -> tuple[tuple[StudentCell, ...], Matching] | Refused:
    """The cells (halves of a split one joined again) and the plan for them; Refused if of another assignment."""
    plan = Matching()
    reader = Reader()
    cells = tuple(_legible(cell, plan, reader) for cell in cells)
    cells = tuple(_joined(cells, blueprint, plan, reader))
    matcher = _Matcher(cells, blueprint, plan, reader)
    # the surest first: each step takes only cells that those before it have left
    matcher.attribute()
    matcher.choose_solutions()
    matcher.choose_others()
    matcher.match_alike()
    matcher.match_by_place()
    refused = matcher.foreign()
    if refused:
        return refused
    matcher.share_merged()
    return cells, plan


def _legible(cell: StudentCell, plan: Matching, reader: Reader) -> StudentCell:
    """Code pasted from a web page or a chat: its invisible characters, which nobody meant, make Python refuse it."""
    if cell.cell_type != "code" or not _INVISIBLE.search(cell.source) or reader.is_code(cell.source):
        return cell
    plain = cell.source.translate(_PLAIN)
    if not reader.is_code(plain):
        return cell
    plan.note("invisible-characters", cell.claim, say("cell_invisible"))
    return replace(cell, source=plain)


def _joined(
    cells: tuple[StudentCell, ...], blueprint: Blueprint, plan: Matching, reader: Reader
) -> Iterator[StudentCell]:
    """Join a solution with the rest of it where the cut went through a statement: alone, the rest cannot run."""
    solutions = {cell.grade_id for cell in blueprint.cells if cell.solution and cell.cell_type == "code"}
    wanted = _any_of(blueprint)
    held: StudentCell | None = None
    pieces = 0
    for cell in cells:
        if held is not None:
            whole = f"{held.source}\n{cell.source}"
            same = cell.claim in (None, held.claim) and cell.cell_type == "code" and pieces < _MAX_JOINED
            if same and cell.source.strip() and not reader.is_code(cell.source) and reader.is_code(whole):
                held, pieces = replace(held, source=whole), pieces + 1
                plan.note("split-statement", held.claim, say("solution_split"))
                continue
            yield held
            held = None
        if cell.cell_type == "code" and (cell.claim in solutions or wanted.search(cell.source)):
            held, pieces = cell, 1
        else:
            yield cell
    if held is not None:
        yield held


class _Matcher:
    def __init__(self, cells: tuple[StudentCell, ...], blueprint: Blueprint, plan: Matching, reader: Reader) -> None:
        self.cells, self.blueprint, self.plan, self.reader = cells, blueprint, plan, reader
        self.texts = [normal(cell.source) for cell in cells]
        self.released = [normal(cell.released) for cell in blueprint.cells]
        wanted = _any_of(blueprint)
        self.names = [
            reader.defined_names(cell.source, code_only=cell.cell_type != "code")
            if wanted.search(cell.source)
            else frozenset()
            for cell in cells
        ]
        self.by_grade_id = {cell.grade_id: index for index, cell in enumerate(blueprint.cells) if cell.grade_id}
        self.candidates: dict[int, list[_Pairing]] = {}
        self.unknown = 0
        # exercises whose own cell defines what they ask for: a helper of that name elsewhere does not answer them
        claims = ((self.by_grade_id.get(cell.claim or ""), self.names[i]) for i, cell in enumerate(cells))
        self.settled = {place for place, names in claims if place is not None and blueprint.cells[place].names & names}

    # --- which cell might be what ---

    def attribute(self) -> None:
        by_text: dict[str, list[int]] = {}
        for index, text in enumerate(self.released):
            by_text.setdefault(text, []).append(index)
        cell_ids = {cell.cell_id: index for index, cell in enumerate(self.blueprint.cells) if cell.cell_id}
        claimed = {self.by_grade_id[cell.claim] for cell in self.cells if cell.claim in self.by_grade_id}
        for student, cell in enumerate(self.cells):
            place = self.by_grade_id.get(cell.claim) if cell.claim else None
            how = _BY_CLAIM
            if place is not None:
                place, how = self._checked_claim(student, place, by_text)
                if how == _BY_TEST_ID:  # where the answer is not wanted elsewhere, this is a changed test
                    self._add(self.by_grade_id[cell.claim or ""], student, _BY_CLAIM)
            else:
                place, how = self._unclaimed(student, by_text, cell_ids, claimed)
                self._note_unknown(student, place)
            if place is not None:
                self._add(place, student, how)

    def _checked_claim(self, student: int, place: int, by_text: dict[str, list[int]]) -> tuple[int, str]:
        """The place a cell claims, unless what it holds belongs to another."""
        owners, target = self._owners(student), self.blueprint.cells[place]
        if target.names & self.names[student] or self.texts[student] == self.released[place]:
            return place, _BY_CLAIM
        same = by_text.get(self.texts[student], [])
        if target.solution and len(same) == 1 and self.blueprint.cells[same[0]].grade_id:
            return same[0], _BY_TEXT  # another cell of the assignment, word for word, is not an answer
        owners = [owner for owner in owners if owner not in self.settled]
        if not owners:
            return place, _BY_CLAIM
        if target.solution and (target.names or target.cell_type != "code"):
            return owners[0], _BY_NAME
        if not target.solution and not _alike(self.texts[student], self.released[place]):
            return owners[0], _BY_TEST_ID
        return place, _BY_CLAIM

    def _unclaimed(
        self, student: int, by_text: dict[str, list[int]], cell_ids: dict[str, int], claimed: set[int]
    ) -> tuple[int | None, str]:
        same = by_text.get(self.texts[student], [])
        if same and (self.texts[student] or self.cells[student].cell_id in cell_ids):
            if len(same) == 1:
                return same[0], _BY_TEXT
            # equal texts, stubs for instance, are told apart by cell id, then taken in order
            by_id = cell_ids.get(self.cells[student].cell_id)
            free = [index for index in same if index not in claimed and index not in self.candidates]
            chosen = by_id if by_id in same else (free[0] if free else None)
            if chosen is not None:
                return chosen, _BY_TEXT
        owners = self._owners(student)
        by_id = cell_ids.get(self.cells[student].cell_id)
        if by_id is not None and by_id not in claimed:
            target = self.blueprint.cells[by_id]
            if not owners or by_id in owners or not (target.solution and target.names):
                return by_id, _BY_CELL_ID
        return (owners[0], _BY_NAME) if owners else (None, _BY_NAME)

    def _owners(self, student: int) -> list[int]:
        owner_of = self.blueprint.owner_of
        return sorted({owner_of[name] for name in self.names[student] if name in owner_of})

    def _add(self, place: int, student: int, how: str) -> None:
        worked = self.texts[student] not in ("", self.released[place])
        defined = len(self.blueprint.cells[place].names & self.names[student])
        self.candidates.setdefault(place, []).append(_Pairing(student, how, worked, defined))

    def _note_unknown(self, student: int, place: int | None) -> None:
        claim = self.cells[student].claim
        if claim is None:
            return
        self.unknown += 1
        shown = claim if len(claim) <= 60 else claim[:57] + "..."
        name = "claim_unknown" if place is None else "claim_unknown_matched"
        self.plan.note("unknown-id", None, say(name, claim=repr(shown)))

    # --- solutions ---

    def choose_solutions(self) -> None:
        for place, target in enumerate(self.blueprint.cells):
            found = self.candidates.get(place, [])
            if target.solution and found:
                self._choose_solution(place, found)

    def _choose_solution(self, place: int, found: list[_Pairing]) -> None:
        strong = [item for item in found if item.how != _BY_NAME and item.how != _BY_TEST_ID]
        weak = [item for item in found if item not in strong]
        best = max(strong, key=_merit, default=None)
        if best is not None and best.worked and (best.defined or not weak):
            weak = []  # a scratch cell that defines the name once more stays where the student ran it
        elif best is not None and weak:
            weak = [item for item in weak if not self._runs_in_place(best.student, item.student)]
            if not any(item.worked for item in weak):
                weak = []
        if best is None or (weak and not best.worked):
            best = max([*strong, *weak], key=_merit)
        elif weak:
            self._keep_beside(place, best, weak)
            weak = []
        self.plan.homes[place] = best.student
        self._set_aside(place, best, [item for item in strong if item is not best])
        self._note_origin(place, best, bool(strong))

    def _runs_in_place(self, stub: int, other: int) -> bool:
        """Whether `other` is between the stub and the next cell that counts: then it takes effect as it is."""
        if other < stub:
            return False
        between = (self.by_grade_id.get(cell.claim) for cell in self.cells[stub + 1 : other] if cell.claim)
        return not any(place is not None and self.blueprint.cells[place].counts for place in between)

    def _keep_beside(self, place: int, best: _Pairing, others: list[_Pairing]) -> None:
        for item in others:
            side = self.plan.before if item.student < best.student else self.plan.after
            side.setdefault(place, []).append(item.student)
            self.plan.note("work-elsewhere", self.blueprint.cells[place].grade_id, say("code_elsewhere"))

    def _set_aside(self, place: int, best: _Pairing, others: list[_Pairing]) -> None:
        """Other cells with the same claim: copies go, earlier attempts and later parts become ordinary cells."""
        if not others:
            return
        grade_id, kept = self.blueprint.cells[place].grade_id, 0
        for item in others:
            if not item.worked or self.texts[item.student] == self.texts[best.student]:
                self.plan.dropped.add(item.student)
                continue
            side = self.plan.before if item.student < best.student else self.plan.after
            side.setdefault(place, []).append(item.student)
            kept += 1
        message = say("solutions_kept" if kept else "solutions_removed", count=len(others) + 1)
        self.plan.note("duplicate-solution", grade_id, message)

    def _note_origin(self, place: int, best: _Pairing, had_cell: bool) -> None:
        grade_id = self.blueprint.cells[place].grade_id
        if best.how == _BY_CLAIM:
            return
        claim = self.cells[best.student].claim
        if claim in self.by_grade_id:
            self.plan.note("swapped-id", grade_id, say("claim_of_another", claim=repr(claim)))
        elif had_cell and best.how == _BY_NAME:
            self.plan.note("work-elsewhere", grade_id, say("solution_elsewhere"))
        elif claim is None:
            self.plan.note("stripped-metadata", grade_id, say(_SAID[best.how]))

    # --- tests, read-only and unmarked cells ---

    def choose_others(self) -> None:
        for place, target in enumerate(self.blueprint.cells):
            used = set(self.plan.homes.values())  # by solutions, which chose first
            found = [item for item in self.candidates.get(place, []) if item.student not in used]
            if target.solution or not found:
                continue
            best = min(found, key=lambda item: (item.worked, not self._resembles(item, place), item.student))
            self.plan.homes[place] = best.student
            if target.grade_id and best.how != _BY_CLAIM and self.cells[best.student].claim is None:
                self.plan.note("stripped-metadata", target.grade_id, say(_SAID[best.how]))
            if not target.grade_id:
                continue  # copies of plain text and unmarked code are the student's affair
            others = [item for item in found if item is not best and item.how in (_BY_CLAIM, _BY_TEXT)]
            for item in others:
                if not item.worked or self._resembles(item, place):
                    self.plan.dropped.add(item.student)
            if others:
                message = say("cell_repeated", count=len(others) + 1)
                self.plan.note("duplicate-test" if target.grade else "duplicate-cell", target.grade_id, message)

    def _resembles(self, item: _Pairing, place: int) -> bool:
        return not item.worked or _alike(self.texts[item.student], self.released[place])

    # --- what is left ---

    def _free(self) -> list[int]:
        beside = [index for side in (self.plan.before, self.plan.after) for part in side.values() for index in part]
        used = {*self.plan.homes.values(), *self.plan.dropped, *beside}
        return [index for index in range(len(self.cells)) if index not in used]

    def match_alike(self) -> None:
        """Changed copies of cells that lost their metadata, by common lines."""
        places = [place for place, cell in enumerate(self.blueprint.cells) if not cell.solution]
        places = [place for place in places if place not in self.plan.homes and self.released[place]]
        free = [index for index in self._free() if self.cells[index].claim not in self.by_grade_id]
        if not places or len(places) * len(free) > _MAX_COMPARED:
            return
        lines = {index: _lines(self.texts[index]) for index in free}
        for place in places:
            wanted = _lines(self.released[place])
            best = max(lines, key=lambda index: (_share(lines[index], wanted), -index), default=None)
            if best is None or _share(lines[best], wanted) < _ALIKE:
                continue
            self.plan.homes[place] = best
            del lines[best]
            if self.blueprint.cells[place].grade_id:
                self.plan.note("stripped-metadata", self.blueprint.cells[place].grade_id, say("matched_by_text"))

    def match_by_place(self) -> None:
        """Written answers without metadata say nothing by which to know them: their place is between known neighbours.

        So does one typed into a new cell beside the blank one, which nbgrader would score 0 unread.
        """
        homes, last = self.plan.homes, len(self.blueprint.cells) - 1
        free = self._free()
        for place, target in enumerate(self.blueprint.cells):
            if not target.solution or target.names:
                continue
            blank = homes.get(place)
            if blank is not None and (target.cell_type == "code" or not self._is_blank(place)):
                continue
            start = max((index for other, index in homes.items() if other < place), default=-1)
            start = homes.get(place - 1, start)
            end = min((index for other, index in homes.items() if other > place), default=len(self.cells))
            end = homes.get(place + 1, end)
            sure = (place == 0 or place - 1 in homes) and (place == last or place + 1 in homes)
            fits = [i for i in free if start < i < end and self.cells[i].cell_type == target.cell_type]
            fits = [i for i in fits if self.texts[i] and self.cells[i].claim not in self.by_grade_id]
            if not fits or not (sure or len(fits) == 1):
                continue
            homes[place] = fits[0]
            free.remove(fits[0])
            if blank is None:
                self.plan.note("stripped-metadata", target.grade_id, say("matched_by_place"))
            else:
                self.plan.dropped.add(blank)
                self.plan.note("work-elsewhere", target.grade_id, say("answer_beside"))

    # --- another assignment ---

    def foreign(self) -> Refused | None:
        """Refused if next to nothing in the notebook belongs to this assignment."""
        counted = [place for place, cell in enumerate(self.blueprint.cells) if cell.counts]
        sure = unsure = against = 0
        for place in counted:
            student = self.plan.homes.get(place)
            if student is None:
                continue
            target, text = self.blueprint.cells[place], self.texts[student]
            if _alike(text, self.released[place]) or target.names & self.names[student]:
                sure += 1
            elif target.solution and not target.names:
                unsure += 1
            else:
                against += 1
        against += self.unknown
        name = self.blueprint.name or say("this_assignment")
        if (counted and not sure and against) or (4 * sure < len(counted) and self.unknown > sure + unsure):
            reason, remedy = say("other_assignment", assignment=name), say("submit_notebook_of", assignment=name)
            return Refused(reason, remedy, foreign=True)
        if counted and not sure and not unsure:
            reason, remedy = say("no_exercises", assignment=name), say("fetch_and_copy", assignment=name)
            return Refused(reason, remedy, foreign=True)
        return None

    # --- two solutions in one cell ---

    def share_merged(self) -> None:
        """Give every exercise its part of a cell into which several solutions were merged."""
        homes, owner_of = self.plan.homes, self.blueprint.owner_of
        solutions = [place for place in sorted(homes) if self.blueprint.cells[place].solution]
        for home in solutions:
            student = homes[home]
            wanting = {place for place in self._owners(student) if place != home and self._is_blank(place)}
            if not wanting:
                continue
            source = self.cells[student].source
            owners = {name: place for name, place in owner_of.items() if place in wanting or place == home}
            pieces = self.reader.split_by_owner(source, owners, home)
            if pieces is None:
                continue
            self._hand_out(home, source, pieces)
        for home in sorted(homes):
            if home not in solutions:
                self._save_from_test(home)

    def _save_from_test(self, home: int) -> None:
        """An answer typed into a test cell would be lost when that is restored: it goes to its own cell if blank."""
        student, target = self.plan.homes[home], self.blueprint.cells[home]
        if target.cell_type != "code" or not target.grade_id or self.texts[student] == self.released[home]:
            return
        wanting = [place for place in self._owners(student) if self._is_blank(place)]
        work = self.reader.without(self.cells[student].source, target.released) if wanting else ""
        if not work:
            return
        owners = {name: place for name, place in self.blueprint.owner_of.items() if place in wanting}
        for place, piece in (self.reader.split_by_owner(work, owners, wanting[0]) or {wanting[0]: work}).items():
            self._give(place, student, piece, target.grade_id)

    def _is_blank(self, place: int) -> bool:
        student = self.plan.homes.get(place)
        return student is None or self.texts[student] in ("", self.released[place])

    def _hand_out(self, home: int, source: str, pieces: dict[int, str]) -> None:
        cells, student = self.blueprint.cells, self.plan.homes[home]
        rest = pieces.get(home, "")
        for place, piece in pieces.items():
            if place == home:
                continue
            self._give(place, student, piece, cells[home].grade_id)
        gone = frozenset().union(*(cells[place].names for place in pieces if place != home))
        # an answer that uses the other one as its helper keeps it, as its own tests come first
        self.plan.sources[home] = source if self.reader.mentions(rest, gone) else rest or cells[home].source

    def _give(self, place: int, student: int, piece: str, origin: str) -> None:
        blank = self.plan.homes.get(place)
        if blank is not None:
            self.plan.dropped.add(blank)
        self.plan.homes[place] = student
        self.plan.sources[place] = piece
        message = say("solution_merged", cell=repr(origin))
        self.plan.note("merged-cells", self.blueprint.cells[place].grade_id, message)


def _any_of(blueprint: Blueprint) -> re.Pattern[str]:
    """Finds out quickly whether a cell can define anything that is asked for; most cells need no parsing."""
    names = sorted({name for cell in blueprint.cells for name in cell.names})
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b" if names else r"(?!)")


_SAID = {
    _BY_TEXT: "matched_by_text",
    _BY_CELL_ID: "matched_by_cell_id",
    _BY_NAME: "matched_by_names",
    _BY_TEST_ID: "matched_by_names",
}


def _merit(item: _Pairing) -> tuple[bool, int, bool, int]:
    return item.worked, item.defined, item.how != _BY_TEST_ID, item.student


def _lines(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one), len(other), 1)


def _alike(one: str, other: str) -> bool:
    return one == other or _share(_lines(one), _lines(other)) >= _ALIKE
