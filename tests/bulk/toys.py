"""Work for a pool that needs no notebook: what happens depends on the student's name."""

from __future__ import annotations

import os
import signal
import time

from torchmarks.bulk.jobs import Job, Outcome, OutcomeState
from torchmarks.bulk.work import ServerLost, engines_of_thread
from torchmarks.errors import MachineError
from torchmarks.grading import Submission
from torchmarks.isolation import Limits


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
    return Outcome(job.student, OutcomeState.GRADED, reason=frozen.decode(), seconds={"pid": float(os.getpid())})


def descriptors(job: Job, frozen: bytes) -> Outcome:
    """The sockets that the worker has open, by their inode."""
    links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd)]
    return Outcome(job.student, OutcomeState.GRADED, reason=" ".join(link for link in links if "socket" in link))


def _is_open(fd: str) -> bool:
    return os.path.exists(f"/proc/self/fd/{fd}") or os.path.islink(f"/proc/self/fd/{fd}")


def run_a_cell(job: Job, frozen: bytes) -> Outcome:
    """Run a student's cell as long as the mark lies there, and give what it printed. Raises ServerLost."""
    engines = engines_of_thread()
    before = engines.warm(["cpu"], Limits())
    with engines.engine("cpu", Limits()).session() as session:
        printed = session.run_cell("print(6 * 7)").outputs
        mark = job.submission.files["place"].decode()
        while mark and os.path.exists(mark):
            time.sleep(0.01)
    if not engines.unhurt(before):
        raise ServerLost(job.student)
    return Outcome(job.student, OutcomeState.GRADED, reason=printed[0]["text"].strip())
