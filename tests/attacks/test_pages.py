"""What a student writes and displays does not act in the browser of who reads it, and asks for nothing elsewhere."""

import html
import re

import pytest

from torchmarks.grading.safe_display import safe_html

LINKS = [
    r"$\\href{javascript:alert(1)}{x}$",
    r"$\\\href{javascript:alert(1)}{x}$",
    r"$\hr&#101;f{javascript:alert(1)}{x}$",
    r"$&#92;href{javascript:alert(1)}{x}$",
    r"$\hr<!-- -->ef{javascript:alert(1)}{x}$",
    r"$\csname href\endcsname{javascript:alert(1)}{x}$",
]


@pytest.mark.parametrize("text", LINKS)
def test_no_formula_makes_a_link(text: str) -> None:
    """However the command is spelled, what the browser has of it at the end is not a command."""
    assert re.search(r"\\(href|csname)", html.unescape(safe_html(text))) is None


@pytest.mark.parametrize(
    "text",
    [
        '<img src="https://elsewhere.example/seen.png">',
        '<img src="//elsewhere.example/seen.png">',
        '<img src="/hub/logout">',
        '<img src="../../hub/logout">',
        '<img src="%2e%2e/hub/logout">',
        '<p style="background: url(https://elsewhere.example/seen)">x</p>',
        '<p style="background: u\\72l(https://elsewhere.example/seen)">x</p>',
    ],
)
def test_a_page_asks_for_nothing_elsewhere(text: str) -> None:
    """Neither a picture nor a background is fetched with the rights of the reader."""
    assert re.search(r"elsewhere|logout", safe_html(text)) is None


@pytest.mark.parametrize(
    "source", ["ranks.svg", "pictures/a%20b.png", "data:image/png;base64,AAAA", "attachment:a.png"]
)
def test_pictures_of_the_notebook_s_own_stay(source: str) -> None:
    """A picture beside the notebook, or in it, is shown."""
    assert f'src="{source}"' in safe_html(f'<img src="{source}" alt="x">')


def test_escaped_text_stays_escaped() -> None:
    """References that mean markup never become markup."""
    text = "&lt;script&gt; &amp;lt;b&amp;gt; &#60;i&#62; &nbsp;"

    assert html.unescape(safe_html(text)) == html.unescape(text)
    assert "<" not in safe_html(text)
