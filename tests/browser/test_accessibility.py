"""What students and instructors read in a browser: axe-core's rules in light and dark, on a desk and on a phone.

Pictures of each page stand in build/screenshots/ afterwards.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright

from .readable import pages

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = (1280, 860), (390, 844)
LAB = 240  # what JupyterLab with its side bar leaves of a phone to an output
NAMES = ("box", "feedback", "report", "standing", "github")
# Pieces of text between blanks and signs that stand on more than one line.
_BROKEN = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), broken = [];
    for (let node; (node = walker.nextNode());) {
        if (node.parentElement.closest("svg")) continue;
        for (const word of node.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map(part => Math.round(part.bottom)));
            if (lines.size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""
# Tables of boxes that reach beyond what they stand in, by their text.
_CUT = """() => [...document.querySelectorAll("[aria-label='check failed'] table")]
    .filter(table => table.getBoundingClientRect().right > table.closest("[role=group]").getBoundingClientRect().right)
    .map(table => table.innerText)"""
# Code that is wider than its block, of which no scroll bar says so.
_SILENT = """() => [...document.querySelectorAll("pre")]
    .filter(block => block.scrollWidth > block.clientWidth && block.offsetHeight - block.clientHeight < 6)
    .map(block => block.innerText)"""
_SCROLLERS = """() => [...document.querySelectorAll("main *")]
    .filter(part => part.scrollWidth > part.clientWidth && getComputedStyle(part).overflowX === "auto")
    .map(part => [part.tagName, part.tabIndex])"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page as a file."""
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in NAMES}
    for name, text in pages().items():
        made[name].write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module", params=NAMES)
def opened(request: pytest.FixtureRequest, chromium: Browser, written: dict[str, Path]) -> Iterator[Page]:
    """A page with all that can be unfolded."""
    page = chromium.new_page(offline=True)
    page.goto(written[request.param].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    yield page
    page.close()


def test_no_rule_is_violated(opened: Page, shots: Path) -> None:
    """WCAG 2.2 at level AA, and what is best practice beyond."""
    found = []
    for scheme, (width, height) in itertools.product(("light", "dark"), (DESK, PHONE)):
        opened.emulate_media(color_scheme=scheme)
        opened.set_viewport_size({"width": width, "height": height})
        if (scheme, width) in (("light", DESK[0]), ("dark", PHONE[0])):
            opened.screenshot(path=shots / f"{scheme}-{width}.png", full_page=True)
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        said = Axe().run(opened, options=options).response["violations"]
        found += [f"{scheme} {width} {one['id']}: {node['html'][:160]}" for one in said for node in one["nodes"]]

    assert found == []


def test_no_word_is_broken_on_a_phone(opened: Page) -> None:
    """Too long for a line, an address ends it at a dot, a slash and their like; the page itself never scrolls."""
    opened.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})

    assert opened.evaluate(_BROKEN) == []
    assert opened.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    assert opened.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")


@pytest.mark.parametrize("width", [PHONE[0], LAB])
def test_no_table_is_cut_off(opened: Page, width: int) -> None:
    """What was expected stands in the last column: a table that is wider than its box would hide it."""
    opened.set_viewport_size({"width": width, "height": PHONE[1]})

    assert opened.evaluate(_CUT) == []


def test_code_that_scrolls_on_a_phone_shows_it(driver: Playwright, written: dict[str, Path]) -> None:
    """A feedback page: a phone shows a scroll bar of its own only while somebody scrolls."""
    browser = driver.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox"], ignore_default_args=["--hide-scrollbars"]
    )
    phone = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]}, is_mobile=True, offline=True)
    phone.goto(written["feedback"].as_uri())
    phone.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")

    wide = phone.evaluate("[...document.querySelectorAll('pre')].filter(b => b.scrollWidth > b.clientWidth).length")
    silent = phone.evaluate(_SILENT)
    browser.close()

    assert wide > 0
    assert silent == []


def test_what_scrolls_is_reached_by_the_keyboard(opened: Page) -> None:
    """Code that is wider than a phone keeps its lines and scrolls, and can have the focus."""
    opened.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found = opened.evaluate(_SCROLLERS)

    assert [part for part, index in found if index < 0] == []
    assert found or "standing" in opened.url
