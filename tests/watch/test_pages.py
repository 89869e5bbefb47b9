"""torchmarks.watch.pages: what a student reads of where they stand, in the language of the course."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from traitlets.config import Config

from torchmarks.course.policy import Policy, policy_of
from torchmarks.watch.budget import decide
from torchmarks.watch.pages import kept, not_graded, provisional

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEADLINE = NOON + timedelta(days=1)


def _policy(language: str, verdicts: int = 3) -> Policy:
    return policy_of(Config({"Judge": {"language": language}, "Watch": {"verdicts_a_day": verdicts}}))


@pytest.mark.parametrize(
    ("language", "title", "only"),
    [
        ("en", "half: handed in and kept", "You have had the one verdict that the course gives in a day."),
        ("de", "half: abgegeben und aufbewahrt", "Du hast die eine Bewertung gehabt, die der Kurs an einem Tag gibt."),
        ("es", "half: entregado y guardado", "Ya has tenido la única calificación que el curso da en un día."),
    ],
)
def test_a_page_of_what_is_kept(language: str, title: str, only: str) -> None:
    """Title, sentences and the language that the page says it is in."""
    policy = _policy(language, 1)
    page = kept(policy, "half", NOON, DEADLINE, decide(policy, [NOON - timedelta(hours=1)], NOON))

    assert f'<html lang="{language}">' in page
    assert f"<h1>{title}</h1>" in page
    assert only in page


def test_notes_and_refusals_are_in_the_language_of_the_course() -> None:
    """The reason comes from the grading, which speaks the same."""
    policy = _policy("de")
    notes = provisional(policy, DEADLINE, decide(policy, [], NOON)).notes
    page = not_graded(policy, "half", NOON, "Die Datei ist leer.", own_fault=True)

    assert notes[0].startswith("Vorläufig: ")
    assert "<p>Die Datei ist leer.</p>" in page
    assert "Du darfst noch einmal abgeben" in page
