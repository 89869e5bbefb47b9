"""The style that all pages share which students and instructors open in a browser: colours, code, print.

A page holds its style, because it is passed on as one file; this is the part that is the same in each. Pure text. What
only one page has stands in its template.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

STYLE: Final = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
