"""What a student displays and writes, without anything that acts: feedback pages and the formgrader show it.

A script in a displayed output or in a Markdown cell would run in the browser of whoever reads the page, with that
person's rights: an instructor's, in the formgrader. Pure text in, text out. Must not touch what was graded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import bleach  # type: ignore[import-untyped]
from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]

_TAGS: Final = frozenset(
    ["a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl",
     "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "s", "samp",
     "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt",
     "u", "ul", "var"]
)  # fmt: skip
# A picture beside the notebook, pasted into it, or in the page itself. Any other address is asked for with the rights
# of whoever reads the page: it could tell that somebody reads, or log the person out.
_OWN_PICTURE: Final = re.compile(r"(?i)\s*(?:data:image/|attachment:)[^\s]*\s*|[\w%. -]+(?:/[\w%. -]+)*")


def _is_harmless_of_picture(tag: str, name: str, value: str) -> bool:
    if name == "src":
        return _OWN_PICTURE.fullmatch(value) is not None and ".." not in value and "%2e" not in value.lower()
    return name in ("alt", "width", "height")


_ATTRIBUTES: Final = {
    "*": ["class", "style", "title", "align", "dir", "lang", "role", "aria-label"],
    "a": ["href"],
    "img": _is_harmless_of_picture,
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
    "ol": ["start"],
}
_STYLES: Final = [
    "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-radius",
    "border-right", "border-top", "color", "font-family", "font-size", "font-style", "font-weight", "height",
    "line-height", "margin", "max-width", "opacity", "overflow-wrap", "overflow-x", "padding", "text-align",
    "vertical-align", "white-space", "width",
]  # fmt: skip
_PROTOCOLS: Final = ("http", "https", "mailto", "data", "attachment")
# All backslashes before such a name: of two, the second would stay and make the link after all.
_ACTS_IN_MATH: Final = re.compile(r"(?i)\\+(href|url|unicode|cssId|class|style|require|csname|html\w*)(?![a-z])")
_REFERENCE: Final = re.compile(r"&#?\w+;")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*")
_PICTURES: Final = ("image/png", "image/jpeg")
LONGEST_HTML: Final = 200_000


def safe_html(text: str) -> str:
    """HTML of a student's with its text, tables and colours; scripts, handlers, frames and forms are shown as text."""
    cleaner = CSSSanitizer(allowed_css_properties=_STYLES)
    cleaned = bleach.clean(
        text[:LONGEST_HTML], tags=_TAGS, attributes=_ATTRIBUTES, protocols=_PROTOCOLS, css_sanitizer=cleaner
    )
    # MathJax reads what the browser has made of `&#92;` and `&#101;`: they become what they stand for, or stay escaped.
    plain = _REFERENCE.sub(lambda found: html.escape(html.unescape(found[0])), cleaned)
    return _ACTS_IN_MATH.sub(r"\1", plain)


def safe_outputs(outputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A cell's outputs (nbformat v4): text stays as it is, HTML is cleaned, pictures are PNG or JPEG; the rest goes.

    Metadata of a displayed output goes too: it can carry attributes into the page, or look like a verdict of ours.
    """
    return [
        {**output, "data": _safe_data(output["data"]), "metadata": {}} if "data" in output else dict(output)
        for output in outputs
    ]


def _safe_data(data: Mapping[str, Any]) -> dict[str, str]:
    kept = {}
    for mime, content in data.items():
        text = "".join(content) if isinstance(content, list) else content
        if not isinstance(text, str):
            continue
        if mime == "text/plain":
            kept[mime] = text
        elif mime == "text/html":
            kept[mime] = safe_html(text)
        elif mime in _PICTURES and _BASE64.fullmatch(text):
            kept[mime] = text
    return kept or {"text/plain": "(an output of a kind that is not shown)"}
