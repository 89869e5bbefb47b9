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

import pytest

# nbgrader starts `alembic` by its bare name, which only an activated environment has on PATH.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@pytest.fixture(scope="session", autouse=True)
def _one_look_at_the_version() -> Iterator[None]:
    """nbgrader starts a program to learn the version of each new gradebook's tables; it is asked once a process."""
    from nbgrader import api

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api, "get_alembic_version", functools.cache(api.get_alembic_version))
        yield


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
