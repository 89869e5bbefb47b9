"""The image and the files that start it: linted, and the Dockerfile's commands run in a bare Debian.

No container engine is asked for: `debootstrap` makes what `FROM debian:bookworm-slim` has, and bubblewrap enters it.
All stages share one file system, in which a `COPY --from` finds its files in place.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import torchmarks
from torchmarks.isolation.client.bubblewrap import candidates

ROOT = Path(__file__).parents[1]
LIKE_DOCKER = ROOT / "tests" / "isolation" / "like_docker.py"
_PATIENCE_S = 1500
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"  # there may be a proxy's among them


def _program(name: str) -> str:
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        pytest.skip(f"{name} is not installed in this environment: the extra dev has it")
    return str(path)


def _passes(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_is_as_hadolint_wants_it() -> None:
    """No word against it but for the line that says why."""
    _passes(_program("hadolint"), "Dockerfile")


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "compose.yaml"),
        ("vendor.github-workflows", ".github/workflows/release.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_files_are_as_their_schemas_want_them(schema: str, file: str) -> None:
    """By the schemas that check-jsonschema brings."""
    _passes(_program("check-jsonschema"), "--builtin-schema", schema, file)


def test_pods_have_no_privilege() -> None:
    """An ordinary user without capabilities, the runtime's default filter; the image is of this version."""
    loaded = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text())
    pods = [one["spec"]["template"]["spec"] for one in loaded if one["kind"] == "Deployment"]

    assert len(pods) == 2
    for pod in pods:
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert container["image"].endswith(f":{torchmarks.__version__}")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order: word and the rest, continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


class Debian:
    """A bare Debian in a folder. variables: of the image, by ARG and ENV; user and workdir: as it says last."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.variables = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.user, self.workdir = "0", "/"
        # What it mounts in there ends with it, whatever happens: else the folder could not be removed.
        made = ["unshare", "--mount", "debootstrap", "--variant=minbase", "bookworm", str(root)]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, timeout=_PATIENCE_S)

    def command(self, arguments: list[str]) -> list[str]:
        """The command line as the image's user, with the network and pip's settings of this machine."""
        line = [str(next(candidates())), "--die-with-parent", "--cap-add", "ALL", "--bind", str(self.root), "/"]
        line += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/sys", "/sys"]
        settings = ("/etc/resolv.conf", "/etc/pip.conf", "/etc/xdg/pip", *_local_indexes())
        for name in dict.fromkeys(settings):
            line += ["--ro-bind-try", name, name]
        line += ["--ro-bind", str(LIKE_DOCKER), "/mnt/like_docker.py", "--ro-bind-try", _CERTIFICATES, "/mnt/ca.crt"]
        line += ["--chdir", self.workdir, "--clearenv"]
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        if Path(_CERTIFICATES).exists():
            pip["PIP_CERT"] = "/mnt/ca.crt"
        for name, value in (pip | self.variables).items():
            line += ["--setenv", name, value]
        become = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--inh-caps=-all", "--"]
        return [*line, "--", *(become if self.user != "0" else []), *arguments]

    def run(self, *arguments: str) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(self.command([*arguments]), capture_output=True, text=True, timeout=_PATIENCE_S)
        assert done.returncode == 0, f"{arguments}: {(done.stdout + done.stderr)[-3000:]}"
        return done.stdout

    def follow(self, word: str, rest: str) -> None:
        """Do what an instruction says."""
        if word == "RUN":
            self.run("sh", "-c", rest)
        elif word == "COPY" and rest.startswith("--from="):
            _, source, target = rest.split()
            assert source == target
        elif word == "COPY":
            assert rest == ". /src"
            for name in _context():
                (self.root / "src" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.root / "src" / name)
        elif word in ("ARG", "ENV"):
            name, _, value = rest.partition("=")
            self.variables[name] = value.replace("$PATH", self.variables["PATH"])
        elif word == "USER":
            self.user = rest
        elif word == "WORKDIR":
            self.workdir = rest


def _context() -> list[str]:
    """What `COPY .` copies: the tracked files that .dockerignore lets in."""
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    listed = subprocess.run(["git", "ls-files", "--", *kept], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


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


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    """A bare one, with no trace of it left behind."""
    if os.getuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("it takes root and debootstrap (Debian: apt-get install debootstrap)")
    if not any(candidates()):
        pytest.skip("there is no bubblewrap to enter it with")
    with tempfile.TemporaryDirectory(prefix="torchmarks-image-") as folder:
        Path(folder).chmod(0o755)
        yield Debian(Path(folder, "root"))


@pytest.mark.slow
@pytest.mark.timeout(2 * _PATIENCE_S)
def test_the_commands_of_the_dockerfile_make_a_grader(debian: Debian) -> None:
    """Each is run as it stands, in a bare Debian; then its user lays out a course, and `doctor` finds nothing missing:
    level "namespaces" as it is, level "landlock" under a filter like that of an engine.
    """
    has_index = _is_reachable("download.pytorch.org")
    if not has_index and not _local_builds():
        pytest.skip("neither the index of PyTorch's CPU builds nor such a build is at hand")
    for word, rest in instructions():
        debian.follow(word, rest)
        if word == "ARG" and not has_index:
            debian.variables[rest.partition("=")[0]] = "https://pypi.org/simple"

    debian.run("torchmarks", "new-course", ".", "01-tensors")
    (command,) = [rest for word, rest in instructions() if word == "CMD"]
    says = debian.run(*shlex.split(command.strip("[]").replace(",", " ")))
    confined = debian.run("python", "/mnt/like_docker.py", "user", "torchmarks", "doctor")

    assert debian.run("id", "-u").strip() == "1000"
    assert "sandbox        level namespaces" in says
    assert "level landlock (ordinary user)" in confined
    assert "✗" not in says + confined
