"""A page of the browser, and what people do in JupyterLab and the formgrader: the gestures that the flows share.

With UPDATE_IMAGES=1 screenshots that the documents show go to docs/images/ as well.
"""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from torchmarks.authoring import exercises_of
from torchmarks.course import repository

PATIENCE_MS = 150_000  # how long anything may take on a busy machine; a quick one loses nothing by it
RIGHT = "def from_list(xs, dtype=None):\n    return torch.tensor(xs, dtype=dtype)"
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}


class Screen:
    """A page of the browser, with numbered screenshots and the few gestures that the flows share."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self._folder = folder
        self._count = len(list(folder.glob("*.png")))

    def shot(self, name: str, *, of: Locator | None = None, document: bool = False) -> None:
        """Keep a screenshot. document: the documents show it."""
        self._count += 1
        path = self._folder / f"{self._count:02}-{name}.png"
        (of or self.page).screenshot(path=path)
        if document and os.environ.get("UPDATE_IMAGES"):
            shutil.copy(path, repository() / "docs" / "images" / f"{name}.png")

    def open_lab(self, person: Any) -> None:
        """Open a person's JupyterLab, with an empty workspace."""
        self.page.goto(f"{person.open_lab()}/lab?reset")
        self.page.locator(".jp-LauncherCard").first.wait_for(timeout=PATIENCE_MS)

    def menu(self, *path: str) -> None:
        """Choose an entry of JupyterLab's menu bar."""
        self.page.locator("#jp-MainMenu").get_by_text(path[0], exact=True).click()
        for label in path[1:]:
            self.page.locator(".lm-Menu-item:visible", has_text=label).last.click()

    def theme(self, name: str) -> None:
        """Switch between "JupyterLab Light" and "JupyterLab Dark"."""
        self.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
        self.page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")
        self.page.wait_for_timeout(500)


def solve_all_but(path: Path, source: Path, left: str) -> None:
    """Write the reference solutions into a fetched notebook, but for one exercise."""
    notebook: dict[str, Any] = json.loads(path.read_text())
    references = {e.name: e.reference for e in exercises_of(json.loads(source.read_text()), notebook)}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in references and name != left:
            cell["source"] = references[name]
    path.write_text(json.dumps(notebook))


def cell(screen: Any, text: str) -> Any:
    """The first code cell of the open notebook with this text."""
    return screen.page.locator(".jp-Notebook .jp-CodeCell", has_text=text).first


def run(screen: Any, cell: Any) -> None:
    """Run a cell and wait for its number."""
    # JupyterLab drops what is run before the kernel answers.
    screen.page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    cell.locator(".cm-content").first.click()
    screen.page.keyboard.press("Control+Enter")
    cell.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).wait_for()


def write(screen: Any, cell: Any, source: str) -> None:
    """Type a source in place of a cell's, and run it."""
    cell.locator(".cm-content").first.click()
    screen.page.keyboard.press("Control+a")
    screen.page.keyboard.insert_text(source)
    run(screen, cell)


def do(frame: Any, icon: str, row: int = 0) -> None:
    """Click one of these icons, the first is the first assignment's, and wait until it says that all went well."""
    frame.locator(f"tbody tr .glyphicon-{icon}").nth(row).click()
    said = frame.locator("#success-modal, #error-modal").first
    said.wait_for()
    assert frame.locator("#error-modal").count() == 0, said.inner_text()
    frame.locator("#success-modal .modal-footer button, #success-modal button.close").first.click()
    frame.locator("#success-modal").wait_for(state="detached")
