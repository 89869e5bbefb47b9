"""torchmarks.course.reachable: an error of the database in one line, with the remedy that fits it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from torchmarks.course.reachable import reachable, unusable
from torchmarks.errors import MachineError


class _Postgres(Exception):
    def __init__(self, code: str) -> None:
        super().__init__("canceling statement due to lock timeout")
        self.pgcode = code


def test_a_gradebook_that_another_program_writes_to_is_waited_for(tmp_path: Path) -> None:
    """Nothing is wrong with it, whichever database it is."""
    url = f"sqlite:///{tmp_path}/me@uni.de.db"
    other = sqlite3.connect(tmp_path / "me@uni.de.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    engine = create_engine(url, connect_args={"timeout": 0})

    with pytest.raises(MachineError) as caught, reachable(url), engine.connect() as connection:
        connection.execute(text("create table a (b)"))

    remedy = "Another program writes to it. Wait until it has ended, then run the same command again."
    assert caught.value.reason == f"The gradebook {url} cannot be used: database is locked."
    assert caught.value.remedy == remedy
    assert unusable(OperationalError("", None, _Postgres("55P03"))).remedy == remedy
    assert unusable(OperationalError("", None, _Postgres("28P01"))).remedy != remedy
    engine.dispose()
    other.close()


@pytest.mark.parametrize("url", ["postgresql://me:word@uni.de/a", "postgresql://me@uni.de/a?password=word"])
def test_no_password_is_in_the_line(url: str) -> None:
    """Wherever in the address it stands."""
    said = str(unusable(OperationalError("", None, _Postgres("28P01")), url))

    assert "@uni.de/a cannot be used" in said
    assert "word" not in said
