"""Renders a report: a box in JupyterLab and in feedback pages, plain lines in terminals.

Pure text, but for `show_traceback`, which hands the box to IPython. Colour is never the only sign. Everything that came
from a student is escaped. Style attributes only: a style sheet is stripped from notebooks that are not trusted.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Sequence

from torchmarks.checks.messages import Report, Row
from torchmarks.checks.sentences import say

_FRAME = (
    # Half-transparent grey: seen on a light ground and on a dark one.
    "border:1px solid #8888;border-left:4px solid #c4453a;border-radius:4px;padding:8px 12px;margin:4px 0;"
    "max-width:60em;font-size:14px;line-height:1.45;overflow-x:auto"
)
# In a table a word is whole: where it may break anywhere, a narrow column is one letter wide.
_CELL = (
    "text-align:left;vertical-align:top;padding:1px 14px 1px 0;background:none;border:none;"
    "overflow-wrap:break-word;word-break:normal"
)
_HEAD = f"{_CELL};opacity:.75;font-weight:normal"
_LINE = "background:none"  # JupyterLab stripes the rows of a table
# The variable is JupyterLab's; on a feedback page the fonts behind it stand in.
_FONT = "font-family:var(--jp-code-font-family,ui-monospace,monospace);white-space:pre-wrap"
_CODE = f"{_FONT};overflow-wrap:anywhere"
# A click selects all of it, without a script.
_BLOCK = f"{_CODE};font-size:13px;background:#8881;border-radius:4px;padding:6px 10px;margin:4px 0;user-select:all"

_OTHER = "margin-top:10px;opacity:.9"


def to_html(report: Report) -> str:
    """The report as one self-contained block of HTML."""
    # By its label a screen reader announces the box.
    parts = [f'<div role="group" aria-label="{_text(say("box"))}" style="{_FRAME}">']
    parts.append(f'<div><strong>✗ <span style="{_CODE}">{_text(report.headline)}</span></strong></div>')
    if report.rows:
        parts.append(_table(report.rows))
    if report.note:
        parts.append(f'<div style="opacity:.75">{_text(report.note)}</div>')
    if report.left:
        parts.append(f"<div><strong>{say('headed_note')}</strong> {_text(report.left)}</div>")
    if report.why:
        named = f' <em style="opacity:.75">({_text(report.misconception)})</em>' if report.misconception else ""
        parts.append(f"<div><strong>{say('headed_why')}</strong> {_prose(report.why)}{named}</div>")
    if report.code:
        lines = _text("\n".join(report.code))
        parts.append(f'<div>{_text(say("headed_code"))}<pre style="{_BLOCK}">{lines}</pre></div>')
    if report.next:
        parts.append(f"<div><strong>{say('headed_next')}</strong> {_step(report.next)}</div>")
    if report.link:
        link = f'<a href="{_text(report.link)}">{_text(report.link)}</a>'
        parts.append(f"<div><strong>{say('headed_read')}</strong> {link}</div>")
    parts += [f'<div style="{_OTHER}">{_text(say("headed_other"))}{to_html(other)}</div>' for other in report.others]
    return "".join([*parts, "</div>"])


def _table(rows: Sequence[Row]) -> str:
    titles = ("", say("column_seen"), say("column_expected"))
    head = "".join(f'<th scope="col" style="{_HEAD}">{title}</th>' for title in titles)
    body = "".join(_row(row) for row in rows)
    lines = f'<tr style="{_LINE}">{head}</tr>{body}'
    return f'<table style="border-collapse:collapse;margin:6px 0;background:none">{lines}</table>'


def _row(row: Row) -> str:
    seen, expected = _marked(row.seen, row.expected) if row.expected else (_text(row.seen), "")
    cells = f'<th scope="row" style="{_CELL};font-weight:normal">{_text(row.label)}</th>'
    cells += f'<td style="{_CELL};{_FONT}">{seen}</td><td style="{_CELL};{_FONT}">{expected}</td>'
    if row.detail:
        detail = f'<td colspan="2" style="{_CELL};opacity:.85">{_text(row.detail)}</td>'
        cells += f'</tr><tr style="{_LINE}"><td style="{_CELL}"></td>{detail}'
    return f'<tr style="{_LINE}">{cells}</tr>'


_PIECE = re.compile(r"[^\s\[\](),]+|[\s\[\](),]+")


def _marked(seen: str, expected: str) -> tuple[str, str]:
    """Both sides with the parts that differ underlined: single numbers where the brackets agree, else the whole."""
    ours, theirs = _PIECE.findall(seen), _PIECE.findall(expected)
    alike = [bool(_BRACKETS.match(piece)) for piece in ours] == [bool(_BRACKETS.match(piece)) for piece in theirs]
    if not alike:
        return _differing(seen), _differing(expected)
    pairs = list(zip(ours, theirs, strict=True))
    return (
        "".join(_text(a) if a == b else _differing(a) for a, b in pairs),
        "".join(_text(b) if a == b else _differing(b) for a, b in pairs),
    )


_BRACKETS = re.compile(r"[\s\[\](),]")


def _differing(text: str) -> str:
    return f"<strong><u>{_text(text)}</u></strong>"


def _step(text: str) -> str:
    """A next step: prose, or Python, which keeps its lines."""
    if not _is_code(text):
        return _prose(text)
    return (
        f'<pre style="{_BLOCK}">{_text(text)}</pre>' if "\n" in text else f'<code style="{_CODE}">{_text(text)}</code>'
    )


def _prose(text: str) -> str:
    """Prose with `code` between backticks."""
    # Escaped first: the text may quote what a student wrote.
    return re.sub(r"`([^`]+)`", rf'<code style="{_CODE}">\1</code>', _text(text))


def _is_code(text: str) -> bool:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # the latter for a lone surrogate
        return False
    return any(isinstance(node, ast.Call) for node in ast.walk(tree))  # a single word of prose parses, too


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
