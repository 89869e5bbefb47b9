"""torchmarks.checks.box: a report as HTML, and what IPython shows of a failed check."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from torchmarks.checks.box import show_traceback, to_html, to_mime
from torchmarks.checks.language import ENGLISH, speaking
from torchmarks.checks.report import Report, Row

REPORT = Report(
    "f([1, 2]) is not what was asked for.",
    (Row("dtype", "float32", "int64"), Row("values", "[1, 2, 4]", "[1, 2, 3]", "1 of 3 wrong"), Row("note", "x", "")),
    why="Use `torch.tensor`, not <Tensor>.",
    misconception="always-float32",
    next="print(f([1, 2]).dtype)",
    link="https://docs.pytorch.org/docs/2.13/",
    note="2 of 3 calls differ; this is one of them.",
    code=("x = [1, 2]", "f(x).dtype"),
)


class Words(HTMLParser):
    """Collects the text of a page and checks that every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.open, self.tags = "", [], set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open += [tag] if tag != "wbr" else []  # which has no end
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_box_has_all_that_the_report_has() -> None:
    """Every text of the report stands in the box, and the tags are balanced."""
    words = Words(to_html(REPORT))

    assert words.open == []
    for text in (REPORT.headline, REPORT.note, REPORT.misconception, REPORT.next, REPORT.link, *REPORT.code):
        assert text in words.text
    for row in REPORT.rows:
        assert all(text in words.text for text in (row.label, row.seen, row.expected, row.detail))


def test_the_part_that_differs_is_marked() -> None:
    """Of two lists the numbers that differ are marked by more than colour, the others are not."""
    page = to_html(REPORT)

    assert "[1, 2, <strong><u>4</u></strong>]" in page
    assert "[1, 2, <strong><u>3</u></strong>]" in page
    assert "<strong><u>float32</u></strong>" in page


def test_values_of_other_shape_are_marked_as_a_whole() -> None:
    """Where the brackets differ the whole value is marked."""
    page = to_html(Report("f is wrong.", (Row("shape", "(2, 3)", "(2,)"),)))

    assert "<strong><u>(2, 3)</u></strong>" in page


def test_a_row_without_an_expected_value_has_both_columns() -> None:
    """A warning is a sentence, which would be a tall column beside an empty one."""
    page = to_html(Report("f is wrong.", (Row("shape", "(2, 3)", "(2,)"), Row("warning", "UserWarning: twice", ""))))

    assert page.count('colspan="2"') == 1
    assert Words(page).text.endswith("warningUserWarning: twice")
    assert "expected" not in Words(to_html(Report("f is wrong.", (Row("dtype", "wrong", ""),)))).text


@pytest.mark.parametrize("language", ["", "de", "es"])
def test_what_stands_below_the_box_fits_a_phone(language: str) -> None:
    """JupyterLab breaks a longer line inside a word: at 390 pixels it has room for some 25 letters."""
    with speaking(language or ENGLISH):
        lines = replace(REPORT, subject="classification_loss").above().splitlines()

    assert len(lines) == 2
    assert max(map(len, lines)) < 25


def test_what_came_from_a_student_is_escaped() -> None:
    """Markup in a value, a call or an error stays text."""
    texts = ("why", "misconception", "next", "link", "note", "subject")
    evil = "<script>alert('x')</script>"
    page = to_html(Report(evil, (Row(evil, evil, evil, evil),), **dict.fromkeys(texts, evil)))

    assert "<script" not in page
    allowed = {"div", "strong", "span", "table", "tr", "th", "td", "u", "em", "code", "a", "pre", "wbr"}
    assert Words(page).tags <= allowed


def test_code_is_set_as_code() -> None:
    """Code between backticks, and a step that is code as a whole, are set as code."""
    page = to_html(REPORT)

    assert ">torch.tensor</code>" in page
    assert ">print(f([1, 2]).dtype)</code>" in page


def test_a_step_of_several_statements_is_code_with_its_lines() -> None:
    """Python keeps its lines, so that it can be pasted; a sentence with a call between backticks is none."""
    block = "try:\n    f([1])\nexcept ValueError as error:\n    print(error)"
    page = to_html(replace(REPORT, next=block))

    assert f">{block}</pre>" in page
    assert ">x = f([1]); print(x)</code>" in to_html(replace(REPORT, next="x = f([1]); print(x)"))
    assert "Call <code" in to_html(replace(REPORT, next="Call `f([1])` and look."))
    assert ["Next:", *(f"    {line}" for line in block.splitlines())] == replace(REPORT, next=block).lines()[-6:-1]


def test_a_long_word_may_end_a_line_at_its_joints() -> None:
    """An address breaks behind a slash or a dot, never in the middle of a name; what is short stays whole."""
    page = to_html(Report("f is wrong.", link="https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.add_.html"))

    assert "docs/<wbr>2.13/<wbr>generated/<wbr>torch.<wbr>Tensor.<wbr>add_.<wbr>html</a>" in page
    assert 'href="https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.add_.html"' in page
    assert "<wbr>" not in to_html(REPORT).replace("https://<wbr>docs.<wbr>pytorch.<wbr>org/<wbr>docs/<wbr>2.13/", "")


def test_code_that_may_be_too_wide_is_reached_by_the_keyboard() -> None:
    """It scrolls; what fits costs nobody a stop on their way."""
    narrow, wide = Report("f", code=("f(x).dtype",)), Report("f", code=("f(x)", f"x = {[1.0] * 20}"))

    assert "tabindex" not in to_html(narrow)
    assert '<pre style="' in to_html(narrow)
    assert ' tabindex="0">f(x)' in to_html(wide)


def test_the_bundle_has_both_forms() -> None:
    """HTML where it can be shown, the lines elsewhere."""
    assert to_mime(REPORT) == {"text/html": to_html(REPORT), "text/plain": REPORT.text()}


def test_no_colour_of_text_is_set() -> None:
    """Text has the colour of the theme, so that it reads on light and dark."""
    assert "color:" not in to_html(REPORT).replace("border-left-color", "").replace("background-color", "")


def test_ipython_shows_the_box_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """In IPython a failed check is its lines and one line that points to them, without a frame of ours."""
    shell = InteractiveShell.instance()
    try:
        lines = show_traceback(REPORT)
    finally:
        InteractiveShell.clear_instance()
        del shell

    assert lines == [REPORT.above()]
    assert REPORT.headline in capsys.readouterr().out
