"""A round on a real JupyterHub that docs/jupyterhub.md's own commands set up: two students, an instructor, the sandbox.

Users, folders and loopback are those of `machine.py`. What the page downloads is lent by the environment that runs the
tests, and the proxy by `.node/`, where `.ci/run` installs it.
"""

import json
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.gestures import PATIENCE_MS, RIGHT, SETTINGS, Screen, cell, do, run, solve_all_but, write
from documents.blocks import Block, items_of
from documents.clone import ASSIGNMENT, ROOT, lend_packages

from hub.machine import PATIENCE_S, Machine
from torchmarks.course.student_bundle import student_wheel
from torchmarks.course.student_environment import turn_off
from torchmarks.grading.record import read_file
from torchmarks.isolation import NoSandbox
from torchmarks.isolation.client.enclosure import find_enclosure

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]

HUB = "http://127.0.0.1:8000"
COURSE = "home/grader-tensors/tensors"
_PAGE = [item for item in items_of(ROOT, "docs/jupyterhub.md") if isinstance(item, Block) and item.actor == "hub"]
_STAYS = [block for block in _PAGE if block.detail == "hub, stays"]
# The slow things of a lab; the editor's windowing hides cells from the test.
_LAB = "etc/jupyter/labconfig/default_setting_overrides.json"


def _clone(machine: Machine) -> None:
    """The course in its account's home, with the environment that `make install` makes."""
    root = machine.base / COURSE
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).exists():
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
    shutil.copytree(ROOT / ".node" / "node_modules", machine.base / "opt/jupyterhub/node_modules", symlinks=True)


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


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """The hub of the page."""
    try:
        find_enclosure("namespaces")
    except NoSandbox as reason:
        pytest.skip(str(reason))
    with Machine() as machine:
        accounts, course, *rest = (block.text for block in _PAGE if block not in _STAYS)
        machine.sh(accounts)
        machine.sh("for name in grace ada boris; do echo $name:$name; done | chpasswd")
        _clone(machine)
        said = machine.sh(course)
        _environments(machine)
        for script in rest:
            machine.sh(script)
        (machine.base / _LAB).parent.mkdir()
        (machine.base / _LAB).write_text(
            json.dumps({":".join(name.rsplit("/", 1)): values for name, values in SETTINGS.items()})
        )
        with machine.background(_STAYS[0].text) as log:
            made = Hub(machine, said.partition("level ")[2].partition(":")[0], log)
            made.wait(lambda: "JupyterHub is now running" in log.read_text())
            yield made


@pytest.fixture(scope="module")
def chromium(hub: Hub, driver: Playwright) -> Iterator[Browser]:
    """Debian's Chromium on the loopback of the machine."""
    program = hub.machine.base / "chromium"
    program.write_text(f'#!/bin/sh\nexec {" ".join(hub.machine.enter("--net"))} {shutil.which("chromium")} "$@"\n')
    program.chmod(0o755)
    browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
    yield browser
    browser.close()


class Visitor(Screen):
    """Somebody at a browser of their own, logged in to the hub."""

    def __init__(self, browser: Browser, name: str, folder: Path) -> None:
        page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        super().__init__(page, folder)
        self.name = name
        page.goto(f"{HUB}/hub/login")
        page.locator("#username_input").fill(name)
        page.locator("#password_input").fill(name)
        page.locator("#login_submit").click()

    def status(self, path: str) -> int:
        """What the hub answers this visitor at a path, at the end of all redirections."""
        page = self.page.context.new_page()
        answer = page.goto(f"{HUB}{path}")
        page.close()
        assert answer is not None
        return answer.status

    def at_lab(self) -> None:
        """Wait for JupyterLab to open."""
        self.page.locator(".jp-LauncherCard").first.wait_for()

    def entries(self) -> set[str]:
        """What stands in the Nbgrader menu."""
        self.page.locator("#jp-MainMenu").get_by_text("Nbgrader", exact=True).click()
        found = self.page.locator(".lm-Menu-item:visible .lm-Menu-itemLabel").all_inner_texts()
        self.page.keyboard.press("Escape")
        return set(found)


@dataclass(frozen=True)
class Class:
    """Those who took part in the round. feedback: the page that ada read."""

    grace: Visitor
    ada: Visitor
    boris: Visitor
    feedback: str


@pytest.fixture(scope="module")
def played(hub: Hub, chromium: Browser) -> Class:
    """Fetch, solve, validate, submit; collect, autograde, feedback; the student reads it. All by clicking."""
    folder = ROOT / "build" / "screenshots" / "hub"
    folder.mkdir(parents=True, exist_ok=True)
    # All log in before anything is waited for: their servers start side by side.
    grace, ada, boris = (Visitor(chromium, name, folder) for name in ("grace", "ada", "boris"))
    try:
        formgrader = _formgrader(hub, grace)
        do(formgrader, "education")
        do(formgrader, "cloud-upload")
        _solve_and_submit(hub, ada)
        _grade(formgrader)
        feedback = _read_feedback(hub, ada)
        boris.at_lab()
    finally:
        for visitor in (grace, ada, boris):
            visitor.shot(visitor.name)
    return Class(grace, ada, boris, feedback)


def _formgrader(hub: Hub, grace: Visitor) -> Page:
    hub.wait(lambda: grace.status("/services/tensors/api") == 200)
    grace.page.goto(f"{HUB}/hub/home")
    grace.page.get_by_role("button", name="Services").click()
    grace.page.get_by_role("link", name="tensors").click()
    return grace.page


def _solve_and_submit(hub: Hub, ada: Visitor) -> None:
    page = ada.page
    ada.at_lab()
    ada.menu("Nbgrader", "Assignment List")
    page.get_by_text("Fetch", exact=True).click()
    downloaded = page.locator(".assignment-notebooks-link")
    downloaded.wait_for()
    notebook = hub.machine.base / "home" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    solve_all_but(notebook, ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", "from_list")
    downloaded.click()
    page.locator(".nested_list_item .item_name a", has_text=ASSIGNMENT).click()
    run(ada, cell(ada, "import numpy as np"))
    write(ada, cell(ada, "def from_list"), RIGHT)
    page.get_by_role("button", name="Validate").first.click()
    result = page.locator(".jp-Dialog")
    result.wait_for()
    assert "Success!" in result.inner_text()
    result.locator("button", has_text="OK").click()
    ada.menu("Nbgrader", "Assignment List")
    page.get_by_text("Submit", exact=True).click()
    page.get_by_text("There are no submitted assignments.").wait_for(state="hidden")


def _grade(formgrader: Page) -> None:
    do(formgrader, "cloud-download")
    formgrader.locator("tbody tr", has_text=ASSIGNMENT).get_by_role("link", name="1", exact=True).click()
    formgrader.get_by_text("needs autograding").first.wait_for()
    do(formgrader, "flash")
    formgrader.locator("td", has_text="/ 36").first.wait_for()
    formgrader.get_by_role("link", name="Manage Assignments").click()
    do(formgrader, "comment")
    do(formgrader, "envelope")


def _read_feedback(hub: Hub, ada: Visitor) -> str:
    ada.page.get_by_text("Fetch Feedback").click()
    ada.page.get_by_text("(view feedback)").first.wait_for()
    home = hub.machine.base / "home" / "ada"
    (page,) = (home / ASSIGNMENT / "feedback").rglob("*.html")
    ada.page.goto(f"{HUB}/user/ada/files/{page.relative_to(home)}")
    return ada.page.locator("body").inner_text()


def test_the_student_reads_the_marks(played: Class) -> None:
    """All points, on the page that came back through the hub."""
    assert "36 of 36 points" in played.feedback


def test_students_code_ran_in_the_sandbox(hub: Hub, played: Class) -> None:
    """The graded notebook's record has the level that `doctor` named to the account of the course."""
    graded = hub.machine.base / COURSE / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"

    assert read_file(graded).isolation == hub.level
    assert hub.level not in ("", "none")


def test_students_see_neither_formgrader_nor_create_assignment(played: Class) -> None:
    """Neither in the Nbgrader menu nor beside it, nor at the formgrader's address of their own server."""
    entries = played.boris.entries()
    assert "Assignment List" in entries
    assert "Formgrader" not in entries
    assert played.boris.page.get_by_text("Create Assignment").count() == 0
    assert played.boris.status("/user/boris/formgrader/") == 404


def test_only_graders_open_the_courses_formgrader(played: Class) -> None:
    """The service refuses a student, and a student's server refuses another."""
    assert played.boris.status("/services/tensors/formgrader/") == 403
    assert played.boris.status(f"/user/ada/files/{ASSIGNMENT}/{ASSIGNMENT}.ipynb") in (403, 404)
    assert played.grace.status("/services/tensors/formgrader/") == 200


def test_a_student_reads_nothing_of_another(hub: Hub, played: Class) -> None:
    """Not in the home, not in the exchange, nothing of the course: each path is there, and is refused."""
    for path in (
        "/home/ada",
        "/srv/nbgrader/exchange/tensors/inbound",
        "/srv/nbgrader/exchange/tensors/feedback",
        f"/{COURSE}",
    ):
        assert hub.machine.sh(f"ls {path}")
        assert "Permission denied" in hub.machine.sh(f"su - boris -c 'ls {path}'", fails=True)
