"""What a person sees of a run: a bar on a terminal, plain lines elsewhere, a line of JSON for each submission if asked.

Must not decide anything.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from torchmarks.bulk.grading_run import Consent
from torchmarks.bulk.jobs import GradeOutcome, Outcome, OutcomeState
from torchmarks.bulk.summary import Stale, Summary
from torchmarks.bulk.watcher import Watcher
from torchmarks.console import print_json, print_line, print_note
from torchmarks.course.commands import grade_command
from torchmarks.course.penalties import told
from torchmarks.grading import NotebookRecord
from torchmarks.isolation.protocol.confinement import isolation_told
from torchmarks.wording import few, time_span

_LINE_S: Final = 10.0
_KINDS: Final = {
    OutcomeState.REFUSED: "cannot be graded",
    OutcomeState.QUARANTINED: "failed (not the student's fault)",
    OutcomeState.STALE: "left as graded before",
}


class _Counts:
    """How far a run is, and how fast."""

    def __init__(self) -> None:
        self.total, self.done, self.worked = 0, 0, 0
        self.kinds: Counter[str] = Counter()
        self._started = time.monotonic()

    def begin(self, total: int) -> None:
        self.total, self._started = total, time.monotonic()

    def add(self, outcome: Outcome) -> None:
        self.done += 1
        self.worked += outcome.seconds is not None  # what an earlier run did says nothing about the pace
        if outcome.state in _KINDS:
            self.kinds[_KINDS[outcome.state]] += 1
        if isinstance(outcome, GradeOutcome) and outcome.limits:
            self.kinds["hit a limit"] += 1
        if isinstance(outcome, GradeOutcome) and outcome.repairs:
            self.kinds["repaired"] += 1

    def pace(self) -> str:
        rate = self.worked / max(time.monotonic() - self._started, 0.001)
        left = f", {time_span((self.total - self.done) / rate)} left" if rate and self.done < self.total else ""
        return f"{rate:.1f}/s{left}"

    def failures(self) -> str:
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))


class RunDisplay(Watcher):
    """A watcher that shows the run to a person, who can also be asked."""

    def asked(self, question: str) -> bool:
        """The answer to a question of yes or no."""
        # stdout may be read by a program; and input() raises where nobody answers
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")


class LineWatcher(RunDisplay):
    """Lines on stderr, one every ten seconds; the summary names what is not graded."""

    def __init__(self, console: Console) -> None:
        self._console, self._counts, self._printed_at = console, _Counts(), time.monotonic()
        self._what = ""

    def begin(self, total: int, what: str) -> None:
        self._what = what
        self._counts.begin(total)
        self.note(f"{what}: {total} submissions")

    def finished(self, outcome: Outcome) -> None:
        self._counts.add(outcome)
        self.tick()

    def tick(self) -> None:
        counts = self._counts
        if time.monotonic() - self._printed_at >= _LINE_S and counts.worked:
            failures = f"; {counts.failures()}" if counts.kinds else ""
            self.note(f"{self._what}: {counts.done}/{counts.total}, {counts.pace()}{failures}")

    def note(self, text: str) -> None:
        self._printed_at = time.monotonic()
        print_line(self._console, text)


class BarWatcher(RunDisplay):
    """A bar on a terminal, and how many failed; the summary names them."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._counts = progress, _Counts()
        self._task = progress.add_task("", total=None, pace="", failures="")

    def begin(self, total: int, what: str) -> None:
        self._counts.begin(total)
        self._progress.update(self._task, description=what, total=total)

    def finished(self, outcome: Outcome) -> None:
        self._counts.add(outcome)
        self._progress.update(self._task, advance=1)
        self.tick()

    def tick(self) -> None:
        self._progress.update(self._task, pace=self._counts.pace(), failures=self._counts.failures())

    def note(self, text: str) -> None:
        print_line(self._progress.console, text)

    def asked(self, question: str) -> bool:
        self._progress.stop()  # or the bar is drawn over the answer
        try:
            return super().asked(question)
        finally:
            self._progress.start()


class JsonWatcher(RunDisplay):
    """One line of JSON on stdout for each submission, and nothing else there."""

    def finished(self, outcome: Outcome) -> None:
        """See `as_json`."""
        print_json(as_json(outcome))

    def note(self, text: str) -> None:
        """On stderr: every line of stdout is a submission."""
        print_note(text)


_SHOWN: Final = 5


def consenting(watcher: RunDisplay, assignment: str, answer: bool | None) -> Consent:
    """A function that shows what would be graded again, and asks whether to.

    answer: given beforehand; None: ask, where somebody can answer, and leave everything as it is where nobody can.
    """

    def consent(stale: tuple[Stale, ...]) -> bool:
        by_reason: dict[str, list[str]] = {}
        for entry in stale:
            by_reason.setdefault(entry.reason, []).append(entry.student)
        watcher.note(f"{assignment}: {len(stale)} graded before would be graded again, and marks may change:")
        for reason, students in by_reason.items():
            watcher.note(f"  {few(students, _SHOWN)}: {reason}")
        if answer is not None:
            return answer
        if not sys.stdin.isatty():
            watcher.note(
                "Nobody can be asked here, so they are left as they are. "
                f"`{grade_command(assignment)} --yes` grades them again, --no accepts them."
            )
            return False
        return watcher.asked("Grade them again?")

    return consent


def as_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain data. An unchanged submission has its student and state only."""
    data: dict[str, Any] = {"student": outcome.student, "state": outcome.state}
    if outcome.reason:
        data["reason"] = outcome.reason
    # a page that was made is "graded" too, and is not worth 0 points
    if isinstance(outcome, GradeOutcome) and outcome.state is OutcomeState.GRADED:
        data["points"], data["most"] = outcome.score, outcome.most
        data["cells"] = {cell: points for notebook in outcome.notebooks for cell, points in notebook.scores.items()}
        data["messages"] = [message for notebook in outcome.notebooks for message in _messages(notebook.record)]
        data["repairs"] = [repair.message for repair in outcome.repairs]
        data["limits"] = [dataclasses.asdict(hit) for hit in outcome.limits]
    if isinstance(outcome, GradeOutcome) and outcome.causes:
        data["causes"] = [cause.value for cause in outcome.causes]
    if outcome.seconds:
        data["seconds"] = {step: round(seconds, 4) for step, seconds in outcome.seconds.items()}
    return data


def _messages(record: NotebookRecord) -> list[dict[str, str]]:
    texts = record.texts
    return [
        {"cell": check.cell, "misconception": report.misconception, "text": texts[check.cell]}
        for check in record.messages
        if (report := check.report) is not None
    ]


@contextmanager
def watching(*, as_lines: bool) -> Iterator[RunDisplay]:
    """The watcher that fits. as_lines: JSON on stdout."""
    console = Console(stderr=True)
    if as_lines:
        yield JsonWatcher()
    elif not console.is_terminal:
        yield LineWatcher(console)
    else:
        columns = [
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"),
            TimeElapsedColumn(), TextColumn("{task.fields[failures]}", style="yellow"),
        ]  # fmt: skip
        with Progress(*columns, console=console) as progress:
            yield BarWatcher(progress)


def print_summary(summary: Summary, *, done: str = "graded", again: str = "", to_stderr: bool = False) -> None:
    """The end of a run. done: what happened to a submission; again: the command that goes on after Ctrl-C."""
    tell = partial(print_line, Console(stderr=to_stderr))
    counts = f"{summary.graded} {done}, {summary.unchanged} unchanged, {len(summary.reported)} not {done}"
    counts += f", {len(summary.stale)} left as graded before" if summary.stale else ""
    updated = sum(not one.is_left for one in summary.penalties)
    counts += f", {updated} late penalt{'y' if updated == 1 else 'ies'} brought up to date" if updated else ""
    tell(f"{summary.assignment}: {counts}, in {time_span(summary.wall)}")
    if summary.isolation:
        tell(isolation_told(summary.isolation))
    for entry in summary.reported:
        tell(f"  {entry.student}: {entry.reason}")
    if any(entry.state is OutcomeState.QUARANTINED for entry in summary.reported):
        tell("What failed for a reason that is not the student's: do it by hand, or again with --force.")
    for one in summary.penalties:
        tell(f"  {told(summary.assignment, one)}")
    for reason, count in Counter(entry.reason for entry in summary.stale).items():
        tell(f"  {count} left as graded before: {reason}")
    if summary.slowest:
        slowest = ", ".join(f"{student} {seconds:.1f} s" for student, seconds in summary.slowest)
        tell(f"Slowest: {slowest}")
        whole = sum(summary.spent.values()) or 1.0
        shares = sorted(summary.spent.items(), key=lambda pair: -pair[1])
        spent = ", ".join(f"{step} {100 * seconds / whole:.0f} %" for step, seconds in shares)
        tell(f"Where the time went: {spent}")
    if summary.not_begun:
        tell(f"{summary.not_begun} are left. To go on: {again}")
    for work in summary.repaired:
        if work.lost:
            print_note(f"  {work.student}: repaired: {work.lost}")
    if harmless := sum(not work.lost for work in summary.repaired):
        print_note(f"  {harmless} repaired without loss (such as an encoding, cell ids, a renamed file)")
