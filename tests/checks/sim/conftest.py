"""Run every test of this folder in a forked child that has the device sim.

Registration cannot be undone, and other tests of the same process must not find an accelerator. The child is also what
the grader makes: a fork of a process that may have run backward before.
"""

import functools
import os
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

import pytest


def _run_child(item: pytest.Function, write_to: int) -> NoReturn:
    report = ""
    try:
        import torch

        import torchmarks.checks.sim

        torch.set_num_threads(1)  # the parent's OpenMP threads did not survive the fork
        if "unregistered" not in item.fixturenames:
            torchmarks.checks.sim.register()
        item.obj(**{name: item.funcargs[name] for name in item._fixtureinfo.argnames})
    except BaseException:
        report = traceback.format_exc()
    os.write(write_to, report.encode()[-60_000:])
    sys.stdout.flush()
    os._exit(0)


def _wait(pid: int, read_from: int) -> str:
    with os.fdopen(read_from, "rb") as pipe:
        report = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    return report or ("" if status == 0 else f"the child ended with status {status}")


def _run_fresh(item: pytest.Function) -> str:
    """The test in a process of its own: a child of this one would have the device, if an earlier test graded on it."""
    alike = (one for one in item.session.items if "unregistered" in getattr(one, "fixturenames", ()))
    return _outcomes_of_fresh(item.config.rootpath, tuple(one.nodeid for one in alike))[item.nodeid]


@functools.cache
def _outcomes_of_fresh(root: Path, nodeids: tuple[str, ...]) -> dict[str, str]:
    """What a fresh pytest says of those that fail; "" of the others. One for all: it takes seconds to start."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as told:
        line = ["-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", f"--junitxml={told.name}", *nodeids]
        done = subprocess.run([sys.executable, *line], cwd=root, capture_output=True, text=True, timeout=100)
        cases = list(ElementTree.parse(told.name).iter("testcase"))
    if len(cases) != len(nodeids):
        return dict.fromkeys(nodeids, done.stdout or done.stderr)
    failed = {case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None}
    return {nodeid: done.stdout if nodeid.partition("::")[2] in failed else "" for nodeid in nodeids}


@pytest.fixture
def unregistered() -> None:
    """Ask for a child without the device."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Replace the call of the test function by a call in a child; its traceback becomes the failure."""
    if pyfuncitem.get_closest_marker("gpu"):
        return None  # CUDA does not survive a fork, and these tests want no sim
    from torchmarks.checks.sim import is_registered

    if "unregistered" in pyfuncitem.fixturenames and is_registered():
        return _reported(_run_fresh(pyfuncitem))
    # PyTorch imports these at the first operation of a subclass and the first optimizer: once here, not in each child.
    import torch._dynamo
    import torch.distributed.tensor  # noqa: F401

    sys.stdout.flush()
    read_from, write_to = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on: pytest-xdist has a thread of its own
        pid = os.fork()
    if pid == 0:
        os.close(read_from)
        _run_child(pyfuncitem, write_to)
    os.close(write_to)
    try:
        report = _wait(pid, read_from)
    except BaseException:  # a timeout, or an interrupt
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    return _reported(report)


def _reported(report: str) -> bool:
    if report:
        pytest.fail(report, pytrace=False)
    return True
