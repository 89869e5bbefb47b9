"""How much a submission may use: memory, processes, open files, disk, time, output. Applied by `inside.lockdown`.

Pure data: no process is started and no limit is set here. Must not read the environment or nbgrader's configuration;
callers that have settings turn them into one `Limits` and pass it on.
"""

from __future__ import annotations

from dataclasses import dataclass

from torchmarks.checks.patience import CALL_S

_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission's processes may use. Bytes are bytes (not MiB), times are seconds.

    memory_bytes: what all processes of the submission together may allocate on top of the warm server, and what a
        single one may map on top of it (RLIMIT_AS; going beyond it is an ordinary MemoryError or RuntimeError).
    processes: processes and threads alive at once, the submission's own included.
    open_files: open file descriptors per process.
    file_bytes: size of one file.
    scratch_bytes: all files together: working directory, /tmp and /dev/shm share one tmpfs of this size.
    cpu_s: CPU time of the whole submission, all processes together.
    cell_s: wall-clock time per student cell.
    call_s: wall-clock time per probe request.
    output_bytes: printed text and displayed data per cell; what goes beyond is cut off.
    message_bytes: one message on the wire, in either direction.
    """

    memory_bytes: int = 4 * 1024 * _MIB
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 64 * _MIB
    scratch_bytes: int = 256 * _MIB
    cpu_s: int = 60
    cell_s: float = 10.0
    call_s: float = CALL_S
    output_bytes: int = _MIB
    message_bytes: int = 64 * _MIB


@dataclass(frozen=True, slots=True)
class LimitHit:
    """A limit that a submission hit, or another end of its process.

    name: "timeout", "memory", "cpu", "processes", "output", or what ended the process otherwise ("exit", "signal",
    "protocol"); value: the limit, in the unit of its field in Limits, None where there is none; cell: how the student
    finds the cell; detail: one plain sentence for the student.
    """

    name: str
    value: float | None
    cell: str
    detail: str
