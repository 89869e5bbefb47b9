"""What every test needs of its surroundings: programs on PATH, and a skip for what this machine lacks.

Fixtures stand beside the tests that use them; one moves here when a second file asks for it.
Imports torch only when a test marked `gpu` is collected, and the package only where it is used: collecting stays quick.
"""

import functools
import gc
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

# As workers of a class have it: with a thread for every core, processes side by side wait for each other's at every
# softmax. Set before anything imports torch; what the tests start has it too.
os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

# What tests start goes without a package that costs each process half of its start: see there.
LEAN = Path(__file__).parent / "lean"
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(LEAN), os.environ.get("PYTHONPATH")]))
sys.path.insert(0, str(LEAN))

# Messages are compared in English, whatever the developer's own language is.
os.environ["TORCHMARKS_LANGUAGE"] = "en"

# nbgrader starts `alembic` by its bare name, which only an activated environment has on PATH.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@pytest.fixture(scope="session", autouse=True)
def _one_look_at_the_version() -> Iterator[None]:
    """nbgrader starts a program to learn the version of each new gradebook's tables; it is asked once a process."""
    from nbgrader import api

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api, "get_alembic_version", functools.cache(api.get_alembic_version))
        yield


@pytest.fixture(scope="session", autouse=True)
def _gradebooks_need_not_outlive_the_machine() -> Iterator[None]:
    """nbgrader commits some fifty times for a submission, and each time SQLite waits for the disk: not in our process.

    What is written is written all the same, also when the process is killed; only a machine that loses its power would
    lose it.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine as Database

    def hurry(connection: Any, record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF").close()

    event.listen(Database, "connect", hurry)
    yield
    event.remove(Database, "connect", hurry)


@pytest.fixture(autouse=True)
def _leaves_no_default_device() -> Iterator[None]:
    """What a test leaves entered decides where a later one's tensors are, in a file that has nothing to do with it."""
    yield
    if "torch" in sys.modules:
        from torchmarks.checks import torch_settings as ts

        left = ts.read_functions()
        if left != ts.NO_FUNCTIONS:
            ts.put_functions(ts.NO_FUNCTIONS)
            pytest.fail(f"this test left {left}")


@pytest.fixture
def as_somebody_else() -> Callable[[], AbstractContextManager[None]]:
    """A block without root's leave to do anything, where the tests run as root."""

    @contextmanager
    def block() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    return block


@pytest.fixture
def full_disk() -> Callable[[], AbstractContextManager[None]]:
    """A block in which no file can grow, like on a full disk."""

    @contextmanager
    def block() -> Iterator[None]:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    return block


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    """Playwright's driver: a process can have no second one while the first is there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def warm() -> Iterator[Callable[..., Any]]:
    """Warm engines, one for each device and limits in a pytest process, made when first asked for: `warm("sim")`.

    For tests that leave the server as it is; one that hurts it makes its own.
    """
    from torchmarks.isolation import Engine, EnginePool, Limits, NoSandbox

    pool = EnginePool()

    def engine(device: Literal["cpu", "sim"] = "cpu", limits: Limits = Limits()) -> Engine:  # noqa: B008 - frozen
        try:
            return pool.engine(device, limits)
        except NoSandbox as error:
            pytest.skip(str(error))

    yield engine
    pool.close()


def _lacks_gpu() -> str | None:
    import torch

    return None if torch.cuda.is_available() else "no CUDA device on this machine"


def _lacks_chromium() -> str | None:
    return None if shutil.which("chromium") else "no chromium on PATH (Debian: apt-get install chromium)"


def _lacks_namespaces() -> str | None:
    from torchmarks.isolation import NoSandbox
    from torchmarks.isolation.client.enclosure import find_enclosure

    try:
        find_enclosure("namespaces")
    except NoSandbox as error:
        return error.reason
    return None


def _lacks_postgres() -> str | None:
    servers = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return None if any(servers) else "no PostgreSQL server programs (Debian: apt-get install postgresql)"


def _lacks_hub() -> str | None:
    proxy = Path(__file__).parents[1] / ".node" / "node_modules" / "configurable-http-proxy"
    if os.getuid() != 0:
        return "a hub starts servers as other users, which only root can"
    if shutil.which("node") is None:
        return "no node on PATH (Debian: apt-get install nodejs npm)"
    if not proxy.exists():
        return "no proxy for a hub (npm install --prefix .node configurable-http-proxy@~5.1)"
    missing = [name for name in ("nsenter", "unshare", "useradd", "su", "chpasswd") if shutil.which(name) is None]
    if missing:
        return f"no {', '.join(missing)} on PATH (Debian: util-linux, passwd)"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        return "root may not mount here, and a hub's users get a machine of their own (Docker: --cap-add SYS_ADMIN)"
    return _lacks_chromium()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """While tests are collected nearly nothing becomes garbage, and each look for it goes through all that is there."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


_YOUNG = 50_000


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay to the end: a look for garbage need not go through them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)  # as in a worker that grades a class: looks after 700 objects take 6 % of grading


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which commands of the documents were not run, and why."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    kept = (value for report in reports for name, value in getattr(report, "user_properties", []) if name == "not run")
    lines = sorted({line for value in kept for line in value})
    if lines:
        terminalreporter.section("blocks of the documents that were not run")
        for line in lines:
            terminalreporter.write_line(line)


_LACKS: dict[str, Callable[[], str | None]] = {
    "browser": _lacks_chromium,
    "gpu": _lacks_gpu,
    "hub": _lacks_hub,
    "namespaces": _lacks_namespaces,
    "postgres": _lacks_postgres,
}


_USUAL_S = 120.0  # the timeout of pyproject.toml


def _longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Files whose tests may take long, as their timeouts say, before the others: what comes last is waited for alone.

    What goes to one worker stays together, so that its fixtures are made once.
    """
    patience: dict[str, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        allowed, unit = float(marker.args[0]) if marker else _USUAL_S, unit_of(item.nodeid)
        patience[unit] = max(allowed, patience.get(unit, _USUAL_S))
    return sorted(items, key=lambda item: -patience[unit_of(item.nodeid)])


# Files that are too long for one worker, with what their tests share: those of one assignment its proofs, those of the
# documents nothing.
_SHARED_IN = {
    "tests/authoring/test_verification.py": re.compile(r"\[(\d\d-[\w-]+)\]$"),
    "tests/documents/test_documents.py": re.compile(r"\[([\w ]+-(?:README|instructors|guides))\]$"),
}


def unit_of(nodeid: str) -> str:
    """What goes to one worker together: the tests of a file, or of a long one those that share something."""
    file = nodeid.partition("::")[0]
    shared = _SHARED_IN[file].search(nodeid) if file in _SHARED_IN else None
    return f"{file}[{shared[1]}]" if shared else file


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile`, but of long files a part to a worker."""
    from xdist.scheduler import LoadFileScheduling

    class Spread(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    return Spread(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)  # once it is known which are run at all
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, the tests marked for something that this machine lacks; put long ones first."""
    items[:] = _longest_first(items)
    for marker, lacks in _LACKS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        reason = lacks() if marked else None
        if reason is not None:
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=reason))
