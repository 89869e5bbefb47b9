"""`python -m torchmarks`."""

from torchmarks.cli import main

main()
