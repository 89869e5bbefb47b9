"""The namespace that tests run in: the tests' own names, and in each test the student's in place of the stubs.

Tests run in this process; a name of the student's is bound here to a copy or a proxy. Must not let a student's name
take the place of one that the tests made, and must not judge.
"""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterator
from types import CodeType
from typing import Any

import torch

from torchmarks.checks import sources
from torchmarks.checks.quiet import quietly
from torchmarks.checks.seeding import Purpose, Seeding
from torchmarks.checks.settings import CELL, Usual
from torchmarks.grading.source import assigned, compiled, used, without_magics
from torchmarks.isolation.client.transport import StudentTransport


class Namespace:
    """The namespace of the tests of one notebook.

    stubs: names of the exercise's functions, which are the student's to define.
    """

    def __init__(self, stubs: frozenset[str]) -> None:
        self._stubs = stubs
        # as in a notebook; and cloudpickle takes by value what is defined there
        self._names: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
        self._own = set(self._names)  # of these a test gets its own value, whatever a student binds
        self._bound: dict[str, Any] = {}  # of the student's, as they were put into the namespace

    def run_locked(self, source: str, name: str) -> None:
        """A locked cell on the side of the tests. What it binds is the tests' own, whatever a student binds later."""
        before = set(self._names)
        code = compiled(source, name)
        if code is None:
            return
        sources.keep(code.co_filename, without_magics(source))
        # An example may need the student's names, or fail on purpose.
        with Usual(CELL), quietly(), contextlib.suppress(Exception):
            exec(code, self._names)
        self._own |= (set(self._names) - before) | (assigned(source) & set(self._names))

    def copy(self) -> dict[str, Any]:
        """The names as they are now: for what must not change them."""
        return dict(self._names)

    def run_test(self, code: CodeType, last: CodeType | None) -> Any:
        """Run a test cell (see split_last): the value of its last expression. Raises whatever the test raises."""
        exec(code, self._names)
        return eval(last, self._names) if last is not None else None

    def run_elsewhere(self, code: CodeType, last: CodeType | None) -> None:
        """Run a test cell in a copy of the namespace, which stays as it is."""
        names = self.copy()
        exec(code, names)
        if last is not None:
            eval(last, names)

    def fetch(self, transport: StudentTransport, source: str, seed: int) -> None:
        """Put the student's names that this test uses into the namespace, the tests' own names apart."""
        own = self._own - self._stubs
        # a builtin is asked for only where the exercise is to write a function of its name
        wanted = {n for n in used(source) if n not in own and (n in self._stubs or not hasattr(builtins, n))}
        # what an earlier test was given goes, too: this snapshot may not have the name
        for name in wanted | set(self._bound):
            self._names.pop(name, None)
        self._bound = transport.names(wanted, seed) if wanted else {}
        self._names.update(self._bound)

    def push(self, transport: StudentTransport) -> None:
        """What the test did to a student's function of the exercise takes effect inside before the next call."""
        names, bound = self._names, self._bound
        deleted = [n for n in bound if n in self._stubs and n not in names]
        changed = {n: names[n] for n in self._stubs & set(names) if n not in bound or names[n] is not bound[n]}
        if deleted or changed:
            transport.bind(changed, deleted)
            for name in deleted:
                del bound[name]
            bound.update(changed)

    def keep(self, source: str) -> None:
        """Names that a test binds stay for later tests; a student cannot take them over."""
        self._own |= (assigned(source) - self._stubs) & set(self._names)


@contextlib.contextmanager
def seeded(cell: str, seeding: Seeding) -> Iterator[None]:
    """PyTorch's own random numbers are the same whenever this test runs for this student."""
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed: for each accelerator it formats a stack trace, tests run on the CPU's generator only.
        torch.default_generator.manual_seed(seeding.number(Purpose.TESTS, cell))
        yield
