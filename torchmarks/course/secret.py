"""The secret of a course, from which hidden inputs are drawn: 32 random bytes in the gradebook, backed up with it.

Made by the first command that generates or grades. Anyone who reads it can compute every hidden input: it must not
appear in a message, a log, a notebook or an export, and must not reach a student's process.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from sqlalchemy import Connection, delete, insert, inspect, select
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from torchmarks.course import records
from torchmarks.course.records import SECRET

# Of verification, demo and benchmarks, which must give the same every time. Nobody's points depend on it.
SCRATCH_SECRET: Final = hashlib.sha256(b"a scratch course of torchmarks").digest()
_BYTES: Final = 32
_ONLY: Final = 1  # the key of the one row: of two that are written at once the second is refused
_ATTEMPTS: Final = 5


def course_secret(db_url: str) -> bytes:
    """The secret of the course with this gradebook, made now if it has none.

    The gradebook has to exist: tables of ours in an empty one would keep nbgrader from noting its own version.
    """
    return known_secret(db_url) or _made(db_url)


def known_secret(db_url: str) -> bytes:
    """The secret of a course, empty where there is none yet. Changes nothing."""
    with records.reading(db_url) as connection:
        return _read(connection) if inspect(connection).has_table(SECRET.name) else b""


def secret_of(db_url: str) -> bytes:
    """As `known_secret`, for an address where there may be no gradebook: this does not make one."""
    return b"" if records.missing_file(db_url) else known_secret(db_url)


def travelling(secret: bytes, assignment: str) -> bytes:
    """A secret for one assignment that leaves this machine: it draws other inputs, always the same ones, and the
    course's or that of another assignment cannot be derived from it. Of a course without a secret: a new one.
    """
    if not secret:
        return secrets.token_bytes(_BYTES)
    return hmac.digest(secret, f"travelling\0{assignment}".encode(), "sha256")


def keep_secret(db_url: str, secret: bytes) -> None:
    """Replace the secret: for a scratch course, whose grades have to be the same every time."""
    with records.opened(db_url) as connection:
        connection.execute(delete(SECRET))
        connection.execute(insert(SECRET).values(number=_ONLY, secret=secret.hex()))


def _made(db_url: str) -> bytes:
    """Of two processes that make one at once both get that of the first."""
    for attempt in range(_ATTEMPTS):
        try:
            with records.opened(db_url) as connection:
                if not (secret := _read(connection)):
                    secret = secrets.token_bytes(_BYTES)
                    connection.execute(insert(SECRET).values(number=_ONLY, secret=secret.hex()))
            return secret
        except (IntegrityError, OperationalError, ProgrammingError):  # as in the writer: it has only to look again
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _read(connection: Connection) -> bytes:
    return bytes.fromhex(connection.execute(select(SECRET.c.secret)).scalar() or "")
