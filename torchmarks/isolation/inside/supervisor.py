"""Process 1 of a session's pid namespace: counts what the session uses, ends it at a limit, clears what a probe left.

It ends when the grader closes the session's control socket, when the server or the student's process ends, or when the
session's processes together use more than they may; the kernel then kills everything in the namespace. Runs beside
student code but shares no descriptor with it. Must not run, read or decode anything that student code produced, beyond
numbers in the kernel's /proc.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, NoReturn

from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside import process_files, scratch, trees
from torchmarks.isolation.inside.ending import end_user, forbid_forks
from torchmarks.isolation.protocol import control
from torchmarks.isolation.protocol.limits import Limits

_CENSUS_S: Final = 0.05
_CENSUSES_A_WALK: Final = 4
_SWEEP_ROUNDS: Final = 200
_REAP_S: Final = 3.0
_END_MS: Final = 5  # what was killed needs a moment to give its memory back
_KIB: Final = 1024
_CONTROL_BYTES: Final = 4096
_KEPT_BYTES: Final = 64 * 1024**2  # more files than this are not put back after a probe


@dataclass(frozen=True, slots=True)
class Census:
    """What the session's processes use: bytes, seconds of CPU, number of threads."""

    memory_bytes: int
    cpu_s: float
    threads: int


class _Entry(NamedTuple):
    """One line of the census. pids as the session sees them; `host_pid` and `parent` as /proc names them."""

    host_pid: int
    parent: int
    pid: int
    anonymous_bytes: int
    shared_bytes: int
    threads: int
    ended: bool  # and not waited for yet; of a process whose first thread alone has ended this is not true


def _entry(proc: int, host_pid: int) -> _Entry | None:
    status = process_files.read(proc, f"{host_pid}/status")
    if status is None:
        return None
    own_pid = int(_field(status, b"\nNSpid:").split()[-1])  # of several the last: the one that the session itself sees
    parent, threads = int(_field(status, b"\nPPid:")), int(_field(status, b"\nThreads:"))
    # An ended process that nobody has waited for has no memory lines.
    anonymous, shared = (
        int(_field(status, name).removesuffix(b" kB")) * _KIB for name in (b"\nRssAnon:", b"\nRssShmem:")
    )
    ended = _field(status, b"\nState:").split()[0] in (b"Z", b"X") and threads <= 1
    return _Entry(host_pid, parent, own_pid, anonymous, shared, threads, ended)


def _field(status: bytes, name: bytes) -> bytes:
    """One line of a status file; the name of the process, in the first, is its own choice, but without line breaks."""
    start = status.find(name)
    return status[start + len(name) : status.index(b"\n", start + 1)] if start >= 0 else b"0"


def own_memory(proc: int) -> int:
    """Anonymous memory of the calling process, bytes. proc: a descriptor of /proc."""
    entry = _entry(proc, int(os.readlink("self", dir_fd=proc)))
    return entry.anonymous_bytes if entry else 0


def _cpu_seconds(proc: int, host_pid: int) -> float:
    """CPU time of a process and of those it has waited for."""
    return sum(int(ticks) for ticks in process_files.stat_fields(proc, host_pid)[11:15]) / os.sysconf("SC_CLK_TCK")


def _faulted_bytes(proc: int, host_pid: int) -> int:
    """At most what a process has copied of the memory that it was forked with: each page copied is a fault."""
    return sum(int(faults) for faults in process_files.stat_fields(proc, host_pid)[7:8]) * os.sysconf("SC_PAGE_SIZE")


class OtherSessions:
    """The processes of other sessions, by the number /proc gives them: one that never was below `root` never will be,
    and reading all of them each time would cost each session more the more sessions there are.

    A number may pass to another process, which then has another inode; and a parent may end while it is looked for, so
    that two looks in a row have to agree.
    """

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._suspected: dict[int, int] = {}

    def without(self, proc: int, numbers: Iterable[int]) -> dict[int, int]:
        """These numbers but for other sessions', each with its inode."""
        there = {number: inode for number in numbers if (inode := _inode(proc, number))}
        return {number: inode for number, inode in there.items() if self._known.get(number) != inode}

    def note(self, inodes: Mapping[int, int], entries: Mapping[int, _Entry], root: int) -> None:
        """Learn from a look at all the numbers of `inodes`."""
        seen = {n: inode for n, inode in inodes.items() if _outside(entries, n, root)}
        self._known |= {n: inode for n, inode in seen.items() if self._suspected.get(n) == inode}
        self._suspected = seen


def _inode(proc: int, number: int) -> int:
    try:
        return os.stat(str(number), dir_fd=proc).st_ino
    except OSError:
        return 0


def _outside(entries: Mapping[int, _Entry], number: int, root: int) -> bool:
    """Whether the line of parents is known up to a process that has none, and `root` is not in it."""
    for _ in range(len(entries)):
        entry = entries.get(number)
        if entry is None or number == root:
            return False
        if entry.parent == 0:
            return True
        number = entry.parent
    return False


def _family(
    proc: int, root: int, known: Collection[int] = (), other_sessions: OtherSessions | None = None
) -> dict[int, _Entry]:
    """Every process below `root`, by the number /proc gives it. known: numbers to leave out; they are read only where
    one of the others is below them. other_sessions: others to leave out, which learns more of them.
    """
    asked: Iterable[int] = [number for number in process_files.numbers(proc) if number not in known and number != root]
    inodes = other_sessions.without(proc, asked) if other_sessions is not None else {}
    asked = inodes if other_sessions is not None else asked
    entries = {entry.host_pid: entry for number in asked if (entry := _entry(proc, number)) is not None}
    for above in [entry.parent for entry in entries.values()]:
        while above not in entries and above not in (0, root) and (entry := _entry(proc, above)) is not None:
            entries[above] = entry
            above = entry.parent
    if other_sessions is not None:
        other_sessions.note(inodes, entries, root)
    return {number: entry for number, entry in entries.items() if number != root and _below(entries, number, root)}


def _below(entries: Mapping[int, _Entry], number: int, root: int) -> bool:
    for _ in range(len(entries)):
        entry = entries.get(number)
        if entry is None:
            return False
        if entry.parent == root:
            return True
        number = entry.parent
    return False


@dataclass(frozen=True, slots=True)
class OpenProbe:
    """An open probe. before: numbers in /proc when it was about to be forked; held_bytes: anonymous memory that the
    student's process had then, and that the probe shares with it until either writes to it.
    """

    before: frozenset[int]
    held_bytes: int


def _counted_twice(proc: int, family: Mapping[int, _Entry], worker: int, probes: Sequence[OpenProbe], base: int) -> int:
    """Bytes by which the sum over a family is too high: what open probes share with the student's process.

    The kernel does not let us read which processes share what, so this goes by sizes. Only one process for each probe
    counts as one, or a student's own forks would be free; and only what it has not copied since.
    """
    forks = {number: entry for number, entry in family.items() if entry.parent == worker}
    twice, later = 0, family[worker].anonymous_bytes if worker in family else base
    for probe in reversed(probes):  # the last first: the others were there before it
        mine = max(forks.keys() - probe.before, key=lambda number: forks[number].anonymous_bytes, default=None)
        if mine is None:
            continue
        entry = forks.pop(mine)
        shared = min(entry.anonymous_bytes, probe.held_bytes, later) - base  # more than that was given back since
        twice += max(0, shared - _faulted_bytes(proc, mine))
        later = min(entry.anonymous_bytes, probe.held_bytes)
    return twice


def take_census(
    proc: int,
    root: int,
    baseline_bytes: int,
    worker: int = 0,
    probes: Sequence[OpenProbe] = (),
    other_sessions: OtherSessions | None = None,
    enough_bytes: int = 0,
) -> Census:
    """Count what the processes below `root` use. Memory that each still shares with the server is not counted, and what
    the open `probes` share with the student's process `worker` (a number in /proc) is counted once.

    enough_bytes: up to this sum it may be counted twice: to find out takes a file more for each probe.
    """
    family = _family(proc, root, other_sessions=other_sessions)
    memory = sum(max(0, entry.anonymous_bytes - baseline_bytes) for entry in family.values())
    memory += max((entry.shared_bytes for entry in family.values()), default=0)
    memory -= _counted_twice(proc, family, worker, probes, baseline_bytes) if memory > enough_bytes else 0
    waited_for = os.times()
    cpu = sum(_cpu_seconds(proc, number) for number in family)
    cpu += waited_for.children_user + waited_for.children_system
    return Census(memory, cpu, sum(entry.threads for entry in family.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedSession:
    """What a supervisor has to know of its session.

    worker: pid of the student's process; proc: a descriptor of a /proc that shows the whole sandbox (opened before it
    was hidden); root: the supervisor's own number there; baseline_bytes: anonymous memory that every forked process
    starts with; folder: where the session's files lie; uid: the user that this session alone runs as, 0 where there is
    none; owner: of its files, 0 where they are the supervisor's own; signals_stay_inside: no signal of one of its
    processes reaches another session.
    """

    worker: int
    proc: int
    root: int
    baseline_bytes: int
    limits: Limits
    folder: str
    uid: int
    owner: int
    signals_stay_inside: bool


class Supervisor:
    """Watches one session until there is a reason to end it.

    commands: the grader's channel; lifeline: a pipe that is at its end when the server is.
    """

    def __init__(self, commands: socket.socket, lifeline: int, session: WatchedSession) -> None:
        self._commands = commands
        self._lifeline = lifeline
        self._worker = session.worker
        self._proc = session.proc
        self._root = session.root
        self._baseline = session.baseline_bytes
        self._limits = session.limits
        self._worker_number = 0  # as /proc names it
        self._probes: dict[int, OpenProbe] = {}
        self._folder = session.folder
        self._uid = session.uid
        self._owner = session.owner
        self._has_namespace = os.getpid() == 1
        self._signals_stay_inside = session.signals_stay_inside
        self._censuses = 0
        self._counted: frozenset[int] = frozenset()  # numbers in /proc, before a cell that shall leave no process
        self._files: scratch.Snapshot | None = None  # as they were before the first of the open probes, or since then
        self._settled = False
        self._places: dict[int, tuple[int, int]] = {}  # of probes by pid, once settled: number in /proc, inode
        self._other_sessions = OtherSessions()

    def run(self) -> NoReturn:
        """Watch until there is a reason to end."""
        worker_fd = os.pidfd_open(self._worker)
        poll = select.poll()
        poll.register(self._commands, select.POLLIN)
        poll.register(worker_fd, select.POLLIN)
        poll.register(self._lifeline, 0)  # poll always reports that nobody can write to it any more
        due = time.monotonic() + _CENSUS_S
        while True:
            ready = {fd for fd, _ in poll.poll(_CENSUS_S * 1000)}
            if self._lifeline in ready:
                self._leave()
            if self._commands.fileno() in ready:
                self._handle_command()
            self._reap()
            if time.monotonic() >= due:
                self._check()
                due = time.monotonic() + _CENSUS_S

    def _end(self, name: str, value: float) -> NoReturn:
        with contextlib.suppress(OSError):
            self._commands.send(control.encode(control.SessionEnded(name, value)))
        self._leave()

    def _leave(self) -> NoReturn:
        """Kill every process below, wait for them, and exit. CPU time of a process that nobody waits for is lost.

        Process 1 takes its namespace with it; without a namespace, everything below must be killed one by one.
        """
        if self._has_namespace:
            with contextlib.suppress(OSError):  # that there is nobody left, in the end
                os.kill(-1, signal.SIGKILL)
            self._reap_all()
        elif self._uid:
            end_user(self._uid)
            self._reap_all()
        elif self._signals_stay_inside:
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)  # in one call, so that no chain of forks outruns it
            self._reap_all()
        else:
            with contextlib.suppress(OSError):  # its group, which nothing can leave where the filter sees to it
                os.killpg(self._worker, signal.SIGKILL)
            self._worker = 0
            self._sweep(())
        os._exit(0)

    def _reap_all(self) -> None:
        """Wait for all that was killed, but not for ever: one that got away is the server's to end."""
        deadline = time.monotonic() + _REAP_S
        with contextlib.suppress(ChildProcessError):
            while time.monotonic() < deadline:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.001)

    def _reap(self) -> None:
        """Collect ended processes, orphans included; end with the student's own."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._worker and os.WIFSIGNALED(status):
                self._end("signal", os.WTERMSIG(status))
            if pid == self._worker:
                self._end("exit", os.waitstatus_to_exitcode(status))

    def _census(self) -> Census:
        probes, enough = tuple(self._probes.values()), self._limits.memory_bytes
        return take_census(
            self._proc, self._root, self._baseline, self._worker_number, probes, self._other_sessions, enough
        )

    def _processes(self, known: Collection[int] = ()) -> dict[int, _Entry]:
        return _family(self._proc, self._root, known, self._other_sessions)

    def _forking(self) -> OpenProbe:
        """What there is before a probe. Not only the session's numbers: that would have to be read."""
        if not self._worker_number:
            family = self._processes()
            self._worker_number = next((n for n, entry in family.items() if entry.pid == self._worker), 0)
        entry = _entry(self._proc, self._worker_number)
        return OpenProbe(frozenset(process_files.numbers(self._proc)), entry.anonymous_bytes if entry else 0)

    def _check(self) -> None:
        used = self._census()
        if used.memory_bytes > self._limits.memory_bytes:
            self._end("memory", self._limits.memory_bytes)
        if used.threads > self._limits.processes:
            self._end("processes", self._limits.processes)
        if used.cpu_s > self._limits.cpu_s:
            self._end("cpu", self._limits.cpu_s)
        self._censuses += 1
        # A namespace's file system has a size of its own. Here it is looked at, less often: that is a walk.
        if not self._has_namespace and self._censuses % _CENSUSES_A_WALK == 0:
            most = self._limits.scratch_bytes
            try:
                written = self._written(most)
            except trees.Endless as endless:
                self._end(endless.name, endless.most)
            if written > most:
                self._end("scratch", most)

    def _written(self, enough: int) -> int:
        """Bytes of all files of the session, those without a name included."""
        with ns.as_file_user(self._owner):
            used = trees.used_bytes(self._folder, enough, self._proc)
            return used + trees.unnamed_bytes(self._proc, iter(self._processes()))

    def _handle_command(self) -> None:
        """Carry out one command of the grader's and answer it; end where the grader has closed the channel."""
        packet = self._commands.recv(_CONTROL_BYTES)
        if not packet:
            self._leave()
        answer: control.SupervisorAnswer
        match control.supervisor_command(packet):
            case control.Interrupt():
                self._interrupt()
                answer = control.CellInterrupted()
            case control.CountProcesses():
                self._counted = frozenset(process_files.numbers(self._proc))
                answer = control.ProcessesCounted()
            case control.EndProcesses(others):
                self._sweep(self._counted, frozenset(others))
                answer = control.ProcessesEnded()
            case control.BeginProbe(probe):
                self._begin(probe)
                answer = control.ProbeBegun(probe)
            case control.Settle(others):
                self._settle(frozenset(others))
                answer = control.Settled()
            case control.EndProbe(probe, others):
                answer = control.ProbeEnded(probe, clean=self._end_probe(probe, frozenset(others)))
        self._commands.send(control.encode(answer))

    def _begin(self, probe: int) -> None:
        if not self._probes:
            self._take_files(settled=False)
        self._probes[probe] = self._forking()

    def _end_probe(self, probe: int, others: Collection[int]) -> bool:
        """Clear away what a probe left. True when nothing of it is left."""
        forked = self._probes.pop(probe, None)
        clean = forked is not None and self._sweep(forked.before, others)
        if self._files is not None and (self._settled or not self._probes):
            with ns.as_file_user(self._owner):
                scratch.restore(self._folder, self._files, self._proc)
        return clean

    def _settle(self, probes: Collection[int]) -> None:
        """Count what lives and lies there now among what was before each open probe, but for probes themselves."""
        family = self._processes()
        roots = [number for number, entry in family.items() if entry.pid in probes]
        theirs = {number for number in family if number in roots or any(_below(family, number, r) for r in roots)}
        cells = frozenset(process_files.numbers(self._proc)) - theirs
        self._probes = {n: replace(probe, before=probe.before | cells) for n, probe in self._probes.items()}
        self._places = {family[root].pid: (root, _inode(self._proc, root)) for root in roots}
        self._take_files(settled=True)

    def _take_files(self, *, settled: bool) -> None:
        with ns.as_file_user(self._owner):  # not as root, whom a folder that is swapped for a link could lead anywhere
            self._files = scratch.take(self._folder, _KEPT_BYTES, self._proc, self._files)
        self._settled = settled

    def _interrupt(self) -> None:
        """Stop the cell that runs, with what it waits for, as Ctrl-C does in a terminal."""
        with contextlib.suppress(OSError):
            os.killpg(self._worker, signal.SIGINT)

    def _sweep(self, before: Collection[int], others: Collection[int] = ()) -> bool:
        """Kill all that was started since, but for other probes and what they started. True when nothing is left.

        `others` is what the student's process claims; a lie keeps a process alive that dies with the session.
        """
        killed: set[int] = set()
        known = frozenset(before) | self._known_probes(others)
        for _ in range(_SWEEP_ROUNDS):
            family = self._processes(known)
            spared = {number for number, entry in family.items() if entry.pid in others}
            alive = [
                entry
                for number, entry in family.items()
                if number not in before
                and entry.pid != self._worker
                and not entry.ended
                and number not in spared
                and not any(_below(family, number, root) for root in spared)
            ]
            if not alive:
                return True
            numbers = {entry.host_pid for entry in alive}
            if not self._has_namespace:
                for entry in alive:
                    forbid_forks(entry.pid)
            # While there is anything new that may be forking on, the next look must not wait.
            _kill(alive, _END_MS if len(alive) == 1 or numbers <= killed else 0)
            self._reap()
            killed |= numbers
        return False

    def _known_probes(self, pids: Collection[int]) -> set[int]:
        """Numbers in /proc of these probes, where they are known: to find them, every probe would have to be read."""
        places = [self._places[pid] for pid in pids if pid in self._places]
        return {number for number, inode in places if _inode(self._proc, number) == inode}


def _kill(entries: Sequence[_Entry], patience_ms: int) -> None:
    """Kill these processes, and wait until all have ended, but no longer than that."""
    ends = []
    for entry in entries:
        with contextlib.suppress(OSError):  # that it has ended meanwhile
            if patience_ms:
                ends.append(os.pidfd_open(entry.pid))
            os.kill(entry.pid, signal.SIGKILL)
    deadline = time.monotonic() + patience_ms / 1000
    for end in ends:
        left_ms = (deadline - time.monotonic()) * 1000
        if left_ms > 0:
            poll = select.poll()
            poll.register(end, select.POLLIN)
            poll.poll(left_ms)
        os.close(end)
