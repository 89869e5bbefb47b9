"""A machine for a hub: Unix users, folders, processes and a loopback of its own, and everything else as it is here.

What `useradd` and the documents' commands write goes to a scratch folder that is seen as /etc, /home, /srv, /opt and
/var/log, in a mount namespace of bubblewrap's, made by root, so that users are real ones. Its processes end with it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from documents.clone import ROOT, reachable

from torchmarks.isolation.client.enclosure import find_enclosure

PATIENCE_S = 150.0
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
_OWN = ("etc", "home", "srv", "opt", "var/log")


def _hidden(folders: Sequence[str]) -> list[Path]:
    """Those which the machine's own would hide: a clone in somebody's home."""
    found = dict.fromkeys(Path(folder).resolve() for folder in folders)
    return [folder for folder in found if any(folder.is_relative_to(f"/{own}") for own in _OWN)]


class Machine:
    """See the module. `with` ends and removes it.

    own_network: whether it has a loopback of its own, or this one's; lent: folders of this machine that all users of it
    can reach, wherever they are.
    """

    def __init__(
        self, *, own_network: bool = True, lent: Sequence[str] = (sys.base_prefix, sys.prefix, str(ROOT))
    ) -> None:
        self._lent = lent
        self.base = Path(tempfile.mkdtemp(prefix="torchmarks-hub-"))
        self.base.chmod(0o755)
        for name in _OWN:
            (self.base / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree("/etc", self.base / name, symlinks=True) if name == "etc" else (self.base / name).mkdir()
        try:
            self._start(["--unshare-net"] if own_network else [])
        except BaseException:
            shutil.rmtree(self.base)
            raise

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:  # and its pipe
            self._process.kill()
        shutil.rmtree(self.base)

    def _start(self, network: list[str]) -> None:
        seen = [word for name in _OWN for word in ("--bind", str(self.base / name), f"/{name}")]
        for path in Path("/opt").iterdir():  # whatever Python or Chromium this machine has there
            seen += ["--ro-bind", str(path), str(path)]
        for folder in _hidden(self._lent):
            (self.base / folder.relative_to("/")).mkdir(parents=True, exist_ok=True)  # bwrap would close those above
            seen += ["--ro-bind", str(folder), str(folder)]
        read, write = os.pipe()
        line = [
            *reachable(self._lent, ["ALL"]),
            str(find_enclosure("namespaces").bwrap.program), "--die-with-parent", "--cap-add", "ALL",
            "--unshare-pid", *network, "--dev-bind", "/", "/", "--proc", "/proc", *seen,
            "--info-fd", str(write), "--", "sh", "-c", "echo ready; exec sleep infinity",
        ]  # fmt: skip
        self._process = subprocess.Popen(line, pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        os.close(write)
        with os.fdopen(read) as told:
            said = told.read()
        # The number of its process is known before its folders are in place.
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", f"no machine: {line}"
        self._pid = json.loads(said)["child-pid"]

    def enter(self, *namespaces: str) -> list[str]:
        """The words before a command that is to run in it, or in some namespaces of it: options of nsenter."""
        return ["nsenter", "--target", str(self._pid), *(namespaces or ("--mount", "--net", "--pid")), "--"]

    def sh(self, script: str, *, fails: bool = False) -> str:
        """Run a script as its root. Returns what it printed; it must succeed, or fail."""
        done = subprocess.run(
            [*self.enter(), "sh", "-e", "-c", script], env=_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, f"exit status {done.returncode}\n{script}\n{said[-3000:]}"
        return said

    @contextmanager
    def background(self, script: str) -> Iterator[Path]:
        """Run a script that stays, as its root, until the `with` ends. Yields its log."""
        log = self.base / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*self.enter(), "sh", "-e", "-c", script], env=_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL,
                stdout=out, stderr=out,
            )  # fmt: skip
        try:
            yield log
        finally:
            process.kill()
            process.wait()
