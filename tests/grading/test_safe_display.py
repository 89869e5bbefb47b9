"""torchmarks.grading.safe_display: any HTML is cleaned in one pass, and what cannot be costs itself only."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from torchmarks.checks.grading_sentences import say
from torchmarks.grading import safe_display
from torchmarks.grading.safe_display import LONGEST_HTML, guarded, safe_html, safe_outputs

# Each as long as a cell may print. Parsers take a square of the length for them, or end in a recursion.
COSTLY = {
    "divs": "<div>" * 40_000,
    "a formatting element each with its own attribute": "".join(f"<b title={n}>" for n in range(9000)) + "<p>" * 9000,
    "links that are never closed": "<a href=x><p>" * 15_000,
    "tables in tables": "<table><tr><td>" * 13_000,
    "backslashes": "\\" * 200_000,
    "almost commands": "\\\\hre" * 40_000,
    "nested functions in a style": f'<p style="width:{"a(" * 60_000}">x</p>',
    "nested brackets in a style": f'<p style="width:{"[" * 60_000}">x</p>',
    "nested blocks in a style": f'<p style="width:{"{" * 60_000}">x</p>',
    "attributes": f"<p {' '.join(f'a{n}=1' for n in range(25_000))}>",
    "comments that never end": "<!--" * 50_000,
    "style sheets that never end": "<style>" * 28_000,
    "open quotes": "<a x='" * 30_000,
    "tags that never end": "<a b c " * 28_000,
    "blanks in tags": ("<a" + " " * 200) * 900,
    "ends of what cannot be ended": "<div><table><td></div></table>" * 6_000,
    "a number that int refuses": f"&#{'9' * 100_000};",
    "vector graphics": "<svg><math><mi>" * 13_000,
}


class PanicException(BaseException):
    """As PyO3 raises it for a parser that ends in the middle."""


class Depth(HTMLParser):
    """How deep tags are nested, at most."""

    now = most = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("br", "col", "hr", "img"):
            self.now += 1
            self.most = max(self.most, self.now)

    def handle_endtag(self, tag: str) -> None:
        self.now -= 1


@pytest.mark.parametrize("name", COSTLY)
def test_what_reaches_the_parser_is_flat(name: str) -> None:
    """Tags are closed where they should be and none is nested deep, before a parser sees it: so its work is linear.

    The tags' number does not grow, and the text no further than by their ends.
    """
    text = COSTLY[name][:LONGEST_HTML]
    made = "".join(safe_display._well_nested(text))
    depth = Depth(convert_charrefs=False)
    depth.feed(made)

    assert depth.most <= 50
    assert depth.now == 0
    assert len(made) <= 5 * len(text)
    assert len(re.findall("<[a-z]", made)) <= text.count("<")


@pytest.mark.parametrize("name", COSTLY)
def test_whatever_is_displayed_is_cleaned(name: str) -> None:
    """Without an error, and without one that had to be caught."""
    shown = safe_html(COSTLY[name])

    assert say("output_not_shown") not in shown
    assert len(shown) <= 6 * LONGEST_HTML


def test_only_so_much_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of what is too long is said not to be shown; no pass has seen it."""
    seen = []
    original = safe_display._well_nested
    monkeypatch.setattr(safe_display, "_well_nested", lambda text: (seen.append(len(text)), original(text))[1])

    shown = safe_html("word " * LONGEST_HTML)

    assert shown.endswith("(the rest is not shown)")
    assert seen[0] < LONGEST_HTML + 100


@pytest.mark.parametrize("error", [RecursionError, ValueError, MemoryError, PanicException])
def test_an_error_of_the_cleaning_costs_one_output(error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of the cell are shown, and nothing is raised."""

    def broken(text: str) -> str:
        if "bad" in text:
            raise error("the parser's own")
        return text

    monkeypatch.setattr(safe_display, "safe_html", broken)

    stream = {"output_type": "stream", "name": "stdout", "text": "t"}
    made = safe_outputs([_displayed("bad"), _displayed("good"), stream])

    assert made[0]["data"] == {"text/html": "<p>(this output cannot be shown)</p>"}
    assert made[1]["data"] == {"text/html": "good"}
    assert made[2]["text"] == "t"


def test_ctrl_c_is_not_an_error_of_the_cleaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who ends the run is heard."""

    def interrupted(text: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(safe_display, "safe_html", interrupted)
    with pytest.raises(KeyboardInterrupt):
        guarded("x")


def _displayed(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}


@pytest.mark.parametrize(
    "data", [{"text/html": ["<b>x</b>", 3, None, {}]}, {"text/html": {"deep": []}}, {"text/html": None}, {3: "x"}, {}]
)
def test_data_of_any_shape(data: dict[Any, Any]) -> None:
    """What is not text is left out, whatever it is."""
    made = safe_outputs([{"output_type": "display_data", "data": data, "metadata": {"a": {}}}])

    assert all(isinstance(text, str) for text in made[0]["data"].values())
    assert made[0]["metadata"] == {}


TABLE = """<div>
<style scoped>
  .dataframe tbody tr th { vertical-align: top; }
</style>
<table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>a</th></tr></thead>
<tbody><tr><th>0</th><td>1.5</td></tr></tbody>
</table>
<p>1 rows</p></div>"""


def test_a_table_stays_a_table() -> None:
    """A data frame as pandas shows it, without its style sheet, neither in force nor as text."""
    shown = safe_html(TABLE)

    for part in ('<table class="dataframe">', "<th>0</th>", "<td>1.5</td>", "text-align", "1 rows"):
        assert part in shown
    assert "vertical-align" not in shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "<tr><td>1</td><td>2</td></tr><tr><td>3</td></tr>"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<b><i>x</b>y", "<b><i>x</i></b>y"),
        ("x</div>y", "xy"),
        ("1 < 2 <3 a<b", "1 &lt; 2 &lt;3 a&lt;b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<B TITLE='a > b'>x</B>", '<b title="a &gt; b">x</b>'),
        ("a<!-- c <b> -->d", "ad"),
    ],
)
def test_html_as_people_write_it(written: str, shown: str) -> None:
    """What may be left open is closed by what comes next, as a browser does it; what is not a tag is text."""
    assert shown in safe_html(written)


@pytest.mark.parametrize("address", ["data:text/html,x", "DATA:text;base64,eA==", " da\tta:text,x", "javascript:x"])
def test_no_link_leads_to_a_page_of_its_own_making(address: str) -> None:
    """A link with such an address loses it; an ordinary one stays."""
    assert "href" not in safe_html(f'<a href="{address}">x</a>')
    assert 'href="https://pytorch.org/docs"' in safe_html('<a href="https://pytorch.org/docs">x</a>')
