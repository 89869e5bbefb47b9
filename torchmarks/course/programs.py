"""Makes nbgrader find the programs that it starts by their bare names."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def programs_found() -> Iterator[None]:
    """Puts this environment first on PATH: nbgrader starts `alembic` and `jupyter` by their bare names."""
    old = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{old}"
    try:
        yield
    finally:
        os.environ["PATH"] = old
