"""The seed of hidden inputs: the course's secret, the phase, and the student who is graded.

Everything drawn comes from HMAC-SHA256 with the secret, so that someone who knows this package, the notebook and each
name in it still knows no input. The grader alone sets a secret; in a student's notebook and in the sandbox it is empty.
Frozen data; must not draw, and must not leave the grader's process.
"""

from __future__ import annotations

import contextvars
import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NoReturn

from torchmarks.errors import AuthorError


class Phase(StrEnum):
    """The phase in which something is graded. Each draws other inputs: feedback before the deadline reveals nothing
    about those that count.
    """

    BEFORE_DEADLINE = "before the deadline"
    FINAL = "final"


class Purpose(StrEnum):
    """What a key is for. From the key of one purpose nobody can come to that of another, or to the secret."""

    INPUTS = "inputs"  # what `inputs` draws
    TESTS = "tests"  # PyTorch's own random numbers in a test
    SANDBOX = "sandbox"  # those in the student's process, which can read where its generators were started


@dataclass(frozen=True, slots=True)
class Seeding:
    """The seed of everything drawn for a student. secret: the course's, empty where there is none; student: who is
    graded, empty where nobody is.
    """

    secret: bytes = field(default=b"", repr=False)
    phase: Phase = Phase.FINAL
    student: str = ""

    def key(self, purpose: Purpose, *names: str) -> bytes:
        """32 bytes, the same for the same purpose, phase, student and names on every machine."""
        # Joined by a character that no name contains: "a" and "bc" are not "ab" and "c".
        message = "\0".join((purpose, self.phase, *names, self.student))
        return hmac.digest(self.secret, message.encode(), "sha256")

    def number(self, purpose: Purpose, *names: str) -> int:
        """A non-negative int below 2**31, for a generator."""
        return int.from_bytes(self.key(purpose, *names)[:4], "big") >> 1

    @property
    def hides_fixed(self) -> bool:
        """Whether a message shows no argument that is the same in both phases, because nobody drew it."""
        return self.phase is Phase.BEFORE_DEADLINE

    def __reduce__(self) -> NoReturn:
        """Never crosses to another process, least of all to the student's."""
        raise AuthorError(
            "What inputs are drawn from cannot be copied or pickled.", "Draw in the test, and pass the values."
        )


NOBODY: Final = Seeding()
# Set by the grader around each test.
seeding: contextvars.ContextVar[Seeding] = contextvars.ContextVar("seeding", default=NOBODY)
