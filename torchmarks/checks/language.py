"""Which language students read, and the translations of a sentence into it; English where there is none.

A grading speaks the language of its course (`speaking`), a notebook the one that its environment asks for (`asked`,
`speak`). The translations are gettext's, in `locale/` beside this module. Knows no sentence; must not import a sibling.
"""

from __future__ import annotations

import contextlib
import gettext
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"  # which the sentences themselves are in
SETTING: Final = "TORCHMARKS_LANGUAGE"
DOMAIN: Final = "torchmarks"
FOLDER: Final = Path(__file__).parent / "locale"
# Where programs look for a person's language, in gettext's order; the first may name several.
_ENVIRONMENT: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")

_within: ContextVar[str] = ContextVar("language", default="")
_of_process: list[str] = []


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that there are, English first."""
    found = (path.parent.parent.name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return (ENGLISH, *sorted(found))


def spoken() -> str:
    """The language that is spoken here, such as "de"."""
    return _within.get() or next(iter(_of_process), ENGLISH)


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """While inside, this language is spoken, in this thread alone. Must not enclose a `yield`."""
    token = _within.set(language)
    _catalogue(language)  # read at once: a student's code may change `open`
    try:
        yield
    finally:
        _within.reset(token)


def speak(language: str) -> None:
    """Sets the language of this process, where `speaking` does not set another; only the first call counts."""
    if not _of_process:
        _of_process.append(language)


def asked(environment: Mapping[str, str]) -> str:
    """The language that an environment asks for: by our own setting, else by those that other programs read."""
    if own := environment.get(SETTING):
        return _known(own) or ENGLISH
    names = next((environment[name] for name in _ENVIRONMENT if environment.get(name)), "")
    return next(filter(None, map(_known, names.split(":"))), ENGLISH)


def _known(locale: str) -> str:
    """The language of a locale such as "de_AT.UTF-8", nothing where there is none for it."""
    code = locale.partition(".")[0].partition("@")[0].replace("-", "_")
    return next((found for found in (code, code.partition("_")[0].lower()) if found in languages()), "")


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


def translated(name: str, sentence: str) -> str:
    """A sentence in the language that is spoken; unchanged where that has no translation. name: distinguishes it from
    others that are the same in English.
    """
    return _catalogue(spoken()).pgettext(name, sentence)


def translated_for(name: str, one: str, more: str, count: int) -> str:
    """The form of a sentence for so many, by the rules of the language that is spoken."""
    return _catalogue(spoken()).npgettext(name, one, more, count)
