"""torchmarks.catalogue.harm: what the process of the tests would not survive is seen before it runs."""

import pytest

from torchmarks.catalogue.harm import harm_of

HARMFUL = [
    ("exit()", "calls exit"),
    ("quit(1)", "calls quit"),
    ("import sys\nsys.exit()", "calls sys.exit"),
    ("def f(x):\n    os._exit(3)", "calls os._exit"),
    ("subprocess.run(['ls'])", "calls subprocess.run"),
    ("def f(x):\n    raise SystemExit", "raises SystemExit"),
    ("def f(x):\n    raise KeyboardInterrupt('now')", "raises KeyboardInterrupt"),
    ("open('a', 'w')", "writes a file"),
    ("open('a', mode='ab')", "writes a file"),
    ("io.open('a', 'r+')", "writes a file"),
    ("Path('a').open('w')", "writes a file"),
    ("Path('a').write_text('')", "writes a file"),
    ("while True:\n    pass", "loops by `while True` without an end"),
    ("while 1:\n    for _ in range(3):\n        break", "loops by `while 1` without an end"),
    ("while True:\n    def g():\n        return 1", "loops by `while True` without an end"),
]


@pytest.mark.parametrize(("source", "harm"), HARMFUL)
def test_harm_is_seen(source: str, harm: str) -> None:
    """Ends of the process, other processes, files written, loops without an end; at any depth."""
    assert harm_of(source) == harm


HARMLESS = [
    "def f(x):\n    raise ValueError('exit()')",
    "open('a')",
    "open('a', 'rb')",
    "Path('w').open()",
    "def exit_code(x):\n    return x",
    "while True:\n    if done():\n        break",
    "def f(x):\n    while True:\n        for y in x:\n            return y",
    "def f():\n    while True:\n        yield 1",
    "while x < 3:\n    x += 1",
    "no Python exit()",
]


@pytest.mark.parametrize("source", HARMLESS)
def test_what_is_harmless_is_left_alone(source: str) -> None:
    """Reading, errors, loops with a way out; and what is not Python, which never runs."""
    assert harm_of(source) == ""
