"""The images and the files that start them: linted, and the Dockerfile's commands run in a bare Debian.

No container engine is asked for, see `debian`. All stages share one file system, in which a `COPY --from` finds its
files in place.
"""

from __future__ import annotations

import itertools
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from hub.serving import ADDRESS, logged_in
from tools.debian import PATIENCE_S, Debian, bare, torch_index

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


def stage(name: str) -> list[tuple[str, str]]:
    """The instructions of a stage of the Dockerfile in order: word and the rest, continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    every = [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]
    starts = [number for number, (word, _) in enumerate(every) if word == "FROM"] + [len(every)]
    return next(
        every[start:end] for start, end in itertools.pairwise(starts) if every[start][1].endswith(f" AS {name}")
    )


def follow(debian: Debian, word: str, rest: str) -> None:
    """Do what an instruction says."""
    if word == "FROM":
        debian.user, debian.workdir = "0", "/"
    elif word == "RUN":
        debian.run("sh", "-c", rest)
    elif word == "COPY" and rest.startswith("--from="):
        _, source, target = rest.split()
        assert source == target
    elif word == "COPY":
        source, target = rest.split()
        for name in _context() if source == "." else [source]:
            path = debian.root / target.strip("/") / (name if source == "." else Path(name).name)
            path = path if source == "." or target.endswith("/") else path.parent
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, path)
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


def build(debian: Debian, *stages: str) -> None:
    """Follow some stages, with the index of PyTorch's builds that is at hand."""
    index = torch_index()
    for word, rest in (instruction for name in stages for instruction in stage(name)):
        follow(debian, word, rest)
        if word == "ARG":
            debian.variables[rest.partition("=")[0]] = index


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    """One for this file, in which a grader was made."""
    with bare() as made:
        build(made, "python", "wheel", "grader")
        yield made


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_the_commands_of_the_dockerfile_make_a_grader(debian: Debian) -> None:
    """Each is run as it stands, in a bare Debian; then its user lays out a course, and `doctor` finds nothing missing:
    level "namespaces" as it is, level "landlock" under a filter like that of an engine.
    """
    debian.run("torchmarks", "new-course", ".", "01-tensors")
    (command,) = [rest for word, rest in stage("grader") if word == "CMD"]
    says = debian.run(*shlex.split(command.strip("[]").replace(",", " ")))
    confined = debian.run("python", "/mnt/like_docker.py", "user", "torchmarks", "doctor")

    assert debian.run("id", "-u").strip() == "1000"
    assert "sandbox        level namespaces" in says
    assert "level landlock (ordinary user)" in confined
    assert "✗" not in says + confined


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_the_commands_of_the_dockerfile_make_a_hub(debian: Debian) -> None:
    """Those of the list log in. The instructor opens the formgrader, a student her own server; the formgrader, the
    course's folder, the grader's environment with its solutions and the list are closed to her.
    """
    build(debian, "proxy", "hub")
    course, accounts = "/home/grader-tensors/tensors", debian.root / "run/secrets/accounts"
    debian.run("su", "grader-tensors", "-c", f"{debian.variables['PATH'].split(':')[0]}/torchmarks new-course {course}")
    # As an engine writes it: the hub asks itself by the container's name.
    (debian.root / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
    accounts.parent.mkdir()
    accounts.write_text("grace:first\nada:second\n")
    (command,) = [rest for word, rest in stage("hub") if word == "CMD"]
    debian.variables["HUB_GRADERS"] = "grace"
    program, *rest = debian.command(shlex.split(command.strip("[]").replace(",", " ")))
    open_to_all = subprocess.run([program, *rest], capture_output=True, text=True, timeout=60)
    accounts.chmod(0o600)
    debian.run("chown", "20000", "/run/secrets/accounts")  # the number of the first of the list
    of_a_student = subprocess.run([program, *rest], capture_output=True, text=True, timeout=60)
    debian.run("chown", "0", "/run/secrets/accounts")
    with subprocess.Popen([program, "--unshare-pid", *rest]) as hub:
        try:
            _wait_for(hub, f"{ADDRESS}/hub/api/", urllib.request.build_opener())
            grace, ada = logged_in("grace", "first"), logged_in("ada", "second")
            _wait_for(hub, f"{ADDRESS}/services/tensors/api", grace)
            formgrader = grace.open(f"{ADDRESS}/services/tensors/formgrader/")
            with pytest.raises(urllib.error.HTTPError, match="403"):
                ada.open(f"{ADDRESS}/services/tensors/formgrader/")
            ada.open(f"{ADDRESS}/hub/spawn").close()
            _wait_for(hub, f"{ADDRESS}/user/ada/api", ada)
            closed = [course, "/opt/torchmarks", "/wheels", "/run/secrets/accounts"]
            look = [debian.command(["su", "ada", "-c", f"ls {place} && cat {place}"]) for place in closed]
            seen = [subprocess.run(one, capture_output=True, text=True).stderr for one in look]
        finally:
            hub.kill()

    assert "students could read it" in open_to_all.stderr
    assert "Manage Assignments" in formgrader.read().decode()
    assert "its owner's number is that of grace here" in of_a_student.stderr
    assert ["Permission denied" in said for said in seen] == [True] * len(closed), seen


def _wait_for(program: subprocess.Popen[bytes], address: str, browser: urllib.request.OpenerDirector) -> None:
    """Until somebody answers there, while the program runs."""
    deadline = time.monotonic() + 150
    while True:
        try:
            browser.open(address, timeout=10).close()
            return
        except (urllib.error.URLError, ConnectionError):
            assert program.poll() is None
            assert time.monotonic() < deadline, f"nobody answers at {address}"
            time.sleep(0.5)
