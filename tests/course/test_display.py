"""torchmarks.course.display: Markdown and code of students on a page, in linear time and never at the page's cost."""

from __future__ import annotations

from typing import Any

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import v4
from traitlets.config import Config

from torchmarks.course import display
from torchmarks.course.config_check import settings
from torchmarks.course.display import LONGEST_CODE, LONGEST_LINE, LONGEST_MARKDOWN, highlighted, markdown_to_safe_html

# Of each the parsers take more than twice the time for twice the length, or end in an error.
COSTLY_MARKDOWN = {
    "environments": r"\begin{a}" * 10_000,
    "environments that end otherwise": r"\begin{a}\end{b}" * 60,
    "links": "[a](" * 20_000,
    "emphasis": "***a " * 20_000,
    "mixed emphasis": "*a_ " * 20_000,
    "quotations": "> " * 20_000,
    "nested CSS": f'<p style="width:{"a(" * 30_000}">',
}
COSTLY_CODE = {
    "attributes": "a." * 40_000,
    "numbers": "1." * 40_000,
    "names of characters": '"' + r"\N{" * 30_000,
    "a very long cell": "x = 1\n" * 100_000,
}
PNG = "iVBORw0KGgo="


def never(*arguments: Any, **options: Any) -> Any:
    """Stands for a parser that must not be reached."""
    raise AssertionError("the bound comes too late")


@pytest.mark.parametrize("name", COSTLY_MARKDOWN)
def test_costly_markdown_is_shown_as_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its text is on the page; no parser has seen it."""
    monkeypatch.setattr(display, "MarkdownWithMath", never)
    source = COSTLY_MARKDOWN[name]

    assert markdown_to_safe_html({}, source) == display.plain(source)


@pytest.mark.parametrize("name", COSTLY_CODE)
def test_costly_code_is_shown_without_colours(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a cell of its own, and as a block in a Markdown cell."""
    monkeypatch.setattr(display, "Highlight2HTML", never)

    assert highlighted(COSTLY_CODE[name]) == display.plain(COSTLY_CODE[name])


def test_only_python_is_highlighted_in_markdown() -> None:
    """Any language in the world has a lexer, and not each of them is quick; a long line is left alone, too."""
    assert '<span class="k">' in markdown_to_safe_html({}, "```python\ndef f(): pass\n```")
    for block in ("```c++\nint x;\n```", f"```python\nx = {'a.' * LONGEST_LINE}\n```"):
        shown = markdown_to_safe_html({}, block)
        assert "<span" not in shown
        assert "<pre><code" in shown


@pytest.mark.parametrize("error", [RecursionError, ValueError, KeyError])
def test_an_error_of_the_parser_costs_that_cell(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its text is shown all the same."""

    def fail(*arguments: Any, **options: Any) -> Any:
        raise error

    monkeypatch.setattr(display, "MarkdownWithMath", fail)
    monkeypatch.setattr(display, "Highlight2HTML", fail)

    assert markdown_to_safe_html({}, "a < b") == display.plain("a < b")
    assert highlighted("a < b") == display.plain("a < b")


def test_a_picture_that_is_not_there_costs_nothing() -> None:
    """nbconvert raises for a picture that was pasted and is gone; the page of the whole notebook would be lost."""
    assert "attachment:gone.png" in markdown_to_safe_html({"cell": {"attachments": {}}}, "![p](attachment:gone.png)")


def test_a_pasted_picture_is_shown_once() -> None:
    """However often a cell names it: a page does not grow by the product of the two. Its kind is PNG or JPEG."""
    attachments = {"a b.png": {"image/png": PNG}, "x.svg": {"image/svg+xml": "<svg/>"}, "y.png": {"image/png": '"x'}}
    source = "![p](attachment:a%20b.png)\n" * 100 + "![s](attachment:x.svg) ![y](attachment:y.png)"

    shown = markdown_to_safe_html({"cell": {"attachments": attachments}}, source)

    assert shown.count(f'src="data:image/png;base64,{PNG}"') == 1
    assert shown.count("data:") == 1


def test_a_large_picture_is_shown_whole() -> None:
    """A screenshot that was pasted is longer than the HTML that is cleaned; a huge one stays away."""
    screenshot, huge = "A" * 1_000_000, "A" * 5_000_000
    attachments = {"a.png": {"image/png": screenshot}, "b.png": {"image/png": huge}}

    shown = markdown_to_safe_html({"cell": {"attachments": attachments}}, "![](attachment:a.png) ![](attachment:b.png)")

    assert screenshot in shown
    assert huge not in shown


@pytest.mark.parametrize("attachments", [None, [], {"a.png": None}, {"a.png": []}, {"a.png": {"image/png": 3}}])
def test_attachments_of_any_shape(attachments: Any) -> None:
    """Malformed ones are no pictures."""
    assert "<img" in markdown_to_safe_html({"cell": {"attachments": attachments}}, "![](attachment:a.png)")


def test_a_page_shows_what_its_parsers_would_stop_at() -> None:
    """One notebook with all of it, through nbconvert's exporter with the filters: a page, with the last cell."""
    cells = [v4.new_markdown_cell(text) for text in COSTLY_MARKDOWN.values()]
    cells += [v4.new_code_cell(text) for text in COSTLY_CODE.values()]
    cells += [v4.new_markdown_cell("![p](attachment:gone.png)"), v4.new_markdown_cell("# the last one")]
    exporter = HTMLExporter(config=Config({"HTMLExporter": settings()["HTMLExporter"]}))

    page, _ = exporter.from_notebook_node(v4.new_notebook(cells=cells))

    assert "the last one</h1>" in page


def test_the_courses_own_texts_are_within_the_bounds() -> None:
    """No cell of the course is shown as plain text."""
    import json

    from torchmarks.course import repository

    for path in (repository() / "source").glob("*/*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            text = "".join(cell["source"])
            assert cell["cell_type"] != "markdown" or len(text) < LONGEST_MARKDOWN / 4
            assert cell["cell_type"] != "code" or (display.can_be_highlighted(text) and len(text) < LONGEST_CODE / 4)
