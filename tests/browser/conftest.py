"""A class in one folder: an instructor's course, students' homes, one exchange, and JupyterLab in headless Chromium.

Every person is somebody of their own to nbgrader, which asks the system for the user's name: each of their programs
sees an /etc/passwd that gives our uid their name. Screenshots go to build/screenshots/<test>/, the last run's only.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.gestures import PATIENCE_MS, SETTINGS, Screen
from torchmarks.course import Course, repository
from torchmarks.isolation.client.enclosure import find_enclosure

ASSIGNMENT = "01-tensors"


class Person:
    """Somebody of the class: a home folder, a name, programs run under that name. passwd: see the module."""

    def __init__(self, name: str, home: Path, passwd: Path | None) -> None:
        self.name, self.home = name, home
        self._passwd = passwd
        self._server: subprocess.Popen[bytes] | None = None
        for setting, values in SETTINGS.items():
            path = home / ".jupyter" / "lab" / "user-settings" / f"{setting}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _command(self, *arguments: str) -> list[str]:
        if self._passwd is None:
            return list(arguments)
        shown = ["--dev-bind", "/", "/", "--ro-bind", str(self._passwd), "/etc/passwd"]
        return [str(find_enclosure("namespaces").bwrap.program), "--die-with-parent", *shown, "--", *arguments]

    def _environment(self) -> dict[str, str]:
        jupyter = {"JUPYTER_CONFIG_DIR": str(self.home / ".jupyter"), "JUPYTER_RUNTIME_DIR": str(self.home / ".run")}
        return os.environ | jupyter | {"HOME": str(self.home), "IPYTHONDIR": str(self.home / ".ipython")}

    def nbgrader(self, *arguments: str) -> None:
        """Run an nbgrader command as this person, in their home."""
        run = subprocess.run(
            self._command(sys.executable, "-m", "nbgrader", *arguments),
            cwd=self.home, env=self._environment(), capture_output=True, text=True, timeout=PATIENCE_MS / 1000,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr[-2000:]

    def open_lab(self) -> str:
        """Start this person's JupyterLab and wait until it answers. Returns its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = (self.home / ".lab.log").open("wb")
        options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
        options += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
        options += [f"--ServerApp.root_dir={self.home}"]
        self._server = subprocess.Popen(
            self._command(sys.executable, "-m", "jupyterlab", *options),
            cwd=self.home, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        log.close()
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                with urllib.request.urlopen(f"{address}/api", timeout=5):
                    return address
            except OSError:
                time.sleep(0.3)
        raise AssertionError((self.home / ".lab.log").read_text()[-2000:])

    def close_lab(self) -> None:
        """End this person's JupyterLab and its kernels."""
        if self._server is None:
            return
        os.killpg(self._server.pid, signal.SIGTERM)
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()


class Classroom:
    """An instructor with a course, and students, on one exchange."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.exchange = root / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        self._setting = f"c.Exchange.root = {str(self.exchange)!r}\n"
        self.course = Course.scratch(root / "course", repository(), [ASSIGNMENT])
        with (self.course.root / "nbgrader_config.py").open("a") as config:
            config.write(self._setting)
        self.course = Course(self.course.root)
        self.instructor = Person("instructor", self.course.root, None)
        self.people = [self.instructor]

    def student(self, name: str) -> Person:
        """A new student with a home and nothing in it but the settings of the class."""
        home = self.root / name
        home.mkdir()
        passwd = self.root / f"{name}.passwd"
        passwd.write_text(f"{name}:x:{os.getuid()}:{os.getgid()}:{name}:{home}:/bin/sh\n")
        config = home / ".jupyter" / "nbgrader_config.py"
        person = Person(name, home, passwd)
        config.write_text(f"c = get_config()\n{self._setting}c.CourseDirectory.course_id = 'tensors'\n")
        self.people.append(person)
        return person


@pytest.fixture(scope="session")
def chromium(driver: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, headless. Without its own sandbox, which root cannot have: it opens our pages only."""
    browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Path:
    """An empty folder for the screenshots of this test."""
    folder = repository() / "build" / "screenshots" / request.node.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def screen(chromium: Browser, shots: Path, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A page as wide as a laptop. What it showed last is kept when the test fails."""
    page = chromium.new_page(viewport={"width": 1280, "height": 860})
    page.set_default_timeout(PATIENCE_MS)
    found = Screen(page, shots)
    yield found
    found.shot("last")
    page.close()


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Classroom]:
    """A class with nothing released; every JupyterLab that was started is ended."""
    found = Classroom(tmp_path)
    yield found
    for person in found.people:
        person.close_lab()
