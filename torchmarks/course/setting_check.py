"""Refuses settings that make no sense, before anything is graded with them.

    c.Judge.cell_s = -1     # nbgrader_config.py

A limit that nothing can keep would cost a whole class its points, and traitlets' own errors come late and without the
name of the file. Pure but for the lookup of a database's driver. Must not judge a list of steps: see `config_check`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from traitlets import Bool, Enum, Float, Integer, TraitError, Unicode
from traitlets.config import Config
from traitlets.config.loader import DeferredConfig, LazyConfigValue
from traitlets.utils.importstring import import_item

from torchmarks.errors import UsageError

# By name, as nbgrader's configuration has its steps: they stand above this module.
_OURS: Final = {
    "Judge": "torchmarks.course.judging.Judge",
    "Solutions": "torchmarks.course.solutions.Solutions",
    "Published": "torchmarks.course.publishing.Published",
    "Watch": "torchmarks.course.policy.Watch",
}
_CHECKED: Final = {
    **_OURS,
    "CourseDirectory": "nbgrader.coursedir.CourseDirectory",
    "Exchange": "nbgrader.exchange.default.Exchange",
    "LateSubmissionPlugin": "nbgrader.plugins.LateSubmissionPlugin",
}
_SIMPLE: Final = (Bool, Enum, Float, Integer, Unicode)
_MIB: Final = 1024**2
# Below it not even honest work could be graded; somebody has counted in MiB, in GiB, or in minutes.
LEAST: Final = {
    "memory_bytes": 16 * _MIB,
    "processes": 8,
    "open_files": 16,
    "file_bytes": _MIB,
    "scratch_bytes": _MIB,
    "cpu_s": 5,
    "cell_s": 0.5,
    "call_s": 0.5,
    "output_bytes": 1024,
    "message_bytes": 64 * 1024,
}
_MOST_S: Final = 7 * 24 * 3600  # what poll and select take is little more
_MOST: Final = 2**48
_DATABASES: Final = 'Write "postgresql+psycopg2://USER@HOST/NAME", or leave it out for a gradebook of SQLite.'


def check_settings(config: Config, where: Callable[[str, str], str]) -> None:
    """Raise UsageError for the first setting that has another type than it must, or a value that makes no sense.

    where: gives the file that a section's setting is in.
    """
    for section, name, what, remedy in _faults(config):
        raise UsageError(what, where(section, name), remedy)


def first_with(layers: Sequence[tuple[str, Config]], section: str, name: str) -> str | None:
    """The first of several files, with what is in them, that has a setting."""
    return next((place for place, layer in layers if name in layer.get(section, {})), None)


def _faults(config: Config) -> Iterator[tuple[str, str, str, str]]:
    for section in filter(config.__contains__, _CHECKED):
        known = import_item(_CHECKED[section]).class_traits(config=True)
        for name, value in config[section].items():
            said = f"c.{section}.{name}"
            if name not in known:
                if section in _OURS and not isinstance(value, Config):
                    near = get_close_matches(name, known, n=1)
                    remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
                    yield section, name, f"{said}: there is no such setting", remedy
            elif not isinstance(value, LazyConfigValue | DeferredConfig) and (
                fault := _fault(section, known[name], value)
            ):
                what, remedy = fault
                yield section, name, f"{said} {what}", remedy


def _fault(section: str, trait: Any, value: Any) -> tuple[str, str] | None:
    """What is wrong with a value, and what to write."""
    if value is None and trait.allow_none:
        return None
    if isinstance(trait, _SIMPLE) and not _is_of(trait, value):
        return f"is {value!r}", f"Write {_expected(trait)}."
    if section == "Judge" and isinstance(trait, Integer | Float):
        return _bounds(trait, value)
    if section == "Watch" and isinstance(trait, Integer | Float) and not 0 <= value < math.inf:
        return f"is {value}", f"Give 0 or more, or leave it out for {trait.default_value}."
    if trait.name == "db_url":
        return _database(str(value))
    return None


def _is_of(trait: Any, value: Any) -> bool:
    if isinstance(trait, Integer | Float) and isinstance(value, bool):  # which Python counts as a number
        return False
    try:
        trait.validate(None, value)
    except (TraitError, TypeError):
        return False
    return True


def _expected(trait: Any) -> str:
    if isinstance(trait, Enum):
        return " or ".join(map(repr, trait.values or ()))
    kinds = {Bool: "True or False", Integer: "a whole number", Float: "a number", Unicode: "a text in quotation marks"}
    return next(text for kind, text in kinds.items() if isinstance(trait, kind))


def _bounds(trait: Any, value: float) -> tuple[str, str] | None:
    """A limit for students' code: some time, some bytes, or how many of something."""
    name = str(trait.name)
    unit = "seconds" if name.endswith("_s") else "bytes" if name.endswith("_bytes") else name.replace("_", " ")
    if not math.isfinite(value) or value <= 0:
        return f"is {value}", f"Give the {unit} as a number above 0, or leave it out for {trait.default_value}."
    least = LEAST.get(name, 0)
    if value < least:
        return f"is {value}", f"Give at least {least} {unit}, or leave it out for {trait.default_value}."
    most = _MOST_S if unit == "seconds" else _MOST
    if value > most:
        return f"is {value}", f"Give at most {most} {unit}, or leave it out for {trait.default_value}."
    return None


def _database(address: str) -> tuple[str, str] | None:
    """An address that SQLAlchemy has no driver for. The address itself may hold a password."""
    try:
        url = make_url(address)
        url.get_dialect().import_dbapi()
    except ArgumentError:
        return "is not the address of a database", _DATABASES
    except ImportError as error:
        return f'begins with "{url.drivername}://", which cannot be used here ({error})', _DATABASES
    return None
