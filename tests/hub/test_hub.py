"""A round on a real JupyterHub that docs/jupyterhub.md's own commands set up: two students, an instructor, the sandbox.

Users, folders and loopback are those of `machine.py`; `serving.py` sets the hub up.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.gestures import PATIENCE_MS, RIGHT, SETTINGS, Screen, cell, do, run, solve_all_but, write
from documents.clone import ASSIGNMENT, ROOT

from hub.machine import Machine
from hub.serving import ADDRESS, COURSE, PEOPLE, Hub, serving
from torchmarks.grading.record import read_file
from torchmarks.isolation import NoSandbox
from torchmarks.isolation.client.enclosure import find_enclosure

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]

# The slow things of a lab; the editor's windowing hides cells from the test.
_LAB = "etc/jupyter/labconfig/default_setting_overrides.json"


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """The hub of the page."""
    try:
        find_enclosure("namespaces")
    except NoSandbox as reason:
        pytest.skip(str(reason))
    slow = json.dumps({":".join(name.rsplit("/", 1)): values for name, values in SETTINGS.items()})
    with Machine() as machine, serving(machine, {name: name for name in PEOPLE}, {_LAB: slow}) as made:
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
        page.goto(f"{ADDRESS}/hub/login")
        page.locator("#username_input").fill(name)
        page.locator("#password_input").fill(name)
        page.locator("#login_submit").click()

    def status(self, path: str) -> int:
        """What the hub answers this visitor at a path, at the end of all redirections."""
        page = self.page.context.new_page()
        answer = page.goto(f"{ADDRESS}{path}")
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
    grace.page.goto(f"{ADDRESS}/hub/home")
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
    ada.page.goto(f"{ADDRESS}/user/ada/files/{page.relative_to(home)}")
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
