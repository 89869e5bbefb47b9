"""torchmarks.checks.language: which language is spoken, and what a sentence reads like where there is none for it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.mistakes import CATALOGUE, NOTEBOOK, SETUP, VISIBLE, WHY
from checks.notebook import notebooks
from torchmarks.authoring.visible_reasons import made
from torchmarks.catalogue import read_catalogue
from torchmarks.checks import language
from torchmarks.checks.box import to_html
from torchmarks.checks.language import asked, languages, speaking, spoken
from torchmarks.checks.reasons_file import NAME
from torchmarks.checks.report import Report
from torchmarks.checks.sentences import Counted, Sentences, say

WRONG = "def half(x):\n    y = torch.div(x, 2, rounding_mode='floor')\n    return y"


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE", "LC_ALL": "es_ES.UTF-8"}, "es"),
        ({"LANG": "de_DE", "LC_MESSAGES": "C"}, "en"),
        ({"LANG": "de_DE", "LC_ALL": "en_GB.UTF-8", "LANGUAGE": "xx:es:de"}, "es"),
        ({"LANGUAGE": "en:de"}, "en"),
        ({"LANG": "es_MX@euro", "TORCHMARKS_LANGUAGE": "de"}, "de"),
        ({"LANG": "es_ES", "TORCHMARKS_LANGUAGE": "xx"}, "en"),
        ({"LANG": "../de"}, "en"),
    ],
)
def test_an_environment_asks_for_a_language(environment: dict[str, str], wanted: str) -> None:
    """By our own setting, else in gettext's order; English where there is none that it names."""
    assert asked(environment) == wanted


def test_a_language_is_spoken_for_a_while() -> None:
    """Inside, also within another; afterwards, and in another thread, what was spoken before."""
    heard = []
    with speaking("de"):
        with speaking("es"):
            heard.append(spoken())
        other = threading.Thread(target=lambda: heard.append(spoken()))
        other.start()
        other.join()
        heard.append(spoken())

    assert [*heard, spoken()] == ["es", "en", "de", "en"]
    assert languages()[0] == "en"
    assert {"de", "es"} <= {*languages()}


def test_a_sentence_without_a_translation_is_in_english() -> None:
    """Whatever is spoken."""
    new = Sentences({"new": "A new {thing}.", "items": Counted("1 thing", "{count} things")})

    with speaking("de"):
        assert new("new", thing="one") == "A new one."
        assert [new("items", count=count) for count in (1, 2)] == ["1 thing", "2 things"]


def test_what_becomes_a_fact_is_in_english() -> None:
    """Also where another language is spoken."""
    with speaking("de"):
        assert (say("nothing"), say.english("nothing")) == ("nichts", "nothing")


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language with three forms, of two sentences, one of which its translator got wrong."""
    catalog = Catalog(locale="pl", fuzzy=False)
    catalog.add(("1 item", "{count} items"), ("1 element", "{count} elementy", "{count} elementów"), context="items")
    catalog.add("{call} is not what was asked for.", "{wywołanie} to nie to.", context="not_as_asked")
    folder = tmp_path / "pl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "torchmarks.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    with speaking("pl"):
        yield
    language._catalogue.cache_clear()


@pytest.mark.usefixtures("polish")
def test_the_rules_of_a_language_choose_the_form() -> None:
    """One, some and many, where English has one and more."""
    assert [say("items", count=count) for count in (1, 2, 5, 22)] == [
        *("1 element", "2 elementy", "5 elementów", "22 elementy"),
    ]


@pytest.mark.usefixtures("polish")
def test_a_translators_slip_costs_nobody_the_sentence() -> None:
    """A place that the sentence has not: it is said in English. A place that nobody gave is an error as ever."""
    assert say("not_as_asked", call="f(1)") == "f(1) is not what was asked for."
    with pytest.raises(KeyError):
        say("not_as_asked")


def test_a_box_says_which_parts_are_in_which_language() -> None:
    """A notebook is in English, so a German box says so, and its author's why and next that they are not; in English
    there is nothing to say.
    """
    report = Report("f(1) …", why="Because.", next="Look.", authored=("why",))
    with speaking("de"):
        german = to_html(report)

    assert german.startswith('<div role="group" lang="de" aria-label="Test nicht bestanden"')
    assert german.count("lang=") == 2
    assert '<strong>Warum:</strong> <span lang="en">Because.</span>' in german
    assert "<strong>Als Nächstes:</strong> Look." in german
    assert "lang=" not in to_html(report)


def test_a_notebook_speaks_what_its_environment_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Box, passed line and progress; the reason, which travels sealed, is found as in English and stays English."""
    monkeypatch.setenv("TORCHMARKS_LANGUAGE", "de")
    (tmp_path / NAME).write_bytes(made(NOTEBOOK, read_catalogue(CATALOGUE, ["half"], "")))
    (tmp_path / "00-half.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    right, table = "def half(x):\n    return x / 2", "from torchmarks import progress\nprint(progress('00-half'))"
    shown = notebooks(tmp_path, [SETUP, WRONG, VISIBLE, right, VISIBLE, table])[0]

    assert "half(tensor([3])) ist nicht das, was verlangt war." in shown[2]["error"]
    assert f"Warum: {WHY}      (floor-division)" in shown[2]["error"]
    assert shown[4]["text"] == "✓ 2 Aufrufe wie erwartet\n"
    assert shown[5]["text"].splitlines() == [
        "00-half: 1 von 1 Aufgabe besteht die sichtbaren Tests. Die verdeckten folgen bei der Bewertung.",
        "  half  ✓ besteht die sichtbaren Tests",
    ]
