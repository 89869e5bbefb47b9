"""Finds the messages to translate: how `pybabel extract` reads the tables of sentences.

    [tool.babel.extractors]
    sentences = "torchmarks.authoring.translations:extract"

A sentence's name is its context, so that two that are the same in English need not be in another language. Reads source
text; imports nothing of what it reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Final

_IN_ENGLISH: Final = frozenset({"_ERRORS"})  # tables whose sentences become facts, see `Sentences.english`

# Line, function by whose rules Babel reads the texts, texts, comments.
Message = tuple[int, str, tuple[str, ...], list[str]]


def extract(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Mapping[str, Any]
) -> Iterator[Message]:
    """The sentences of a module's tables, as Babel asks for them; the other arguments are of no use here."""
    for node in ast.parse(file.read()).body:
        match node:
            case ast.AnnAssign(target=ast.Name(name), value=ast.Dict() as table) if name not in _IN_ENGLISH:
                yield from _messages(table)


def _messages(table: ast.Dict) -> Iterator[Message]:
    for key, value in zip(table.keys, table.values, strict=True):
        match key, value:
            case ast.Constant(str(name)), ast.Constant(str(sentence)):
                yield value.lineno, "pgettext", (name, sentence), []
            case ast.Constant(str(name)), ast.Call(func=ast.Name("Counted"), args=[*forms]):
                texts = [ast.literal_eval(form) for form in forms]
                yield value.lineno, "npgettext", (name, texts[0], (texts[1:2] or texts)[0] or texts[0]), []
