"""Work for a pool that needs no notebook: what happens depends on the student's name."""

from __future__ import annotations

import os
import signal
import time

from torchmarks.bulk.jobs import Job, Outcome
from torchmarks.bulk.work import ServerLost
from torchmarks.errors import MachineError
from torchmarks.grading import Submission


def job(student: str, place: bytes = b"") -> Job:
    """A job for `play`. place: where to leave a mark."""
    return Job(Submission(student, {"place": place}), f"key-{student}")


def leave_a_mark(frozen: bytes) -> None:
    """What a worker does before its first job: the plan is the name of a file to make."""
    open(frozen.decode(), "w").close()
    raise MachineError("No sandbox.", "Get one.")


def play(job: Job, frozen: bytes) -> Outcome:
    """Do what the name says."""
    what = job.student.partition(" ")[0]
    mark = job.submission.files["place"].decode()
    if what == "kills":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "kills-once" and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hurts":
        raise ServerLost(job.student)
    if what == "stops":
        raise MachineError("No sandbox.", "Get one.")
    if what == "sleeps":
        time.sleep(float(mark))
    return Outcome(job.student, job.key, "graded", reason=frozen.decode(), seconds={"pid": float(os.getpid())})
