"""torchmarks.system_files: what nobody handed in, whichever system added it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import torchmarks
from torchmarks.system_files import is_added


@pytest.mark.parametrize(
    "path",
    [
        *("__MACOSX", "__MACOSX/._a.ipynb", "ada/__macosx/x", "._a.ipynb", "a/.DS_Store", r"a\Thumbs.db"),
        *("desktop.ini", ".ipynb_checkpoints/a-checkpoint.ipynb"),
    ],
)
def test_what_a_system_adds_is_known(path: str) -> None:
    """As a file, a folder and in one."""
    assert is_added(path)


@pytest.mark.parametrize("path", ["a.ipynb", "MACOSX/a.ipynb", "a/_b.ipynb", ".hidden", "._folder/a.ipynb", ""])
def test_all_else_is_a_persons(path: str) -> None:
    """Also what is hidden."""
    assert not is_added(path)


def test_one_module_knows_what_macos_adds() -> None:
    """Five knew, each a part of it."""
    root = Path(torchmarks.__file__).parent
    found = [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() == "__macosx"
    ]

    assert found == ["system_files.py"]
