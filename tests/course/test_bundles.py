"""torchmarks.course.bundles: what a course's configuration says of grading."""

from __future__ import annotations

import pytest
from traitlets.config import Config

from torchmarks.course.bundles import language_of
from torchmarks.errors import UsageError


def test_a_course_speaks_english_unless_it_says_otherwise() -> None:
    """By the name of a language that there is."""
    assert language_of(Config()) == "en"
    assert language_of(Config({"Judge": {"language": "de"}})) == "de"


@pytest.mark.parametrize("language", ["fr", "German", "", None, ["de"]])
def test_a_language_that_there_is_not_is_refused(language: object) -> None:
    """With those there are."""
    with pytest.raises(UsageError, match=r"c\.Judge\.language: there is no language .+Known: 'en', 'de', 'es'\."):
        language_of({"Judge": {"language": language}})
