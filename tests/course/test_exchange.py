"""torchmarks.course.exchange: one submission stops neither collecting nor the feedback of the others."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.exchange import ExchangeFactory
from nbgrader.exchange.default import ExchangeFetchFeedback, ExchangeReleaseAssignment
from nbgrader.utils import notebook_hash

from torchmarks.course import Course, exchange
from torchmarks.course.exchange import Collect, ReleaseFeedback
from torchmarks.errors import UsageError
from torchmarks.whole_files import write_whole

from ..bulk.conftest import BASICS, Files, WithExchange, dumped, more, settings, squares
from ..damage import assignment as small

RIGHT, MORE = squares(), more("return 2 * x")
BOTH = {"squares.ipynb": RIGHT, "more.ipynb": MORE}
SENT: dict[str, Files] = {
    "as-released": BOTH,
    "txt": {"squares.ipynb.txt": RIGHT, "more.ipynb": MORE},
    "renamed": {"squares (1).ipynb": RIGHT, "more.ipynb": MORE},
    "folder": {"work/squares.ipynb": RIGHT, "work/more.ipynb": MORE},
    "copy": BOTH | {"squares.ipynb": dumped(small.released()), "squares-Copy1.ipynb": RIGHT},
}


class Place(WithExchange):
    """A course with an exchange, and what its commands said."""

    def __init__(self, root: Path, empty: Path) -> None:
        shutil.copytree(empty, root / "course")
        (root / "exchange").mkdir(mode=0o777)
        (root / "exchange").chmod(0o777)
        extra = settings()
        extra.Exchange.root = str(root / "exchange")
        extra.ExchangeCollect.check_owner = False
        self.root, self.course, self.said = root, Course(root / "course", extra), list[str]()
        self.inbound = root / "exchange" / "tensors" / "inbound"
        self.course.exchange(ExchangeReleaseAssignment, BASICS)

    def submitted(self, student: str) -> Path:
        """What was collected."""
        return self.course.path("submitted", BASICS, student)

    def pages(self, student: str) -> None:
        """Feedback, as generate_feedback leaves it."""
        folder = self.course.path("feedback", BASICS, student)
        folder.mkdir(parents=True)
        for name in ("timestamp.txt", "submission_secret.txt"):
            if (self.submitted(student) / name).exists():
                shutil.copy(self.submitted(student) / name, folder / name)
        for name in ("squares", "more"):
            (folder / f"{name}.html").write_text(f"{name} of {student}")

    def fetched(self, student: str) -> dict[str, str]:
        """What a student fetches."""
        self.course.exchange(ExchangeFetchFeedback, BASICS, student, **self.home(student))
        folder = self.root / "homes" / student / BASICS / "feedback"
        return {page.stem: page.read_text() for page in folder.glob("*/*.html")}


@pytest.fixture
def place(empty_course: Path, tmp_path: Path) -> Iterator[Place]:
    """An exchange in which the assignment is released."""
    made = Place(tmp_path, empty_course)
    logger = logging.getLogger("torchmarks.nbgrader")
    handler = logging.Handler()
    handler.emit = lambda record: made.said.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    yield made
    logger.removeHandler(handler)


def test_the_course_uses_them(place: Place) -> None:
    """nbgrader's commands and the formgrader ask the factory."""
    factory = ExchangeFactory(config=place.course.config)

    assert (factory.collect, factory.release_feedback) == (Collect, ReleaseFeedback)


def test_no_command_of_nbgraders_waits_for_torch() -> None:
    """Each of them asks the factory, also those of students."""
    code = "import sys; from torchmarks.course.named import Collect; print(Collect.__module__, 'torch' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert said == "torchmarks.course.exchange False\n"


def test_what_is_collected_has_its_released_name(place: Place) -> None:
    """Beside what was handed in, and only where nothing has that name."""
    for student, files in SENT.items():
        place.submit(student, files)

    place.course.exchange(Collect, BASICS)

    for student, files in SENT.items():
        folder = place.submitted(student)
        stored = {name: (folder / name).read_bytes() for name in [*BOTH, *files]}
        assert stored == ({**BOTH, **files})


def test_the_time_comes_from_the_exchange_where_the_file_has_none(place: Place) -> None:
    """Deleted, emptied of sense, or with a mark: the time of handing in is known all the same."""
    changes = {"gone": None, "nonsense": b"x" * 500, "marked": b"\xef\xbb\xbf2026-01-01 10:00:00 UTC"}
    for student, content in changes.items():
        path = place.submit(student, BOTH) / "timestamp.txt"
        path.chmod(0o644)
        path.unlink() if content is None else path.write_bytes(content)
    names = {path.name.split("+")[0]: path.name.split("+")[2] for path in place.inbound.iterdir()}

    place.course.exchange(Collect, BASICS)

    times = {student: (place.submitted(student) / "timestamp.txt").read_text().strip() for student in changes}
    assert times == {**names, "marked": "2026-01-01 10:00:00 UTC"}


def test_an_unreadable_time_does_not_stop_a_second_collection(place: Place) -> None:
    """nbgrader's own reader of it fails at what was put into submitted/ by hand."""
    for student in ("ada", "bo"):
        place.submit(student, BOTH)
    place.course.exchange(Collect, BASICS)
    path = place.submitted("ada") / "timestamp.txt"
    path.unlink()
    path.write_text("tomorrow")

    place.course.exchange(Collect, BASICS)

    assert any(line.startswith("ada: timestamp.txt holds no time") for line in place.said)


def cut_short(folder: Path, content: bytes | None = b"") -> None:
    """Leave a submission in the exchange as a submit does that dies on a full disk. content: of its first notebook."""
    folder.chmod(0o755)
    (folder / "timestamp.txt").unlink()
    (folder / "submission_secret.txt").unlink()
    for name in BOTH:
        (folder / name).chmod(0o644)
        (folder / name).unlink() if content is None else (folder / name).write_bytes(content)


@pytest.mark.parametrize("content", [b"", RIGHT[:400], None], ids=["empty", "half", "gone"])
@pytest.mark.parametrize("collected", [True, False])
def test_an_incomplete_submission_replaces_no_other(content: bytes | None, collected: bool, place: Place) -> None:
    """A submit that died on a full exchange: the one before it stays, or is collected, and the incomplete is named."""
    place.submit("ada", BOTH)
    place.submit("bo", BOTH)
    if collected:
        place.course.exchange(Collect, BASICS)
    cut_short(place.submit("ada", BOTH), content)

    place.course.exchange(Collect, BASICS, update=True)

    assert {name: (place.submitted("ada") / name).read_bytes() for name in BOTH} == BOTH
    assert (place.submitted("ada") / "timestamp.txt").exists()
    (line,) = [line for line in place.said if "incomplete" in line]
    assert line.startswith("ada: the submission of ")
    assert "The newest complete one is of " in line
    assert line.endswith(f"have it submitted again, and run `nbgrader collect {BASICS} --update`.")


@pytest.mark.parametrize("spoiled", ["a link", "too large"])
def test_what_cannot_be_copied_replaces_nothing(spoiled: str, place: Place) -> None:
    """nbgrader deletes what was collected before it copies; the rest of the class is collected."""
    place.submit("ada", BOTH)
    place.course.exchange(Collect, BASICS)
    folder = place.submit("ada", {**BOTH, "squares.ipynb": MORE})
    place.submit("bo", BOTH)
    if spoiled == "a link":
        folder.chmod(0o755)
        (folder / "passwd").symlink_to("/etc/passwd")
    else:
        place.course.config.CourseDirectory.max_dir_size = 1  # KB

    with pytest.raises(UsageError, match=r"Not collected: .*ada"):
        place.course.exchange(Collect, BASICS, update=True)

    assert {name: (place.submitted("ada") / name).read_bytes() for name in BOTH} == BOTH
    assert sorted(path.name for path in place.submitted("ada").parent.iterdir()) == [BASICS]
    assert place.submitted("bo").is_dir() is (spoiled == "a link")
    (line,) = [line for line in place.said if line.startswith("ada: could not be collected")]
    assert line.endswith(". What was collected before is kept.")


def test_a_newer_submission_replaces_the_one_before(place: Place) -> None:
    """Whole, with its time; nothing of the way is left."""
    place.submit("ada", BOTH)
    place.course.exchange(Collect, BASICS)
    newer = {**BOTH, "squares.ipynb": MORE}
    time = (place.submit("ada", newer) / "timestamp.txt").read_text()

    place.course.exchange(Collect, BASICS, update=True)

    assert {name: (place.submitted("ada") / name).read_bytes() for name in BOTH} == newer
    assert (place.submitted("ada") / "timestamp.txt").read_text() == time
    assert [path.name for path in place.submitted("ada").parent.iterdir()] == [BASICS]


def handed_in(folder: Path, time: str) -> Path:
    """Give a submission in the exchange another time. Returns its new folder."""
    student, assignment, _, *rest = folder.name.split("+")
    folder.chmod(0o755)
    if (folder / "timestamp.txt").exists():
        (folder / "timestamp.txt").chmod(0o644)
        (folder / "timestamp.txt").write_text(time)
    return folder.rename(folder.with_name("+".join([student, assignment, time, *rest])))


@pytest.mark.parametrize("collected", [True, False])
def test_an_incomplete_one_in_time_is_not_taken_for_a_late_one(collected: bool, place: Place) -> None:
    """With --before-duedate the newest in time counts: of what is whole, whatever came later."""
    with Gradebook(place.course.db_url) as gradebook:
        gradebook.update_or_create_assignment(BASICS, duedate="2030-01-01 12:00:00 UTC")
    handed_in(place.submit("ada", BOTH), "2030-01-01 10:00:00 UTC")
    if collected:
        place.course.exchange(Collect, BASICS)
    cut_short(handed_in(place.submit("ada", BOTH), "2030-01-01 11:00:00 UTC"))
    handed_in(place.submit("ada", {**BOTH, "squares.ipynb": MORE}), "2030-01-01 13:00:00 UTC")

    place.course.exchange(Collect, BASICS, before_duedate=True)

    assert {name: (place.submitted("ada") / name).read_bytes() for name in BOTH} == BOTH
    (line,) = [line for line in place.said if "incomplete" in line]
    assert line.startswith("ada: the submission of 2030-01-01 11:00:00 UTC is incomplete")
    assert "The newest complete one in time is of 2030-01-01 10:00:00 UTC." in line


def test_an_incomplete_submission_leaves_what_came_otherwise(place: Place) -> None:
    """The exchange has no complete one, but a copy was collected that has another time, or none."""
    folder = place.submit("ada", BOTH)
    place.course.exchange(Collect, BASICS)
    place.submit("ada", BOTH)
    shutil.rmtree(folder)
    cut_short(next(place.inbound.iterdir()))

    place.course.exchange(Collect, BASICS, update=True)

    assert (place.submitted("ada") / "squares.ipynb").read_bytes() == RIGHT
    assert any("What was collected before is kept." in line for line in place.said)


def test_an_incomplete_submission_without_another_is_collected_and_named(place: Place) -> None:
    """Somebody has to see that the student handed in; a complete one replaces it."""
    cut_short(place.submit("ada", BOTH))
    place.course.exchange(Collect, BASICS, update=True)

    assert (place.submitted("ada") / "squares.ipynb").read_bytes() == b""
    assert any("(it has no timestamp.txt, and more.ipynb is empty)" in line for line in place.said)
    assert any("There is no other, so it is collected as it is." in line for line in place.said)

    place.submit("ada", BOTH)
    place.course.exchange(Collect, BASICS, update=True)

    assert (place.submitted("ada") / "squares.ipynb").read_bytes() == RIGHT


def test_a_name_without_a_time_is_told_and_the_others_are_collected(place: Place) -> None:
    """Anybody can make a folder in the exchange; an id may have a plus."""
    place.submit("ada", BOTH)
    folder = place.submit("bo", BOTH)
    folder.rename(folder.with_name("bo+2+" + folder.name.split("+", 1)[1].rpartition("+")[0]))
    (place.inbound / f"x+{BASICS}+junk").mkdir()

    place.course.exchange(Collect, BASICS)

    assert place.submitted("ada").is_dir()
    assert place.submitted("bo+2").is_dir()
    assert any(f"x+{BASICS}+junk: no student and no time" in line for line in place.said)


def test_a_folder_of_the_notebooks_name_is_collected(place: Place) -> None:
    """It is graded from where the notebook lies in it."""
    place.submit("ada", {"squares.ipynb/squares.ipynb": RIGHT, "more.ipynb": MORE})

    place.course.exchange(Collect, BASICS)

    assert (place.submitted("ada") / "squares.ipynb" / "squares.ipynb").read_bytes() == RIGHT


@pytest.mark.parametrize("make", ["link", "nowhere", "pipe", "itself"])
def test_one_that_cannot_be_copied_is_named(make: str, place: Place) -> None:
    """Nothing from elsewhere is copied, and the others are collected."""
    folder = place.submit("mallory", BOTH)
    place.submit("ada", BOTH)
    folder.chmod(0o755)
    if make == "pipe":
        os.mkfifo(folder / "pipe")
    elif make == "itself":
        shutil.rmtree(folder)
        folder.symlink_to(place.course.root / "source" / BASICS)
    else:
        (folder / "own.txt").symlink_to(place.course.root / ("gradebook.db" if make == "link" else "nowhere"))

    with pytest.raises(UsageError, match="Not collected: mallory"):
        place.course.exchange(Collect, BASICS)

    assert place.submitted("ada").is_dir()
    assert not place.submitted("mallory").exists()


@contextmanager
def readable_place(empty: Path) -> Iterator[Place]:
    """A course and its exchange that a user of the system other than root has, in a folder that is open to all."""
    with tempfile.TemporaryDirectory() as root:  # pytest's own lies in a folder that is closed to others
        Path(root).chmod(0o755)
        made = Place(Path(root), empty)
        made.submit("first", BOTH)
        made.course.exchange(Collect, BASICS)  # imports what it uses, which somebody else may not read
        made.course.config.ExchangeCollect.check_owner = True
        yield made


def give_course_away(place: Place) -> None:
    """Let the course, and where students hand in, be that of `as_somebody_else`."""
    if os.geteuid() == 0:
        for path in (place.inbound, place.course.root, *place.course.root.rglob("*")):
            os.chown(path, 65534, 65534)


@pytest.mark.parametrize("time", ["with a time", "without"])
@pytest.mark.parametrize("make", ["listed only", "a folder listed only", "link to what is closed", "link to nothing"])
def test_what_the_collector_may_not_read_ends_nothing(
    make: str, time: str, empty_course: Path, as_somebody_else: Callable[[], AbstractContextManager[None]]
) -> None:
    """One student closes what they have handed in, by mistake or not; the others are collected, with owners checked."""
    with readable_place(empty_course) as place:
        folder = place.submit("mallory", {"work/squares.ipynb": RIGHT, **BOTH})
        folder.chmod(0o755)
        if time == "without":
            (folder / "timestamp.txt").unlink()
        home = Path(place.root) / "homes" / "mallory"
        if make == "listed only":
            folder.chmod(0o444)
        elif make == "a folder listed only":
            (folder / "work").chmod(0o444)
        else:
            folder.rename(home / "work")
            folder.symlink_to(home / "work" if make == "link to what is closed" else home / "nowhere")
            home.chmod(0o700)
        for student in ("ada", "zoe"):
            place.submit(student, BOTH)
        give_course_away(place)

        with as_somebody_else(), pytest.raises(UsageError, match=r"Not collected: mallory\."):
            place.course.exchange(Collect, BASICS)

        assert place.submitted("ada").is_dir()
        assert place.submitted("zoe").is_dir()
        assert not place.submitted("mallory").exists()


def test_a_closed_folder_of_the_courses_ends_no_collecting(
    empty_course: Path, as_somebody_else: Callable[[], AbstractContextManager[None]]
) -> None:
    """Of another account, as after a copy by root: its student is named, and the others are collected."""
    with readable_place(empty_course) as place:
        for student in ("ada", "mallory", "zoe"):
            place.submit(student, BOTH)
        place.course.exchange(Collect, BASICS)
        newer = {**BOTH, "squares.ipynb": MORE}
        for student in ("ada", "mallory", "zoe"):
            place.submit(student, newer)
        give_course_away(place)
        place.submitted("mallory").parent.chmod(0)

        with as_somebody_else(), pytest.raises(UsageError, match=r"Not collected: mallory\."):
            place.course.exchange(Collect, BASICS, update=True)

        assert (place.submitted("ada") / "squares.ipynb").read_bytes() == MORE
        assert (place.submitted("zoe") / "squares.ipynb").read_bytes() == MORE
        place.submitted("mallory").parent.chmod(0o755)
        assert (place.submitted("mallory") / "squares.ipynb").read_bytes() == RIGHT


def test_students_find_their_pages_under_the_names_they_handed_in(place: Place) -> None:
    """Renamed and copied notebooks too; whose notebook nbgrader cannot ask for is named."""
    for student, files in SENT.items():
        place.submit(student, files)
    place.course.exchange(Collect, BASICS)
    for student in SENT:
        place.pages(student)

    place.course.exchange(ReleaseFeedback, BASICS)

    assert place.fetched("as-released") == {"squares": "squares of as-released", "more": "more of as-released"}
    assert place.fetched("renamed") == {"squares (1)": "squares of renamed", "more": "more of renamed"}
    assert place.fetched("copy")["squares-Copy1"] == "squares of copy"
    named = {line.partition(":")[0] for line in place.said if "may find none" in line}
    assert named == {"txt", "folder"}


def test_a_full_exchange_is_an_error_that_says_what_to_do(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of one student meets a full device; the other gets theirs, and the command can be run again."""
    for student in ("ada", "bob"):
        place.submit(student, BOTH)
    place.course.exchange(Collect, BASICS)
    for student in ("ada", "bob"):
        place.pages(student)
    secret = (place.submitted("ada") / "submission_secret.txt").read_text()
    hashes = [notebook_hash(secret=secret, notebook_id=name) for name in ("squares", "more")]

    def write(path: Path, content: bytes, *, mode: int) -> None:
        if path.stem in hashes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_whole(path, content, mode=mode)

    monkeypatch.setattr(exchange, "write_whole", write)
    with pytest.raises(UsageError, match="No page was released for ada"):
        place.course.exchange(ReleaseFeedback, BASICS)

    assert any("Make room there and run the same command again." in line for line in place.said)
    assert set(place.fetched("bob")) == {"squares", "more"}
    monkeypatch.undo()
    place.course.exchange(ReleaseFeedback, BASICS)
    assert set(place.fetched("ada")) == {"squares", "more"}


def test_who_has_no_secret_is_named_and_the_others_get_their_pages(place: Place) -> None:
    """Work that came by e-mail, a file that was deleted or emptied; a missing time keeps nobody from a page."""
    for student in ("gone", "empty", "timeless", "whole"):
        place.submit(student, BOTH)
    place.course.exchange(Collect, BASICS)
    shutil.copytree(place.submitted("whole"), place.submitted("mail"))
    for name in ("timestamp.txt", "submission_secret.txt"):
        (place.submitted("mail") / name).unlink()
    for student in ("gone", "empty", "timeless", "whole", "mail"):
        place.pages(student)
    feedback = {student: place.course.path("feedback", BASICS, student) for student in ("gone", "empty", "timeless")}
    (feedback["gone"] / "submission_secret.txt").unlink()
    (feedback["timeless"] / "timestamp.txt").unlink()
    (feedback["empty"] / "submission_secret.txt").chmod(0o644)
    (feedback["empty"] / "submission_secret.txt").write_text("")

    place.course.exchange(ReleaseFeedback, BASICS)

    assert place.said[-1] == "Send these students their page from feedback/ yourself: empty, gone, mail."
    assert set(place.fetched("whole")) == set(place.fetched("timeless")) == {"squares", "more"}
    assert place.fetched("gone") == {}


def test_an_unknown_assignment_has_no_feedback_to_release(place: Place) -> None:
    """It ends with an error and the names that there are; nbgrader's own says nothing, and succeeds."""
    with pytest.raises(UsageError, match=f"no assignment 'basic'.*Known: {BASICS}"):
        place.course.exchange(ReleaseFeedback, "basic")
