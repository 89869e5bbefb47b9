"""Students' repositories: who has which, and a copy of each as it stands, without its history.

    fetch.sh: python -I -m torchmarks.adapters.repositories roster.csv submissions/

What is fetched is data from strangers: git runs nothing of it (no hooks, submodules, filters or links), and is given
the token for one address alone. The token, in STUDENTS_TOKEN, is known to this step and not to the one that grades.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from torchmarks.adapters.running import started
from torchmarks.errors import UsageError
from torchmarks.printable import printable

FETCHED: Final = ".fetched.json"  # no student is called so
_COLUMNS: Final = ("student", "repository")
_HOST: Final = "https://github.com/"
_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+")
_STUDENT: Final = re.compile(r"[^\W.][\w.@+-]{0,99}")  # also the name of a folder and of files
_PATIENCE_S: Final = 120
_FILE_BYTES: Final = 256 * 1024**2  # of one file that git writes, so of what it downloads, too
_SETTINGS: Final = (
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
            raise UsageError(f"{student!r} stands in it twice", where, "Keep one row for each student.")
        found[student] = _address(repository, where)
    if not found:
        raise UsageError("the roster has no student", str(path), "Write a row for each: student,OWNER/REPOSITORY.")
    return found


def _address(repository: str, where: str) -> str:
    if _NAME.fullmatch(repository):
        return f"{_HOST}{repository}.git"
    if repository.startswith(("https://", "file:///")):
        return repository
    what = f"{printable(repository)!r} is no repository"
    raise UsageError(what, where, "Write OWNER/REPOSITORY, or an address that begins with https://.")


def fetched(roster: Mapping[str, str], into: Path, token: str) -> list[Fetched]:
    """Fetch each repository into a folder of its student's name below `into`, which must be new or empty."""
    if into.exists() and any(into.iterdir()):
        raise UsageError("the folder exists and is not empty", str(into), "Name a new one, or empty it.")
    into.mkdir(parents=True, exist_ok=True)
    made = [_fetch(student, address, into / student, token) for student, address in roster.items()]
    (into / FETCHED).write_text(json.dumps([asdict(one) for one in made]), encoding="utf-8")
    return made


def _fetch(student: str, address: str, folder: Path, token: str) -> Fetched:
    options = [part for setting in _SETTINGS for part in ("-c", setting)]
    clone = ["clone", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--template=", "--", address]
    try:
        done = _git([*options, *clone, str(folder)], address, token)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            return Fetched(student, why_not=_reason(done.stderr) or f"git ended with {done.returncode}")
        commit = _git(["-C", str(folder), "rev-parse", "HEAD"], "", "").stdout.strip()
    except subprocess.TimeoutExpired:
        shutil.rmtree(folder, ignore_errors=True)
        return Fetched(student, why_not=f"it took longer than {_PATIENCE_S} s")
    shutil.rmtree(folder / ".git", ignore_errors=True)
    return Fetched(student, commit)


def _git(arguments: Sequence[str], address: str, token: str) -> subprocess.CompletedProcess[str]:
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
    return subprocess.run(
        ["git", *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", timeout=_PATIENCE_S, check=False, preexec_fn=_bound,
    )  # fmt: skip


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))


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
