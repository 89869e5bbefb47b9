"""A gradebook in PostgreSQL, from generate_assignment to feedback, with several graders writing at once."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from sqlalchemy import create_engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from torchmarks.bulk import feedback_cohort, grade_cohort
from torchmarks.bulk.gradebook_writer import GradebookWriter
from torchmarks.bulk.jobs import GradeOutcome, NotebookResult, OutcomeState
from torchmarks.course import Course, postgres_rows, records
from torchmarks.course.backup import backup, restore
from torchmarks.course.records import Record, reading
from torchmarks.course.secret import course_secret, keep_secret, known_secret
from torchmarks.doctor import examine
from torchmarks.errors import MachineError, UsageError
from torchmarks.grading import Basis

from .conftest import BASICS, Recorder, a_class, hand_in, make_small, settings
from .results import rows_of

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(400)]


def _run(*command: str, folder: Path) -> None:
    """PostgreSQL refuses to serve as root; Debian's package brings a user for it."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, cwd=folder, user=user, group=user, extra_groups=[] if user else None, check=True,
                   stdout=subprocess.DEVNULL, timeout=120)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of our own behind a socket; its URL without a database."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    if os.geteuid() == 0:
        shutil.chown(folder, pwd.getpwnam("postgres").pw_name)
    data = folder / "data"
    _run(
        str(programs / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "grader",
        "-E",
        "UTF8",
        "--no-sync",
        folder=folder,
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    start = ("-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
    _run(str(programs / "pg_ctl"), *start, folder=folder)
    yield f"postgresql+psycopg2://grader@/{{name}}?host={folder}"
    _run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop", folder=folder)
    shutil.rmtree(folder)


def _database(server: str, name: str, options: str = "") -> str:
    import psycopg2

    connection = psycopg2.connect(server.format(name="postgres").replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"create database {name} {options}")
    connection.close()
    return server.format(name=name)


def test_the_whole_pipeline_gives_the_rows_that_sqlite_holds(server: str, tmp_path: Path) -> None:
    """Generate, grade, a second run, feedback: only the address of the gradebook differs."""
    in_postgres = make_small(tmp_path / "p", settings(db_url=_database(server, "pipeline")))
    in_sqlite = make_small(tmp_path / "s", settings())
    for course in (in_postgres, in_sqlite):
        for student in ("right", "wrong", "blank", "late", "nothing"):
            hand_in(course, student, a_class()[student])
        grade_cohort(course.config, BASICS, Recorder(), workers=1)
    again = grade_cohort(in_postgres.config, BASICS, Recorder(), workers=1)
    pages = feedback_cohort(in_postgres.config, BASICS, Recorder(), workers=1)

    assert (again.graded, again.unchanged, pages.graded) == (0, 4, 4)
    ours, theirs = rows_of(in_postgres.db_url), rows_of(in_sqlite.db_url)
    times = [sorted((row[1], str(row[2])[:19]) for row in rows.pop("submissions")) for rows in (ours, theirs)]
    assert times[0] == times[1]
    assert ours == theirs


def test_a_database_of_ascii_is_refused_before_anything(server: str, tmp_path: Path) -> None:
    """`createdb` makes one in a locale like C; the first title with an accent would be lost on it."""
    url = _database(server, "ascii", "template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'")

    with pytest.raises(NbGraderException, match=r"ascii.*: has the encoding SQL_ASCII.+createdb -T template0 -E UTF8"):
        make_small(tmp_path, settings(db_url=url))

    own = "from torchmarks.course import configure\nc = get_config()\nconfigure(c)\n"
    (tmp_path / "nbgrader_config.py").write_text(f"{own}c.CourseDirectory.db_url = {url!r}\n")
    found = next(one for one in examine(tmp_path) if one.what == "gradebook")
    assert (found.state, "SQL_ASCII" in found.says) == ("missing", True)
    with pytest.raises(UsageError, match="SQL_ASCII"):
        Course(tmp_path, settings(db_url=url)).require_config(sandbox=False)
    with reading(url) as connection:
        assert inspect(connection).get_table_names() == []


def test_an_empty_database_comes_with_the_command_that_fills_it(server: str, tmp_path: Path) -> None:
    """`nbgrader db upgrade` upgrades what is there, and fails on nothing."""
    url = _database(server, "still_empty", "template template0 encoding 'UTF8'")
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n")

    found = next(one for one in examine(tmp_path) if one.what == "gradebook")

    assert (found.state, found.remedy) == ("note", "nbgrader generate_assignment ASSIGNMENT")
    assert found.says.endswith("is still empty")


def test_a_backup_brings_marks_and_secret_back(server: str, tmp_path: Path) -> None:
    """By pg_dump and pg_restore; without --force a gradebook that is there stays, with it a copy of it is kept."""
    course = make_small(tmp_path / "c", settings(db_url=_database(server, "saved")))
    secret, name, copy = known_secret(course.db_url), str(course.directory.course_id), tmp_path / "copy.dump"
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("ada")
    found = backup(course.db_url, copy)
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("boris")
    keep_secret(course.db_url, b"other")

    with pytest.raises(UsageError, match="there is a gradebook already"):
        restore(course.db_url, name, copy, tmp_path)
    with pytest.raises(UsageError, match="is the gradebook of"):
        restore(course.db_url, "biology", copy, tmp_path, force=True)
    with pytest.raises(UsageError, match="has another secret"):
        restore(course.db_url, name, copy, tmp_path, force=True)
    _, kept = restore(course.db_url, name, copy, tmp_path, force=True, other_course=True)

    assert found.has_secret
    assert known_secret(course.db_url) == secret
    assert rows_of(course.db_url)["students"] == [("ada", None, None, None, None)]
    assert kept is not None
    empty = _database(server, "empty")
    restore(empty, name, kept, tmp_path)
    assert [row[0] for row in rows_of(empty)["students"]] == ["ada", "boris"]


_HOSTILE = """
create function gain() returns trigger language plpgsql as $$ begin new.manual_score := 100; return new; end $$;
create trigger gain before insert on grade for each row execute function gain();
alter table grade alter manual_score set default 100;
create table mine as select 1 as x;
"""


def _saved(server: str, folder: Path, name: str, sql: str = "") -> tuple[str, Path]:
    """A gradebook with a student and a secret, something done to it, and its dump: the address and the file."""
    url = _database(server, name)
    with Gradebook(url, "tensors") as gradebook:
        gradebook.add_assignment("basics")
        gradebook.add_student("ada")
    course_secret(url)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"{sql}select 1"))
    backup(url, folder / f"{name}.dump")
    return url, folder / f"{name}.dump"


def test_of_a_dump_rows_alone_are_taken(server: str, tmp_path: Path) -> None:
    """Its definitions are a program, which would run as who owns the database, and write into every later grading."""
    _, copy = _saved(server, tmp_path, "hostile", _HOSTILE)
    target = _database(server, "target")

    restore(target, "tensors", copy, tmp_path)

    assert [row[0] for row in rows_of(target)["students"]] == ["ada"]
    with create_engine(target, poolclass=NullPool).connect() as connection:
        assert connection.execute(text("select count(*) from pg_trigger where not tgisinternal")).scalar() == 0
        assert connection.execute(text("select count(*) from pg_proc where proname = 'gain'")).scalar() == 0
        assert inspect(connection).has_table("alembic_version")
        assert not inspect(connection).has_table("mine")
        defaults = [column["default"] for column in inspect(connection).get_columns("grade")]
        assert defaults == [None] * len(defaults)


def _indexes(url: str) -> set[str]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.execute(text("select indexname from pg_indexes where indexname like 'torchmarks%_id'"))
        return set(found.scalars())


def test_nbgraders_tables_get_indexes_from_their_owner(server: str, tmp_path: Path) -> None:
    """With the first note of a grade, and in a restore; who may only write rows goes without, and can grade."""
    url, copy = _saved(server, tmp_path, "indexed")
    names = {f"torchmarks_{one}" for one in ("grade_notebook_id", "comment_notebook_id")}
    assert _indexes(url) == names | {"torchmarks_submitted_notebook_assignment_id"}
    records.prepare(create_engine(url, poolclass=NullPool))  # they are there
    empty = _database(server, "indexed_again")
    restore(empty, "tensors", copy, tmp_path)
    assert _indexes(empty) == _indexes(url)

    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("drop index torchmarks_grade_notebook_id"))
        connection.execute(text("create role helper login"))
        connection.execute(text("grant all on all tables in schema public to helper"))
    with records.opened(url.replace("grader@", "helper@")) as connection:
        records.write(connection, "basics", "ada", Record("graded"))
    assert "torchmarks_grade_notebook_id" not in _indexes(url)


def test_a_grading_after_a_restore_has_a_number_of_its_own(server: str, tmp_path: Path) -> None:
    """PostgreSQL counts apart from the rows that it was sent."""
    row = "insert into torchmarks_gradings (assignment, student, points, names) values ('basics', 'ada', '', '');"
    url, copy = _saved(server, tmp_path, "numbers", row)
    restore(url, "tensors", copy, tmp_path, force=True)

    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(insert(records.GRADINGS).values(assignment="basics", student="bo", points="", names=""))
        found = connection.execute(select(records.GRADINGS.c.number)).scalars().all()

    assert sorted(found) == [1, 2]


def test_a_dump_that_is_no_gradebooks_changes_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that nobody knows, rows that do not fit each other, half a file, one that unpacks without an end."""
    target, whole = _saved(server, tmp_path, "kept")
    alone = "set session_replication_role = replica; update assignment set course_id = 'no';"  # no such course
    _, unknown = _saved(server, tmp_path, "unknown", "alter table student add column mine int;")
    _, apart = _saved(server, tmp_path, "apart", alone)
    half = tmp_path / "half.dump"
    half.write_bytes(whole.read_bytes()[:-2000])

    def refused(file: Path) -> str:
        with pytest.raises((UsageError, MachineError)) as error:
            restore(target, "tensors", file, tmp_path, force=True, other_course=True)
        return str(error.value)

    assert "has a column student.mine, which no gradebook has" in refused(unknown)
    assert "PostgreSQL refuses the rows" in refused(apart)
    assert "cannot be read" in refused(half)
    monkeypatch.setattr(postgres_rows, "_TABLE", 300)
    assert "unpacks to more than any gradebook holds" in refused(whole)
    assert [row[0] for row in rows_of(target)["students"]] == ["ada"]
    assert list(tmp_path.glob("*before-restore*")) == []


def test_graders_that_write_at_once_do_not_hurt_each_other(server: str, tmp_path: Path) -> None:
    """Graders open a fresh gradebook and save the same students in different orders; each is there once and whole."""
    course = make_small(tmp_path / "c", settings(db_url=_database(server, "crowd")))
    students = [f"s{number}" for number in range(25)]
    errors: list[BaseException] = []
    together = threading.Barrier(6)

    def write(order: int) -> None:
        try:
            together.wait()  # all find the table of notes missing
            with GradebookWriter(course.db_url, "tensors", BASICS, course.config) as writer:
                for student in students[:: 1 if order % 2 else -1]:
                    more = NotebookResult("more", "", {"double-test": 2.0}, {"double": False})
                    made = GradeOutcome(student, OutcomeState.GRADED, notebooks=(more,))
                    writer.save(made, None, key=f"key {student}")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(order,)) for order in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    grades = [row for row in rows_of(course.db_url)["grades"] if row[1] == "double-test"]
    assert [(row[0], row[2]) for row in grades] == [(student, 2.0) for student in sorted(students)]


def test_graders_that_make_the_secret_at_once_get_the_same(server: str) -> None:
    """Each finds the tables missing; one of them makes the secret, and the others take it."""
    url = _database(server, "secret")
    Gradebook(url).close()
    together, found = threading.Barrier(6), list[bytes | BaseException]()

    def ask() -> None:
        together.wait()
        try:
            found.append(course_secret(url))
        except BaseException as error:
            found.append(error)

    threads = [threading.Thread(target=ask) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [known_secret(url)] * together.parties
    assert len(known_secret(url)) == 32


def test_tables_are_made_by_several_at_once(server: str) -> None:
    """What is written is read again, with all parts."""
    url = _database(server, "fresh")
    engine = create_engine(url)
    with engine.begin() as connection:
        assert records.read(connection) == {}
    together, errors = threading.Barrier(5), list[BaseException]()

    def prepare() -> None:
        try:
            together.wait()
            records.prepare(create_engine(url, poolclass=NullPool))
        except (IntegrityError, ProgrammingError):  # both made a table at once: `GradebookWriter` looks again
            records.prepare(create_engine(url, poolclass=NullPool))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    new = Record("graded", "", "k2", records.OURS, Basis("f", "t", "{}", "0.2.0", "2.13.0"))
    with engine.begin() as connection:
        records.write(connection, "basics", "bo", new)
        found = records.read(connection)
    engine.dispose()

    assert errors == []
    assert found == {("basics", "bo"): new}
