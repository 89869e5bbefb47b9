"""Judges a notebook: runs the student's cells inside their process, and the tests outside.

    solution and unmarked cells     inside
    locked read-only cells          on both sides
    test cells                      outside only; the student's names in them are proxies

Consecutive test cells share one snapshot of the student's process, taken at their place in the notebook. The tests run
after the last student cell: nothing that a hidden test sends inside can come out in the outputs of a cell, and a crash
costs that exercise alone. Must not know a gradebook, a course folder or a student's name beyond the seed of the inputs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torchmarks.catalogue import Catalogue
from torchmarks.checks import messages as words
from torchmarks.checks import sources
from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.cells import about, digest
from torchmarks.checks.collecting import CheckFailed, Collected, collecting
from torchmarks.checks.definitions import defined_by, meant
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.extent import MAX_LINE
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.left import Left
from torchmarks.checks.observe import Transport, transport
from torchmarks.checks.quiet import quietly
from torchmarks.checks.reasons import Reason
from torchmarks.checks.reasons_file import NOTHING, SealedReasons
from torchmarks.checks.seeding import NOBODY, Phase, Purpose, Seeding
from torchmarks.checks.seeding import seeding as current_seeding
from torchmarks.checks.settings import CELL, Usual
from torchmarks.errors import AuthorError
from torchmarks.grading.fixed_cases import FixedCases
from torchmarks.grading.namespace import Namespace, seeded
from torchmarks.grading.recognising import Reasons
from torchmarks.grading.repair.names import Reader
from torchmarks.grading.replay import Snapshot, StudentCells, hit_of
from torchmarks.grading.reports import bounded, error_in, limit_report, plain_report, stopped_report
from torchmarks.grading.roles import grade_id, role_of
from torchmarks.grading.source import split_last, used, used_in, without_magics
from torchmarks.grading.verdict import Judgement, Verdict
from torchmarks.grading.verdict_outputs import failed_outputs, outputs_of
from torchmarks.isolation import Died, Engine, LimitHit
from torchmarks.isolation.client.requests import StudentDied
from torchmarks.isolation.client.transport import StudentTransport

_EMPTY = Catalogue()
_OTHERS = 2  # failures of other kinds that feedback shows besides the most telling one


def judge_notebook(
    cells: Sequence[Mapping[str, Any]],
    engine: Engine,
    *,
    seeding: Seeding = NOBODY,
    signatures: Mapping[str, tuple[str, ...]] = {},
    files: Mapping[str, bytes] = {},
    catalogue: Catalogue = _EMPTY,
    reasons: SealedReasons = NOTHING,
    as_unseen: bool = False,
) -> Judgement:
    """Run all cells of a notebook in order, and judge its tests.

    seeding: of the hidden inputs; signatures: see signatures_of, made from the released notebook, not the student's;
    files: the assignment's data files, for the student's working directory; catalogue: by which failures of hidden
    tests are explained; reasons: by which those of visible ones are; as_unseen: an answer that is in the catalogue is
    not recognised by itself. Raises MachineError and ServerHurt only: whatever the student's code does is data.
    """
    start = time.perf_counter()
    names = Namespace(frozenset(signatures))
    recognised = Reasons(catalogue, reasons, names, as_unseen=as_unseen)
    run = _Notebook(engine, files, signatures, seeding, names, recognised)
    try:
        for position, cell in enumerate(cells):
            run.inside(position, cell)
        for position, cell in enumerate(cells):
            run.outside(position, cell)
    finally:
        run.close()
    seconds = time.perf_counter() - start
    return Judgement(run.outputs, tuple(run.verdicts), run.stopped, seconds, tuple(run.left), tuple(recognised.errors))


@dataclasses.dataclass(frozen=True, slots=True)
class _TestRun:
    """What running a test gave: the checks it made, the value of its last expression, and what stopped it."""

    collected: Collected
    value: Any = None
    error: Exception | None = None
    died: Died | None = None


class _Notebook:
    """The run of one notebook: all student cells first, a snapshot at each group of tests; then the tests."""

    def __init__(
        self,
        engine: Engine,
        files: Mapping[str, bytes],
        signatures: Mapping[str, tuple[str, ...]],
        seeding: Seeding,
        tests: Namespace,
        reasons: Reasons,
    ) -> None:
        self._seeding = seeding
        self._reader = Reader()
        self._student_cells = StudentCells(engine, files, self._reader)
        self._tests, self._reasons = tests, reasons
        self._lines: set[str] = set()
        self._transport = StudentTransport(signatures, engine.limits, self._lines)
        self._snapshot_of: dict[int, Snapshot] = {}
        self._in_group: Snapshot | None = None  # whose tests follow each other
        self._tested: Snapshot | None = None  # whose tests ran last
        self._errors: dict[str, str] = {}  # by grade_id: the error that a student's cell stopped with
        self._answers: dict[str, str] = {}  # by grade_id: the source of a student's cell
        self._cell_of: dict[str, str] = {}  # by the digest of its source: the name of a cell; none for the course's own
        self._parts: dict[str, str] = {}  # by exercise: the sources of its hidden tests so far
        self._met_fixed: set[str] = set()  # exercises whose tests have called with what nobody drew
        self._hits: list[LimitHit] = []
        self.outputs: dict[int, list[dict[str, Any]]] = {}
        self.verdicts: list[Verdict] = []
        self.left: dict[Left, None] = {}

    @property
    def stopped(self) -> tuple[LimitHit, ...]:
        """The limits that were hit: by cells, then by tests."""
        return (*self._student_cells.stopped, *self._hits)

    def close(self) -> None:
        self._student_cells.close()

    # ---- inside

    def inside(self, position: int, cell: Mapping[str, Any]) -> None:
        """The part of a cell that happens in the student's process."""
        role, source = role_of(cell), str(cell.get("source", ""))
        if role == "test":
            self._in_group = self._in_group or self._student_cells.snapshot()
            self._snapshot_of[position] = self._in_group
        elif role:  # text between two tests does not part their group
            self._in_group = None
            name = grade_id(cell, position)
            self._cell_of.setdefault(digest(source), name if role == "inside" else "")
            if role == "inside":
                self._reasons.note(name, source)
                self._lines |= {line.strip()[:MAX_LINE] for line in source.splitlines()}
            self.outputs[position] = self._run_inside(source, name) if source.strip() else []

    def _run_inside(self, source: str, name: str) -> list[dict[str, Any]]:
        self._answers[name] = source
        ran = self._student_cells.run(name, source)
        if ran.died is None:
            self._errors[name] = error_in(ran.run)
            return ran.outputs
        report = limit_report(ran.died, say("did_not_survive_cell", cell=words.cell_phrase(name)))
        return [*ran.outputs, *failed_outputs(report)]

    # ---- outside

    def outside(self, position: int, cell: Mapping[str, Any]) -> None:
        """The part of a cell that happens on the side of the tests."""
        role, source = role_of(cell), str(cell.get("source", ""))
        if role == "both":
            self._tests.run_locked(source, grade_id(cell, position))
        elif role == "test":
            self._test(position, cell, source)

    def _test(self, position: int, cell: Mapping[str, Any], source: str) -> None:
        name = grade_id(cell, position)
        snapshot = self._snapshot_of[position]
        self._begin(snapshot)
        self._transport.open(snapshot.probe, snapshot.died)
        try:
            verdict = self._judged(source, name)
        except StudentDied as error:
            report = limit_report(error.died, say("did_not_survive_tests", exercise=exercise_of(name)))
            verdict = Verdict(name, False, report, limit=self._hit(error.died, name))
        snapshot.died = self._transport.died  # for the other tests of its group
        verdict = self._with_left(self._with_cause(verdict), source)
        self.verdicts.append(verdict)
        points = float(marks_of(cell).get("points") or 0)
        self.outputs[position] = outputs_of(verdict, points)

    def _begin(self, snapshot: Snapshot) -> None:
        """What the calls of one group of tests started and wrote must not meet those of the next."""
        if self._tested is not snapshot and self._tested is not None and self._tested.probe is not None:
            self._tested.probe.close()
        self._tested = snapshot
        self._student_cells.settle()

    def _hit(self, died: Died, name: str) -> LimitHit:
        self._hits.append(hit_of(died, name))
        return self._hits[-1]

    def _judged(self, source: str, name: str) -> Verdict:
        code, last = split_last(without_magics(source), name)
        sources.keep(code.co_filename, without_magics(source))
        self._tests.fetch(
            self._transport, self._with_earlier(source, name), self._seeding.number(Purpose.SANDBOX, name)
        )
        hides = self._seeding.hides_fixed and part_of(name) != "visible"
        fixed = FixedCases(self._transport) if hides else None
        try:
            ran = self._run_test(lambda: self._tests.run_test(code, last), name, fixed or self._transport)
        finally:
            self._tests.keep(source)
        exercise = exercise_of(name)
        if fixed is not None and (ran.collected.failed or exercise not in self._met_fixed):
            self._compare(fixed, name, lambda: self._tests.run_elsewhere(code, last))
            self._met_fixed |= {exercise} if fixed.met else set()
        # observe reports an end of the process as an observation, and raises nothing
        died = ran.died or self._transport.died
        if died is not None and not ran.collected.failed:  # an error of the test itself comes of what it misses
            raise StudentDied(died)
        with self._reasons.recognising(name, source):
            verdict = _verdict(name, source, ran, fixed, quotes=exercise not in self._met_fixed)
        if died is not None:
            verdict = dataclasses.replace(verdict, passed=False, limit=self._hit(died, name))
        return verdict

    def _run_test(self, run: Callable[[], Any], name: str, through: Transport) -> _TestRun:
        """Run a test. Before each of its requests, what it has bound so far is pushed to the student's process."""
        with (
            self._before_requests(lambda: self._tests.push(self._transport)),
            self._testing(name, through, self._seeding) as collected,
        ):
            try:
                return _TestRun(collected, run())
            except StudentDied as ended:
                return _TestRun(collected, died=ended.died)
            except Exception as caught:
                return _TestRun(collected, error=caught)

    @contextlib.contextmanager
    def _before_requests(self, step: Callable[[], None]) -> Iterator[None]:
        """While inside, each request to the student's process is preceded by this step."""
        self._transport.before_request = step
        try:
            yield
        finally:
            self._transport.before_request = lambda: None

    def _with_earlier(self, source: str, name: str) -> str:
        """The source of a hidden test after those of earlier parts: what they define calls the student's names, too."""
        if part_of(name) != "hidden":
            return source
        exercise = exercise_of(name)
        self._parts[exercise] = f"{self._parts[exercise]}\n{source}" if exercise in self._parts else source
        return self._parts[exercise]

    @contextlib.contextmanager
    def _testing(self, name: str, through: Transport, seeding: Seeding) -> Iterator[Collected]:
        """While inside, a test draws by this seeding, and its calls go through this transport."""
        tokens = transport.set(through), current_seeding.set(seeding)
        try:
            with Usual(CELL), quietly(), seeded(name, seeding), collecting() as collected:
                yield collected
        finally:
            transport.reset(tokens[0])
            current_seeding.reset(tokens[1])

    def _compare(self, fixed: FixedCases, name: str, run: Callable[[], None]) -> None:
        """Find out which calls of a test would be the same in the final phase."""
        final = dataclasses.replace(self._seeding, phase=Phase.FINAL)
        asked: list[None] = []

        def refuse() -> None:
            asked.append(None)  # a test may catch the error
            raise AuthorError("The student's process is asked once.", "Observe the call.")

        def again(through: Transport) -> None:
            with self._testing(name, through, final):
                run()
            if asked:
                refuse()

        with self._before_requests(refuse):
            fixed.compare(again)

    def _with_cause(self, verdict: Verdict) -> Verdict:
        """A name that is missing because its cell stopped is reported with that cell's error, or its limit."""
        report, cell = verdict.report, exercise_of(verdict.cell)
        if report is None or report.misconception != Reason.NOT_DEFINED:
            return verdict
        hit = self._student_cells.lost.get(report.missing)
        if hit is not None:
            report = bounded(words.lost(report, hit.cell, hit.name, hit.detail))
            return dataclasses.replace(verdict, report=report, limit=hit)
        answer = self._answers.get(cell, "")
        if self._errors.get(cell):
            taken = any(x.kind == "name" and x.setting in self._used_by(answer) for x in self._transport.left)
            stopped = stopped_report(report, cell, self._errors[cell], taken=taken)
            return dataclasses.replace(verdict, report=bounded(stopped))
        others = [name for name in defined_by(answer) if name != report.missing]  # %%timeit defines nothing
        if other := meant(report.missing, others, answer):
            return dataclasses.replace(verdict, report=bounded(words.renamed(report, other)))
        return verdict

    def _used_by(self, answer: str) -> frozenset[str]:
        """Names that a student's cell mentions."""
        return used_in(self._reader.nodes(answer))

    def _with_left(self, verdict: Verdict, source: str) -> Verdict:
        """What cells had left is shown with the verdict of a test that failed, and kept for the record of any test."""
        left = [
            dataclasses.replace(x, cell=self._cell_of.get(x.cell, say("earlier_cell"))) for x in self._transport.left
        ]
        left = [x for x in left if x.cell]
        self.left.update(dict.fromkeys(left))
        left = list(about(left, used(source) | self._used_by(self._answers.get(exercise_of(verdict.cell), ""))))
        if verdict.report is None or not left:
            return verdict
        report = dataclasses.replace(verdict.report, left=words.left_over(left))
        threads = [x.cell for x in left if x.setting == "running threads"]
        if threads and report.limit == "timeout":
            step = say("next_threads", cells=", ".join(threads))
            report = dataclasses.replace(report, next=step, authored=tuple({*report.authored} - {"next"}))
        return dataclasses.replace(verdict, report=bounded(report))


def _verdict(
    name: str,
    source: str,
    ran: _TestRun,
    fixed: FixedCases | None,
    *,
    quotes: bool,
) -> Verdict:
    """The verdict on a test that ran.

    fixed: knows of a failing call whether its values may be shown, None where all may; quotes: whether what the
    student's process said may be.
    """
    collected, error, value = ran.collected, ran.error, ran.value
    report = collected.report(others=_OTHERS, conceals=fixed or (lambda seen: False), quotes=quotes)
    shows = fixed is None and quotes
    if report is None and isinstance(error, CheckFailed) and shows:
        report = error.report
    if report is None and isinstance(error, AuthorError):
        raise error  # the test is wrong, which must cost no student points
    if report is None and error is not None:
        report = plain_report(error, name, names=None if shows else used(source))
    if report is not None:
        return Verdict(name, False, bounded(report), collected.calls)
    score = None
    if type(value) in (int, float):  # a number that the test came to: nothing else earns or costs anything
        score = max(float(value), 0.0) if value == value else 0.0
    return Verdict(name, True, None, collected.calls, score)
