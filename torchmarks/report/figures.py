"""The figures of a report: scores, exercises, misconceptions, trouble; computed from what was gathered.

Pure: frozen data in, frozen data out. Knows no gradebook, no page and no student's real name.

Difficulty and discrimination follow classical test theory. Difficulty is the mean share of an exercise's points, 1 is
easy (Crocker & Algina, Introduction to Classical and Modern Test Theory, 1986, chapter 14). Discrimination is the
correlation of an exercise's points with the rest of the score, the exercise left out (Henrysson, Correction of
item-total correlations in item analysis, Psychometrika 28, 1963, 211-218).
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace

from torchmarks.checks.reasons import is_misconception
from torchmarks.course.gradings import GradeChange, Grading
from torchmarks.isolation import LimitHit
from torchmarks.report.learning import Held, LetThrough, Naming, Tried, held, let_through, naming

PASS_SHARE = 0.5  # of the points of an assignment
_ENOUGH_WORKS = 10  # to compare exercises
_CLEARLY = 0.1  # of the points of an exercise, on average


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A failed check in a graded notebook. text: the message as plain lines."""

    exercise: str
    misconception: str
    text: str


@dataclass(frozen=True, slots=True)
class GradedWork:
    """One graded submission.

    points: of every exercise; failures: the checks that failed; limits: those that were hit; repairs: what was
    repaired, in words; seconds: of grading, or None where it is unknown; open: whether something waits for a person;
    unread: why nothing can be read from a graded copy of it, in words; isolation: names of the levels at which it ran;
    tried: what the tests said, by exercise; provisional: whether it was graded before the deadline.
    """

    student: str
    points: dict[str, float]
    _: KW_ONLY
    failures: tuple[FailedCheck, ...] = ()
    limits: tuple[LimitHit, ...] = ()
    repairs: tuple[str, ...] = ()
    seconds: float | None = None
    open: bool = False
    unread: tuple[str, ...] = ()
    isolation: frozenset[str] = frozenset()
    tried: tuple[Tried, ...] = ()
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that is known of an assignment.

    most: points of every exercise, in the order of the notebook; students: size of the class; refused: student -> why
    the submission could not be graded; gradings: all of each student's, oldest first; changes: what the last one
    changed; unfinished: student -> what to do about a grading that was cut short; stars: the difficulty in the title of
    each exercise that has one, 1 to 5.
    """

    assignment: str
    most: dict[str, float]
    works: tuple[GradedWork, ...]
    students: int
    refused: dict[str, str]
    gradings: Mapping[str, Sequence[Grading]] = field(default_factory=dict)
    changes: tuple[GradeChange, ...] = ()
    unfinished: Mapping[str, str] = field(default_factory=dict)
    stars: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExerciseFigures:
    """How an exercise went. solved: share of submissions with full points; untouched: share with none; difficulty: mean
    share of the points; discrimination: see the module, None where it is undefined; stars: the difficulty in its title,
    0 where it has none; harder_than: an exercise with at least two more stars for which the class got clearly more of
    the points, with its stars, or "".
    """

    name: str
    most: float
    _: KW_ONLY
    mean: float
    solved: float
    untouched: float
    difficulty: float
    discrimination: float | None
    stars: int = 0
    harder_than: str = ""

    @property
    def remark(self) -> str:
        """What an instructor should look at, or nothing."""
        if self.solved == 1:
            return "everybody solved it"
        if self.solved == 0:
            return "nobody solved it"
        if self.discrimination is not None and self.discrimination < 0:
            return "strong students fail it more often than weak ones: is the task clear?"
        if self.harder_than:
            return f"{'★' * self.stars} in its title, and harder than {self.harder_than}"
        return ""


@dataclass(frozen=True, slots=True)
class MisconceptionFigures:
    """A misconception and how many students show it. example: a message, with no name in it."""

    name: str
    exercise: str
    students: int
    example: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with a submission, apart from answers. kind: "limit", "repaired", "no record" or "not
    graded".
    """

    student: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The report of one assignment, as numbers.

    scores: total of each submission, by student; isolation: levels at which students' code ran, each with the number of
    submissions; let_through, naming, held: see `learning`; changes: of points, by the last grading of each submission
    that was graded before, the greatest loss first; compared: how many such submissions there are; provisional: how
    many were graded before the deadline, with other hidden inputs than those that count; unfinished: see `Gathered`.
    """

    assignment: str
    students: int
    most: float
    scores: dict[str, float]
    exercises: tuple[ExerciseFigures, ...]
    misconceptions: tuple[MisconceptionFigures, ...]
    trouble: tuple[Trouble, ...]
    seconds: tuple[float, ...]
    open: int
    isolation: Mapping[str, int]
    let_through: tuple[LetThrough, ...] = ()
    naming: tuple[Naming, ...] = ()
    held: tuple[Held, ...] = ()
    changes: tuple[GradeChange, ...] = ()
    compared: int = 0
    provisional: int = 0
    unfinished: Mapping[str, str] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Mean score in points."""
        return statistics.fmean(self.scores.values())

    @property
    def median(self) -> float:
        """Median score in points."""
        return statistics.median(self.scores.values())

    @property
    def pass_rate(self) -> float:
        """Share of the graded submissions with at least half of the points."""
        return sum(score >= PASS_SHARE * self.most for score in self.scores.values()) / len(self.scores)


def figures(gathered: Gathered) -> Figures:
    """The figures of an assignment with at least one graded submission."""
    works = gathered.works
    tried = [work.tried for work in works]
    return Figures(
        assignment=gathered.assignment,
        students=gathered.students,
        most=sum(gathered.most.values()),
        scores={work.student: sum(work.points.values()) for work in works},
        exercises=_exercises(gathered),
        misconceptions=_misconceptions(works),
        trouble=_trouble(gathered),
        seconds=tuple(work.seconds for work in works if work.seconds is not None),
        open=sum(work.open for work in works),
        isolation=Counter(name for work in works for name in sorted(work.isolation)),
        let_through=let_through(tried),
        naming=naming(tried),
        held=held(gathered.gradings),
        changes=_changes(gathered.changes),
        compared=len(gathered.changes),
        provisional=sum(work.provisional for work in works),
        unfinished=gathered.unfinished,
    )


def _exercises(gathered: Gathered) -> tuple[ExerciseFigures, ...]:
    works = gathered.works
    found = [_exercise(name, most, works, gathered.stars.get(name, 0)) for name, most in gathered.most.items()]
    if len(works) < _ENOUGH_WORKS:
        return tuple(found)
    return tuple(replace(exercise, harder_than=_harder_than(exercise, found)) for exercise in found)


def _harder_than(exercise: ExerciseFigures, others: Sequence[ExerciseFigures]) -> str:
    """The easiest exercise with at least two more stars than this one that the class found clearly easier, with its
    stars; "" where there is none.
    """
    wrong_way = [
        other
        for other in others
        if exercise.stars and other.stars >= exercise.stars + 2 and other.difficulty > exercise.difficulty + _CLEARLY
    ]
    easiest = max(wrong_way, key=lambda other: other.difficulty, default=None)
    return f"{easiest.name} with {'★' * easiest.stars}" if easiest is not None else ""


def _exercise(name: str, most: float, works: Sequence[GradedWork], stars: int) -> ExerciseFigures:
    points = [work.points.get(name, 0.0) for work in works]
    rest = [sum(work.points.values()) - own for work, own in zip(works, points, strict=True)]
    count = len(points)
    mean = statistics.fmean(points)
    return ExerciseFigures(
        name,
        most,
        mean=mean,
        solved=sum(own >= most for own in points) / count,  # extra credit goes beyond
        untouched=sum(own == 0 for own in points) / count,
        difficulty=mean / most if most else 0.0,
        discrimination=_correlation(points, rest),
        stars=stars,
    )


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's r; None for fewer than three pairs, or where either side does not vary."""
    # Through two points there is always a line: r would be 1 or -1, whatever they are.
    if len(one) < 3 or len(set(one)) == 1 or len(set(other)) == 1:
        return None
    return statistics.correlation(one, other)


def _misconceptions(works: Sequence[GradedWork]) -> tuple[MisconceptionFigures, ...]:
    """By (exercise, misconception), most frequent first. A student counts once."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for work in works:
        # A message may repeat what a student's program printed or raised, their name with it.
        # Reversed, so that the dictionary below keeps the first of several.
        texts = [(failure, _without(work.student, failure.text)) for failure in reversed(work.failures)]
        shown = {(failure.exercise, failure.misconception): text for failure, text in texts}
        for key, text in shown.items():
            if is_misconception(key[1]):
                counts[key] += 1
                # The shortest message is the easiest to read out in class.
                examples[key] = min(examples.get(key, text), text, key=lambda t: (len(t), t))
    ordered = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(MisconceptionFigures(key[1], key[0], counts[key], examples[key]) for key in ordered)


def _trouble(gathered: Gathered) -> tuple[Trouble, ...]:
    found = [Trouble(student, "not graded", why) for student, why in sorted(gathered.refused.items())]
    for work in gathered.works:
        found += [Trouble(work.student, "limit", f"{hit.cell}: {hit.name}") for hit in work.limits]
        found += [Trouble(work.student, "repaired", text) for text in work.repairs]
        found += [Trouble(work.student, "no record", why) for why in work.unread]
    # A reason may quote a file's name, and the file may be called after the student.
    return tuple(Trouble(one.student, one.kind, _without(one.student, one.what)) for one in found)


def _changes(changes: Sequence[GradeChange]) -> tuple[GradeChange, ...]:
    """The changes of points, their reasons without a name. Not by student: the order would give away who it is."""
    other = [change for change in changes if change.is_other]
    plain = [replace(one, why=tuple(_without(one.student, why) for why in one.why)) for one in other]
    return tuple(sorted(plain, key=lambda one: (-one.before if one.after is None else one.after - one.before, one.why)))


def _without(student: str, text: str) -> str:
    """A text without a student's id, where that is not part of a longer word: "ada" in "ada_1", not in "metadata"."""
    return re.sub(rf"(?<![^\W\d_]){re.escape(student)}(?![^\W\d_])", "a student", text)
