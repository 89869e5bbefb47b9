"""nbgrader's exchange, in which one bad submission does not stop the rest: collecting, and releasing feedback.

Set as `ExchangeFactory.collect` and `ExchangeFactory.release_feedback`. What was collected is stored so that nbgrader's
own steps find it: a notebook under another name also under its released one, and the time at which it was handed in.
Every command of nbgrader's imports this module and should not wait for torch: what loads it is imported where it is
used.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash, parse_utc

from torchmarks.course.commands import nbgrader_command
from torchmarks.errors import UsageError
from torchmarks.printable import printable
from torchmarks.whole_files import write_whole

_MOST_ENTRIES, _DEEPEST = 100_000, 100  # what may be copied; grading has bounds of its own
_NO_TIME = "1970-01-01 00:00:00 UTC"  # nbgrader sorts by time before we can leave anything out
_SECRET, _SECRET_BYTES = "submission_secret.txt", 4096
_TAKES_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # full, over the quota, read-only
_LONGEST_TIME = 64  # characters; nbgrader writes 30
_FOR_ALL = 0o644  # a page that students fetch
_MOST_PAGES = 20  # of one text: a student who hands in a thousand notebooks needs no page for each


class _Configured:
    """Refuses where a configuration file cannot be used: nbgrader logs it and goes on, to another course's exchange."""

    def start(self) -> None:
        """See nbgrader. Raises ExchangeError."""
        from torchmarks.course.config_check import layers_behind  # noqa: PLC0415 - see the module

        step: Any = self
        try:
            layers_behind(step)
        except UsageError as error:
            step.fail(str(error))
        super().start()  # type: ignore[misc]


class Collect(_Configured, ExchangeCollect):  # type: ignore[misc]
    """nbgrader's collector; names the students whose work cannot be copied, after the others were collected.

    An incomplete submission, left by a submit that was cut short, replaces nothing.
    """

    src_records: list[dict[str, Any]]

    def init_src(self) -> None:
        """See nbgrader."""
        self._incomplete: dict[str, tuple[dict[str, Any], str]] = {}  # the one wanted and what it lacks, by student
        super().init_src()

    def _sort_by_timestamp(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """See nbgrader, which takes the first, or the first in time: incomplete ones come only where a student has no
        other.
        """
        from torchmarks.course.incomplete import why_incomplete  # noqa: PLC0415 - see the module

        newest_first: list[dict[str, Any]] = super()._sort_by_timestamp(records)
        wanted = next(filter(self._is_in_time, newest_first), newest_first[0])  # were it whole
        whole = []
        for record in newest_first:
            lack = why_incomplete(Path(self.inbound_path) / record["filename"])
            if not lack:
                whole.append(record)
                if self._is_in_time(record):  # those before it are not looked at
                    break
            elif record is wanted:
                self._incomplete[record["username"]] = record, lack
        return whole or newest_first

    def _is_in_time(self, record: dict[str, Any]) -> bool:
        """Whether a submission counts by the rule that was asked for: without one, any does."""
        return self.duedate is None or not self.before_duedate or record["timestamp"] <= self.duedate

    def copy_files(self) -> None:
        """See nbgrader. Raises ExchangeError at the end, for submissions that could not be copied."""
        self._failed: list[str] = []
        self.src_records = [record for record in self.src_records if record["username"]]
        for record in self.src_records:
            # nbgrader compares with the time of what was collected before, and ends at one that is none
            self._mend(record["username"], self._place(record["username"]))
        from torchmarks.course.locks import Locks  # noqa: PLC0415 - see the module

        locks, records = Locks(Path(self.coursedir.root)), self.src_records
        for record in records:  # one at a time: nbgrader removes what was collected before, which somebody may grade
            self.src_records = [record]
            try:
                if not self._is_left_out(record):
                    with locks.held(self.coursedir.assignment_id, record["username"]):
                        self._collect_one(record)
            except OSError as error:  # such as of a link that leads nowhere: one student's must not end the rest
                self._note_failed(record["username"], error)
        if not records:
            super().copy_files()  # which says so
        if self._failed:
            self.fail(f"Not collected: {', '.join(self._failed)}. See the log for the reasons.")

    def _collect_one(self, record: dict[str, Any]) -> None:
        try:
            if self._stage(record):
                super().copy_files()
        finally:
            shutil.rmtree(self._staged(record["username"]), ignore_errors=True)

    def _note_failed(self, student: str, error: Exception, instead: str = "") -> None:
        self._failed.append(printable(student))
        self.log.error("%s: could not be collected: %s.%s", printable(student), _sentence(error), instead)

    def _is_left_out(self, record: dict[str, Any]) -> bool:
        """Whether a submission is incomplete and another one was collected before. Names what is incomplete."""
        student = record["username"]
        newest, lack = self._incomplete.get(student, (None, ""))
        if newest is None:
            return False
        place = self._place(student)
        kept = record is newest and os.path.isdir(place)
        kept = kept and self.coursedir.get_existing_timestamp(str(place)) != record["timestamp"]
        if record is not newest:
            in_time = " in time" if self.before_duedate and self._is_in_time(record) else ""
            instead = f"The newest complete one{in_time} is of {_written(record)}."
        else:
            instead = (
                "What was collected before is kept." if kept else "There is no other, so it is collected as it is."
            )
        self.log.warning(
            "%s: the submission of %s is incomplete (%s): submitting it was cut short, as on a full disk, or is still "
            "under way. %s Make room in the exchange if it is full, have it submitted again, and run `%s`.",
            printable(student),
            _written(newest),
            printable(lack),
            instead,
            nbgrader_command("collect", self.coursedir.assignment_id, "--update"),
        )
        return kept

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """See nbgrader, which ends at a name without a time: anybody can put a folder there."""
        name = Path(path).name
        student, time = self._parts(name)
        if not student:
            self.log.error("%s: no student and no time can be read from the name; not collected.", printable(name))
        return {"username": student, "filename": name, "timestamp": parse_utc(time)}

    def _parts(self, name: str) -> tuple[str, str]:
        return parts_of(name, self.coursedir.assignment_id) or ("", _NO_TIME)

    def _place(self, student: str) -> Path:
        directory = self.coursedir
        return Path(directory.format_path(directory.submitted_directory, student, directory.assignment_id))

    def _mend(self, student: str, folder: Path, instead: str = "") -> None:
        from torchmarks.course.collected import mend_timestamp  # noqa: PLC0415 - see the module

        note = mend_timestamp(folder, instead) if os.path.isdir(folder) else ""  # Path.is_dir raises in a closed one
        if note:
            self.log.warning("%s: %s", printable(student), note)

    def _staged(self, student: str) -> Path:
        """Where a submission waits that is to replace another; nothing looks for submissions there."""
        place = self._place(student)
        return place.with_name(f".{place.name}-collecting")

    def _stage(self, record: dict[str, Any]) -> bool:
        """Copy a submission that may replace what was collected: nbgrader deletes that first. Whether it can go on."""
        student = record["username"]
        place, staged = self._place(student), self._staged(student)
        shutil.rmtree(staged, ignore_errors=True)  # of a run that was killed
        if not os.path.isdir(place) or not (self.update or self.before_duedate):
            return True
        if self.coursedir.get_existing_timestamp(str(place)) == record["timestamp"]:
            return True
        return self._copied(Path(self.inbound_path) / record["filename"], staged, " What was collected before is kept.")

    def do_copy(self, src: str, dest: str, log: object = None) -> None:
        """Put one submission where nbgrader's own steps find it."""
        staged = self._staged(self._parts(Path(src).name)[0])
        if os.path.isdir(staged):
            staged.rename(dest)
        else:
            self._copied(Path(src), Path(dest))

    def _copied(self, source: Path, to: Path, instead: str = "") -> bool:
        """Whether a submission could be copied; if not, this is said. instead: what became of it, to be said, too."""
        student, time = self._parts(source.name)
        try:
            _only_files(source)
            super().do_copy(str(source), str(to))
            self._mend(student, to, time)
            self._name_as_released(student, to)
        except (OSError, RuntimeError) as error:  # nbgrader's own, of a folder that is too large
            shutil.rmtree(to, ignore_errors=True)  # half a copy would pass for the submission
            self._note_failed(student, error, instead)
            return False
        return True

    def _name_as_released(self, student: str, folder: Path) -> None:
        for name, released in name_as_released(self.coursedir, self.config, student, folder).items():
            self.log.warning("%s: %s is stored as %s, too.", printable(student), printable(name), released)


def _sentence(error: Exception) -> str:
    return printable(error).rstrip(".")


def _written(record: dict[str, Any]) -> str:
    return f"{record['timestamp']:%Y-%m-%d %H:%M:%S} UTC"


def parts_of(name: str, assignment: str) -> tuple[str, str] | None:
    """Student and time in the name of a folder: student, assignment, time, perhaps a random part. An id may have a "+".

    None where they cannot be read, or it is of another assignment.
    """
    for parts in (name.rsplit("+", 3), name.rsplit("+", 2)):
        if len(parts) < 3:
            continue
        student, named, time, *_ = parts
        if named == assignment and _is_time(time):
            return student, time
    return None


def _is_time(text: str) -> bool:
    """Whether nbgrader can read a time; anybody who can make a folder in the exchange chooses the text."""
    try:
        return len(text) <= _LONGEST_TIME and bool(parse_utc(text))
    except Exception:  # the parser's own, of any kind
        return False


def name_as_released(directory: Any, config: Any, student: str, folder: Path) -> dict[str, str]:
    """Store each notebook of a submission under its released name, too, where it has another: nbgrader does not see a
    submission without a notebook on top, nor grade one under another name. Returns the names that were given, by the
    submission's own.
    """
    from torchmarks.course.intake import read_notebooks  # noqa: PLC0415 - see the module
    from torchmarks.grading.repair import Found  # noqa: PLC0415 - see the module

    submission, notebooks = read_notebooks(directory, config, student, folder)
    given = {}
    for name, found in notebooks.items():
        target = folder / f"{name}.ipynb"
        if isinstance(found, Found) and found.name != target.name and target.name not in submission.files:
            if target.is_symlink():  # to write there would write to what it leads to
                target.unlink()
            if target.is_dir():  # it is graded from where it is
                continue
            target.write_bytes(submission.files[found.name])
            given[found.name] = target.name
    return given


def _only_files(folder: Path) -> None:
    """Raises OSError for what nbgrader would copy from elsewhere, with the rights of the collector, or without end."""
    from torchmarks.grading.listing import Bounds, listed  # noqa: PLC0415 - see the module

    if os.path.islink(folder):  # perhaps to the solutions, or to somebody else's work
        raise OSError("it is a link, not a folder")
    listing = listed(folder, bounds=Bounds(_MOST_ENTRIES, _DEEPEST))
    if listing.refused is not None:
        raise OSError(listing.refused.reason)
    foreign = [*listing.links, *listing.others]
    if foreign:
        raise OSError(f"{foreign[0].relative_to(folder)} is a link or a device, not a file")


class ReleaseFeedback(_Configured, ExchangeReleaseFeedback):  # type: ignore[misc]
    """nbgrader's release of feedback; names the students who cannot get a page through the exchange.

    A page is also released under the name under which its notebook was handed in, by which students ask for it.
    """

    def copy_files(self) -> None:
        """See nbgrader. Raises ExchangeError at the end: for pages that are outdated or of a grading cut short, and
        where the exchange takes no more.
        """
        from torchmarks.course.collected import excluded, student_folders  # noqa: PLC0415 - see the module
        from torchmarks.course.unfinished import unfinished  # noqa: PLC0415 - see the module

        directory = self.coursedir
        self._require_known()
        cut_short = unfinished(directory, directory.assignment_id)
        withheld: list[str] = []
        wanted, left_out = directory.student_id or "*", excluded(directory)
        left: list[str] = []
        no_room: list[str] = []
        released: list[str] = []
        folders = student_folders(directory, directory.feedback_directory, directory.assignment_id)
        for student, folder in folders.items():
            if student in left_out or not fnmatch.fnmatchcase(student, wanted):
                continue
            why = cut_short.get(student) or self._why_outdated(student)
            if why:
                withheld.append(printable(student))
                self.log.error("%s: no page is released. %s", printable(student), why)
                continue
            try:
                self._release(student, folder)
                released.append(student)
            except (OSError, ValueError) as error:
                full = isinstance(error, OSError) and error.errno in _TAKES_NO_MORE
                (no_room if full else left).append(student)
                self.log.warning("%s: gets no page through the exchange: %s", printable(student), error)
        if left:
            place, names = directory.feedback_directory, ", ".join(map(printable, left))
            self.log.warning("Send these students their page from %s/ yourself: %s.", place, names)
        self._warn_of_penalties(released)
        if no_room:
            self.log.error("%s takes no more pages. Make room there and run the same command again.", self.dest_path)
            withheld += map(printable, no_room)
        if withheld:
            self.fail(f"No page was released for {', '.join(withheld)}.")

    def _why_outdated(self, student: str) -> str:
        from torchmarks.course.renewing import why_outdated  # noqa: PLC0415 - see the module

        return why_outdated(self.coursedir, self.coursedir.assignment_id, student)

    def _warn_of_penalties(self, students: Collection[str]) -> None:
        """Name those of some students whose late penalty is not today's: their pages show what the gradebook has."""
        from torchmarks.course.marked import Marked  # noqa: PLC0415 - see the module
        from torchmarks.course.penalties import penalty_lines  # noqa: PLC0415 - see the module

        if students:
            for line in penalty_lines(Marked(self.config, self.coursedir.assignment_id, self.coursedir), students):
                self.log.warning("%s", line)

    def _require_known(self) -> None:
        """Fail for the name of an unknown assignment, and show the known ones."""
        from torchmarks.course.records import missing_file  # noqa: PLC0415 - see the module
        from torchmarks.course.registered import assignments_known  # noqa: PLC0415 - see the module

        if missing_file(str(self.coursedir.db_url)):  # the look for known assignments would make it
            self.fail(
                f"There is no gradebook {self.coursedir.db_url.removeprefix('sqlite:///')}, so there is no feedback."
            )
        name, known = self.coursedir.assignment_id, assignments_known(self.coursedir)
        if name not in known:
            self.fail(f"There is no assignment {name!r}. Known: {', '.join(known)}.")

    def release_to(self, students: Collection[str]) -> dict[str, str]:
        """Release the pages of some students. Returns why others get none, by student. Raises ExchangeError."""
        from torchmarks.course.unfinished import unfinished  # noqa: PLC0415 - see the module

        self.init_src()
        self.init_dest()
        directory, failed = self.coursedir, {}
        for student in students:
            cut_short = unfinished(directory, directory.assignment_id, student)
            why = cut_short.get(student) or self._why_outdated(student)
            if why:
                failed[student] = why
                continue
            folder = Path(directory.format_path(directory.feedback_directory, student, directory.assignment_id))
            try:
                self._release(student, folder)
            except (OSError, ValueError) as error:
                failed[student] = str(error)
        return failed

    def publish_text(self, text: str, folder: Path, notebooks: Collection[str]) -> None:
        """Release one text as the page of several notebooks of a submission, whatever they are called in it.

        folder: of the submission. Raises ExchangeError, and ValueError where it has no secret.
        """
        self.init_src()
        self.init_dest()
        secret = _secret(folder)
        own = sorted(path.stem for path in folder.glob("*.ipynb"))[:_MOST_PAGES]
        for name in sorted({*notebooks, *own}):
            place = Path(self.dest_path) / f"{notebook_hash(secret=secret, notebook_id=name)}.html"
            write_whole(place, text.encode(), mode=_FOR_ALL)

    def _release(self, student: str, folder: Path) -> None:
        secret = _secret(folder)
        for page in sorted(folder.glob("*.html")):
            names = {page.stem, *self._handed_in_as(student, page.stem)}
            for name in sorted(names):
                self._publish(page, notebook_hash(secret=secret, notebook_id=name))
            self.log.info("Feedback of %s for %s is released.", page.stem, printable(student))

    def _publish(self, page: Path, name: str) -> None:
        """Put a page where a student fetches it, who never fetches half of one."""
        mode = stat.S_IMODE(page.stat().st_mode)  # as nbgrader's own copy has it
        write_whole(Path(self.dest_path) / f"{name}.html", page.read_bytes(), mode=mode)

    def _handed_in_as(self, student: str, notebook: str) -> Iterator[str]:
        """Other names on top of the submission that the graded notebook has."""
        from torchmarks.course.intake import read_notebooks  # noqa: PLC0415 - see the module
        from torchmarks.grading.repair import Found  # noqa: PLC0415 - see the module

        directory = self.coursedir
        place = Path(directory.format_path(directory.submitted_directory, student, directory.assignment_id))
        found = read_notebooks(directory, self.config, student, place)[1].get(notebook)
        names = [found.name, *found.same] if isinstance(found, Found) else []
        seen = [name.removesuffix(".ipynb") for name in names if "/" not in name and name.endswith(".ipynb")]
        if set(seen) <= {notebook} and len(names) > len(seen):
            self.log.warning(
                "%s: handed in %s; nbgrader looks for the page of a *.ipynb that is in no folder, and may find none.",
                printable(student),
                ", ".join(printable(name) for name in names if name != f"{notebook}.ipynb"),
            )
        yield from seen


def _secret(folder: Path) -> str:
    """The secret under which a student fetches the page. Raises ValueError where there is none."""
    path = folder / _SECRET
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"there is no {_SECRET} (the work did not come through the exchange, or the file was deleted)")
    with path.open("rb") as file:
        content = file.read(_SECRET_BYTES + 1)
    if not content.strip() or len(content) > _SECRET_BYTES:
        raise ValueError(f"{_SECRET} holds no secret")
    return content.decode()
