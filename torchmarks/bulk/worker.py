"""A worker of the local pool: a process of its own that grades what it is sent until the line to it closes.

Started by `pool` only. What it says to stderr is the pool's to read.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from multiprocessing.connection import Connection

from torchmarks.bulk.jobs import Greeting, Job
from torchmarks.bulk.work import ServerLost, bench_of_thread
from torchmarks.errors import MachineError, TorchmarksError
from torchmarks.isolation import ServerHurt

_PR_SET_PDEATHSIG = 1


def main(fd: int) -> None:
    """Serve the line `fd`: a Greeting, then jobs. Answers ("ready" | "done" | "hurt" | "stop", value)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    with contextlib.suppress(OSError, AttributeError):  # a grader that was killed leaves no worker behind
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with Connection(fd) as line:
        try:
            _serve(line)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        finally:
            bench_of_thread().close()
    os._exit(0)  # nothing is left to tidy up, and tearing torch down takes time


def _serve(line: Connection) -> None:
    while True:
        received: Greeting | Job = line.recv()
        if isinstance(received, Greeting):
            greeting = received
            if greeting.warm is not None:
                with contextlib.suppress(TorchmarksError):
                    greeting.warm(greeting.frozen)
            line.send(("ready", None))
            continue
        try:
            line.send(("done", greeting.function(received, greeting.frozen)))
        except (ServerLost, ServerHurt) as error:
            line.send(("hurt", str(error)))
        except MachineError as error:
            line.send(("stop", error))
        except TorchmarksError as error:
            line.send(("hurt", str(error)))
