"""Turns errors of the database into an error of the machine, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import make_url
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
    where = f" {_shown(db_url)}" if db_url else ""
    said = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    remedy = "What was saved before stays; run the same command again when the gradebook can be used."
    if _is_locked(error):
        remedy = "Another program writes to it. Wait until it has ended, then run the same command again."
    return MachineError(f"The gradebook{where} cannot be used: {said[0].rstrip('.')}.", remedy)


def _shown(db_url: str) -> str:
    """The address of a database without what may be a password in it."""
    url = make_url(db_url)
    if url.get_backend_name() == "sqlite":  # a path, perhaps with an @ in it
        return db_url
    return url.set(query={}).render_as_string(hide_password=True)


def _is_locked(error: DBAPIError) -> bool:
    """Whether another program has locked it: SQLite says so in words, PostgreSQL by a number."""
    return "database is locked" in str(error.orig) or getattr(error.orig, "pgcode", None) == "55P03"


def _may_pass(error: DBAPIError) -> bool:
    """A deadlock or a serialization failure between two writers, which another attempt gets over."""
    return getattr(error.orig, "pgcode", None) in ("40001", "40P01")
