"""A worker of the local pool: a process of its own that grades what it is sent until the channel to it closes.

Forked by `forkserver` only. The pool reads what it writes to stderr.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
from multiprocessing.connection import Connection
from typing import NoReturn

from torchmarks.bulk.jobs import Greeting, Job
from torchmarks.bulk.work import ServerLost, engines_of_thread, keep_engines
from torchmarks.errors import MachineError, TorchmarksError
from torchmarks.isolation import EnginePool, Isolation, Sandbox, ServerHurt


def main(channel: Connection, greeting: int, sandbox: socket.socket | None, isolation: Isolation) -> NoReturn:
    """Serve the channel: jobs, and a Greeting where the plan changes. Answers (what, value); what is one of
    "ready", "done", "hurt" (try again), "lost" (try again elsewhere: this worker ends) and "stop".

    greeting: a file with the first Greeting; sandbox: a channel to one that is shared with other workers, started
    at this level.
    """
    if sandbox is not None:
        keep_engines(EnginePool(Sandbox.of_channel(sandbox, isolation)))
    with channel, open(greeting, "rb") as file:
        try:
            _serve(channel, pickle.load(file))
        except (EOFError, BrokenPipeError, ConnectionResetError):  # the pool has closed, or is gone
            pass
        finally:
            engines_of_thread().close()
    os._exit(0)  # nothing is left to tidy up, and tearing torch down takes time


def _serve(channel: Connection, greeting: Greeting) -> None:
    _prepare(channel, greeting)
    while engines_of_thread().usable:
        received: Greeting | Job = channel.recv()
        if isinstance(received, Greeting):
            greeting = received
            _prepare(channel, greeting)
        else:
            channel.send(_answer(received, greeting))


def _prepare(channel: Connection, greeting: Greeting) -> None:
    if greeting.warm is not None:
        with contextlib.suppress(TorchmarksError):  # the first job runs into it again, and reports it
            greeting.warm(greeting.frozen)
    channel.send(("ready", None))


def _answer(job: Job, greeting: Greeting) -> tuple[str, object]:
    try:
        return ("done", greeting.function(job, greeting.frozen))
    except (ServerLost, ServerHurt) as error:
        # without the sandbox that it inherited this process can get no other
        return ("hurt" if engines_of_thread().usable else "lost", str(error))
    except MachineError as error:
        return ("stop", error)
    except TorchmarksError as error:
        return ("hurt", str(error))
