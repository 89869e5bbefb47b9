"""What came of the answers that `torchmarks verify` grades, and the figures that it reports of them.

Data only: grades nothing and prints nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from torchmarks.authoring.demands import Demands
from torchmarks.authoring.pasting import Pasted
from torchmarks.catalogue import Answer
from torchmarks.checks.reasons import Reason, is_misconception

# Labels of the answers that verify adds to those of the catalogue.
REFERENCE: Final = "reference solution"
BLANK: Final = "blank release"
ARGUMENT: Final = "returns its argument "
LEAST_PRECISION: Final = 0.97  # of names said on answers that no name was made from


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """What grading made of one answer.

    visible: points of the visible test; parts: those of the hidden tests by part; most: of all; named: the
    misconception that the hidden test told the student, found without imitating this answer; text: that message; known:
    whether the exercise knows the misconception that the answer is labelled with; proof: whether no answer like it is
    ever imitated; in_notebook: the misconception that the visible test names, in the notebook and in feedback.
    """

    answer: Answer
    visible: float
    parts: Mapping[str, float]
    most: float
    named: str = ""
    text: str = ""
    known: bool = True
    proof: bool = False
    in_notebook: str = ""

    @property
    def fits(self) -> bool:
        """Whether the verdict is the one that the answer's label asks for. The name is another matter: see Names."""
        if self.answer.label == BLANK:
            return self.visible == 0 and self.hidden == 0 and self.named == Reason.NOT_WRITTEN
        if self.answer.is_right:
            return self.visible + self.hidden == self.most
        if self.answer.label.startswith(ARGUMENT):
            return self.hidden == 0
        return self.is_refused and not self.kept

    @property
    def hidden(self) -> float:
        """Points of all hidden tests."""
        return sum(self.parts.values())

    @property
    def is_refused(self) -> bool:
        """Whether at least one part of the hidden tests gives nothing for it."""
        return 0 in self.parts.values()

    @property
    def kept(self) -> tuple[str, ...]:
        """The parts that it has to fail and does not, or that the exercise does not have."""
        return tuple(part for part in self.answer.fails if self.parts.get(part) != 0)

    @property
    def is_labelled(self) -> bool:
        """Whether it is a wrong answer that is labelled with a misconception of its exercise."""
        return self.known and bool(self.answer.mistake) and not self.answer.is_right and self.answer.label != BLANK

    @property
    def is_false(self) -> bool:
        """Whether a misconception was named that is not the one of its label."""
        return self.is_labelled and is_misconception(self.named) and self.named != self.answer.mistake


@dataclass(frozen=True, slots=True)
class Names:
    """How well misconceptions were named among refused answers that are labelled with one.

    answers: how many there are; right and false: for how many the message named the misconception of their label, or
    another one; for the rest it named none.
    """

    answers: int
    right: int
    false: int

    @classmethod
    def of(cls, outcomes: Iterable[AnswerOutcome]) -> Names:
        """Counts the names in the hidden tests' messages on these outcomes."""
        return cls._count((o.answer.mistake, o.named) for o in outcomes if o.is_labelled)

    @classmethod
    def in_notebook(cls, outcomes: Iterable[AnswerOutcome]) -> Names:
        """Counts the names in the visible tests' messages on those outcomes that fail there."""
        return cls._count((o.answer.mistake, o.in_notebook) for o in outcomes if o.is_labelled and not o.visible)

    @classmethod
    def _count(cls, pairs: Iterable[tuple[str, str]]) -> Names:
        said = list(pairs)
        right = sum(label == name for label, name in said)
        return cls(len(said), right, sum(is_misconception(name) for _, name in said) - right)

    def __str__(self) -> str:
        said = f"{self.right} of {self.answers} named, {self.false} falsely"
        return f"{said} (precision {self.precision:.1%})"

    @property
    def precision(self) -> float:
        """The share of names said that are true; 1 where none was said."""
        said = self.right + self.false
        return self.right / said if said else 1.0


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two misconceptions of an exercise that are taken for each other: the one of the label, the one that was named.

    proofs and left_out: among how many answers that are never imitated, and among how many of the others.
    """

    exercise: str
    labelled: str
    named: str
    proofs: int
    left_out: int


def confusions(outcomes: Iterable[AnswerOutcome]) -> list[Confusion]:
    """The cells of the confusion table that lie off its diagonal, by exercise, the most frequent first."""
    false = [outcome for outcome in outcomes if outcome.is_false]
    order = list(dict.fromkeys(outcome.answer.exercise for outcome in false))
    counted = Counter((o.answer.exercise, o.answer.mistake, o.named) for o in false)
    proofs = Counter((o.answer.exercise, o.answer.mistake, o.named) for o in false if o.proof)
    found = [Confusion(*pair, proofs[pair], count - proofs[pair]) for pair, count in counted.most_common()]
    return sorted(found, key=lambda one: order.index(one.exercise))


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcomes of an assignment's answers. catalogue_problems: of its structure, and of what its predicates and
    examples did when they were asked; pasted: what the lines of messages show, where they were tried; demands: the
    sentences of the statements, where the course lists which of them demand nothing.
    """

    assignment: str
    outcomes: tuple[AnswerOutcome, ...]
    catalogue_problems: tuple[str, ...] = ()
    pasted: tuple[Pasted, ...] = ()
    demands: Demands | None = None

    @property
    def failed(self) -> list[AnswerOutcome]:
        """Those that fall short."""
        return [outcome for outcome in self.outcomes if not outcome.fits]

    @property
    def proofs(self) -> Names:
        """Names on answers that are never imitated."""
        return Names.of(outcome for outcome in self.outcomes if outcome.proof)

    @property
    def left_out(self) -> Names:
        """Names on answers that a class is compared with, each left out in turn."""
        return Names.of(outcome for outcome in self.outcomes if not outcome.proof)

    @property
    def in_notebook(self) -> tuple[Names, Names]:
        """Names that visible tests said: on answers that are never imitated, and on the others."""
        proofs, others = ([o for o in self.outcomes if o.proof is proof] for proof in (True, False))
        return Names.in_notebook(proofs), Names.in_notebook(others)

    @property
    def lines(self) -> str:
        """How many failures have lines that show them, among those of answers that do the same each time."""
        steady = [one for one in self.pasted if not one.varies]
        return f"{sum(one.shows for one in steady)} of {len(steady)}, {len(self.pasted) - len(steady)} besides vary"

    @property
    def imprecise(self) -> bool:
        """Whether more names are false than a course may say."""
        return self.proofs.precision < LEAST_PRECISION

    @property
    def problems(self) -> list[str]:
        """What is wrong with the catalogue, a line each. An example that the tests accept is among `failed`."""
        said = f"{self.proofs.precision:.1%} of the names said on proofs are true, {LEAST_PRECISION:.0%} are asked for"
        return [*self.catalogue_problems, *([said] if self.imprecise else []), *self._statement_problems()]

    def _statement_problems(self) -> list[str]:
        if self.demands is None:
            return []
        unheld = [f"{place}: no wrong answer breaks “{sentence}”" for place, sentence in self.demands.unheld]
        listed = "is in sentences.toml, and in no statement or in a `# breaks:`"
        return [*unheld, *(f"{place}: “{sentence}” {listed}" for place, sentence in self.demands.not_listed)]

    @property
    def falls_short(self) -> bool:
        """Whether `torchmarks verify` exits with 1."""
        return bool(self.failed) or self.imprecise or (self.demands is not None and self.demands.unheld != ())
