"""torchmarks/checks/locale: every language has every sentence with its places, and what is read was made of it."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from torchmarks.checks import grading_sentences
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import DOMAIN, FOLDER
from torchmarks.checks.sentences import Counted

from .test_sentences import places_of

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted(path.name for path in FOLDER.iterdir())
TO_TRANSLATE = {name: text for name, text in say.table.items() if name not in grading_sentences._ERRORS}


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms_of(texts: object) -> list[str]:
    return [str(text) for text in (texts if isinstance(texts, list | tuple) else (texts,))]


def msgid_of(name: str) -> list[str]:
    sentence = TO_TRANSLATE[name]
    return [sentence.one, sentence.more or sentence.one] if isinstance(sentence, Counted) else [sentence]


def lost(message: Message) -> list[str]:
    """The forms of a translation that have other places than the sentence; the number may be left out of one form."""
    sentence = TO_TRANSLATE[str(message.context)]
    whole = places_of(msgid_of(str(message.context))[-1])
    spared = {sentence.by} if isinstance(sentence, Counted) else set()
    forms = forms_of(message.string)
    wrong = [form for form in forms if not whole - spared <= places_of(form) <= whole]
    return wrong + [form for form in forms[-1:] if form not in wrong and places_of(form) != whole]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_no_other(language: str) -> None:
    """As it reads today, in all forms of the language, and by a person who was sure of it."""
    messages = [message for message in read(language) if message.id]

    assert {message.context: forms_of(message.id) for message in messages} == {
        name: msgid_of(name) for name in TO_TRANSLATE
    }
    assert [m.context for m in messages if m.fuzzy or not all(forms_of(m.string))] == []
    assert [(m.context, errors) for m, errors in read(language).check()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_places(language: str) -> None:
    """What differs from case to case stands in it, under its name; so does a sign that begins the sentence."""
    messages = [message for message in read(language) if message.id]

    assert [message.context for message in messages if lost(message)] == []
    signs = "✓✗◐#("
    assert [
        m.context for m in messages for form in forms_of(m.string) if _sign(m.id, signs) != _sign(form, signs)
    ] == []


def _sign(texts: object, signs: str) -> str:
    first = forms_of(texts)[0][0]
    return first if first in signs else ""


@pytest.mark.parametrize(
    "string", ["{other} nicht da", "nicht da", "{name} {name.gone}", ("{name}", "{name}"), ("1", "{kind}")]
)
def test_a_lost_place_is_noticed(string: str | tuple[str, ...]) -> None:
    """The rule trips on another place, none, one more, and a number that the form for many has not."""
    name = "bytes" if isinstance(string, tuple) else "not_defined"

    assert lost(Message(tuple(msgid_of(name)) if len(msgid_of(name)) > 1 else msgid_of(name)[0], string, context=name))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_what_was_written(language: str) -> None:
    """The .mo beside each .po is made of it: `pybabel compile`, see docs/authoring.md."""
    made = io.BytesIO()
    write_mo(made, read(language))

    assert path_of(language).with_suffix(".mo").read_bytes() == made.getvalue()


def commands() -> list[list[str]]:
    """The commands of docs/authoring.md about translations."""
    page = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
    lines = re.findall(r"^pybabel .+$", page.replace("\\\n", " "), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def _run(words: Sequence[str]) -> None:
    CommandLineInterface().run([words[0], "-q", *words[1:]])


def test_the_commands_of_the_authors_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They find nothing to do for the languages there are, and begin another one with all sentences."""
    (tmp_path / "torchmarks").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "torchmarks" / "checks", tmp_path / "torchmarks" / "checks")
    monkeypatch.chdir(tmp_path)
    found = commands()
    for words in found:
        _run(words)
    locale = tmp_path / "torchmarks" / "checks" / "locale"

    assert [words[1] for words in found] == ["extract", "update", "init", "compile"]
    assert {path.parent.parent.name for path in locale.rglob("*.mo")} == {*LANGUAGES, "fr"}
    for language in LANGUAGES:
        name = Path(language) / "LC_MESSAGES" / f"{DOMAIN}.mo"
        assert _messages(locale / name) == _messages(FOLDER / name)
    with (locale / "fr" / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        assert {message.context for message in read_po(file) if message.id} == TO_TRANSLATE.keys()


def _messages(path: Path) -> bytes:
    """What a .mo holds, without the line of its header that has the time."""
    return re.sub(rb"POT-Creation-Date: [^\n]+", b"", path.read_bytes())
