"""The hub that `make hub` serves to try it out."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.clone import ROOT

from hub.serving import ADDRESS, PEOPLE, logged_in

pytestmark = [pytest.mark.hub, pytest.mark.slow, pytest.mark.timeout(900)]


def _home(name: str, password: str) -> str:
    """The hub's page of somebody who logs in."""
    return str(logged_in(name, password).open(f"{ADDRESS}/hub/home").read().decode())


def _said(serving: subprocess.Popen[str]) -> str:
    """What it prints until it serves, or ends."""
    assert serving.stdout is not None
    said = ""
    for line in serving.stdout:
        said += line
        if line.startswith("Ctrl-C"):
            break
    return said


def test_who_is_named_logs_in_and_nothing_is_left() -> None:
    """With the passwords that it prints; the course is a service for the instructor alone; its folders go with it."""
    with tempfile.TemporaryDirectory(prefix="torchmarks-serving-") as folder:
        Path(folder).chmod(0o755)
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": folder}
        program = [sys.executable, str(ROOT / "tests/hub/serving.py")]
        with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True) as serving:
            try:
                said = _said(serving)
                passwords = dict(re.findall(r"^  (\w+) +password (\S+)", said, re.M))
                pages = {name: _home(name, password) for name, password in passwords.items()}
            finally:
                serving.send_signal(signal.SIGTERM)
        left = os.listdir(folder)

    assert re.search(r"\(level (namespaces|landlock)", said)
    assert passwords.keys() == PEOPLE.keys()
    assert {name for name, page in pages.items() if "/services/tensors/" in page} == {"grace"}
    assert left == []
