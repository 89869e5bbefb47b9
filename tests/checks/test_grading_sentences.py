"""torchmarks.checks.grading_sentences: every sentence has one name, and what asks for it fills all of its places."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from torchmarks.checks import sentences
from torchmarks.checks.grading_sentences import OWN, say

from .test_sentences import PACKAGE, SOURCES, places_of, wrong_in

USERS = {path: text for path, text in SOURCES.items() if "checks.grading_sentences import say" in text}
PAGE = (PACKAGE / "course" / "templates" / "torchmarks-feedback" / "index.html.j2").read_text(encoding="utf-8")


def asked_on(page: str) -> dict[str, set[str]]:
    """The sentences that a template asks for, and the places that it fills."""
    calls = Environment(autoescape=True).parse(page).find_all(nodes.Call)
    return {
        str(call.args[0].value): {keyword.key for keyword in call.kwargs}
        for call in calls
        if isinstance(call.node, nodes.Name) and call.node.name == "say" and isinstance(call.args[0], nodes.Const)
    }


@pytest.mark.parametrize("path", USERS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_what_is_asked_for_exists(path: Path) -> None:
    """Each look-up in the package names a sentence and fills exactly its places."""
    assert wrong_in(USERS[path], say) == []


def test_what_the_page_asks_for_exists() -> None:
    """So does the template of the feedback page."""
    asked = asked_on(PAGE)

    assert asked
    assert {name: places_of(say.table[name]) for name in asked} == asked


def test_a_wrong_look_up_on_the_page_is_noticed() -> None:
    """A place that is left out is seen in a template."""
    assert asked_on("{{ say('page_part', points=1) }}") == {"page_part": {"points"}}


def test_every_sentence_is_asked_for() -> None:
    """The table has none that nothing says any more."""
    constants = {
        node.value
        for text in USERS.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert OWN.keys() - constants - asked_on(PAGE).keys() == set()


def test_no_name_stands_for_two_sentences() -> None:
    """No sentence hides another of its name, in this table or in that of the checks."""
    written = [
        key.value
        for node in ast.walk(ast.parse((PACKAGE / "checks" / "grading_sentences.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]

    assert sorted(written) == sorted(OWN)
    assert OWN.keys() & sentences.say.table.keys() == set()
