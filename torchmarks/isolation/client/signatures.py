"""The signature of a class that a student has to write, known before anything runs."""

from __future__ import annotations


class ClassSignature(tuple[str, ...]):
    """Parameter names of a class's `__init__`. Its objects answer for themselves; what a function returns does not."""

    __slots__ = ()
