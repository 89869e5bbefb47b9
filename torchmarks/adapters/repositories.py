"""Students' repositories: who has which, and a copy of the current state of each, without its history.

    fetch.sh: python -I -m torchmarks.adapters.repositories roster.csv submissions/

What is fetched is data from strangers: git runs nothing of it (no hooks, submodules, filters or links), and is given
the token for one address alone. The token, in STUDENTS_TOKEN, is known to this step and not to the one that grades.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from torchmarks.adapters.running import started
from torchmarks.errors import UsageError
from torchmarks.grading.listing import BOUNDS
from torchmarks.printable import printable

FETCHED: Final = ".fetched.json"  # no student is called so
_COLUMNS: Final = ("student", "repository")
_HOST: Final = "https://github.com/"
_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+")
_STUDENT: Final = re.compile(r"[^\W.][\w.@+-]{0,99}")  # also the name of a folder and of files
_PATIENCE_S: Final = 120
_FILE_BYTES: Final = 256 * 1024**2  # of one file that git writes, so of what it downloads, too
_MEMORY_BYTES: Final = 1 << 30  # of the addresses of each process of git's
_ENTRIES: Final = BOUNDS.entries  # files and folders: grading refuses more
_LISTING_BYTES: Final = 4 << 20  # of their names
_ALL_BYTES: Final = 1 << 30  # of all files
_SETTINGS: Final = (
    "pack.threads=1", "checkout.workers=1",
    "core.symlinks=false", "core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.allow=never",
    "protocol.https.allow=always", "protocol.file.allow=always", "credential.helper=", "http.followRedirects=initial",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fetched:
    """A student's repository. commit: which state of it was fetched; why_not: the reason where none was."""

    student: str
    commit: str = ""
    why_not: str = ""


def read_roster(path: Path) -> dict[str, str]:
    """Addresses of repositories by student. Raises UsageError with the line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"the roster cannot be read ({error})", str(path), "Write a CSV file in UTF-8.") from error
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        where, (student, repository) = f"{path}, line {number}", ((row.get(name) or "").strip() for name in _COLUMNS)
        if not student or not repository:
            raise UsageError(f"there is no {_COLUMNS[bool(student)]}", where, "The columns are student,repository.")
        if not _STUDENT.fullmatch(student):
            what = f"{printable(student)!r} cannot be the name of a file"
            raise UsageError(what, where, "Use letters, digits and _ . @ + - only, 100 at most.")
        if student in found:
            raise UsageError(f"{student!r} is listed twice", where, "Keep one row for each student.")
        found[student] = _address(repository, where)
    if not found:
        raise UsageError("the roster has no student", str(path), "Write a row for each: student,OWNER/REPOSITORY.")
    return found


def _address(repository: str, where: str) -> str:
    if _NAME.fullmatch(repository):
        return f"{_HOST}{repository}.git"
    if repository.startswith(("https://", "file:///")):
        return repository
    what = f"{printable(repository)!r} is not a repository"
    raise UsageError(what, where, "Write OWNER/REPOSITORY, or an address that begins with https://.")


def fetched(roster: Mapping[str, str], into: Path, token: str) -> list[Fetched]:
    """Fetch each repository into a folder of its student's name below `into`, which must be new or empty."""
    if into.exists() and any(into.iterdir()):
        raise UsageError("the folder exists and is not empty", str(into), "Name a new one, or empty it.")
    into.mkdir(parents=True, exist_ok=True)
    made = [_fetch(student, address, into / student, token) for student, address in roster.items()]
    (into / FETCHED).write_text(json.dumps([asdict(one) for one in made]), encoding="utf-8")
    return made


class _NotFetched(Exception):
    """Why a repository was not: the reason."""


def _fetch(student: str, address: str, folder: Path, token: str) -> Fetched:
    clone = ["clone", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-checkout", "--template="]
    try:
        _said(_git([*clone, "--", address, str(folder)], address, token))
        here = ["-C", str(folder)]
        commit = _said(_git([*here, "rev-parse", "--verify", "HEAD"])).strip()
        # Before a file is written: a few bytes may say that there are a million of them.
        listing = _git([*here, "ls-tree", "-r", "-t", "-l", "-z", commit], file_bytes=_LISTING_BYTES)
        _require_few(listing.stdout if listing.returncode == 0 else None)
        _said(_git([*here, "checkout", "--quiet", "--force", "HEAD", "--"]))
    except (subprocess.TimeoutExpired, _NotFetched) as error:
        shutil.rmtree(folder, ignore_errors=True)
        slow = f"it took longer than {_PATIENCE_S} s"
        return Fetched(student, why_not=str(error) if isinstance(error, _NotFetched) else slow)
    shutil.rmtree(folder / ".git", ignore_errors=True)
    return Fetched(student, commit)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        raise _NotFetched(_reason(done.stderr) or f"git ended with {done.returncode}")
    return done.stdout


def _require_few(listing: str | None) -> None:
    """Refuse what has more files and folders, or bytes, than anybody hands in. listing: None for one without an end."""
    entries = [] if listing is None else [line.split(None, 4) for line in listing.split("\0") if line]
    if listing is None or len(entries) > _ENTRIES:
        raise _NotFetched(f"it has more than {_ENTRIES:,} files and folders")
    if sum(int(size) for _, _, _, size, *_ in entries if size.isdigit()) > _ALL_BYTES:
        raise _NotFetched(f"its files have more than {_ALL_BYTES >> 20:,} MiB")


def _git(
    arguments: Sequence[str], address: str = "", token: str = "", file_bytes: int = _FILE_BYTES
) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "SSL_CERT_FILE") if name in os.environ}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    environment["GIT_CONFIG_GLOBAL"] = os.devnull
    if token and address.startswith(_HOST):
        # In the environment, since everybody on the machine may read a command line.
        header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        environment |= {
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"http.{_HOST}.extraheader",
            "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {header}",
        }  # fmt: skip
    options = [part for setting in _SETTINGS for part in ("-c", setting)]
    return _ended(["git", *options, *arguments], environment, file_bytes)


def _ended(line: Sequence[str], environment: Mapping[str, str], file_bytes: int) -> subprocess.CompletedProcess[str]:
    """What came of a command, none of whose processes outlives it. Raises TimeoutExpired."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))

    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", newline="") as out:  # a file has a bound
        with subprocess.Popen(
            line, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True,
            errors="replace", start_new_session=True, preexec_fn=bound,
        ) as process:  # fmt: skip
            try:
                said = process.communicate(timeout=_PATIENCE_S)[1]
            finally:
                with contextlib.suppress(ProcessLookupError):  # git's own children, too
                    os.killpg(process.pid, signal.SIGKILL)
        out.seek(0)
        return subprocess.CompletedProcess(line, process.returncode, out.read(), said)


def _reason(said: str) -> str:
    """What git says went wrong: its first fatal line, since advice follows it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    return printable((fatal or lines[-1:] or [""])[0])[:300]


def _run(arguments: Sequence[str]) -> None:
    roster, into = map(Path, arguments)
    for one in fetched(read_roster(roster), into, os.environ.pop("STUDENTS_TOKEN", "")):
        print(f"{one.student}: {one.commit[:12] or f'not fetched: {one.why_not}'}", flush=True)


if __name__ == "__main__":
    started(_run)
