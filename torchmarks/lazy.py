"""Lazy re-exports: a package fetches names when they are first used, so that importing it loads nothing heavy."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def fetching(package: str, home: Mapping[str, str]) -> Callable[[str], Any]:
    """A `__getattr__` for a package file. home: the module of each name, relative to the package.

    A name that was fetched is kept in the package. For others it raises AttributeError, as Python's own does.
    """

    def fetch(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return fetch
