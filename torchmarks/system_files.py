"""Names of what systems and programs put among people's files: nobody's work.

Pure, a leaf: imports no sibling.
"""

from __future__ import annotations

import re
from typing import Final

# macOS, Windows, Jupyter, and an ext4 volume on its top; in lower case, as some file systems give them
_ADDED: Final = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini", ".ipynb_checkpoints", "lost+found"})
_SIDE_FILE: Final = "._"  # where macOS keeps what other file systems cannot hold of a file


def is_added(path: str) -> bool:
    """Whether a file or folder, or one that it is in, was added by a system. path: with `/` or `\\`."""
    parts = re.split(r"[/\\]", path)
    return parts[-1].startswith(_SIDE_FILE) or not _ADDED.isdisjoint(map(str.lower, parts))
