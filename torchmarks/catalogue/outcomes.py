"""Compares the outcomes of two calls: result, exception, effect on the arguments, sharing, gradients.

Compares facts. Of errors type and message have to match, masked as `checks.outcome` has it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from torchmarks.checks.equality import alike
from torchmarks.checks.facts import ArrayFacts, Fact, Items, Observation, TensorFacts
from torchmarks.checks.outcome import error, is_own


def same_outcome(a: Observation, b: Observation) -> bool:
    """Whether the results, or the exceptions, of two calls are the same. a: what a student's function did."""
    if a.raised and b.raised and is_own(a.raised):
        return a.raised.type_name == b.raised.type_name
    if a.raised or b.raised:
        return error(a.raised) == error(b.raised)
    return alike(a.result, b.result)


def same_doing(a: Observation, b: Observation) -> bool:
    """Whether two calls did the same in all that was observed."""
    if not (same_outcome(a, b) and _same_after(a, b)):
        return False
    # After an exception there is no result to share memory or to go backward through.
    return a.raised is not None or (
        (a.shared, a.objects) == (b.shared, b.objects)
        and (a.kept_memory, a.left.keys()) == (b.kept_memory, b.left.keys())
        and error(a.backward_raised) == error(b.backward_raised)
        and _same_facts(a.gradients or {}, b.gradients or {})
    )


def _same_facts(a: Mapping[str, Fact | None], b: Mapping[str, Fact | None]) -> bool:
    return a.keys() == b.keys() and all(alike(a[name], b[name]) for name in a)


def _same_after(a: Observation, b: Observation) -> bool:
    # Functions among the arguments are named differently on the two sides; that is not an effect.
    ours = {name: fact for name, fact in a.after.items() if isinstance(fact, TensorFacts | ArrayFacts | Items)}
    theirs = {name: fact for name, fact in b.after.items() if name in ours}
    return _same_facts(ours, theirs)
