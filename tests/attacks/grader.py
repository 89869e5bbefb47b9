"""What an attack is measured by: its score, what it could read, what it left behind.

Grades through the pure function with one warm engine; takes the state of this machine's part that a student could reach.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import json
import os
import re
import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path

from torchmarks.grading import Bundle, Graded, NotebookBundle, Submission, grade
from torchmarks.isolation import Engine, Limits

from attacks.assignment import MARK, NAME, VALUES, instructor, submission
from attacks.corpus import Attack

MIB = 1024**2
LIMITS = Limits(
    memory_bytes=512 * MIB, processes=24, open_files=64, file_bytes=8 * MIB, scratch_bytes=24 * MIB, cpu_s=20, cell_s=4.0,
    call_s=4.0, output_bytes=128 * 1024, message_bytes=4 * MIB,
)


def placed(attack: Attack, course: Path) -> Attack:
    """The attack, aimed at this course folder."""

    def aim(text: str) -> str:
        return text.replace("{course}", str(course))

    return replace(
        attack,
        answers={name: aim(text) for name, text in attack.answers.items()},
        own=tuple(map(aim, attack.own)),
        last=tuple(map(aim, attack.last)),
    )


def fake_course(root: Path) -> Path:
    """A folder with what an attacker would like to find: a gradebook, the source, another student's submission."""
    text = json.dumps(instructor())
    for path in (f"source/{NAME}", "submitted/other/" + NAME, f"release/{NAME}"):
        (root / path).mkdir(parents=True)
        (root / path / f"{NAME}.ipynb").write_text(text)
    with contextlib.closing(sqlite3.connect(root / "gradebook.db")) as base:
        base.execute("create table source_cell (source text)")
        base.execute("create table grade (auto_score real)")
        base.execute("insert into source_cell values (?)", (text,))
        base.execute("insert into grade values (1.0)")
        base.commit()
    return root


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below a folder with its digest."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Graded_:
    """A graded attack. score: all points; text: every text that the student gets to see; seconds: wall-clock."""

    score: float
    text: str
    graded: Graded
    seconds: float


def text_of(notebook: dict[str, object]) -> str:
    """Outputs and metadata of a graded notebook: what it tells besides the sources of its cells."""
    parts = [json.dumps(notebook["metadata"], ensure_ascii=False)]
    parts += [json.dumps(cell.get("outputs", []), ensure_ascii=False) for cell in notebook["cells"]]  # type: ignore[attr-defined]
    return html.unescape("\n".join(parts))


class Grader:
    """Grades submissions of the attacked assignment with one warm engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.bundle = Bundle(NAME, (NotebookBundle.of(NAME, instructor()),))

    def grade(self, content: bytes, student: str = "mallory") -> Graded_:
        """Grade one file."""
        start, said = time.monotonic(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            graded = grade(Submission(student, {f"{NAME}.ipynb": content}), self.bundle, lambda device: self._engine)
        made = graded.notebooks[0]
        assert made.notebook is not None
        score = sum(points or 0.0 for points in made.record.scores.values())
        messages = "\n".join(check.report.text() for check in made.record.messages if check.report)
        return Graded_(score, f"{text_of(made.notebook)}\n{messages}\n{said.getvalue()}", graded, time.monotonic() - start)

    def left_behind(self) -> list[str]:
        """Folders of sessions that are over; there are such folders where no namespace takes files along."""
        home = self._engine._servers._sandbox._home
        return [name for name in os.listdir(home) if re.fullmatch("[0-9a-f]{16}", name)] if home else []

    def attack(self, attack: Attack, course: Path) -> Graded_:
        """Grade an attack that knows where a course lies."""
        aimed, limits = placed(attack, course), self._engine.limits
        if attack.patience_s is not None:  # these clocks are the grader's alone: the server is none the wiser
            self._engine.limits = replace(limits, cell_s=attack.patience_s, call_s=attack.patience_s)
        try:
            return self.grade(submission(aimed.answers, aimed.own, at_end=aimed.last))
        finally:
            self._engine.limits = limits


def leaked(text: str) -> list[str]:
    """The hidden texts and values in what a student reads. The reports show one failing call: no value of VALUES."""
    searched = text.replace("zqhidden' + rb'zq", "")
    return [secret for secret in (MARK, *VALUES) if re.search(re.escape(secret), searched)]


def descendants() -> set[int]:
    """Processes below this one."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
                if fields[0] != "Z":
                    parents[int(entry)] = int(fields[1])
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


_OTHERS = (".org.chromium", ".com.google", "PostgreSQL", "pym-", "sem.")  # tests run beside this one leave these


def traces() -> dict[str, object]:
    """What a finished run must leave as it was: processes, open descriptors, files in shared places."""
    folders = [folder for folder in ("/dev/shm", "/var/tmp") if os.path.isdir(folder)]
    shared = {f: sorted(name for name in os.listdir(f) if not name.startswith(_OTHERS)) for f in folders}
    return {"processes": len(descendants()), "descriptors": len(os.listdir("/proc/self/fd")), **shared}


def settled(before: dict[str, object], patience_s: float = 15.0) -> dict[str, object]:
    """The traces once they are what they were `before`, or after so many seconds: on a busy machine the end of a process
    shows a moment later.
    """
    end = time.monotonic() + patience_s
    while (now := traces()) != before and time.monotonic() < end:
        time.sleep(0.1)
    return now
