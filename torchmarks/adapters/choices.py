"""The choices made when an adapter is built, as plain words of the command line; an adapter carries them."""

from __future__ import annotations

from typing import Final

# Gradescope: when students see what hidden tests found, in its own words, and as what messages are shown.
VISIBILITIES: Final = ("visible", "after_due_date", "after_published", "hidden")
FORMATS: Final = ("html", "text")
# PrairieLearn: what students read of hidden tests. It shows results at once and has no later.
HIDDEN: Final = ("messages", "points")
