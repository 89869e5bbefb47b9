"""Tries level "landlock": does what a session there does, and checks that it holds. The grader runs it once.

Prints one line of JSON: {"abi": n} when it holds, else {"errno": n, "text": why}.
"""

from __future__ import annotations

import dataclasses
import json
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from torchmarks.isolation.inside import landlock, lockdown
from torchmarks.isolation.inside.ending import free_uid
from torchmarks.isolation.protocol.confinement import Confinement


def main(fields: Mapping[str, Any], readable: Sequence[str], closed: str) -> NoReturn:
    """Entry point. fields: of a Confinement, 0 as `abi` for what the kernel has; readable: files that a session must be
    able to read; closed: a file of this user's that it must not reach.
    """
    confinement = Confinement(**fields)
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            outcome: dict[str, Any] = {"abi": _hold(confinement, readable, closed)}
        except OSError as error:
            outcome = {"errno": error.errno, "text": str(error)}
        os.write(writer, json.dumps(outcome).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        print(pipe.read().decode() or json.dumps({"errno": None, "text": "the trial ended without a word"}), flush=True)
    os._exit(0)


def _hold(confinement: Confinement, readable: Sequence[str], closed: str) -> int:
    """Become a session, and look. Returns the version of the rules."""
    confinement = dataclasses.replace(confinement, abi=confinement.abi or landlock.abi())
    uid, _lock = free_uid() if confinement.as_root else (0, None)
    scratch = lockdown.PlainScratch(f"{confinement.scratch}/trial", uid=uid, owner=uid if confinement.own_uid else 0)
    scratch.make()
    lockdown.restrict_supervisor(confinement, scratch)
    lockdown.restrict_student(confinement, scratch)
    for path in readable:
        with open(path, "rb"):
            pass
    Path("written").write_text("x")
    Path(scratch.temporary, "written").write_text("x")
    _require_refused("reading", lambda: Path(closed).read_bytes())
    _require_refused("chmod", lambda: os.chmod(closed, 0o600))
    _require_refused("a socket", lambda: socket.socket(socket.AF_UNIX))
    return confinement.abi


def _require_refused(what: str, step: Callable[[], object]) -> None:
    try:
        step()
    except OSError:
        return
    raise OSError(None, f"{what} was not refused")
