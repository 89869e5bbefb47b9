"""The corpus where namespaces are refused: under a system call filter like Docker's, as root and as an ordinary user.

Each run is a pytest of its own, started as a container would start it. Level "namespaces" is `test_attacks.py` itself.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from documents.clone import reachable

ROOT = Path(__file__).parents[2]
LIKE_DOCKER = ROOT / "tests" / "isolation" / "like_docker.py"
_TIMEOUT_S = 900


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can write to; pytest's own lies in one that they cannot enter."""
    with tempfile.TemporaryDirectory(prefix="torchmarks-levels-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


# Not what shows that the checks can fail: that is the same at every level.
_CORPUS = "test_attack[ or beside or snapshot"


def attacked(who: str, folder: Path, families: str = _CORPUS, versions: Sequence[int] = ()) -> str:
    """What pytest says of the corpus under the filter. who: "root" or "user"; families: of attacks, as -k takes them;
    versions: of Landlock's rules, all in one run.
    """
    if who == "root" and os.getuid() != 0:
        pytest.skip("only root can try it as root")
    pytest_line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-x", "--basetemp"]
    line = [*pytest_line, str(folder / "run"), "tests/attacks/test_attacks.py", "-k", families]
    line += [f"--landlock={version}" for version in versions]
    started = [*reachable([sys.base_prefix, sys.prefix], ["ALL"]), sys.executable, str(LIKE_DOCKER), who, *line]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        started, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["root", "user"])
def test_no_attack_wins_where_namespaces_are_refused(who: str, folder: Path) -> None:
    """Landlock and filters hold all that namespaces hold: the whole corpus, at the level that is found there."""
    assert " passed" in attacked(who, folder)


@pytest.mark.timeout(900)
def test_older_rules_hold_what_is_read_and_reached(folder: Path) -> None:
    """With the rules cut down to those of Linux 5.13 and 6.7 the filter refuses what they do not see."""
    assert " passed" in attacked("user", folder, "reading or reaching", [1, 4])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["root", "user"])
def test_no_attack_wins_by_older_rules(who: str, folder: Path) -> None:
    """The whole corpus with the rules of Linux 5.13, 5.19 and 6.7, as root and as an ordinary user."""
    assert " passed" in attacked(who, folder, versions=[1, 2, 4])
