"""Serves the hub of docs/jupyterhub.md on a machine of its own, set up by the page's own commands.

    python tests/hub/serving.py     (`make hub`: until Ctrl-C; root's, on this machine's loopback)

What the page downloads is lent by the environment that runs this, and the proxy by `.node/`.
"""

from __future__ import annotations

import http.cookiejar
import os
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.blocks import Block, items_of
from documents.clone import ROOT, lend_packages, tracked

from hub.machine import PATIENCE_S, Machine
from torchmarks.course.student_bundle import student_wheel
from torchmarks.course.student_environment import turn_off
from torchmarks.isolation import NoSandbox
from torchmarks.isolation.client.enclosure import find_enclosure

ADDRESS = "http://127.0.0.1:8000"
COURSE = "home/grader-tensors/tensors"
PROXY = ROOT / ".node" / "node_modules"
_PORTS = (8000, 8001, 8081, 9001)  # for browsers, the proxy's own, the hub's, the course's
PEOPLE = {"grace": "instructor, who grades: Services → tensors", "ada": "student", "boris": "student"}
_PAGE = [item for item in items_of(ROOT, "docs/jupyterhub.md") if isinstance(item, Block) and item.actor == "hub"]
_STAYS = [block for block in _PAGE if block.detail == "hub, stays"]


@dataclass(frozen=True)
class Hub:
    """A hub that runs. level: of isolation, as `torchmarks doctor` names it to the account that grades."""

    machine: Machine
    level: str
    log: Path

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.2)


@contextmanager
def serving(machine: Machine, passwords: Mapping[str, str], settings: Mapping[str, str]) -> Iterator[Hub]:
    """The hub of the page, until the `with` ends. passwords: by name; settings: files of the machine, by path."""
    accounts, course, *rest = (block.text for block in _PAGE if block not in _STAYS)
    machine.sh(accounts)
    listed = machine.base / "passwords"
    listed.touch(mode=0o600)
    listed.write_text("".join(f"{name}:{password}\n" for name, password in passwords.items()))
    machine.sh(f"chpasswd < {listed}")
    _clone(machine)
    said = machine.sh(course)
    _environments(machine)
    for script in rest:
        machine.sh(script)
    for name, text in settings.items():
        (machine.base / name).parent.mkdir(parents=True, exist_ok=True)
        (machine.base / name).write_text(text)
    with machine.background(_STAYS[0].text) as log:
        made = Hub(machine, said.partition("level ")[2].partition(":")[0], log)
        made.wait(lambda: "JupyterHub is now running" in log.read_text())
        yield made


def logged_in(name: str, password: str) -> urllib.request.OpenerDirector:
    """A browser without a window in which somebody has logged in."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = browser.open(f"{ADDRESS}/hub/login").read().decode()
    token = re.findall(r'name="_xsrf" value="([^"]+)"', form)[0]
    filled = urllib.parse.urlencode({"username": name, "password": password, "_xsrf": token}).encode()
    browser.open(f"{ADDRESS}/hub/login?next=%2Fhub%2Fhome", filled).close()
    return browser


def _clone(machine: Machine) -> None:
    """The course in its account's home, with the environment that `make install` makes."""
    root = machine.base / COURSE
    for name in tracked():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    lend_packages(root / ".venv", [Path("/", COURSE)], Path("/", COURSE, ".venv"))
    (root / ".venv" / "pyvenv.cfg").write_text(_configuration())
    machine.sh(f"chown -R grader-tensors: /{COURSE}")


def _configuration() -> str:
    return f"home = {Path(sys.base_prefix, 'bin')}\ninclude-system-site-packages = false\n"


def _environments(machine: Machine) -> None:
    """The students', as `student_environment` makes it of packages that are there, and the hub's."""
    for name in ("students", "jupyterhub"):
        venv = machine.base / "opt" / name
        lend_packages(venv, [], Path("/opt", name))
        (venv / "pyvenv.cfg").write_text(_configuration())
    students = machine.base / "opt" / "students"
    with zipfile.ZipFile(student_wheel(ROOT, machine.base)) as packed:
        packed.extractall(students / "lib" / f"python3.{sys.version_info.minor}" / "site-packages")
    (students / "etc").unlink()
    shutil.copytree(Path(sys.prefix, "etc"), students / "etc")
    turn_off(students)
    shutil.copytree(PROXY, machine.base / "opt/jupyterhub/node_modules", symlinks=True)


def _shut(root: Path) -> Path | None:
    """The folder on the way to a clone that only its owner can enter, unless that is root: a sandbox runs as a user who
    is nobody outside, with no more rights than others have.
    """
    above = [(folder, folder.stat()) for folder in (root, *root.parents)]
    return next((folder for folder, found in above if found.st_uid != 0 and not found.st_mode & stat.S_IXOTH), None)


def _is_taken(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    """Serve until a signal comes."""
    if os.getuid() != 0:
        sys.exit("A hub starts servers as other users, which only root can. docs/jupyterhub.md sets up a real one.")
    if shut := _shut(ROOT):
        remedy = "Clone the repository to a folder that all can enter, such as /opt/tensors, and run `make hub` there."
        sys.exit(f"{shut} is another user's and closed, but the hub's users run programs in this clone. {remedy}")
    try:
        find_enclosure("namespaces")
    except NoSandbox as reason:
        sys.exit(str(reason))
    taken = [port for port in _PORTS if _is_taken(port)]
    if taken:
        sys.exit(f"Another program listens at port {', '.join(map(str, taken))} of this machine, which the hub needs.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    passwords = {name: secrets.token_urlsafe(6) for name in PEOPLE}
    print("Setting up; this takes about a minute.", flush=True)
    try:
        with Machine(own_network=False) as machine, serving(machine, passwords, {}) as hub:
            print(f"{ADDRESS} (level {hub.level})")
            for name, who in PEOPLE.items():
                print(f"  {name:6} password {passwords[name]}   {who}")
            print("Ctrl-C ends it and removes all that was done in it.", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print()
    except (AssertionError, subprocess.SubprocessError) as error:  # with what the step has said
        sys.exit(f"The hub could not be set up. {error}")


if __name__ == "__main__":
    main()
