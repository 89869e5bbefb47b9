"""torchmarks backup and restore: a copy of one moment, what is refused, and that nothing is lost on the way back."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

from torchmarks.cli import main
from torchmarks.course import backup as module
from torchmarks.course import records, sqlite_copy
from torchmarks.course.backup import backup, restore
from torchmarks.course.secret import course_secret, known_secret
from torchmarks.errors import MachineError, UsageError

COURSE = "tensors"


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook with a secret and a hundred students, in WAL mode as bulk grading leaves it. For copying only."""
    place = tmp_path_factory.mktemp("filled") / "gradebook.db"
    with Gradebook(f"sqlite:///{place}", COURSE) as gradebook:
        gradebook.add_assignment("ps1")
        for number in range(100):
            gradebook.add_student(f"s{number}")
    course_secret(f"sqlite:///{place}")
    engine = records.open_engine(f"sqlite:///{place}")
    with engine.begin():
        pass
    engine.dispose()
    return place


@pytest.fixture
def place(filled: Path, tmp_path: Path) -> Path:
    """That gradebook, for one test."""
    (tmp_path / "course").mkdir()
    return Path(shutil.copy(filled, tmp_path / "course" / "gradebook.db"))


def _url(place: Path) -> str:
    return f"sqlite:///{place}"


def _rows(place: Path, query: str = "select count(*) from student") -> int:
    with closing(sqlite3.connect(place)) as connection:
        found: int = connection.execute(query).fetchone()[0]
    return found


def _add(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("insert into student (id) values (?)", (name,))
    connection.commit()


def test_a_copy_has_what_stands_in_the_log_only(place: Path, tmp_path: Path) -> None:
    """`cp` would lose it: the last commits of an open gradebook are in its write-ahead log."""
    with closing(sqlite3.connect(place)) as writer:
        _add(writer, "last")
        found = backup(_url(place), tmp_path / "copy.db")
        shutil.copy(place, tmp_path / "cp.db")

        assert (found.students, found.has_secret) == (101, True)
        assert _rows(tmp_path / "copy.db") == 101
        assert _rows(tmp_path / "cp.db") == 100


def test_a_copy_is_of_one_moment(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who writes between any two steps neither gets into it nor makes it begin anew for ever."""
    monkeypatch.setattr(sqlite_copy, "_PAGES", 4)
    said: list[str] = []
    with closing(sqlite3.connect(place)) as writer:

        def say(text: str) -> None:
            said.append(text)
            _add(writer, f"meanwhile{len(said)}")

        backup(_url(place), tmp_path / "copy.db", say=say)

    assert len(said) > 3
    assert _rows(tmp_path / "copy.db") == 100
    assert _rows(place) == 100 + len(said)


def test_a_copy_is_one_file_of_its_owner(place: Path, tmp_path: Path) -> None:
    """No log beside it, nothing of the work left, and nobody else reads the secret."""
    backup(_url(place), tmp_path / "copy.db")

    assert _rows(tmp_path / "copy.db") == 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "course"]
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


def test_nothing_is_written_over(place: Path, tmp_path: Path) -> None:
    """Without --force a file stays, also one that came while the copy was made; with it, it is replaced at the end."""
    to = tmp_path / "copy.db"
    to.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        backup(_url(place), to)
    assert to.read_text() == "mine"

    backup(_url(place), to, force=True)
    to.unlink()
    with pytest.raises(UsageError, match="is there already"):
        backup(_url(place), to, say=lambda text: to.write_text("came") and None)

    assert to.read_text() == "came"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_place_without_hard_links_gets_its_copy(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A USB stick or a share; what came meanwhile is not written over there either."""

    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    backup(_url(place), tmp_path / "copy.db")
    to = tmp_path / "other.db"
    with pytest.raises(UsageError):
        backup(_url(place), to, say=lambda text: to.write_text("came") and None)

    assert _rows(tmp_path / "copy.db") == 100
    assert to.read_text() == "came"


def test_the_gradebook_itself_is_no_place_for_its_copy(place: Path) -> None:
    """Not with --force either."""
    with pytest.raises(UsageError, match="is the gradebook itself"):
        backup(_url(place), place, force=True)

    assert _rows(place) == 100


def test_a_full_place_for_the_copy_is_what_is_named(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the gradebook, which is only read; no half of a file is left."""
    opened = sqlite_copy._opened

    def small(path: Path, mode: str) -> sqlite3.Connection:
        connection = opened(path, mode)
        if path.name.endswith(".part"):
            connection.execute("PRAGMA max_page_count = 2")
        return connection

    monkeypatch.setattr(sqlite_copy, "_opened", small)
    (tmp_path / "stick").mkdir()

    with pytest.raises(MachineError, match=rf"The copy of .+ is full. Free some space for {tmp_path / 'stick'}\."):
        backup(_url(place), tmp_path / "stick" / "copy.db")

    assert list((tmp_path / "stick").iterdir()) == []


def test_a_locked_gradebook_is_told(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that our writers wait, too; CPython alone would try for ever."""
    monkeypatch.setattr(sqlite_copy, "BUSY_MS", 200)
    with closing(sqlite3.connect(place, isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")

        with pytest.raises(MachineError, match="locked"):
            backup(_url(place), tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    backup(_url(place), tmp_path / "copy.db")
    return tmp_path / "copy.db"


def _restore(place: Path, file: Path, *, force: bool = False, course_id: str = COURSE) -> Path | None:
    return restore(_url(place), course_id, file, place.parent, force=force)[1]


def test_a_lost_gradebook_comes_back_with_its_secret(place: Path, copy: Path) -> None:
    """So that grading again meets the same hidden inputs."""
    secret = known_secret(_url(place))
    for path in place.parent.glob("gradebook.db*"):
        path.unlink()

    kept = _restore(place, copy)

    assert kept is None
    assert _rows(place) == 100
    assert known_secret(_url(place)) == secret != b""


def test_a_gradebook_that_is_there_is_kept(place: Path, copy: Path) -> None:
    """Without --force nothing happens; with it what stood there lies beside it, the last commit included."""
    with closing(sqlite3.connect(place)) as open_meanwhile:
        _add(open_meanwhile, "later")
        with pytest.raises(UsageError, match="there is a gradebook already"):
            _restore(place, copy)

        kept = _restore(place, copy, force=True)

        assert kept is not None
        assert _rows(kept) == 101
        assert open_meanwhile.execute("select count(*) from student").fetchone() == (100,)


def test_what_is_no_gradebook_any_more_is_kept_too(place: Path, copy: Path) -> None:
    """A damaged one and its log are moved aside, so that SQLite never reads that log with the new file."""
    place.write_bytes(b"SQLite format 3\0" + b"?" * 5000)
    place.with_name("gradebook.db-wal").write_bytes(b"old")

    kept = _restore(place, copy, force=True)

    assert kept is not None
    assert kept.read_bytes().endswith(b"?")
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"old"
    assert _rows(place) == 100


def test_a_killed_restore_leaves_the_old_or_the_new(place: Path, copy: Path) -> None:
    """The pages are exchanged in one transaction: a process that ends in it has changed nothing."""
    code = f"""
import os
from pathlib import Path
from torchmarks.course import sqlite_copy
sqlite_copy._PAGES = 3
seen = []
def say(text):
    seen.append(text)
    if len(seen) == 5:
        os.kill(os.getpid(), 9)
sqlite_copy.exchanged(Path({str(copy)!r}), Path({str(place)!r}), say)
"""
    with closing(sqlite3.connect(place)) as writer:
        _add(writer, "later")

    ended = subprocess.run([sys.executable, "-c", code], timeout=60)

    assert ended.returncode == -9
    assert _rows(place) == 101
    assert _rows(place, "select count(*) from pragma_integrity_check where integrity_check = 'ok'") == 1


def test_another_courses_gradebook_is_not_written_over(place: Path, copy: Path) -> None:
    """Not with --force either: the command was run in the wrong folder."""
    place.unlink()
    Gradebook(_url(place), "biology").close()

    with pytest.raises(UsageError, match="is the gradebook of 'biology'"):
        _restore(place, copy, force=True)

    assert _rows(place) == 0
    assert list(place.parent.glob("*before-restore*")) == []


def test_courses_that_are_named_alike_are_told_apart(place: Path, copy: Path, tmp_path: Path) -> None:
    """By the secret, also with the same students, or by the students; whoever means it has to say so."""
    other = tmp_path / "other.db"
    for secret, student in ((True, "s1"), (False, "somebody")):
        with Gradebook(_url(other), COURSE) as gradebook:
            gradebook.add_student(student)
        if secret:
            course_secret(_url(other))
        with pytest.raises(UsageError, match="another course's of the same name"):
            _restore(place, other, force=True)
        assert (_rows(place), list(place.parent.glob("*before-restore*"))) == (100, [])
        other.unlink()

    with Gradebook(_url(other), COURSE) as gradebook:
        gradebook.add_student("s1")
    course_secret(_url(other))
    restore(_url(place), COURSE, other, place.parent, force=True, other_course=True)

    assert _rows(place) == 1


def test_what_the_first_generation_made_gives_way(place: Path, copy: Path) -> None:
    """After a loss a gradebook without students, with a secret of its own, is no other course."""
    for path in place.parent.glob("gradebook.db*"):
        path.unlink()
    Gradebook(_url(place), COURSE).close()
    course_secret(_url(place))

    _restore(place, copy, force=True)

    assert _rows(place) == 100


def test_a_course_folder_that_is_closed_is_named(place: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has chosen the name of the copy that is kept, so nobody can choose another."""

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    with pytest.raises(UsageError, match=r"before-restore-.+Make the course's folder writable for you"):
        _restore(place, copy, force=True)


def test_a_course_without_a_name_is_no_other_name(place: Path, tmp_path: Path) -> None:
    """nbgrader calls it default_course, and adds that one to gradebooks of courses that have a name."""
    for name, said in (("default_course", "a course without a name"), ("biology", "the gradebook of 'biology', and")):
        Gradebook(_url(tmp_path / "other.db"), name).close()

        with pytest.raises(UsageError, match=said):
            _restore(place, tmp_path / "other.db", force=True)


def _folder_of_that_name(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _other_course(path: Path) -> None:
    Gradebook(_url(path), "biology").close()


def _later_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update torchmarks_layout set version = 99")
        connection.commit()


def _damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xff" * (4096 * 3)
    path.write_bytes(bytes(content))


def _no_gradebook(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table mine (x)")


BAD = {
    "is not a gradebook": lambda path: path.write_bytes(b"PK\x03\x04 a zip"),
    "is a dump of PostgreSQL": lambda path: path.write_bytes(b"PGDMP\x01\x0e\x00"),
    "is a folder": _folder_of_that_name,
    "there is no such file": lambda path: path.unlink(),
    "is the gradebook of 'biology'": lambda path: (path.unlink(), _other_course(path)),
    "a later version of torchmarks": _later_version,
    "is damaged": _damaged,
    "is a database, but not a gradebook": _no_gradebook,
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_is_refused_in_one_line(place: Path, copy: Path, reason: str) -> None:
    """Exit status 2; the gradebook is as it was, and nothing lies beside it."""
    (place.parent / "nbgrader_config.py").write_text(f'c = get_config()\nc.CourseDirectory.course_id = "{COURSE}"\n')
    BAD[reason](copy)
    before = _rows(place)

    done = CliRunner().invoke(main, ["restore", str(copy), "--force", "--course", str(place.parent)])

    assert done.exit_code == 2
    assert reason in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert _rows(place) == before
    assert list(place.parent.glob("*before-restore*")) == []


def test_the_commands_say_what_they_did(place: Path) -> None:
    """Where the copy is and what it holds; never the secret itself."""
    (place.parent / "nbgrader_config.py").write_text(f'c = get_config()\nc.CourseDirectory.course_id = "{COURSE}"\n')
    here = ["--course", str(place.parent)]

    made = CliRunner().invoke(main, ["backup", *here])
    (copy,) = place.parent.glob("gradebook.db.backup-*")
    back = CliRunner().invoke(main, ["restore", str(copy), "--force", *here])

    assert (made.exit_code, back.exit_code) == (0, 0)
    assert f"{copy}: written: 100 students, 0 submissions, with the course's secret" in made.output
    assert "before-restore" in back.output
    assert known_secret(_url(place)).hex() not in made.output + back.output


# ---- PostgreSQL


URL = "postgresql+psycopg2://grader:s3cr3t@db.example.org/gradebook"


def test_without_postgresqls_programs_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install, or what to run where they are; the password is not in it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MachineError) as refused:
        backup(URL, tmp_path / "copy.dump")

    assert f"pg_dump --format=custom --no-owner --no-privileges --file={tmp_path}/copy.dump" in str(refused.value)
    assert "s3cr3t" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pg_dump that notes how it was called; the real one is held against a server in tests/bulk/test_postgres.py."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "pg_dump").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "$PGPASSWORD" > {tmp_path}/called\nexit 1\n')
    (folder / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_the_password_goes_by_the_environment(programs: Path, tmp_path: Path) -> None:
    """A command line can be read by everybody on the machine."""
    with pytest.raises(MachineError, match="pg_dump failed"):
        backup(URL, tmp_path / "copy.dump")

    *arguments, password = (tmp_path / "called").read_text().splitlines()
    assert password == "s3cr3t"
    assert "--dbname=host='db.example.org' user='grader' dbname='gradebook'" in arguments
    assert not [argument for argument in arguments if "s3cr3t" in argument]


def test_another_database_is_refused(tmp_path: Path) -> None:
    """In one line, before anything is imported for it."""
    with pytest.raises(UsageError, match="this command cannot copy mysql"):
        module.backup("mysql://here/gradebook", tmp_path / "copy")


@pytest.mark.parametrize(
    "act",
    [
        "CREATE TRIGGER t AFTER INSERT ON student BEGIN DELETE FROM student; END",
        "CREATE VIEW v AS SELECT id FROM student",
        "ALTER TABLE grade ADD COLUMN bonus FLOAT DEFAULT 100",
        "ALTER TABLE grade ADD COLUMN twice FLOAT GENERATED ALWAYS AS (2 * auto_score)",
        "CREATE VIRTUAL TABLE words USING fts5(x)",
    ],
    ids=["trigger", "view", "default", "generated", "virtual"],
)
def test_a_copy_that_would_act_later_is_refused(place: Path, tmp_path: Path, act: str) -> None:
    """A trigger in it would write into every grading, a default where a grader leaves a cell for a person."""
    backup(_url(place), tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        connection.execute(act)
        connection.commit()

    with pytest.raises(UsageError, match="which no gradebook has"):
        restore(_url(place), COURSE, tmp_path / "copy.db", tmp_path, force=True)
    assert _rows(place) == 100
