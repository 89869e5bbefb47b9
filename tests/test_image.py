"""The image and the files that start it: linted, and the Dockerfile's commands run in a bare Debian.

No container engine is asked for, see `debian`. All stages share one file system, in which a `COPY --from` finds its
files in place.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from debian import PATIENCE_S, Debian, bare, torch_index

import torchmarks

ROOT = Path(__file__).parents[1]


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


def follow(debian: Debian, word: str, rest: str) -> None:
    """Do what an instruction says."""
    if word == "RUN":
        debian.run("sh", "-c", rest)
    elif word == "COPY" and rest.startswith("--from="):
        _, source, target = rest.split()
        assert source == target
    elif word == "COPY":
        assert rest == ". /src"
        for name in _context():
            (debian.root / "src" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, debian.root / "src" / name)
    elif word in ("ARG", "ENV"):
        name, _, value = rest.partition("=")
        debian.variables[name] = value.replace("$PATH", debian.variables["PATH"])
    elif word == "USER":
        debian.user = rest
    elif word == "WORKDIR":
        debian.workdir = rest


def _context() -> list[str]:
    """What `COPY .` copies: the tracked files that .dockerignore lets in."""
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    listed = subprocess.run(["git", "ls-files", "--", *kept], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    """One for this file."""
    with bare() as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_the_commands_of_the_dockerfile_make_a_grader(debian: Debian) -> None:
    """Each is run as it stands, in a bare Debian; then its user lays out a course, and `doctor` finds nothing missing:
    level "namespaces" as it is, level "landlock" under a filter like that of an engine.
    """
    index = torch_index()
    for word, rest in instructions():
        follow(debian, word, rest)
        if word == "ARG":
            debian.variables[rest.partition("=")[0]] = index

    debian.run("torchmarks", "new-course", ".", "01-tensors")
    (command,) = [rest for word, rest in instructions() if word == "CMD"]
    says = debian.run(*shlex.split(command.strip("[]").replace(",", " ")))
    confined = debian.run("python", "/mnt/like_docker.py", "user", "torchmarks", "doctor")

    assert debian.run("id", "-u").strip() == "1000"
    assert "sandbox        level namespaces" in says
    assert "level landlock (ordinary user)" in confined
    assert "✗" not in says + confined
