"""torchmarks.isolation.protocol.confinement: the levels of isolation, and the sentence that names them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from torchmarks.isolation.protocol.confinement import isolation_told


@pytest.mark.parametrize(
    ("submissions", "named"),
    [
        ({"namespaces": 3}, "level namespaces"),
        ({"namespaces": 3, "landlock (ordinary user)": 1}, "level namespaces: 3, level landlock (ordinary user): 1"),
        ({"none": 2}, "none, WITHOUT A SANDBOX"),
    ],
)
def test_the_levels_are_named(submissions: Mapping[str, int], named: str) -> None:
    """One alone without its count, several with; none is said as what it is."""
    assert isolation_told(submissions) == f"Isolation of students' code: {named}."
