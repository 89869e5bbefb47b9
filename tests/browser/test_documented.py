"""The formgrader's path of docs/instructors.md in a fresh clone, by clicking; Release is pressed without Generate."""

import json
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.blocks import Block, items_of
from documents.clone import ASSIGNMENT, ROOT, Clone, this_user

from browser.gestures import do

pytestmark = [pytest.mark.browser, pytest.mark.documents, pytest.mark.slow, pytest.mark.timeout(900)]

_PATIENCE_S = 150.0
_GUIDE = items_of(ROOT, "docs/instructors.md")
_STUDENTS = [item for item in items_of(ROOT, "docs/students.md") if isinstance(item, Block)]


class Lab:
    """The instructor, whose JupyterLab is the document's own command; a setting of theirs opens no window."""

    def __init__(self, clone: Clone) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = clone.home("instructor") / ".jupyter" / "jupyter_lab_config.py"
        settings = {"ip": "127.0.0.1", "port": self.port, "port_retries": 0, "open_browser": False}
        lines = [f"c.ServerApp.{name} = {value!r}\n" for name, value in settings.items()]
        config.parent.mkdir()
        config.write_text("".join(["c = get_config()\nc.IdentityProvider.token = ''\n", *lines]))
        news = config.parent / "lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
        news.parent.mkdir(parents=True)
        news.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))

    def open_lab(self) -> str:
        """Wait until it answers. Returns its address."""
        address = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{address}/api", timeout=5):
                    return address
            except OSError:
                time.sleep(0.3)
        raise AssertionError("JupyterLab does not answer")


@pytest.fixture
def clone() -> Iterator[Clone]:
    """A fresh clone with an exchange and the students' configuration, as the guide sets them up."""
    with Clone(this_user()) as made:
        setup = [item for item in _GUIDE if isinstance(item, Block) and item.section == "Set up"]
        made.play([block for block in setup if block.kind == "setting" or block.actor == "root"], [])
        yield made


def test_release_without_generate_ends_in_feedback(clone: Clone, screen: Any) -> None:
    """In a fresh clone: Release, collect, both flashes, feedback; the students have it."""
    lab = next(item for item in _GUIDE if isinstance(item, Block) and item.actor == "background")
    instructor = Lab(clone)
    with clone.background(lab):
        screen.open_lab(instructor)
        screen.menu("Nbgrader", "Formgrader")
        frame = screen.page.frame_locator("iframe").first
        do(frame, "cloud-upload")
        for command in ("fetch_assignment", "submit"):
            clone.students(command, _STUDENTS)
        do(frame, "cloud-download")
        frame.locator("tbody tr", has_text=ASSIGNMENT).get_by_role("link", name="2", exact=True).click()
        frame.get_by_text("needs autograding").first.wait_for()
        for row in (0, 1):
            do(frame, "flash", row)
        frame.locator("td", has_text="4 / 36").first.wait_for()
        frame.get_by_role("link", name="Manage Assignments").click()
        do(frame, "comment")
        do(frame, "envelope")
        clone.students("fetch_feedback", _STUDENTS)

    for name in ("ada", "boris"):
        assert list((clone.home(name) / ASSIGNMENT / "feedback").rglob("*.html"))
