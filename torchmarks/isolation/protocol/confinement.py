"""How students' processes are confined: the levels by name, and what the processes inside have to know of theirs.

Pure data, known to both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["namespaces", "landlock", "none"]
"""What surrounds a session. "namespaces": bubblewrap, and namespaces, mounts and a system call filter of its own;
"landlock": Landlock rules and two system call filters, where namespaces are refused; "none": nothing but limits."""

Isolation = Literal["auto", "namespaces", "landlock", "none"]
"""What a course asks for: the strongest level that works here, or exactly this one."""


USER_ID: Final = 1000
"""The user that runs everything in a sandbox of level "namespaces", as numbered in there."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the processes inside need to know, to confine sessions.

    name: how people read it; readable: files and folders that a session may read and run; scratch: the folder that
    sessions' own folders are made in (both empty at level "namespaces", where mounts say it); abi: the version of
    Landlock's rules to use; as_root: root grades at level "landlock", so that each session has a user of its own by
    which its processes are counted and ended; own_uid: it runs as that user altogether, so that files are that user's,
    too (at level "namespaces": root grades, and everything in the sandbox has to become USER_ID, who is not root).
    """

    level: Level
    name: str
    readable: tuple[str, ...] = ()
    scratch: str = ""
    abi: int = 0
    as_root: bool = False
    own_uid: bool = False


def isolation_told(submissions: Mapping[str, int]) -> str:
    """How students' code was isolated, as a sentence. submissions: how many at each level, by the level's name."""
    names = {name: "none, WITHOUT A SANDBOX" if name == "none" else f"level {name}" for name in submissions}
    several = len(submissions) > 1
    told = ", ".join(f"{names[name]}: {count}" if several else names[name] for name, count in submissions.items())
    return f"Isolation of students' code: {told}."
