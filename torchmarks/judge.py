"""The judge: runs a notebook with the student's cells inside their process and the tests outside.

    solution and unmarked cells     inside
    locked read-only cells          on both sides
    test cells                      outside only; the student's names in them are stand-ins

Consecutive test cells share one snapshot of the student's process, taken at their place in the notebook. The tests run
after the last student cell: nothing that a hidden test sends inside can come out in the outputs of a cell, and a crash
costs that exercise alone. Writes outputs that nbgrader can read one way only.
Must not know a gradebook, a course folder or a student's name beyond the seed of the inputs.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dataclasses
import functools
import io
import re
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Final

import torch

from torchmarks import _messages as words
from torchmarks._box import to_mime
from torchmarks._capture import LINE_CHARACTERS
from torchmarks._expect import CheckFailed, Collected, collecting
from torchmarks._inputs import inputs, student
from torchmarks._messages import Report
from torchmarks._observe import door
from torchmarks.checks.cells import digest
from torchmarks.checks.exercises import exercise_of
from torchmarks.checks.leftovers import Left
from torchmarks.checks.reasons import Reason
from torchmarks.checks.settings import CELL, Usual
from torchmarks.errors import AuthorError
from torchmarks.isolation import CellRun, Died, Engine, LimitHit, Probe, ProcessDied, Session
from torchmarks.safe_display import safe_outputs
from torchmarks.standins import ClassSignature, StudentDied, StudentDoor

Cell = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test cell came to.

    cell: its grade_id; passed; report: what the student reads when it failed; calls: how many calls it judged; score: a
    fraction of the points, for tests that end in a number; limit: what ended its calls, or the cell that should have
    defined what it tests.
    """

    cell: str
    passed: bool
    report: Report | None = None
    calls: int = 0
    score: float | None = None
    limit: LimitHit | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a notebook. outputs: for each code cell, by position; stopped: the limits that its cells and tests
    hit; seconds: wall-clock of the whole run; left: what cells left set, or otherwise behind, where tests met it.
    """

    outputs: dict[int, list[dict[str, Any]]]
    verdicts: tuple[Verdict, ...]
    stopped: tuple[LimitHit, ...]
    seconds: float
    left: tuple[Left, ...] = ()


def role_of(cell: Mapping[str, Any]) -> str:
    """Where a cell runs: "inside", "both", "test", or "" for text."""
    if cell.get("cell_type") != "code":
        return ""
    marks = cell.get("metadata", {}).get("nbgrader") or {}
    if marks.get("grade") and not marks.get("solution"):
        return "test"
    locked = marks.get("locked") and not marks.get("solution") and not marks.get("grade")
    return "both" if locked else "inside"


def grade_id(cell: Mapping[str, Any], position: int) -> str:
    """The name of a cell in reports."""
    marks = cell.get("metadata", {}).get("nbgrader") or {}
    return str(marks.get("grade_id") or f"cell {position + 1}")


def signatures_of(sources: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Parameter names of the functions that the released solution cells define; classes by their __init__."""
    found: dict[str, tuple[str, ...]] = {}
    for source in sources:
        with contextlib.suppress(SyntaxError, ValueError):
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef):
                    found[node.name] = _parameters(node, skip=0)
                elif isinstance(node, ast.ClassDef):
                    inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
                    found[node.name] = ClassSignature(_parameters(inits[0], skip=1) if inits else ())
    return found


def _parameters(node: ast.FunctionDef, skip: int) -> tuple[str, ...]:
    return tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))[skip:]


@dataclass
class _Tests:
    """The side of the tests: their namespace, and which names in it are theirs."""

    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__", "__builtins__": builtins})
    own: set[str] = field(default_factory=lambda: {"__name__", "__builtins__"})
    bound: dict[str, Any] = field(default_factory=dict)  # stand-ins as they were put into `names`


class Judge:
    """Judges one notebook at a time with one engine.

    student_id: seeds the hidden inputs. signatures: see signatures_of; made from the released notebook, not the
    student's. files: the assignment's data files, for the student's working directory.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        student_id: str = "",
        signatures: Mapping[str, tuple[str, ...]] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        self._engine = engine
        self._student = student_id
        self._signatures = dict(signatures or {})
        self._files = dict(files or {})

    def judge(self, cells: Sequence[Mapping[str, Any]]) -> Judgement:
        """Run all cells in order. Raises MachineError and ServerHurt only: whatever the student's code does is data."""
        start = time.perf_counter()
        run = _Run(self._engine, self._files, self._signatures, self._student)
        try:
            for position, cell in enumerate(cells):
                run.inside(position, cell)
            for position, cell in enumerate(cells):
                run.outside(position, cell)
        finally:
            run.close()
        seconds = time.perf_counter() - start
        return Judgement(run.outputs, tuple(run.verdicts), tuple(run.stopped), seconds, tuple(run.left))


_CELLS_LAST: Final = 20  # all student cells together may take this many times what one may
_CELLS_SHOW: Final = 10  # and show this many times as much
_STOPPED_SHARE: Final = 3  # and those that were stopped this part of a process's CPU time
_LONGEST: Final = 2_000  # characters of a line of a report; what a student's process sends may be of any length


@dataclass(frozen=True, slots=True)
class _Worked:
    """A cell to be run again after one has ended the process. most: of a cell that was stopped, so many statements."""

    cell: str
    source: str
    most: int | None = None


@dataclass
class _Snapshot:
    """The student's process at one place of the notebook. after: how many cells had worked by then; deadly: whether to
    take it ended the process.
    """

    after: int
    probe: Probe | None = None
    died: Died | None = None
    deadly: bool = False


class _Run:
    """The run of one notebook: all student cells first, a snapshot at each group of tests; then the tests."""

    def __init__(
        self, engine: Engine, files: Mapping[str, bytes], signatures: Mapping[str, tuple[str, ...]], student_id: str
    ) -> None:
        self._engine, self._files, self._student = engine, files, student_id
        self._session: Session | None = None
        self._worked: list[_Worked] = []
        self._stopped_s = 0.0  # what cells took that were stopped in the process that runs now
        self._lost: dict[str, LimitHit] = {}  # by name: the limit that stopped the cell which binds it
        self._snapshots: list[_Snapshot] = []
        self._snapshot_of: dict[int, _Snapshot] = {}
        self._tested: _Snapshot | None = None  # whose tests ran last
        self._in_group = False
        self._stubs = frozenset(signatures)
        self._lines: set[str] = set()
        self._door = StudentDoor(signatures, engine.limits, self._lines)
        self._seconds = _CELLS_LAST * engine.limits.cell_s
        self._bytes = _CELLS_SHOW * engine.limits.output_bytes
        self._tests = _Tests()
        self._errors: dict[str, str] = {}  # by grade_id: the error that a student's cell stopped with
        self.outputs: dict[int, list[dict[str, Any]]] = {}
        self.verdicts: list[Verdict] = []
        self.left: dict[Left, None] = {}
        self._cell_of: dict[str, str] = {}  # by the digest of its source: the name of a cell; none for the course's own
        self.stopped: list[LimitHit] = []

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    # ---- inside

    def inside(self, position: int, cell: Mapping[str, Any]) -> None:
        """The part of a cell that happens in the student's process."""
        role, source = role_of(cell), str(cell.get("source", ""))
        if role == "test":
            if not self._in_group:
                self._snapshots.append(_Snapshot(len(self._worked)))
                self._take(self._running(), self._snapshots[-1])
            self._in_group = True
            self._snapshot_of[position] = self._snapshots[-1]
        elif role:
            self._in_group = False
            self._cell_of.setdefault(digest(source), grade_id(cell, position) if role == "inside" else "")
            self._run_inside(position, cell, source)

    def _running(self) -> Session:
        """The student's process; after a death a new one, brought to where the cells that worked had led."""
        while self._session is None or not self._session.alive:
            again, start = self._session is not None, time.monotonic()
            self._session, self._stopped_s = self._started(), 0.0
            if again:  # thousands of files are written anew after every cell that ends the process
                self._seconds -= time.monotonic() - start
            self._replay(self._session)
        return self._session

    def _started(self) -> Session:
        try:
            return self._engine.session(self._files)
        except ProcessDied as error:  # files that do not fit into the working directory
            if not self._files:
                raise
            self.stopped.append(_hit(error.died, "the files that were handed in"))
            self._files = {}
            return self._engine.session()

    def _replay(self, session: Session) -> None:
        """Run the cells that worked again. What ends the process now is left out next time, so that this comes to an
        end.
        """
        for number, worked in enumerate([*self._worked, None]):
            for snapshot in self._snapshots:
                if snapshot.after == number and not snapshot.deadly:
                    self._take(session, snapshot)
                if not session.alive:
                    return
            if worked is None:
                return
            run = self._cell(session, worked.source, worked.most)
            died = run.died or run.stopped
            if died is not None:
                self._lost |= dict.fromkeys(_assigned(worked.source), _hit(died, worked.cell))
            if run.stopped is not None:
                self._worked[number] = dataclasses.replace(worked, most=run.finished)
            elif run.died is not None:
                del self._worked[number]  # it worked once, and does not any more
                for snapshot in self._snapshots:
                    snapshot.after -= snapshot.after > number
                return

    def _too_long(self) -> Died:
        whole = _CELLS_LAST * self._engine.limits.cell_s
        return Died("timeout", f"The cells of the notebook together ran longer than {whole:g} s.", whole)

    def _cell(self, session: Session, source: str, most: int | None = None) -> CellRun:
        """Run a cell while there is time: many cells, each just within its limit, would hold up the grader."""
        limits, left_s, too_long = self._engine.limits, self._seconds, self._too_long()
        if left_s <= 0:
            return CellRun((), False, 0.0, None, too_long)
        run = session.run_cell(source, limit_s=min(limits.cell_s, left_s), most=most)
        self._seconds -= run.seconds
        if left_s < limits.cell_s:  # not this cell's own limit
            if run.died is not None and run.died.how == "timeout":
                run = dataclasses.replace(run, died=too_long)
            elif run.stopped is not None:
                run = dataclasses.replace(run, stopped=too_long)
        return run

    def _shown(self, run: CellRun) -> list[dict[str, Any]]:
        outputs = safe_outputs(run.outputs)
        self._bytes -= sum(len(str(output)) for output in outputs)
        if self._bytes >= 0:
            return outputs
        text = "(not shown: the notebook's cells together printed or displayed too much)\n"
        return [{"output_type": "stream", "name": "stdout", "text": text}]

    def _take(self, session: Session, snapshot: _Snapshot) -> None:
        """Take a snapshot while there is time: student code can run at each fork, and all are taken anew after a death.

        Quick ones are still taken when the cells have used up their time: their tests cost nobody anything.
        """
        if self._seconds <= -self._engine.limits.call_s:
            snapshot.probe, snapshot.died = None, self._too_long()
            return
        start = time.monotonic()
        try:
            snapshot.probe, snapshot.died = session.probe(), None
        except ProcessDied as error:
            snapshot.probe, snapshot.died, snapshot.deadly = None, error.died, not session.alive
        self._seconds -= time.monotonic() - start

    def _run_inside(self, position: int, cell: Mapping[str, Any], source: str) -> None:
        if not source.strip():
            self.outputs[position] = []
            return
        if role_of(cell) == "inside":
            self._lines |= {line.strip()[:LINE_CHARACTERS] for line in source.splitlines()}
        run = self._cell(self._running(), source)
        self.outputs[position] = self._shown(run)
        name = grade_id(cell, position)
        if run.cut is not None:
            self.stopped.append(_hit(run.cut, name))
        died = run.died or run.stopped
        if died is None:
            self._worked.append(_Worked(name, source))
            self._errors[name] = _error_in(run)
            return
        hit = _hit(died, name)
        if run.finished or run.died is None:
            self._worked.append(_Worked(name, source, run.finished))
        self._lost |= dict.fromkeys(_assigned(source), hit)
        self.stopped.append(hit)
        report = limit_report(died, f"the cell {name}")
        self.outputs[position].extend(_failed_outputs(report))
        self._spare_the_others(run)

    def _spare_the_others(self, run: CellRun) -> None:
        """Cells that were stopped have used up CPU time that the others' tests need: they get a fresh process."""
        if run.stopped is not None and self._session is not None:
            self._stopped_s += run.seconds
            if self._stopped_s > self._engine.limits.cpu_s / _STOPPED_SHARE:
                self._session.close()

    # ---- outside

    def outside(self, position: int, cell: Mapping[str, Any]) -> None:
        """The part of a cell that happens on the side of the tests."""
        role, source = role_of(cell), str(cell.get("source", ""))
        if role == "both":
            self._run_outside(source, grade_id(cell, position))
        elif role == "test":
            self._test(position, cell, source)

    def _run_outside(self, source: str, name: str) -> None:
        """A locked cell on the side of the tests. What it binds is the tests' own, whatever a student binds later."""
        before = set(self._tests.names)
        code = _compiled(source, name)
        if code is None:
            return
        # An example may need the student's names, or fail on purpose.
        with Usual(CELL), _quietly(), contextlib.suppress(Exception):
            exec(code, self._tests.names)
        self._tests.own |= (set(self._tests.names) - before) | (_assigned(source) & set(self._tests.names))

    def _test(self, position: int, cell: Mapping[str, Any], source: str) -> None:
        name = grade_id(cell, position)
        snapshot = self._snapshot_of[position]
        self._begin(snapshot)
        self._door.open(snapshot.probe, snapshot.died)
        try:
            verdict = self._judged(source, name)
        except StudentDied as error:
            self.stopped.append(_hit(error.died, name))
            report = limit_report(error.died, f"the tests of {exercise_of(name)}")
            verdict = Verdict(name, False, report, limit=self.stopped[-1])
        snapshot.died = self._door.died
        verdict = self._with_left(self._with_cause(verdict))
        self.verdicts.append(verdict)
        points = float((cell.get("metadata", {}).get("nbgrader") or {}).get("points") or 0)
        self.outputs[position] = outputs_of(verdict, points)

    def _begin(self, snapshot: _Snapshot) -> None:
        """What the calls of one group of tests started and wrote must not meet those of the next."""
        if self._tested is not snapshot and self._tested is not None and self._tested.probe is not None:
            self._tested.probe.close()
        self._tested = snapshot
        session = self._running()  # a last cell that ended the process took the snapshots with it
        with contextlib.suppress(ProcessDied):
            session.settle()

    def _with_cause(self, verdict: Verdict) -> Verdict:
        """A name that is missing because its cell stopped is told with that cell's error, or the limit that it hit."""
        report, cell = verdict.report, exercise_of(verdict.cell)
        if report is None or report.misconception != Reason.NOT_DEFINED:
            return verdict
        hit = self._lost.get(report.missing)
        if hit is not None:
            told = _bounded(words.lost(report, hit.cell, hit.name, hit.detail))
            return dataclasses.replace(verdict, report=told, limit=hit)
        if not self._errors.get(cell):
            return verdict
        told = _bounded(words.stopped_cell(report, cell, self._errors[cell]))
        return dataclasses.replace(verdict, report=told)

    def _with_left(self, verdict: Verdict) -> Verdict:
        """What cells had left is told with the verdict of a test that failed, and kept for the record of any."""
        left = [dataclasses.replace(x, cell=self._cell_of.get(x.cell, words.EARLIER_CELL)) for x in self._door.left]
        left = [x for x in left if x.cell]
        self.left.update(dict.fromkeys(left))
        if verdict.report is None or not left:
            return verdict
        report = dataclasses.replace(verdict.report, left=words.left_over(left))
        threads = [x.cell for x in left if x.setting == "running threads"]
        if threads and report.next == words.ADVICE["timeout"]:
            report = dataclasses.replace(report, next=words.ADVICE_THREADS.format(cells=", ".join(threads)))
        return dataclasses.replace(verdict, report=_bounded(report))

    def _judged(self, source: str, name: str) -> Verdict:
        code, last = _split_last(_compiled_source(source), name)
        self._bring_names(source, inputs("torchmarks", name, self._student).seed())
        value: Any = None
        error: BaseException | None = None
        died: Died | None = None
        tokens = door.set(self._door), student.set(self._student)
        self._door.before_request = self._push_names
        try:
            with Usual(CELL), _quietly(), _seeded(name, self._student), collecting() as collected:
                try:
                    exec(code, self._tests.names)
                    value = eval(last, self._tests.names) if last is not None else None
                except StudentDied as ended:
                    died = ended.died
                except Exception as caught:
                    error = caught
        finally:
            self._door.before_request = lambda: None
            door.reset(tokens[0])
            student.reset(tokens[1])
            self._keep_own(source)
        died = died or self._door.died
        if died is not None and not collected.failed:  # an error of the test itself comes of what it misses
            raise StudentDied(died)
        verdict = _verdict(name, collected, error, value)
        if died is not None:
            self.stopped.append(_hit(died, name))
            verdict = dataclasses.replace(verdict, passed=False, limit=self.stopped[-1])
        return verdict

    def _bring_names(self, source: str, seed: int) -> None:
        """Put the student's names that this test uses into its namespace, the tests' own names apart."""
        own = self._tests.own - self._stubs
        used = _used(source)
        wanted = {n for n in used if n not in own and (n in self._stubs or not hasattr(builtins, n))}
        for name in wanted | set(self._tests.bound):
            self._tests.names.pop(name, None)
        self._tests.bound = self._door.names(wanted, seed) if wanted else {}
        self._tests.names.update(self._tests.bound)

    def _push_names(self) -> None:
        """What the test did to a student's function of the exercise takes effect inside before the next call."""
        names, bound = self._tests.names, self._tests.bound
        deleted = [n for n in bound if n in self._stubs and n not in names]
        changed = {n: names[n] for n in self._stubs & set(names) if n not in bound or names[n] is not bound[n]}
        if deleted or changed:
            self._door.bind(changed, deleted)
            for name in deleted:
                del bound[name]
            bound.update(changed)

    def _keep_own(self, source: str) -> None:
        """Names that a test binds stay for later tests; a student cannot take them over."""
        self._tests.own |= (_assigned(source) - self._stubs) & set(self._tests.names)


def _verdict(name: str, collected: Collected, error: BaseException | None, value: Any) -> Verdict:
    report = collected.report()
    if report is None and isinstance(error, CheckFailed):
        report = error.report
    if report is None and isinstance(error, AuthorError):
        raise error
    if report is None and error is not None:
        report = plain_report(error, name)
    if report is not None:
        return Verdict(name, False, _bounded(report), collected.calls)
    score = None
    if type(value) in (int, float):  # a number that the test came to: nothing else earns or costs anything
        score = max(float(value), 0.0) if value == value else 0.0
    return Verdict(name, True, None, collected.calls, score)


def _error_in(run: CellRun) -> str:
    """The error that a cell stopped with, as "SyntaxError: '(' was never closed (line 2)"; nothing if it did not."""
    errors = [output for output in run.outputs if output.get("output_type") == "error"]
    if run.ok or not errors:
        return ""
    text = f"{errors[-1]['ename']}: {errors[-1]['evalue']}".splitlines()[0]
    return re.sub(r"\([^()]*, line (\d+)\)", r"(line \1)", text)


def _bounded(report: Report) -> Report:
    """The report with every line of a length that a person may read."""

    def short(text: str) -> str:
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    rows = tuple(words.Row(short(r.label), short(r.seen), short(r.expected), short(r.detail)) for r in report.rows)
    return dataclasses.replace(
        report,
        headline=short(report.headline),
        rows=rows,
        why=short(report.why),
        next=short(report.next),
        left=short(report.left),
    )


def plain_report(error: BaseException, name: str) -> Report:
    """The report of a test that used `assert`, or failed with another error: its message, never its source."""
    exercise = exercise_of(name)
    message = str(error).strip()
    if isinstance(error, NameError):
        missing = getattr(error, "name", None) or (message.split("'")[1] if message.count("'") >= 2 else exercise)
        return words.missing(missing, exercise)
    if isinstance(error, NotImplementedError):
        return Report(
            words.NOT_WRITTEN, misconception=Reason.NOT_WRITTEN, next=words.NEXT_NOT_WRITTEN, subject=exercise
        )
    if isinstance(error, AssertionError):
        why = message.splitlines()[0][:300] if message else ""
        return Report(
            f"A check of {exercise} failed.",
            why=why,
            next="Call your function with small inputs of your own.",
            subject=exercise,
        )
    text = f"{type(error).__name__}: {message.splitlines()[0][:200] if message else ''}"
    return Report(f"A test of {exercise} stopped with an error.", (words.Row("error", text, ""),), subject=exercise)


def _hit(died: Died, cell: str) -> LimitHit:
    return LimitHit(died.how, died.limit, cell, died.detail)


def limit_report(died: Died, where: str) -> Report:
    """The report of a limit that was hit: which, and where."""
    step = words.ADVICE.get(died.how, words.ADVICE_OTHERWISE)
    return Report(
        f"Your code did not survive {where}.", (words.Row(died.how, died.detail, ""),), misconception="", next=step
    )


def outputs_of(verdict: Verdict, points: float) -> list[dict[str, Any]]:
    """Outputs from which nbgrader's `determine_grade` reads this verdict and no other (nbgrader 0.9.6, utils.py).

    Passed: one line of text on stdout, full marks; or, for a test that ends in a number within its points, that number.
    Failed: the report, and an error.
    """
    if not verdict.passed:
        assert verdict.report is not None
        return _failed_outputs(verdict.report)
    text = f"{words.passed(verdict.calls)}\n"
    outputs: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": text}]
    if verdict.score is not None and 0 <= verdict.score < points:
        data = {"text/plain": repr(float(verdict.score))}
        outputs.append({"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}})
    return outputs


def _failed_outputs(report: Report) -> list[dict[str, Any]]:
    # The mark says that we made this output, for no student's has metadata; all that it tells stands in the record.
    marks = {"torchmarks": {"verdict": "failed"}}
    shown = {"output_type": "display_data", "data": to_mime(report), "metadata": marks}
    return [shown, {"output_type": "error", "ename": "CheckFailed", "evalue": report.short(), "traceback": []}]


# ---- the source of a test: the same for a whole class, so it is read and compiled once

_TESTS_KEPT: Final = 256


def _compiled_source(source: str) -> str:
    """Magics and shell lines have no meaning outside a shell: a test that has them runs without."""
    return "\n".join("pass" if line[:1] in "%!" and line else line for line in source.splitlines())


@functools.lru_cache(maxsize=_TESTS_KEPT)
def _compiled(source: str, name: str) -> CodeType | None:
    try:
        return compile(_compiled_source(source), f"<hidden {name}>", "exec")
    except SyntaxError:
        return None


@functools.lru_cache(maxsize=_TESTS_KEPT)
def _split_last(source: str, name: str) -> tuple[CodeType, CodeType | None]:
    """A test's code, its last expression apart. Raises AuthorError when it does not compile."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise AuthorError(
            f"The test cell {name} is not Python: {error}.",
            "Mend it in source/ and run `nbgrader generate_assignment --force` for it.",
        ) from None
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = tree.body.pop()
        assert isinstance(expression, ast.Expr)
        last = compile(ast.Expression(expression.value), f"<hidden {name}>", "eval")
    return compile(tree, f"<hidden {name}>", "exec"), last


def _nodes(source: str) -> list[ast.AST]:
    try:
        return list(ast.walk(ast.parse(_compiled_source(source))))
    except SyntaxError:
        return []


@functools.lru_cache(maxsize=_TESTS_KEPT)
def _used(source: str) -> frozenset[str]:
    return frozenset(node.id for node in _nodes(source) if isinstance(node, ast.Name))


@functools.lru_cache(maxsize=_TESTS_KEPT)
def _assigned(source: str) -> frozenset[str]:
    """Names that a cell binds at its top level or below: assignments, definitions, imports."""
    found: set[str] = set()
    for node in _nodes(source):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return frozenset(found)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """What tests print or warn of is nobody's business: it must neither reach the student nor cost points."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _seeded(cell: str, student_id: str) -> Iterator[None]:
    """PyTorch's own random numbers are the same whenever this test runs for this student."""
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed: for each accelerator it formats a stack trace, tests run on the CPU's generator only.
        torch.default_generator.manual_seed(inputs("torchmarks", cell, student_id).seed())
        yield
