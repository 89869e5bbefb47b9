"""Turns errors of the database into an error of the machine, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError

from torchmarks.errors import MachineError


@contextmanager
def reachable(db_url: str) -> Iterator[None]:
    """Raise MachineError where the database cannot be used; let through what another attempt gets over."""
    try:
        yield
    except IntegrityError:  # another grader was quicker: the caller tries again
        raise
    except DBAPIError as error:
        if _may_pass(error):
            raise
        where = db_url.rpartition("@")[2]  # no password in a message
        raise MachineError(
            f"The gradebook {where} cannot be used: {error.orig}.",
            "What was graded before is saved; run the same command again when the gradebook is back.",
        ) from error


def _may_pass(error: DBAPIError) -> bool:
    """A deadlock or a serialization failure between two writers, which another attempt gets over."""
    return getattr(error.orig, "pgcode", None) in ("40001", "40P01")
