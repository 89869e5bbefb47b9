"""Filters for pages that show a notebook (feedback, the formgrader): students' Markdown and code as safe HTML.

    c.HTMLExporter.filters     (nbgrader_config.json names them, by way of torchmarks.course.named)

Text in, HTML out. Each takes time linear in its text: text for which nbconvert's own parsers would take quadratic time
is shown as plain text, and an error in one of them costs that cell, never the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from jinja2 import pass_context
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from torchmarks.grading.safe_display import safe_html

LONGEST_MARKDOWN: Final = 20_000
LONGEST_CODE: Final = 100_000
LONGEST_LINE: Final = 2_000
_ENVIRONMENTS: Final = 50  # each \begin is looked for to the end of the cell
_PICTURE_BYTES: Final = 4_000_000  # of what was pasted into a cell, in the page as often as the cell has it: once
_PICTURES: Final = ("image/png", "image/jpeg")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*+")
_PASTED: Final = re.compile(r'src="attachment:([^"]*+)"')
_LANGUAGES: Final = frozenset(["python", "python3", "py", "ipython", "ipython3", "pycon"])


class _Renderer(IPythonRenderer):
    """nbconvert's Markdown renderer, which here reads no files, makes no anchors, and highlights Python alone."""

    def block_code(self, code: str, info: str | None = None) -> str:
        """See mistune."""
        name = (info or "").strip().split(maxsplit=1)[:1]
        known = bool(name) and name[0] in _LANGUAGES and can_be_highlighted(code)
        return str(super().block_code(code, info if known else None))

    def _embed_image_or_attachment(self, src: str) -> str:
        # nbconvert's reads the file, or ends the page where a pasted picture is gone
        return src


@pass_context
def markdown_to_safe_html(context: Any, source: str) -> str:
    """nbconvert's `markdown2html` filter, without what acts in the reader's browser. No picture is read from disk."""
    if len(source) > LONGEST_MARKDOWN or source.count("\\begin") > _ENVIRONMENTS:
        return plain(source)
    # not escaped: safe_html keeps of the tags what is harmless
    renderer = _Renderer(escape=False, exclude_anchor_links=True)
    try:
        shown = safe_html(MarkdownWithMath(renderer=renderer).render(source))
        return _with_pictures(shown, context.get("cell", {}).get("attachments", {}))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of a parser is not an Exception
        return plain(source)


def highlighted(source: str, language: str | None = None, metadata: Mapping[str, Any] | None = None) -> str:
    """nbconvert's `highlight_code` filter."""
    if not can_be_highlighted(source):
        return plain(source)
    try:
        return str(Highlight2HTML(pygments_lexer=language or "ipython3")(source, metadata=metadata))
    except Exception:
        return plain(source)


def can_be_highlighted(source: str) -> bool:
    """Whether pygments takes no more time than the text is long: its rules look ahead to the end of a line."""
    return len(source) <= LONGEST_CODE and max(map(len, source.splitlines()), default=0) <= LONGEST_LINE


def plain(source: str) -> str:
    """The text itself."""
    return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'


def _with_pictures(shown: str, attachments: Any) -> str:
    """Cleaned HTML with the pictures that were pasted into the cell, each where it occurs first."""
    if not isinstance(attachments, Mapping):
        return shown
    left, done = _PICTURE_BYTES, set[str]()

    def embedded(found: re.Match[str]) -> str:
        nonlocal left
        name = unquote(html.unescape(found[1]))
        address = _picture(attachments.get(name))
        if address is None or name in done or len(address) > left:
            return found[0]
        done.add(name)
        left -= len(address)
        return f'src="{address}"'

    return _PASTED.sub(embedded, shown)


def _picture(kinds: Any) -> str | None:
    """The address of a PNG or JPEG that holds it whole."""
    for kind in _PICTURES if isinstance(kinds, Mapping) else ():
        data = kinds.get(kind)
        if isinstance(data, str) and _BASE64.fullmatch(data):
            return f"data:{kind};base64,{data}"
    return None
