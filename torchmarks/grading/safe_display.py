"""Cleans what a student displays and writes, so that feedback pages and the formgrader can show it.

A script in a displayed output or in a Markdown cell would run in the browser of whoever reads the page, with that
person's rights: an instructor's, in the formgrader. Pure text in, text out; takes time linear in the text, whatever it
is, and what cannot be cleaned costs that one output. Must not touch what was graded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import nh3

from torchmarks.checks.grading_sentences import say

_TAGS: Final = frozenset(
    ["a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl",
     "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "s", "samp",
     "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt",
     "u", "ul", "var"]
)  # fmt: skip
_VOID: Final = frozenset(["br", "col", "hr", "img"])
_PARTS: Final = frozenset(["thead", "tbody", "tfoot"])
# What HTML lets people leave open: each is closed by the next of these.
_CLOSED_BY: Final[Mapping[str, frozenset[str]]] = {
    "p": frozenset(["p"]),
    "li": frozenset(["li", "p"]),
    **dict.fromkeys(["dt", "dd"], frozenset(["dt", "dd", "p"])),
    **dict.fromkeys(["td", "th"], frozenset(["td", "th", "p"])),
    "tr": frozenset(["tr", "td", "th", "p"]),
    **dict.fromkeys(_PARTS, frozenset(["tr", "td", "th", "p", *_PARTS])),
}
# A picture beside the notebook, pasted into it, or in the page itself. Any other address is asked for with the rights
# of whoever reads the page: it could tell that somebody reads, or log the person out.
_OWN_PICTURE: Final = re.compile(r"(?i)\s*+(?:data:image/|attachment:)[^\s]*+\s*+|[\w%. -]++(?:/[\w%. -]++)*+")
_IGNORED_IN_ADDRESSES: Final = re.compile(r"[\x00-\x20]++")
_ATTRIBUTES: Final = {
    "*": {"class", "style", "title", "align", "dir", "lang", "role", "aria-label"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
_STYLES: Final = frozenset([
    "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-radius",
    "border-right", "border-top", "color", "font-family", "font-size", "font-style", "font-weight", "height",
    "line-height", "margin", "max-width", "opacity", "overflow-wrap", "overflow-x", "padding", "text-align",
    "vertical-align", "white-space", "width",
])  # fmt: skip
_PROTOCOLS: Final = frozenset(["http", "https", "mailto", "data", "attachment"])
_WRITTEN_ATTRIBUTE: Final = r"[a-zA-Z_:][\w:.-]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>=`]++))?+"
_TAG: Final = re.compile(rf"<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:\s++{_WRITTEN_ATTRIBUTE}){{0,40}}+)\s*+/?>")
_STYLE: Final = re.compile(r"(?i)<style[\s/>]")
_STYLE_END: Final = re.compile(r"(?i)</style[^>]*+>?")
# All backslashes before such a name: of two, the second would stay and make the link after all.
_ACTS_IN_MATH: Final = re.compile(
    r"(?i)(?<!\\)\\++(href|url|unicode|cssId|class|style|require|csname|html\w*+)(?![a-z])"
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*+")
_PICTURES: Final = ("image/png", "image/jpeg")
_DEEPEST: Final = 50
LONGEST_HTML: Final = 200_000


def _harmless(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, or None where it goes."""
    if tag == "img" and name == "src":
        # `..` leads out of the notebook's folder, and a browser reads it from %2e as well
        is_own = _OWN_PICTURE.fullmatch(value) is not None and ".." not in value and "%2e" not in value.lower()
        return value if is_own else None
    if name == "href" and _IGNORED_IN_ADDRESSES.sub("", value).lower().startswith("data:"):
        return None  # fine for a picture, not for a page
    return value


_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
    attribute_filter=_harmless,
    url_schemes=set(_PROTOCOLS),
    filter_style_properties=set(_STYLES),
)


def safe_html(text: str) -> str:
    """HTML of a student's with its text, tables and colours; scripts, frames and forms are shown as text, styles go.

    Raises nothing that says anything about the text: see `guarded`.
    """
    shown = text if len(text) <= LONGEST_HTML else f"{text[:LONGEST_HTML]}\n{say('rest_not_shown')}"
    cleaned = _CLEANER.clean("".join(_well_nested(shown)))
    # Last, on what the browser gets: `&#101;` has become the character it means, and what comments parted is together.
    return _ACTS_IN_MATH.sub(r"\1", cleaned)


def guarded(text: str) -> str:
    """`safe_html`, or one sentence: an error of the cleaning costs what is cleaned, never the page."""
    try:
        return safe_html(text)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the parser is not an Exception
        return f"<p>{say('output_not_shown')}</p>"


def _well_nested(text: str) -> Iterator[str]:
    """The text with the known tags, each closed where it should be and none deeper than a page needs.

    A parser of HTML takes a square of the open tags' number; here they are counted before there is one.
    """
    open_: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        yield text[at:start]
        found = _TAG.match(text, start)
        if (end := _end_of_unseen(text, start)) is not None:
            at = end
        elif found is None or found[2].lower() not in _TAGS:
            yield "&lt;"
            at = start + 1
        else:
            yield from _closed(open_, found) if found[1] else _opened(open_, found)
            at = found.end()
    yield text[at:]
    yield from (f"</{name}>" for name in reversed(open_))


def _end_of_unseen(text: str, start: int) -> int | None:
    """Where a comment or a style sheet ends that begins here; None where none begins."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + 4)
        return len(text) if end < 0 else end + 3
    if _STYLE.match(text, start):
        found = _STYLE_END.search(text, start)
        return len(text) if found is None else found.end()
    return None


def _opened(open_: list[str], found: re.Match[str]) -> Iterator[str]:
    name = found[2].lower()
    while open_ and open_[-1] in _CLOSED_BY.get(name, ()):
        yield f"</{open_.pop()}>"
    if name in _VOID:
        yield f"<{name}{found[3]}>"
    elif len(open_) < _DEEPEST:
        open_.append(name)
        yield f"<{name}{found[3]}>"


def _closed(open_: list[str], found: re.Match[str]) -> Iterator[str]:
    name = found[2].lower()
    if name in open_:
        while (last := open_.pop()) != name:
            yield f"</{last}>"
        yield f"</{name}>"


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
        text = "".join(filter(_is_text, content)) if isinstance(content, list) else content
        if not isinstance(text, str):
            continue
        if mime == "text/plain":
            kept[mime] = text
        elif mime == "text/html":
            kept[mime] = guarded(text)
        elif mime in _PICTURES and _BASE64.fullmatch(text):
            kept[mime] = text
    return kept or {"text/plain": say("output_kind_not_shown")}


def _is_text(part: object) -> bool:
    return isinstance(part, str)
