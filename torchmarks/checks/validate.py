"""`python -m torchmarks check NOTEBOOK`: runs the visible tests of a notebook from a fresh start, as Validate does.

The cells run in a process of their own (`checks.cell_runner`), in the notebook's folder, with a time limit for each.
Needs what a student has: no Jupyter, no nbgrader. Writes no file. Must not judge: the tests do.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.cell_runner import CellBegun, CellEnded
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.language import asked, speak
from torchmarks.checks.sentences import say
from torchmarks.checks.versions import graded_with, installed, note
from torchmarks.errors import UsageError

VERSION: Final = 1  # of the layout of --json
CELL_S: Final = 120.0  # as Validate has it: Execute.timeout in course/nbgrader_config.json
_START_S: Final = 300.0  # until the first cell begins: to load PyTorch for the first time takes minutes on some disks
_GRACE_S: Final = 5.0  # from the interrupt to the end
_ROOT: Final = str(Path(__file__).parents[2])
# The folder of the notebook comes on the path later: Python's own modules are loaded from nowhere else.
_START: Final = (
    f"import sys; sys.path[:0] = {{{_ROOT!r}}} - set(sys.path); "
    "from torchmarks.checks import cell_runner; cell_runner.main()"
)


class ExerciseChecked(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of the visible tests of one exercise. points: of most; message: of the first test that failed."""

    exercise: str
    passed: bool
    points: float
    most: float
    message: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of all exercises.

    note: where PyTorch is another than for grades, or nothing; stopped: a sentence for each cell that hit the limit or
    ended the process.
    """

    version: int
    notebook: str
    python: str
    torch: str
    note: str
    points: float
    most: float
    stopped: list[str]
    exercises: list[ExerciseChecked]

    @property
    def passes(self) -> bool:
        """Whether every exercise passes its visible tests."""
        return all(one.passed for one in self.exercises)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A code cell. name: as people read it; exercise: the one that it tests, or nothing."""

    source: str
    name: str
    exercise: str
    points: float


def _cells(path: Path) -> list[_Cell]:
    """The code cells of a notebook. Raises UsageError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(say("cannot_be_read", error=reason), str(path), say("next_cannot_be_read")) from error
    try:
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        parsed = [_cell(number, cell) for number, cell in enumerate(cells, 1)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = say("no_notebook", error=f"{type(error).__name__}: {error}")
        raise UsageError(what, str(path), say("next_no_notebook")) from error
    if not any(cell.exercise for cell in parsed):
        raise UsageError(say("no_tests"), str(path), say("next_no_tests"))
    return parsed


def _cell(number: int, cell: dict[str, Any]) -> _Cell:
    marks = marks_of(cell)
    grade_id = str(marks.get("grade_id") or "")
    visible = bool(marks.get("grade")) and part_of(grade_id) not in ("", "hidden")
    exercise = exercise_of(grade_id)
    name = say("cell_of", name=grade_id) if grade_id else say("numbered_cell", number=number)
    return _Cell("".join(cell["source"]), name, exercise if visible else "", float(marks.get("points") or 0))


_Events = queue.Queue[CellBegun | CellEnded | None]


@dataclass
class _Run:
    """A run of the cells. seconds: the limit of each; stopped: sentences about cells that hit a limit or ended the
    process.
    """

    cells: Sequence[_Cell]
    seconds: float
    folder: Path
    stopped: list[str] = field(default_factory=list)
    _blank: set[int] = field(default_factory=set)  # cells that are left out when the others run again

    def results(self) -> Iterator[CellEnded]:
        """What came of each cell, in order. Where a cell ends the process, a new one runs those before it again, as
        grading has it; the tests among them are done.
        """
        first = 0
        while first < len(self.cells):
            last, blank = first, set(self._blank)
            for ran in self._in_one_process(first):
                last = ran.cell + 1
                yield ran
            if any(cell < first for cell in self._blank - blank):
                continue  # one that ended the process only when it ran again: now without it
            if last < len(self.cells):
                yield CellEnded(last, False, self.stopped[-1])
            first = last + 1

    def _in_one_process(self, first: int) -> Iterator[CellEnded]:
        done = (n for n, cell in enumerate(self.cells[:first]) if cell.exercise)
        left_out = {*done, *self._blank}
        sources = ["" if n in left_out else cell.source for n, cell in enumerate(self.cells)]
        with tempfile.TemporaryDirectory(prefix="torchmarks-check-") as own:
            process = self._started(own)
            events: _Events = queue.Queue()
            listener = threading.Thread(target=_listen, args=(process, sources, events), daemon=True)
            listener.start()
            try:
                number, limit_s = 0, max(self.seconds, _START_S)
                while number < len(self.cells) and (event := self._next(process, events, number, limit_s)):
                    limit_s = self.seconds
                    if isinstance(event, CellEnded):
                        number = event.cell + 1
                        if event.cell >= first:
                            yield event
            finally:
                process.kill()
                process.wait()
                listener.join(_GRACE_S)  # a process that a cell has started may hold the pipe for ever

    def _started(self, own: str) -> subprocess.Popen[bytes]:
        # A profile of the student's own would be another start than the grader's; no window opens for a plot.
        environment = os.environ | {"IPYTHONDIR": own, "MPLBACKEND": "Agg"}
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _next(
        self, process: subprocess.Popen[bytes], events: _Events, cell: int, limit_s: float
    ) -> CellBegun | CellEnded | None:
        """The next event; None where there is none any more, for which `stopped` then has the reason."""
        name = self.cells[cell].name
        try:
            event = events.get(timeout=limit_s if self.seconds else None)
        except queue.Empty:
            self._blank.add(cell)
            self.stopped.append(say("checked_cell_too_long", cell=name, seconds=f"{limit_s:g}"))
            return _interrupted(process, events)
        if event is None:
            self._blank.add(cell)
            process.kill()  # it may live on without its pipe
            self.stopped.append(say("cell_ended", cell=name, status=process.wait()))
        return event


def _listen(process: subprocess.Popen[bytes], sources: list[str], events: _Events) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout as lines, contextlib.suppress(OSError, msgspec.DecodeError):
        with process.stdin as pipe:
            pipe.write(msgspec.json.encode(sources))
        for line in lines:
            events.put(msgspec.json.decode(line, type=CellBegun | CellEnded))
    events.put(None)


def _interrupted(process: subprocess.Popen[bytes], events: _Events) -> CellBegun | CellEnded | None:
    """The next event after an interrupt; None where there is none in time."""
    if os.name != "posix":  # elsewhere an interrupt would reach this process, too
        return None
    process.send_signal(signal.SIGINT)
    try:
        return events.get(timeout=_GRACE_S)
    except queue.Empty:
        return None


def check(path: Path, seconds: float = CELL_S, tell: Callable[[ExerciseChecked], None] = lambda done: None) -> Checked:
    """Runs a notebook from a fresh start. seconds: the limit of each cell, 0 for none; tell: called with each exercise.

    Raises UsageError for a file that is not a notebook with visible tests.
    """
    cells = _cells(path)
    last = {cell.exercise: number for number, cell in enumerate(cells) if cell.exercise}
    run = _Run(cells, seconds, path.resolve().parent)
    ran: dict[int, CellEnded] = {}
    done: list[ExerciseChecked] = []
    for result in run.results():
        ran[result.cell] = result
        exercise = cells[result.cell].exercise
        if exercise and last[exercise] == result.cell:
            done.append(_exercise(exercise, cells, ran))
            tell(done[-1])
    own = installed()
    return Checked(
        version=VERSION,
        notebook=path.name,
        python=platform.python_version(),
        torch=own,
        note=note(own, graded_with()),
        points=sum((outcome.points for outcome in done), 0.0),
        most=sum((outcome.most for outcome in done), 0.0),
        stopped=run.stopped,
        exercises=done,
    )


def _exercise(exercise: str, cells: Sequence[_Cell], ran: Mapping[int, CellEnded]) -> ExerciseChecked:
    tests = [(cell.points, ran[number]) for number, cell in enumerate(cells) if cell.exercise == exercise]
    points = sum((points for points, result in tests if result.passed), 0.0)
    message = next((result.text for _, result in tests if not result.passed), "")
    passes = all(result.passed for _, result in tests)
    most = sum((points for points, _ in tests), 0.0)
    return ExerciseChecked(exercise=exercise, passed=passes, points=points, most=most, message=message)


# ---- the command


def lines_of(outcome: ExerciseChecked) -> list[str]:
    """An exercise for a terminal: one line, and the message below it."""
    points, most = f"{outcome.points:g}", f"{outcome.most:g}"
    if outcome.passed:
        return [say("check_passes", exercise=outcome.exercise, points=points, most=most)]
    first = say("check_fails", exercise=outcome.exercise, points=points, most=most)
    return [first, *(f"    {line}" for line in outcome.message.splitlines())]


def summary(checked: Checked) -> list[str]:
    """The lines below the exercises."""
    done = sum(outcome.passed for outcome in checked.exercises)
    points, most = f"{checked.points:g}", f"{checked.most:g}"
    count = len(checked.exercises)
    return [
        *checked.stopped,
        *([checked.note] if checked.note else []),
        say("check_points", done=done, count=count, points=points, most=most),
    ]


def main(arguments: Sequence[str]) -> int:
    """The command. Returns its exit status: 0 where all pass, 1 where some do not, or where nobody reads on, as behind
    `| head`; 2 for what cannot be read.
    """
    try:
        return _checked(arguments)
    except BrokenPipeError:
        # or Python fails once more at its end, when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _checked(arguments: Sequence[str]) -> int:
    speak(asked(os.environ))
    what = "Run a notebook's visible tests from a fresh start."
    parser = argparse.ArgumentParser("torchmarks check", description=what)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the lines")
    parser.add_argument("--seconds", type=float, default=CELL_S, help="limit of each cell, 0 for none (%(default)g)")
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal of Windows may not have every sign
    progress = sys.stderr if given.json else sys.stdout

    def tell(outcome: ExerciseChecked) -> None:
        print("\n".join(lines_of(outcome)[:1] if given.json else lines_of(outcome)), file=progress, flush=True)

    try:
        print(say("checking", notebook=given.notebook.name), file=progress, flush=True)
        checked = check(given.notebook, max(given.seconds, 0), tell)
    except UsageError as error:
        print(f"torchmarks: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(checked), indent=2).decode())
    else:
        print("\n".join(summary(checked)))
    return 0 if checked.passes else 1
