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
        raise unusable(error, db_url) from error


def unusable(error: DBAPIError, db_url: str = "") -> MachineError:
    """The MachineError for a database error. db_url: of the gradebook, to be named if it is known."""
    where = f" {db_url.rpartition('@')[2]}" if db_url else ""  # no password in a message
    said = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    return MachineError(
        f"The gradebook{where} cannot be used: {said[0].rstrip('.')}.",
        "What was saved before stays; run the same command again when the gradebook can be used.",
    )


def _may_pass(error: DBAPIError) -> bool:
    """A deadlock or a serialization failure between two writers, which another attempt gets over."""
    return getattr(error.orig, "pgcode", None) in ("40001", "40P01")
