"""`python -m torchmarks`: the command line; where only the student's half is installed, a page on what it can do.

Loads nothing of the grading half before checking that it is there.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_GRADING = "Grading needs torchmarks[grading]: instructors run `make install` in the course's folder."


def main() -> None:
    """Runs the command that the arguments name; without the grading half only `check`, and a page in place of help."""
    # What `torchmarks` needs of its own and of others: a full wheel without its extra has the one and not the other.
    if find_spec("torchmarks.cli") and find_spec("click"):
        import_module("torchmarks.cli").main()
    elif sys.argv[1:2] == ["check"]:
        sys.exit(import_module("torchmarks.checks.validate").main(sys.argv[2:]))
    elif sys.argv[1:] in ([], ["-h"], ["--help"], ["--version"]):
        print("\n".join(_page()))
    else:
        print(f"torchmarks: there is no command {sys.argv[1]!r} in {sys.prefix}. {_GRADING}", file=sys.stderr)
        sys.exit(2)


def _page() -> Iterator[str]:
    public = import_module(str(__package__))  # a program uses the package from outside, by its public API
    yield f"torchmarks {public.__version__}: what a tensor program did, and what it should have done."
    yield ""
    yield "In a notebook, `from torchmarks import …`:"
    for name in public.__all__:
        yield f"  {name:<18}{_first_sentence(getattr(public, name))}"
    yield ""
    yield "In a terminal, before you hand in: python -m torchmarks check NOTEBOOK"
    yield ""
    yield f"Your notebooks: {_notebooks()}"
    yield _GRADING


def _first_sentence(thing: object) -> str:
    paragraph = (inspect.getdoc(thing) or "").split("\n\n", 1)[0]
    return " ".join(paragraph.split()).partition(". ")[0].rstrip(".")


def _notebooks() -> str:
    """Where the README of the student's folder puts them: beside the environment that it makes, or in this folder."""
    for folder in (Path(sys.prefix).parent, Path.cwd()):
        if (folder / "notebooks").is_dir():
            return str(folder / "notebooks")
    return "in the folder that you unpacked, or where your course's JupyterLab fetches them"


if __name__ == "__main__":
    main()
