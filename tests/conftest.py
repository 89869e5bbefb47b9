"""What every test needs of its surroundings: programs on PATH, and a skip for what this machine lacks.

Fixtures stand beside the tests that use them; one moves here when a second file asks for it.
Imports torch only when a test marked `gpu` is collected, and the package never: collecting stays quick.
"""

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

# As workers of a class have it: with a thread for every core, processes side by side wait for each other's at every
# softmax. Set before anything imports torch; what the tests start has it too.
os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

# nbgrader starts `alembic` by its bare name, which only an activated environment has on PATH.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@pytest.fixture(scope="session", autouse=True)
def _one_look_at_the_version() -> Iterator[None]:
    """nbgrader starts a program to learn the version of each new gradebook's tables; it is asked once a process."""
    from nbgrader import api

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api, "get_alembic_version", functools.cache(api.get_alembic_version))
        yield


@pytest.fixture(scope="session")
def warm() -> Iterator[Callable[..., Any]]:
    """Warm engines, one for each world and limits in a pytest process, made when first asked for: `warm("sim")`.

    For tests that leave the server as it is; one that hurts it makes its own.
    """
    from torchmarks.isolation import Engine, Limits, NoSandbox

    made: dict[tuple[str, Limits], Engine] = {}

    def engine(world: Literal["cpu", "sim"] = "cpu", limits: Limits = Limits()) -> Engine:  # noqa: B008 - frozen
        if (world, limits) not in made:
            try:
                made[world, limits] = Engine(limits, world=world)
            except NoSandbox as error:
                pytest.skip(str(error))
        return made[world, limits]

    yield engine
    for one in made.values():
        one.close()


def _lacks_gpu() -> str | None:
    import torch

    return None if torch.cuda.is_available() else "no CUDA device on this machine"


def _lacks_chromium() -> str | None:
    return None if shutil.which("chromium") else "no chromium on PATH (Debian: apt-get install chromium)"


def _lacks_postgres() -> str | None:
    servers = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return None if any(servers) else "no PostgreSQL server programs (Debian: apt-get install postgresql)"


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
    "postgres": _lacks_postgres,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, the tests marked for something that this machine lacks."""
    for marker, lacks in _LACKS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        reason = lacks() if marked else None
        if reason is not None:
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=reason))
