"""A bare Debian in a folder: what `FROM debian:bookworm-slim` has, made by debootstrap and entered by bubblewrap.

No container engine is asked for. `bare` makes one for a test and leaves no trace of it behind.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from torchmarks.isolation.client.bubblewrap import candidates

ROOT = Path(__file__).parents[2]
LIKE_DOCKER = ROOT / "tests" / "isolation" / "like_docker.py"
PATIENCE_S = 1500
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"  # there may be a proxy's among them


class Debian:
    """A bare Debian in a folder. variables: of the image, by ARG and ENV; user and workdir: as it says last."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.variables = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.user, self.workdir = "0", "/"
        # What it mounts in there ends with it, whatever happens: else the folder could not be removed.
        made = ["unshare", "--mount", "debootstrap", "--variant=minbase", "bookworm", str(root)]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE_S)

    def command(self, arguments: list[str]) -> list[str]:
        """The command line as the image's user, with the network and the settings of pip and npm of this machine."""
        line = [str(next(candidates())), "--die-with-parent", "--cap-add", "ALL", "--bind", str(self.root), "/"]
        line += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/sys", "/sys"]
        files = ("/etc/resolv.conf", "/etc/pip.conf", "/etc/xdg/pip", *_local_indexes())
        for name in dict.fromkeys(files):
            line += ["--ro-bind-try", name, name]
        line += ["--ro-bind", str(LIKE_DOCKER), "/mnt/like_docker.py", "--ro-bind-try", _CERTIFICATES, "/mnt/ca.crt"]
        line += ["--chdir", self.workdir, "--clearenv"]
        settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        if Path(_CERTIFICATES).exists():
            settings |= dict.fromkeys(("PIP_CERT", "npm_config_cafile"), "/mnt/ca.crt")
        for name, value in (settings | self.variables).items():
            line += ["--setenv", name, value]
        become = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--inh-caps=-all", "--"]
        return [*line, "--", *(become if self.user != "0" else []), *arguments]

    def run(self, *arguments: str) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(self.command([*arguments]), capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, f"{arguments}: {(done.stdout + done.stderr)[-3000:]}"
        return done.stdout


def _local_indexes() -> list[str]:
    """Folders of this machine that pip takes packages from."""
    shown = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    return re.findall(r"(?<=file://)/[\w/.-]+|(?<=find-links=')/[\w/.-]+", shown.stdout)


def _local_builds() -> list[Path]:
    return [wheel for name in _local_indexes() for wheel in Path(name).glob("torch-*+cpu*.whl")]


def _is_reachable(host: str) -> bool:
    try:
        socket.create_connection((host, 443), timeout=10).close()
    except OSError:
        return False
    return True


def torch_index() -> str:
    """Where the CPU build of PyTorch comes from; a skip where neither the index of such builds nor one is at hand."""
    if _is_reachable("download.pytorch.org"):
        return "https://download.pytorch.org/whl/cpu"
    if not _local_builds():
        pytest.skip("neither the index of PyTorch's CPU builds nor such a build is at hand")
    return "https://pypi.org/simple"


@contextmanager
def bare() -> Iterator[Debian]:
    """A bare one, with no trace of it left behind."""
    if os.getuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("it takes root and debootstrap (Debian: apt-get install debootstrap)")
    if not any(candidates()):
        pytest.skip("there is no bubblewrap to enter it with")
    with tempfile.TemporaryDirectory(prefix="torchmarks-image-") as folder:
        Path(folder).chmod(0o755)
        yield Debian(Path(folder, "root"))
