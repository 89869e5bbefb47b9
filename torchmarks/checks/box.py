"""Renders a report: a box in JupyterLab and in feedback pages, plain lines in terminals.

Pure text, but for `show_traceback`, which hands the box to IPython. Colour is never the only sign. Everything that came
from a student is escaped. Style attributes only: a style sheet is stripped from notebooks that are not trusted.
"""

from __future__ import annotations

import ast
import html
import math
import re
from collections.abc import Sequence

from torchmarks.checks.language import ENGLISH, spoken
from torchmarks.checks.report import Report, Row
from torchmarks.checks.sentences import say

_FRAME = (
    # Half-transparent grey: seen on a light ground and on a dark one.
    "border:1px solid #8888;border-left:4px solid #c4453a;border-radius:4px;padding:8px 10px;margin:4px 0;"
    "max-width:60em;font-size:14px;line-height:1.45"
)
_GAP = "clamp(4px,1.5cqw,14px)"  # between columns
_CELL = (
    f"text-align:left;vertical-align:top;padding:1px {_GAP} 1px 0;background:none;border:none;"
    "overflow-wrap:break-word;word-break:normal"
)
# A value breaks anywhere before it would be cut off; how wide it is at least, see `_at_least`.
_VALUE = f"{_CELL};overflow-wrap:anywhere;font-size:13px"
_HEAD = f"{_VALUE};opacity:.75;font-weight:normal"
_LAST = "padding-right:0"
_LINE = "background:none"  # JupyterLab stripes the rows of a table
# The variable is JupyterLab's; on a feedback page the fonts behind it stand in.
_FONT = "font-family:var(--jp-code-font-family,ui-monospace,monospace);white-space:pre-wrap"
_CODE = f"{_FONT};overflow-wrap:break-word"
# Lines of code stay lines; those wider than the box scroll. A click selects all of it, without a script.
_BLOCK = (
    "font-family:var(--jp-code-font-family,ui-monospace,monospace);white-space:pre;overflow-x:auto;font-size:13px;"
    "background:#8881;border-radius:4px;padding:6px 10px;margin:4px 0;user-select:all"
)
_OF_TEXT = 0.95  # how wide a letter of the text is beside one of the code
_LONG_VALUE = 12  # characters of a word in a table from which on it breaks at its joints
_NARROW = 24  # characters that fit beside each other at 320 pixels; what is wider may scroll
# JupyterLab does not underline links, and colour alone is not a sign.
_LINK = "text-decoration:underline"

_OTHER = "margin-top:10px;opacity:.9"


def to_html(report: Report) -> str:
    """The report as one self-contained block of HTML."""
    # By its label a screen reader announces the box. A notebook is in English, whatever the box speaks.
    own = "" if spoken() == ENGLISH else f' lang="{_text(spoken())}"'
    parts = [f'<div role="group"{own} aria-label="{_text(say("box"))}" style="{_FRAME}">']
    parts.append(f'<div><strong>✗ <span style="{_CODE}">{_words(report.headline)}</span></strong></div>')
    if report.rows:
        parts.append(_table(report.rows))
    if report.note:
        parts.append(f'<div style="opacity:.75">{_words(report.note)}</div>')
    if report.left:
        parts.append(f"<div><strong>{say('headed_note')}</strong> {_words(report.left)}</div>")
    if report.why:
        named = f' <em style="opacity:.75">({_text(report.misconception)})</em>' if report.misconception else ""
        parts.append(
            f"<div><strong>{say('headed_why')}</strong> {_own(report, 'why', _prose(report.why))}{named}</div>"
        )
    if report.code:
        block = _block("\n".join(report.code))
        parts.append(f"<div>{_text(say('headed_code'))}{block}</div>")
    if report.next:
        parts.append(f"<div><strong>{say('headed_next')}</strong> {_own(report, 'next', _step(report.next))}</div>")
    if report.link:
        link = f'<a href="{_text(report.link)}" style="{_LINK}">{_words(report.link)}</a>'
        parts.append(f"<div><strong>{say('headed_read')}</strong> {link}</div>")
    parts += [f'<div style="{_OTHER}">{_text(say("headed_other"))}{to_html(other)}</div>' for other in report.others]
    return "".join([*parts, "</div>"])


def _own(report: Report, field: str, content: str) -> str:
    """What an author wrote, in the language that they write in, for a screen reader to read it in that."""
    foreign = field in report.authored and spoken() != ENGLISH and not _is_code(getattr(report, field))
    return f'<span lang="{ENGLISH}">{content}</span>' if foreign else content


def _table(rows: Sequence[Row]) -> str:
    head = f'<th scope="col" style="{_HEAD}">{say("column_seen")}</th>'
    head += f'<th scope="col" style="{_HEAD};{_LAST}">{say("column_expected")}</th>'
    widths = _at_least(rows)
    body = "".join(_row(row, widths) for row in rows)
    if any(row.expected for row in rows):  # else nothing is compared
        body = f'<tr style="{_LINE}"><td style="{_CELL}"></td>{head}</tr>{body}'
    table = f'<table style="border-collapse:collapse;margin:6px 0;background:none">{body}</table>'
    return f'<div style="container-type:inline-size">{table}</div>'


def _at_least(rows: Sequence[Row]) -> tuple[str, str]:
    """How wide the columns of values are at least: as wide as their longest pieces, or, in a box too narrow for both,
    in the same proportion. Left to itself a column whose words may break anywhere gets as narrow as one letter.
    """
    label, *values = (
        max(len(piece) for text in column for piece in _pieces(text, _LONG_VALUE))
        for column in zip(*((row.label, row.seen if row.expected else "", row.expected) for row in rows), strict=True)
    )
    heads = (say("column_seen"), say("column_expected"))
    seen, expected = (max(width, math.ceil(_OF_TEXT * len(head))) for width, head in zip(values, heads, strict=True))
    left = f"(100cqw - {_OF_TEXT * label:g}ch - 2 * {_GAP})"  # beside the label
    width = seen + expected
    return f"min({seen}ch, {left} * {seen} / {width})", f"min({expected}ch, {left} * {expected} / {width})"


def _row(row: Row, widths: tuple[str, str]) -> str:
    seen, expected = (re.sub(f"[{_FROM}{_TO}]", "", text) for text in (row.seen, row.expected))
    if expected:
        seen, expected = _marked(seen, expected)
    cells = f'<th scope="row" style="{_CELL};font-weight:normal">{_words(row.label, _LONG_VALUE)}</th>'
    if not row.label:
        cells = f'<td style="{_CELL}"></td>'  # a header without a word is announced all the same
    if expected:
        for value, width, end in zip((seen, expected), widths, ("", f";{_LAST}"), strict=True):
            shown = _words(value, _LONG_VALUE).replace(_FROM, "<strong><u>").replace(_TO, "</u></strong>")
            cells += f'<td style="{_VALUE};{_FONT};min-width:{width}{end}">{shown}</td>'
    else:
        cells += f'<td colspan="2" style="{_VALUE};{_FONT};{_LAST}">{_words(seen, _LONG_VALUE)}</td>'
    if row.detail:
        detail = f'<td colspan="2" style="{_CELL};opacity:.85">{_words(row.detail)}</td>'
        cells += f'</tr><tr style="{_LINE}"><td style="{_CELL}"></td>{detail}'
    return f'<tr style="{_LINE}">{cells}</tr>'


_PIECE = re.compile(r"[^\s\[\](),]+|[\s\[\](),]+")


def _marked(seen: str, expected: str) -> tuple[str, str]:
    """Both sides with the parts that differ marked: single numbers where the brackets agree, else the whole."""
    ours, theirs = _PIECE.findall(seen), _PIECE.findall(expected)
    alike = [bool(_BRACKETS.match(piece)) for piece in ours] == [bool(_BRACKETS.match(piece)) for piece in theirs]
    if not alike:
        return _differing(seen), _differing(expected)
    pairs = list(zip(ours, theirs, strict=True))
    return (
        "".join(a if a == b else _differing(a) for a, b in pairs),
        "".join(b if a == b else _differing(b) for a, b in pairs),
    )


_BRACKETS = re.compile(r"[\s\[\](),]")


_FROM, _TO = "\1", "\2"  # around what is underlined, until the text is HTML


def _differing(text: str) -> str:
    return f"{_FROM}{text}{_TO}"


def _step(text: str) -> str:
    """A next step: prose, or Python, which keeps its lines."""
    if not _is_code(text):
        return _prose(text)
    return _block(text) if "\n" in text else f'<code style="{_CODE}">{_words(text)}</code>'


def _block(code: str) -> str:
    width = max(len(line) for line in code.split("\n"))
    return f'<pre style="{_BLOCK}"{_focus(width)}>{_text(code)}</pre>'


def _focus(width: int) -> str:
    """With it the keyboard reaches code that may not fit, so that the arrow keys scroll it. width: in characters."""
    return ' tabindex="0"' if width > _NARROW else ""


def _prose(text: str) -> str:
    """Prose with `code` between backticks."""
    # Escaped first: the text may quote what a student wrote.
    return re.sub(r"`([^`]+)`", rf'<code style="{_CODE}">\1</code>', _words(text))


def _is_code(text: str) -> bool:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # the latter for a lone surrogate
        return False
    return any(isinstance(node, ast.Call) for node in ast.walk(tree))  # a single word of prose parses, too


_BREAK = "\0"  # no text that is shown holds one
_JOINT = re.compile(rf"(?<=[/(\[,=#_])(?={_FROM}?[^\W_])|(?<=\D\.)(?=[^\W\d])")


def _pieces(text: str, long_: int = _NARROW) -> list[str]:
    """A text cut where a line may end: at blanks, and in a long address or name after a dot, a slash and their like.

    long_: characters of a word from which on it is cut.
    """
    words = text.split() or [""]
    return [piece for word in words for piece in (_JOINT.split(word) if len(word) >= long_ else [word])]


def _words(text: str, long_: int = _NARROW) -> str:
    """As HTML in which a long word breaks at these places, and not in the middle of a name."""
    parted = re.sub(rf"\S{{{long_},}}", lambda word: _BREAK.join(_JOINT.split(word[0])), text)
    return _text(parted).replace(_BREAK, "<wbr>")


def _text(text: str) -> str:
    return html.escape(text, quote=True)


def to_mime(report: Report) -> dict[str, str]:
    """The report as a MIME bundle: HTML where it can be shown, plain text elsewhere."""
    return {"text/html": to_html(report), "text/plain": report.text()}


def show_traceback(report: Report) -> list[str]:
    """What IPython shows in place of a traceback: below the box one line, and all lines where nobody sees a box."""
    from IPython.display import publish_display_data  # noqa: PLC0415 - a plain script needs no IPython

    publish_display_data(to_mime(report))
    return [report.above()] if _is_looked_at() else report.lines()


def _is_looked_at() -> bool:
    """Whether a person runs the cell: what runs a whole notebook (nbgrader's validate, `jupyter execute`, our own
    check) cannot be asked for input, and shows of an error the traceback alone.
    """
    from IPython.core.getipython import get_ipython  # noqa: PLC0415

    shell = get_ipython()
    kernel = getattr(shell, "kernel", shell)  # none in a terminal, nor in `checks.cell_runner`, which says so itself
    return bool(getattr(kernel, "_allow_stdin", True))
