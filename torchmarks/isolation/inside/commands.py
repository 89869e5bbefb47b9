"""Runs the shell commands of students' cells (`!command`), and prints what they write as it comes.

Reads it from a pipe, where IPython takes a terminal: not every level of isolation has one, and nobody could answer.
"""

from __future__ import annotations

import codecs
import os
import select
import shutil
import subprocess
from typing import Final

_WAIT_S: Final = 0.1
_CHUNK_BYTES: Final = 65536


def run(command: str) -> int:
    """Run a command by the shell and print what it writes.

    Returns its exit status, or minus the signal that ended it. What it leaves in the background is not waited for.
    Raises OSError where the shell cannot start; KeyboardInterrupt ends the command.
    """
    words = [shutil.which("bash") or "/bin/sh", "-c", command]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as started:
        try:
            _print_all(started)
            return started.wait()
        except BaseException:
            started.kill()
            raise


def _print_all(started: subprocess.Popen[bytes]) -> None:
    assert started.stdout is not None
    fd, decoder = started.stdout.fileno(), codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        ended = started.poll() is not None  # asked first: what it wrote until then is read below
        if select.select([fd], [], [], 0 if ended else _WAIT_S)[0]:
            chunk = os.read(fd, _CHUNK_BYTES)
            if not chunk:
                return
            print(decoder.decode(chunk), end="", flush=True)
        elif ended:
            return
