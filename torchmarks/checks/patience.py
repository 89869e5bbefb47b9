"""How long a call may take, wherever it is made."""

from __future__ import annotations

from typing import Final

CALL_S: Final = 10.0  # in a notebook and, unless a course sets another limit, in grading
