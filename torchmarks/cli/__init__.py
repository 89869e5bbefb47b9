"""The command line: parse, call, print, exit. 0: all well; 1: something falls short; 2: bad input, said in one line.

A command imports what it needs when it is called: `--help` need not wait for torch.
"""

from torchmarks.cli import adapting, authoring, classes, courses, platforms, term, watching  # each adds its commands
from torchmarks.cli.group import main

__all__ = ["adapting", "authoring", "classes", "courses", "main", "platforms", "term", "watching"]
