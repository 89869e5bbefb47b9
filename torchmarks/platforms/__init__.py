"""Learning platforms: work in from Canvas, Moodle or a folder, marks and feedback out to them.

The public API; it only re-exports. Names are fetched when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchmarks.lazy import fetching

if TYPE_CHECKING:
    from torchmarks.platforms.collecting import PLATFORMS as PLATFORMS
    from torchmarks.platforms.collecting import CollectResult as CollectResult
    from torchmarks.platforms.collecting import SubmissionState as SubmissionState
    from torchmarks.platforms.collecting import Wish as Wish
    from torchmarks.platforms.collecting import collect as collect
    from torchmarks.platforms.collecting import import_roster as import_roster
    from torchmarks.platforms.exporting import Export as Export
    from torchmarks.platforms.exporting import Exported as Exported
    from torchmarks.platforms.exporting import export_out as export_out
    from torchmarks.platforms.plan import FileState as FileState

_HOME = {
    "CollectResult": "collecting",
    "Export": "exporting",
    "Exported": "exporting",
    "FileState": "plan",
    "PLATFORMS": "collecting",
    "SubmissionState": "collecting",
    "Wish": "collecting",
    "collect": "collecting",
    "export_out": "exporting",
    "import_roster": "collecting",
}

__all__ = sorted(_HOME)
__getattr__ = fetching(__name__, _HOME)
