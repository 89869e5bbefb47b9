"""Prints a line: for a person on a console, or for a program as JSON with notes for a person beside it.

Names of students and files are made `printable`, and are never taken for rich's markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from torchmarks.printable import printable


def print_line(console: Console, text: str) -> None:
    """A line for a person. A long one is not broken, so that a path in it can be copied."""
    console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def print_json(data: Mapping[str, Any]) -> None:
    """A line of JSON on stdout."""
    print(json.dumps(data, sort_keys=True), flush=True)


def print_note(text: str) -> None:
    """A line for a person on stderr, where stdout is for JSON."""
    print(printable(text), file=sys.stderr, flush=True)
