"""The catalogue of mistakes: what students get wrong, why, and the answers that show it.

The public API; it only re-exports. Graders alone have it. Names are fetched when they are first used: a catalogue is
read without PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchmarks.lazy import fetching

if TYPE_CHECKING:
    from torchmarks.catalogue.answers import Answer as Answer
    from torchmarks.catalogue.answers import read_answers as read_answers
    from torchmarks.catalogue.answers import read_text as read_text
    from torchmarks.catalogue.normal import normal_form as normal_form
    from torchmarks.catalogue.problems import problems as problems
    from torchmarks.catalogue.read import Catalogue as Catalogue
    from torchmarks.catalogue.read import Misconception as Misconception
    from torchmarks.catalogue.read import read_catalogue as read_catalogue
    from torchmarks.catalogue.recognise import Recogniser as Recogniser

_HOME = {
    "Answer": "answers",
    "Catalogue": "read",
    "Misconception": "read",
    "Recogniser": "recognise",
    "normal_form": "normal",
    "problems": "problems",
    "read_answers": "answers",
    "read_catalogue": "read",
    "read_text": "answers",
}

__all__ = sorted(_HOME)
__getattr__ = fetching(__name__, _HOME)
