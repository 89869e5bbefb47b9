"""torchmarks.checks.sentences: every sentence has one name, and what asks for it fills all of its places."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import torchmarks
from torchmarks.checks import grading_sentences
from torchmarks.checks.sentences import Counted, Sentence, Sentences, say

PACKAGE = Path(str(torchmarks.__file__)).parent


def places_of(sentence: Sentence) -> set[str]:
    if isinstance(sentence, Counted):
        return places_of(sentence.one) | places_of(sentence.more) | {sentence.by}
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def names_in(node: ast.expr) -> list[str] | None:
    """The names that a look-up may ask for, of a condition both; None where they are not written there."""
    match node:
        case ast.Constant(str(name)):
            return [name]
        case ast.IfExp(body=ast.Constant(str(one)), orelse=ast.Constant(str(other))):
            return [one, other]
    return None


def asked_in(source: str) -> Iterator[tuple[str, set[str]]]:
    """The sentences that a module asks for by name, and the places that it fills."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("say", "say.english"):
            for name in names_in(node.args[0]) or ():
                yield name, {keyword.arg or "**" for keyword in node.keywords}


def wrong_in(source: str, say: Sentences = say) -> list[str]:
    """Look-ups of a sentence that does not exist, or with other places than it has."""
    return [
        f"{name}: {sorted(places)}"
        for name, places in asked_in(source)
        if name not in say.table or places_of(say.table[name]) != places
    ]


SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
USERS = {path: text for path, text in SOURCES.items() if "checks.sentences import" in text}


def test_a_sentence_is_filled_in() -> None:
    """Values stand where the sentence has their names; braces in them are text."""
    assert Sentences({"seen": "{name} gave {value}."})("seen", name="f", value="{}") == "f gave {}."


def test_an_unknown_sentence_is_an_error() -> None:
    """A misspelled name, or a place without a value, does not pass in silence."""
    with pytest.raises(KeyError):
        say("no such sentence")
    with pytest.raises(KeyError):
        say("not_as_asked")


@pytest.mark.parametrize("path", USERS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_what_is_asked_for_exists(path: Path) -> None:
    """Each look-up in the package names a sentence and fills exactly its places."""
    assert wrong_in(USERS[path]) == []


@pytest.mark.parametrize(
    "line", ["say('nothing at all')", "say('items')", "say('nothing', count=1)", "say.english('')"]
)
def test_a_wrong_look_up_is_noticed(line: str) -> None:
    """The rule trips on an unknown name, a place left out, and one that the sentence has not."""
    assert len(wrong_in(line)) == 1


def test_every_sentence_is_asked_for() -> None:
    """The table has none that nothing says any more."""
    # the look-up of the grading half knows this table, too
    texts = [text for text in SOURCES.values() if "sentences import say" in text]
    nodes = [node for text in texts for node in ast.walk(ast.parse(text))]
    constants = {node.value for node in nodes if isinstance(node, ast.Constant)}
    begun = [node.values[0] for node in nodes if isinstance(node, ast.JoinedStr) and len(node.values) == 2]
    families = tuple(part.value for part in begun if isinstance(part, ast.Constant) and part.value.endswith("_"))

    assert {name for name in say.table if name not in constants and not name.startswith(families)} == set()


# ---- "is no notebook" is not English: "is not a notebook"

ARCHAIC = re.compile(r"(?<!there )\b(?:is|are|was|were|be) no (?!longer\b|more\b)\w", re.IGNORECASE)
ERRORS = frozenset({"AuthorError", "MachineError", "UsageError", "_refused"})
KEPT_TO = ("checks", "catalogue", "errors.py", "lazy.py", "printable.py", "spared.py")  # of the package


def printed_in(source: str) -> Iterator[str]:
    """The texts that a module hands to one of our errors, with a word in place of what is put in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in ERRORS:
            for text in ast.walk(ast.Tuple([*node.args, *(keyword.value for keyword in node.keywords)], ast.Load())):
                if isinstance(text, ast.JoinedStr):
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in text.values)
                elif isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value


def archaic_in(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if ARCHAIC.search(text)]


def test_no_sentence_says_is_no() -> None:
    """Students read that something "is not a notebook", never that it "is no notebook"."""
    sentences = grading_sentences.say.table.values()
    texts = [form for one in sentences for form in ((one,) if isinstance(one, str) else (one.one, one.more))]

    assert archaic_in(texts) == []


def test_no_error_says_is_no() -> None:
    """Neither do authors and instructors."""
    sources = {path.relative_to(PACKAGE): text for path, text in SOURCES.items()}
    texts = [text for path, source in sources.items() if path.parts[0] in KEPT_TO for text in printed_in(source)]

    assert texts
    assert archaic_in(texts) == []


@pytest.mark.parametrize(
    ("source", "noticed"),
    [
        ("raise UsageError(f'{path} is no folder', 'here', 'Name one.')", True),
        ("raise errors.MachineError(reason='These are no cells.')", True),
        ("raise UsageError('there is no folder' if gone else 'it was no folder', '', '')", True),
        ("raise UsageError('there is no folder', 'It is no longer there', 'is not one')", False),
        ("print('this is no error')", False),
    ],
)
def test_is_no_is_noticed(source: str, noticed: bool) -> None:
    """The rule trips in any argument and any branch; "there is no" and "is no longer" are English."""
    assert bool(archaic_in(printed_in(source))) == noticed
