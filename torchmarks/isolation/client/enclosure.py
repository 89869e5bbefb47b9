"""Finds the isolation that works on this machine: the strongest level, or the one asked for.

Looks once in a process: what was found holds until it ends, and a later failure refuses and never falls back.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from torchmarks.errors import MachineError
from torchmarks.isolation.client import bubblewrap, landlock, remedies, visible
from torchmarks.isolation.protocol.confinement import Confinement, Isolation, Level
from torchmarks.isolation.protocol.places import PACKAGE_ROOT


class NoSandbox(MachineError):
    """No sandbox can be made on this machine. `reason`: what was tried and failed; `remedy`: what to do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"Students' code cannot be isolated on this machine: {self.reason} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A level of isolation that works here.

    name: the level, as shown to people; says: what it is built on. bwrap: at level "namespaces"; abi: at level
    "landlock"; own_uid: see `Confinement`.
    """

    level: Level
    name: str
    says: str
    bwrap: bubblewrap.BubblewrapHere | None = None
    abi: int = 0
    own_uid: bool = False

    @property
    def package_root(self) -> str:
        """Where this package lies inside."""
        return PACKAGE_ROOT if self.level == "namespaces" else str(visible.package_parent())

    def confinement(self, scratch: str) -> Confinement:
        """What the processes inside need to know. scratch: the folder that holds sessions' own, if any."""
        readable = landlock.readable() if self.level == "landlock" else ()
        as_root = self.level == "landlock" and os.geteuid() == 0
        return Confinement(self.level, self.name, readable, scratch, self.abi, as_root, self.own_uid)

    def command(self, python_arguments: list[str]) -> AbstractContextManager[tuple[list[str], Sequence[int]]]:
        """The command line that runs this Python inside, and descriptors to pass to it. Entering it raises OSError."""
        if self.bwrap is None:
            return nullcontext(([visible.interpreter(), "-I", *python_arguments], ()))
        return self.bwrap.command(python_arguments)


@functools.cache
def find_enclosure(isolation: Isolation = "auto") -> Enclosure:
    """What works here, at the level that is asked for. Tried once in a process (0.1 to 0.4 s). Raises NoSandbox."""
    if isolation == "none":
        return Enclosure("none", "none", "no sandbox")
    if sys.platform != "linux":
        raise NoSandbox(f"it takes Linux, this is {sys.platform}.", remedies.PLATFORM)
    failures: list[str] = []
    if isolation in ("auto", "namespaces"):
        found = bubblewrap.find()
        if not isinstance(found, str):
            return Enclosure("namespaces", "namespaces", found.says, found, own_uid=found.own_uid)
        failures.append(f"namespaces: {found}")
    number = None
    if isolation in ("auto", "landlock"):
        here = landlock.find()
        if isinstance(here, landlock.LandlockHere):
            return Enclosure("landlock", here.name, here.says, abi=here.abi, own_uid=here.own_uid)
        number = here.number
        failures.append(f"landlock: {here.reason}")
    raise NoSandbox(
        f"{'; '.join(failures).rstrip('.')}.", remedies.here(isolation, number, bool(list(bubblewrap.candidates())))
    )
