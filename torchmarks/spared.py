"""Keeps jsonschema from importing rfc3987_syntax, which takes half of a process's start and validates nothing here."""

from __future__ import annotations

import sys
from typing import Final

# jsonschema goes without this package where it cannot be imported. Where it can, each process that reads notebooks
# builds a grammar of internet addresses first, at half of its start, and no notebook has a field that it is for.
_NEVER_NEEDED: Final = "rfc3987_syntax"


def spare() -> None:
    """Makes the package unimportable in this process, unless it is loaded already."""
    sys.modules.setdefault(_NEVER_NEEDED, None)  # type: ignore[arg-type]
