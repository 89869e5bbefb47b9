"""The machine of a hub, as seen from a clone in somebody's home, which root tries out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.clone import tracked

from hub.machine import Machine
from hub.serving import _shut
from torchmarks.isolation import NoSandbox
from torchmarks.isolation.client.enclosure import find_enclosure

pytestmark = [pytest.mark.hub, pytest.mark.timeout(300)]
_NOBODY = 65534


@pytest.fixture
def clone() -> Iterator[Path]:
    """A checkout of another user's, in a closed folder that the machine's own /srv hides."""
    if os.getuid() != 0:
        pytest.skip("makes another user's folder, which takes root")
    with tempfile.TemporaryDirectory(prefix="torchmarks-", dir="/srv") as home:
        root = Path(home) / "course"
        root.mkdir()
        (root / "there").write_text("here it is")
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
        subprocess.run(["git", "add", "there"], cwd=root, check=True)
        for folder, _, files in os.walk(root):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, _NOBODY, _NOBODY)
        yield root


def test_the_files_of_another_users_clone_are_known(clone: Path) -> None:
    """git alone refuses root its list: "dubious ownership"."""
    refused = subprocess.run(["git", "ls-files"], cwd=clone, capture_output=True)

    assert refused.returncode != 0
    assert tracked(clone) == ["there"]


def test_a_clone_is_seen_wherever_it_is(clone: Path) -> None:
    """By everybody, as a Python in it has to be."""
    try:
        find_enclosure("namespaces")
    except NoSandbox as reason:
        pytest.skip(str(reason))

    with Machine(lent=[sys.base_prefix, sys.prefix, str(clone)]) as machine:
        said = machine.sh(f"setpriv --reuid=1234 --clear-groups cat {clone}/there")

    assert said == "here it is"


def test_a_closed_home_is_named(clone: Path) -> None:
    """What is root's own is reached all the same, and a folder that others can enter by everybody."""
    assert _shut(clone) is None

    clone.chmod(0o700)

    assert _shut(clone) == clone
