"""A worker of the local pool: a process of its own that grades what it is sent until the channel to it closes.

Started by `pool` only. What it says to stderr is the pool's to read.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from multiprocessing.connection import Connection

from torchmarks.bulk.jobs import Greeting, Job
from torchmarks.bulk.work import ServerLost, engine_pool_of_thread
from torchmarks.errors import MachineError, TorchmarksError
from torchmarks.isolation import ServerHurt

_PR_SET_PDEATHSIG = 1


def main(fd: int) -> None:
    """Serve the channel `fd`: a Greeting, then jobs. Answers ("ready" | "done" | "hurt" | "stop", value)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    with contextlib.suppress(OSError, AttributeError):  # a grader that was killed leaves no worker behind
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with Connection(fd) as channel:
        try:
            _serve(channel)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        finally:
            engine_pool_of_thread().close()
    os._exit(0)  # nothing is left to tidy up, and tearing torch down takes time


def _serve(channel: Connection) -> None:
    while True:
        received: Greeting | Job = channel.recv()
        if isinstance(received, Greeting):
            greeting = received
            if greeting.warm is not None:
                with contextlib.suppress(TorchmarksError):
                    greeting.warm(greeting.frozen)
            channel.send(("ready", None))
            continue
        try:
            channel.send(("done", greeting.function(received, greeting.frozen)))
        except (ServerLost, ServerHurt) as error:
            channel.send(("hurt", str(error)))
        except MachineError as error:
            channel.send(("stop", error))
        except TorchmarksError as error:
            channel.send(("hurt", str(error)))
