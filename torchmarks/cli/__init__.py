"""The command line: each command parses its arguments, calls one function, prints what it returned and exits.

Exit status: 0, all is well; 1, something falls short; 2, bad input, reported in one line. A command imports what it
needs when it is called, so that `--help` does not wait for torch.
"""

from torchmarks.cli import adapting, authoring, classes, courses, platforms, term, watching  # each adds its commands
from torchmarks.cli.group import main

__all__ = ["adapting", "authoring", "classes", "courses", "main", "platforms", "term", "watching"]
