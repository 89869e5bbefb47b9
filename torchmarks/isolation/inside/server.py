"""A server on the student's side of the sandbox: a fork of the zygote with limits and a device, which forks sessions.

Never runs student code itself; a fork copies all that it has loaded, so it must not import a test, an answer, the
judge, the grading or nbgrader. Talks to one grader over one packet socket, in the commands and answers that
`protocol.control` declares for it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import secrets
import select
import signal
import socket
import sys
import traceback
from typing import Any, Final, NoReturn

from torchmarks.isolation.inside import handlers, hugepages, landlock, lockdown, trees
from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside.ending import end_children, end_user, free_uid
from torchmarks.isolation.inside.session import Student
from torchmarks.isolation.inside.shell import OutputShell, make_shell
from torchmarks.isolation.inside.supervisor import Supervisor, WatchedSession, own_memory
from torchmarks.isolation.inside.warm_up import warm_up
from torchmarks.isolation.protocol import control
from torchmarks.isolation.protocol.confinement import Confinement
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.statements import Counter

PACKET_BYTES: Final = 65536
_SESSION_FDS: Final = 5
_PATIENCE_S: Final = 0.5
_PATIENCE_WITHOUT_NAMESPACES_S: Final = 5.0


def _mapped_bytes(proc: int) -> int:
    with open(os.open("self/statm", os.O_RDONLY, dir_fd=proc), "rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


class Server:
    """Holds the warm state and forks it.

    commands: the grader's channel; limits and device: as the grader asked for them; confinement: of sessions; shell:
    for students' cells, new.
    """

    def __init__(
        self,
        commands: socket.socket,
        limits: Limits,
        device: str,
        confinement: Confinement,
        shell: OutputShell,
    ) -> None:
        self._commands = commands
        self._limits = limits
        self._confinement = confinement
        self._has_namespaces = confinement.level == "namespaces"
        self._shell = shell
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if device == "sim":
            self._register_device()
        hugepages.gather(self._proc)  # some of it is this process's own by now
        self._shown_proc = lockdown.read_shown_proc()
        ns.become_subreaper()
        ns.set_dumpable(False)
        self._baseline = own_memory(self._proc)
        self._mapped = _mapped_bytes(self._proc)
        self._plain: dict[int, tuple[lockdown.PlainScratch, socket.socket | None]] = {}
        self._lifeline, self._life = os.pipe()  # its end is the end of this server: sessions must not outlive it

    def _register_device(self) -> None:
        """Register the simulated accelerator, and do once more what the zygote did without one."""
        importlib.import_module("torchmarks.checks.sim").register()
        OutputShell.clear_instance()
        warm_up(handlers.handle)
        self._shell = make_shell()
        gc.freeze()

    def serve(self) -> NoReturn:
        """Announce that it is ready, then carry out the grader's commands until the channel is closed."""
        self._commands.send(control.encode(control.ServerReady()))
        while True:
            packet, fds, _, _ = socket.recv_fds(self._commands, PACKET_BYTES, _SESSION_FDS)
            if not packet:
                os._exit(0)
            answer: control.Answer
            match control.server_command(packet):
                case control.ForkSession():
                    answer = self._fork(fds)
                case control.EndSession(pid):
                    self._end(pid)
                    answer = control.Gone()
            self._commands.send(control.encode(answer))

    def _end(self, pid: int) -> None:
        """Kill a session's process 1, unless it ends by itself; the kernel kills the rest of its namespace with it."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            # Its channel was closed, so that it is about to. Without a namespace it has to do all the killing itself.
            _wait_patiently(pid, _PATIENCE_S if self._has_namespaces else _PATIENCE_WITHOUT_NAMESPACES_S)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        scratch, lock = self._plain.pop(pid, (None, None))
        if scratch is not None:
            if scratch.uid:
                end_user(scratch.uid)
            end_children(self._proc, spared=self._plain)
            trees.remove(scratch.folder, self._proc)
        if lock is not None:
            lock.close()

    def _fork(self, fds: list[int]) -> control.Answer:
        """Fork twice: the process that enters the namespaces can not become process 1 itself.

        It reports the pid of its child and ends; the child, an orphan, then becomes the server's.
        """
        uid, lock = free_uid() if self._confinement.as_root else (0, None)
        scratch = None
        if not self._has_namespaces:
            folder = f"{self._confinement.scratch}/{secrets.token_hex(8)}"
            scratch = lockdown.PlainScratch(folder, uid=uid, owner=uid if self._confinement.own_uid else 0)
        reader, writer = os.pipe()
        middle = os.fork()
        if middle == 0:
            end_on_error(lambda: self._start_session(fds, writer, scratch), writer)
        for fd in (*fds, writer):
            os.close(fd)
        with open(reader, "rb") as pipe:
            raw = pipe.read()
        os.waitpid(middle, 0)
        answer = control.answer(raw) if raw else control.NotForked("fork failed")
        if scratch is not None and isinstance(answer, control.SessionForked):
            self._plain[answer.pid] = scratch, lock
        elif lock is not None:
            lock.close()
        return answer

    def _start_session(self, fds: list[int], writer: int, scratch: lockdown.PlainScratch | None) -> None:
        self._commands.close()
        # with a copy open here, nobody would notice that the server has ended
        os.close(self._life)
        for _, lock in self._plain.values():
            if lock is not None:
                lock.close()
        if scratch is None:
            lockdown.enter_namespaces()
        else:
            scratch.make()
        pid = os.fork()
        if pid:
            os.write(writer, control.encode(control.SessionForked(pid)))
            os._exit(0)
        os.close(writer)
        end_on_error(lambda: self._become_supervisor(scratch, *fds))

    def _become_supervisor(
        self, scratch: lockdown.PlainScratch | None, channel: int, commands: int, stdout: int, stderr: int, page: int
    ) -> NoReturn:
        root = int(os.readlink("self", dir_fd=self._proc))
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # process 1 ignores what it does not handle
        os.setsid()
        if scratch is None:
            folder, uid, owner = lockdown.mount_scratch(self._limits, self._shown_proc), 0, 0
            lockdown.renounce()
        else:
            folder, uid, owner = scratch.folder, scratch.uid, scratch.owner
            ns.become_subreaper()
            if self._confinement.level == "landlock":
                lockdown.restrict_supervisor(self._confinement, scratch)
        worker = os.fork()
        if worker == 0:
            end_on_error(lambda: self._become_student(scratch, channel, stdout, stderr, page))
        # the student's process alone holds them, so that the grader reads its end
        for fd in (channel, stdout, stderr, page):
            os.close(fd)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nowhere, fd)
        watched = WatchedSession(
            worker=worker,
            proc=self._proc,
            root=root,
            baseline_bytes=self._baseline,
            limits=self._limits,
            folder=folder,
            uid=uid,
            owner=owner,
            signals_stay_inside=(
                self._confinement.level == "landlock" and self._confinement.abi >= landlock.SIGNALS_SINCE
            ),
        )
        Supervisor(socket.socket(fileno=commands), self._lifeline, watched).run()

    def _become_student(
        self, scratch: lockdown.PlainScratch | None, channel: int, stdout: int, stderr: int, page: int
    ) -> NoReturn:
        self._shell.counter = Counter(page)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        others = lockdown.other_processes(self._confinement, self._proc)
        lockdown.close_descriptors(keep=channel)
        lockdown.reset_signals()
        os.setsid()
        lockdown.apply_limits(self._limits, self._mapped, others)
        if scratch is None:
            lockdown.filter_system_calls()
        elif self._confinement.level == "landlock":
            lockdown.restrict_student(self._confinement, scratch)
        gc.enable()  # was off since the zygote began to import
        sys.path.insert(0, "")  # as in Jupyter: modules beside the notebook can be imported
        Student(socket.socket(fileno=channel), self._shell, handlers.handle, self._limits).serve()


def _wait_patiently(pid: int, patience_s: float) -> None:
    """Wait until a child has ended, but no longer than that. Raises ProcessLookupError when it was gone before."""
    ended = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        poll.poll(patience_s * 1000)
    finally:
        os.close(ended)


def end_on_error(step: Any, writer: int | None = None) -> NoReturn:
    """Run the rest of a forked process's life; it never returns into the server's code."""
    try:
        step()
    except BaseException as error:
        if writer is not None:
            os.write(writer, control.encode(control.NotForked(f"{type(error).__name__}: {error}")))
        traceback.print_exc()
    finally:
        os._exit(70)
