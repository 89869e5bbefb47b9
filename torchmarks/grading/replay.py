"""Runs the student's cells of one notebook in order, takes snapshots for the tests, and replays after a death.

A cell that ends the process costs itself alone: those that had worked run again in a new process, up to where they had
led. Whatever the student's code does is data here; must not know a test, nor judge.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from torchmarks.checks.definitions import defined_by
from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair.names import Reader
from torchmarks.grading.safe_display import safe_outputs
from torchmarks.grading.source import bound_in
from torchmarks.isolation import CellRun, Died, Engine, LimitHit, Probe, ProcessDied, Session

_CELLS_LAST: Final = 20  # all student cells together may take this many times what one may
_CELLS_SHOW: Final = 10  # and show this many times as much
_STOPPED_SHARE: Final = 3  # and those that were stopped this part of a process's CPU time


@dataclass(frozen=True, slots=True)
class _Worked:
    """A cell to be run again after one has ended the process. most: of a cell that was stopped, so many statements."""

    cell: str
    source: str
    most: int | None = None


@dataclass
class Snapshot:
    """The student's process at one place of the notebook. after: how many cells had worked by then; deadly: whether to
    take it ended the process.
    """

    after: int
    probe: Probe | None = None
    died: Died | None = None
    deadly: bool = False


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a cell. outputs: cleaned, for nbformat; died: what stopped it or ended its process, or None."""

    outputs: list[dict[str, Any]]
    run: CellRun
    died: Died | None


def hit_of(died: Died, cell: str) -> LimitHit:
    """The record of a limit. cell: where it was hit."""
    return LimitHit(died.name, died.value, cell, died.detail)


class StudentCells:
    """The student's cells of one notebook, in their process, and in another one after each death.

    lost: by name, the limit that stopped the cell which binds it; stopped: every limit hit so far, in order.
    """

    def __init__(self, engine: Engine, files: Mapping[str, bytes], reader: Reader) -> None:
        self._engine, self._files = engine, files
        self._session: Session | None = None
        self._worked: list[_Worked] = []
        self._stopped_s = 0.0  # what cells took that were stopped in the process that runs now
        self._snapshots: list[Snapshot] = []
        self._seconds = _CELLS_LAST * engine.limits.cell_s
        self._bytes = _CELLS_SHOW * engine.limits.output_bytes
        self._reader = reader
        self.lost: dict[str, LimitHit] = {}
        self.stopped: list[LimitHit] = []

    def close(self) -> None:
        """End the process."""
        if self._session is not None:
            self._session.close()

    def run(self, name: str, source: str) -> Ran:
        """Run the next cell. name: of the cell in reports."""
        run = self._cell(self._running(), source)
        outputs = self._shown(run)
        if run.cut is not None:
            self.stopped.append(hit_of(run.cut, name))
        died = run.died or run.stopped
        if died is None:
            self._worked.append(_Worked(name, source))
            return Ran(outputs, run, None)
        if run.finished or run.died is None:  # one that died at its first statement has nothing to run again
            self._worked.append(_Worked(name, source, run.finished))
        hit = hit_of(died, name)
        self.lost |= dict.fromkeys(self._bound_by(source), hit)
        self.stopped.append(hit)
        self._spare_the_others(run)
        return Ran(outputs, run, died)

    def snapshot(self) -> Snapshot:
        """The process as it is now; taken anew, in place, whenever the process has died and the cells run again."""
        self._snapshots.append(Snapshot(len(self._worked)))
        self._take(self._running(), self._snapshots[-1])
        return self._snapshots[-1]

    def settle(self) -> None:
        """Have a living process, with every snapshot taken, in which nothing of an earlier test still runs."""
        session = self._running()  # a last cell that ended the process took the snapshots with it
        with contextlib.suppress(ProcessDied):
            session.settle()

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
            self.stopped.append(hit_of(error.died, say("files_handed_in")))
            self._files = {}
            return self._engine.session()

    def _replay(self, session: Session) -> None:
        """Run the cells that worked again. What ends the process now is left out next time, so that this comes to an
        end.
        """
        # None: the place behind the last cell, where snapshots may be wanted too.
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
                self.lost |= dict.fromkeys(self._bound_by(worked.source), hit_of(died, worked.cell))
            if run.stopped is not None:
                self._worked[number] = dataclasses.replace(worked, most=run.finished)
            elif run.died is not None:
                del self._worked[number]  # it worked once, and does not any more
                for snapshot in self._snapshots:
                    snapshot.after -= snapshot.after > number  # one cell fewer is before it
                return

    def _cell(self, session: Session, source: str, most: int | None = None) -> CellRun:
        """Run a cell while there is time: many cells, each just within its limit, would hold up the grader."""
        limits, left_s, too_long = self._engine.limits, self._seconds, self._too_long()
        if left_s <= 0:
            return CellRun((), False, 0.0, None, too_long)
        run = session.run_cell(source, limit_s=min(limits.cell_s, left_s), most=most)
        self._seconds -= run.seconds
        if left_s < limits.cell_s:  # not this cell's own limit
            if run.died is not None and run.died.name == "timeout":
                run = dataclasses.replace(run, died=too_long)
            elif run.stopped is not None:
                run = dataclasses.replace(run, stopped=too_long)
        return run

    def _too_long(self) -> Died:
        whole = _CELLS_LAST * self._engine.limits.cell_s
        return Died("timeout", say("cells_too_long", seconds=f"{whole:g}"), whole)

    def _shown(self, run: CellRun) -> list[dict[str, Any]]:
        outputs = safe_outputs(run.outputs)
        self._bytes -= sum(len(str(output)) for output in outputs)
        if self._bytes >= 0:
            return outputs
        return [{"output_type": "stream", "name": "stdout", "text": f"{say('cells_show_too_much')}\n"}]

    def _take(self, session: Session, snapshot: Snapshot) -> None:
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

    def _bound_by(self, source: str) -> set[str]:
        """Names that a cell binds; where it cannot be read as Python those of its functions and classes."""
        return {*bound_in(self._reader.nodes(source)), *defined_by(source)}

    def _spare_the_others(self, run: CellRun) -> None:
        """Cells that were stopped have used up CPU time that the others' tests need: they get a fresh process."""
        if run.stopped is not None and self._session is not None:
            self._stopped_s += run.seconds
            if self._stopped_s > self._engine.limits.cpu_s / _STOPPED_SHARE:
                self._session.close()
