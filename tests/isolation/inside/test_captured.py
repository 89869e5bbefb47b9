"""captured_output: everything printed, in order, bounded, and the streams restored."""

import os
import subprocess
import sys
import textwrap

import pytest

_SCRIPT = """
import os, sys, subprocess, warnings
from torchmarks.isolation.inside.captured import captured_output
def report(text): os.write(9, text.encode())
{body}
"""


def reported(body: str) -> str:
    """What a fresh process, whose own descriptors may be played with, reports."""
    reader, writer = os.pipe()
    script = _SCRIPT.format(body=textwrap.dedent(body))
    command = [sys.executable, "-c", f"import os; os.dup2({writer}, 9)\n{script}"]
    done = subprocess.run(command, pass_fds=(writer,), capture_output=True, text=True, timeout=60)
    os.close(writer)
    with open(reader) as pipe:
        assert done.returncode == 0, done.stderr
        return pipe.read()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("print('a'); print('b', file=sys.stderr)", "a\nb\n"),
        ("os.write(1, b'fd\\n'); print('py')", "fd\npy\n"),
        ("subprocess.run(['echo', 'child'])", "child\n"),
        ("print('\\udcff')", "\\udcff\n"),
        ("os.write(1, b'\\xff')", "\ufffd"),
    ],
)
def test_all_levels_are_captured(body: str, expected: str) -> None:
    """Python's streams, descriptors and subprocesses, in the order of printing."""
    assert reported(f"with captured_output(100) as seen:\n    {body}\nreport(seen.text)") == expected


def test_a_loop_of_prints_ends() -> None:
    """Beyond the limit printing raises, and the text is cut."""
    body = """
        try:
            with captured_output(1000) as seen:
                while True:
                    print("spam")
        except OSError:
            report(f"{len(seen.text)} {seen.truncated}")
    """

    assert reported(body) == "1000 True"


def test_the_streams_are_restored() -> None:
    """After the block, and after an exception in it, printing goes where it went."""
    body = """
        before = sys.stdout, os.fstat(1).st_ino
        try:
            with captured_output(10):
                raise KeyError
        except KeyError:
            report(str((sys.stdout, os.fstat(1).st_ino) == before))
    """

    assert reported(body) == "True"
