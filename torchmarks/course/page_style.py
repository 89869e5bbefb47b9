"""The style shared by all pages that students and instructors open in a browser: colours, code, print.

A page contains its style, because it is passed on as one file; this is the part that is the same in each. Pure text.
What only one page has is in its template.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

STYLE: Final = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
