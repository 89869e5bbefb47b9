"""The catalogue of mistakes: what students get wrong, why, and the answers that show it.

The public API; it only re-exports. Graders alone have it.
"""

from __future__ import annotations

from torchmarks.catalogue.answers import Answer, read_answers, read_text
from torchmarks.catalogue.normal import normal_form
from torchmarks.catalogue.problems import problems
from torchmarks.catalogue.read import Catalogue, Misconception, read_catalogue
from torchmarks.catalogue.recognise import Recogniser

__all__ = [
    "Answer",
    "Catalogue",
    "Misconception",
    "Recogniser",
    "normal_form",
    "problems",
    "read_answers",
    "read_catalogue",
    "read_text",
]
