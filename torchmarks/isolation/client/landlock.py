"""Level "landlock": what sessions may read there, and whether it can be had on this machine.

Runs the trial command; knows no submission and no message.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from torchmarks.isolation.client import visible
from torchmarks.isolation.client.last_line import last_line
from torchmarks.isolation.protocol.confinement import Confinement

_TRIAL_S: Final = 20.0
_DEVICES: Final = ("/dev/urandom", "/dev/random", "/dev/zero")
_PROC: Final = ("/proc/cpuinfo", "/proc/meminfo")

ROOT_NAME: Final = "landlock (root, each session as a user of its own)"
ROOT_WITHOUT_NAME: Final = "landlock (root, all sessions as root)"
USER_NAME: Final = "landlock (ordinary user)"


@dataclass(frozen=True, slots=True)
class LandlockHere:
    """Landlock as it works here.

    abi: the version of its rules; own_uid: sessions can run as users of their own; why_not: what is in the way where
    root cannot have that.
    """

    abi: int
    own_uid: bool
    why_not: str = ""

    @property
    def name(self) -> str:
        """Its name, as shown to people."""
        if self.own_uid:
            return ROOT_NAME
        return ROOT_WITHOUT_NAME if self.why_not else USER_NAME

    @property
    def says(self) -> str:
        """What it is built on, and what would make it stronger."""
        base = f"Landlock, version {self.abi} of its rules, and two system call filters"
        if not self.why_not:
            return base
        return f"{base}; other users cannot run this Python ({self.why_not}): one outside of root's home is safer"


@dataclass(frozen=True, slots=True)
class NotHere:
    """Why there is no Landlock here. number: the errno, where the kernel gave one."""

    number: int | None
    reason: str


def readable() -> tuple[str, ...]:
    """All that a session may read and run, as real paths: rules follow no link."""
    paths = [
        *visible.system_folders(),
        *visible.system_files(),
        *visible.python_parts(),
        *visible.package_parts().values(),
    ]
    names = [*map(str, paths), visible.CPUS, *_PROC, *_DEVICES]
    return tuple(dict.fromkeys(os.path.realpath(name) for name in names if os.path.exists(name)))


def find() -> LandlockHere | NotHere:
    """Whether it works here; as root with users of their own where that works, too."""
    failures: list[NotHere] = []
    for own_uid in (True, False) if os.geteuid() == 0 else (False,):
        found = _try(own_uid)
        if isinstance(found, LandlockHere):
            return replace(found, why_not=failures[0].reason if failures else "")
        failures.append(found)
    return failures[-1]


def _try(own_uid: bool) -> LandlockHere | NotHere:
    home = tempfile.mkdtemp(prefix="torchmarks-")
    try:
        os.chmod(home, 0o711)
        closed = Path(home, "closed")
        closed.write_text("x")
        confinement = Confinement("landlock", "", readable(), home, as_root=os.geteuid() == 0, own_uid=own_uid)
        must_read = (os.__file__, str(Path(visible.package_parent(), "torchmarks", "checks", "__init__.py")))
        program = (
            f"import sys; sys.path.insert(0, {str(visible.package_parent())!r}); "
            f"from torchmarks.isolation.inside.trial import main; "
            f"main({dataclasses.asdict(confinement)!r}, {must_read!r}, {str(closed)!r})"
        )
        return _run([visible.interpreter(), "-I", "-c", program], own_uid)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(line: list[str], own_uid: bool) -> LandlockHere | NotHere:
    try:
        done = subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL_S,
            check=False,
            env=visible.environment(),
            cwd="/",
        )
        outcome = json.loads(done.stdout or b"{}")
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return NotHere(None, str(error))
    if "abi" in outcome:
        return LandlockHere(int(outcome["abi"]), own_uid)
    number = outcome.get("errno")
    words = {errno.ENOSYS: "the kernel has none", errno.EOPNOTSUPP: "it is switched off", errno.EPERM: "it is refused"}
    reason = outcome.get("text") or last_line(done.stderr) or f"exit status {done.returncode}"
    return NotHere(number, f"{words[number]} ({reason})" if number in words else reason)
