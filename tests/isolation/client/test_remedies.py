"""Where no sandbox can be made, the remedy is the one for this kind of place, and it comes soon."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from documents.clone import reachable

from torchmarks.isolation.client import remedies
from torchmarks.isolation.protocol.confinement import Isolation

ROOT = Path(__file__).parents[3]
LIKE_DOCKER = ROOT / "tests" / "isolation" / "like_docker.py"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a container's signs or settings of the kernel. Returns the folder of those settings."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(remedies, "_SETTINGS", tmp_path)
    monkeypatch.setattr(remedies, "place_of", lambda: "")
    return tmp_path


def told(isolation: Isolation = "auto", number: int | None = errno.ENOSYS) -> str:
    """The remedy where there is a bubblewrap that does not work, and Landlock failed with this errno."""
    return remedies.here(isolation, number, has_bwrap=True)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("docker", "`--security-opt seccomp=unconfined`"),
        ("podman", "containers-common 0.50"),
        ("kubernetes", "seccompProfile: {type: RuntimeDefault}"),
    ],
)
def test_in_a_container_its_engines_option_is_named(monkeypatch: pytest.MonkeyPatch, place: str, says: str) -> None:
    """And no word of a kernel that nobody in a container can change."""
    monkeypatch.setattr(remedies, "place_of", lambda: place)

    assert says in told()
    assert "Linux 5.13" not in told()


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor"),
        ("user/max_user_namespaces", "0", "`sysctl user.max_user_namespaces=15000`"),
        ("kernel/unprivileged_userns_clone", "0", "`sysctl kernel.unprivileged_userns_clone=1`"),
    ],
)
def test_a_setting_that_refuses_namespaces_is_named(bare: Path, setting: str, value: str, says: str) -> None:
    """Ubuntu's rule and the two switches of the kernel, each only where it is what refuses."""
    assert says not in told()
    (bare / setting).parent.mkdir()
    (bare / setting).write_text(f"{value}\n")

    assert says in told()


def test_an_old_kernel_is_named(bare: Path) -> None:
    """With the version that it takes."""
    assert "Landlock takes Linux 5.13 or newer" in told()


@pytest.mark.parametrize("sign", ["run/.containerenv", ".dockerenv"])
def test_an_engine_is_known_by_the_file_it_leaves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sign: str) -> None:
    """Podman's and Docker's; a pod of Kubernetes by its variable, whatever engine runs it."""
    monkeypatch.undo()
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    (tmp_path / sign).parent.mkdir(exist_ok=True)
    (tmp_path / sign).touch()

    assert remedies.place_of(tmp_path) == {"run/.containerenv": "podman", ".dockerenv": "docker"}[sign]
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert remedies.place_of(tmp_path) == "kubernetes"


@pytest.mark.skipif(os.getuid() != 0, reason="the filter's user is made by root")
def test_a_refusal_takes_less_than_three_seconds() -> None:
    """Under a filter from before Landlock, start included; counted in CPU time, for other tests run beside this one."""
    program = "from torchmarks.isolation.client.enclosure import find_enclosure; find_enclosure()"
    line = [*reachable([sys.base_prefix, sys.prefix], ["ALL"]), sys.executable, str(LIKE_DOCKER), "old"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    done = subprocess.run(
        [*line, sys.executable, "-c", program], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 1
    assert "NoSandbox: Students' code cannot be isolated on this machine: namespaces: " in done.stderr
    assert "landlock: it is refused" in done.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3
