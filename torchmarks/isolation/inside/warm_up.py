"""Warms up the process that sessions are forked from: does once what each of them would have to do first.

Libraries import more, compile patterns and fill caches when they are first used: the first traceback that IPython
formats takes a fifth of a second. What a fork learns ends with it; what this process knows, all forks know. Runs
our own cells and calls only, on the way that a student's take. Leaves no trace that a student could meet: the shell is
thrown away, nothing is drawn from a random generator, and no backward pass starts PyTorch's threads, which would not
survive a fork.
"""

from __future__ import annotations

import contextlib
import importlib
import linecache
import pickle
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Final

import cloudpickle
import numpy as np
import torch

from torchmarks.checks.packing import pack, pickle_with
from torchmarks.isolation.inside.session import Handle, Student
from torchmarks.isolation.inside.shell import OutputShell, make_shell
from torchmarks.isolation.protocol import wire
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.requests import ProbeRequest, RunCell

# Imported when they are first needed, at a cost of up to half a second.
_LATE_IMPORTS: Final = (
    "torch.fx.experimental.symbolic_shapes",  # backward with an incoming gradient
    "torch._dynamo",  # the first optimizer
    *(f"torchmarks.checks.{name}" for name in ("inputs", "observe", "progress", "show")),  # a notebook's first cell
)
# Half of what the second of these imports is this, which it can do without; nobody here has a cluster.
_NEVER_NEEDED: Final = "torch.distributed.fsdp"
_CELLS: Final = (
    "import torch\n\nvalues = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\nvalues",
    'def doubled(t: torch.Tensor) -> torch.Tensor:\n    """Twice `t`."""\n    return t * 2  # a comment\n\n\n'
    'print(doubled(values), f"{values.dtype}", tuple(values.shape))',
    "class Shown:\n    def _repr_html_(self):\n        return '<b>shown</b>'\n\n\nShown()",
    "def unwritten(x):\n    raise NotImplementedError\n\n\nunwritten(1)",
)


_LIMITS: Final = Limits()  # not the course's: what is run here is ours, and must not fail by them


def warm_up(handle: Handle) -> None:
    """Run cells and answer requests as a session does. handle: answers the requests, see handlers.handle."""
    _import_late()
    torch.empty(2, 2, device="meta").std(0)  # reductions on meta import more still
    known = set(linecache.cache)
    cells = [RunCell(number, source) for number, source in enumerate(_CELLS)]
    calls = [ProbeRequest(number, "observe", payload) for number, payload in enumerate(_payloads())]
    with _streams_kept(), _channel(cells) as channel, _channel(calls) as probe_channel:
        student = Student(channel, make_shell(), handle, _LIMITS)
        student.handle_commands()
        student.answer(probe_channel)
    OutputShell.clear_instance()
    for name in linecache.cache.keys() - known:
        del linecache.cache[name]


def _import_late() -> None:
    for name in _LATE_IMPORTS:
        spared = sys.modules.setdefault(_NEVER_NEEDED, None) is None  # type: ignore[arg-type]
        try:
            importlib.import_module(name)
        except ImportError:  # another version of PyTorch may insist
            del sys.modules[_NEVER_NEEDED]
            spared = False
            importlib.import_module(name)
        finally:
            if spared:
                del sys.modules[_NEVER_NEEDED]  # a student may import it as ever


@contextlib.contextmanager
def _channel(messages: Sequence[RunCell | ProbeRequest]) -> Iterator[socket.socket]:
    """A channel on which these messages wait, and then its end. They and the answers are less than a socket holds."""
    grader, student = socket.socketpair()
    with grader, student:
        for message in messages:
            wire.send(grader, message, _LIMITS.message_bytes)
        grader.shutdown(socket.SHUT_WR)
        yield student


def _payloads() -> Iterator[bytes]:
    dump = pickle_with(cloudpickle.Pickler)
    matrix = torch.arange(6.0).reshape(2, 3)
    for fn, *args in (
        (torch.Tensor.t, matrix),
        (torch.tensor, [[1, 2], [3]]),  # raises
        (lambda fn, x: {"seen": fn(x), "dtype": x.dtype, "shape": tuple(x.shape)}, str, matrix),
        (torch.from_numpy, np.arange(4)),
    ):
        yield pickle.dumps([pack((fn, tuple(args), {}, ("x",), None), dump)], protocol=5)


@contextlib.contextmanager
def _streams_kept() -> Iterator[None]:
    kept = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = kept  # type: ignore[misc]
