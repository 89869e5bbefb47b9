"""A class of 40 as Canvas and as Moodle hand it out, with the oddities of names and files that classes have.

Files and tables are written as the platforms' own sources write them (the docstrings of `torchmarks.platforms.names`
and `people` name them), apart from the package: it must not read what it wrote itself.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..bulk.conftest import dumped, more, squares
from ..damage import assignment as small

RIGHT = {"squares.ipynb": squares(), "more.ipynb": more("return 2 * x")}
HALF = {"squares.ipynb": squares(), "more.ipynb": more("return x")}
BLANK = {"squares.ipynb": dumped(small.released()), "more.ipynb": more("raise NotImplementedError()")}
KINDS: dict[str, Mapping[str, bytes]] = {"right": RIGHT, "half": HALF, "blank": BLANK}
Files = dict[str, bytes]


@dataclass(frozen=True)
class Pupil:
    """A student. kind: what the work is worth, "" for none; files: as called by the student, in order of upload."""

    odd: str
    number: int
    last: str
    first: str
    login: str
    kind: str = "right"
    files: Files = field(default_factory=dict)
    late: bool = False

    @property
    def sortable(self) -> str:
        return f"{self.last}, {self.first}" if self.first else self.last

    @property
    def email(self) -> str:
        return self.login if "@" in self.login else f"{self.login}@uni.example"


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip archive with these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def a_class() -> list[Pupil]:
    """Forty students, twenty-six of them odd in a way of their own."""
    kinds = list(KINDS)
    renumbered = {"squares-2.ipynb": RIGHT["squares.ipynb"], "more-1.ipynb": RIGHT["more.ipynb"]}
    twice = {"squares.ipynb": b"{}", **RIGHT} | {"squares-1.ipynb": RIGHT["squares.ipynb"]}
    twice["squares.ipynb"] = BLANK["squares.ipynb"]
    odd = [
        ("accents", "Müller-Lüdenscheidt", "Zoë", "right", {}),
        ("accents apart from their letters", unicodedata.normalize("NFD", "Ångström"), "Désirée", "half", {}),
        ("another script", "王", "小明", "right", {}),
        ("apostrophe", "O'Brien", "Seán", "half", {}),
        ("quotes", 'Ray "Bob"', "Billy", "right", {}),
        ("a formula", "=HYPERLINK(1)", "+Eve", "right", {}),
        ("digits at the end", "Anna_5", "", "half", {}),
        ("another's number", "eve_1001", "", "right", {}),
        ("digits alone", "007", "", "right", {}),
        ("underscores", "van_der_Berg", "Jan", "half", {}),
        ("one name", "Madonna", "", "right", {}),
        ("first of one name", "Smith", "John", "right", {}),
        ("second of one name", "Smith", "John", "blank", {}),
        ("late", "Tardy", "Tom", "right", {}),
        ("uploaded again", "Again", "Ann", "right", renumbered),
        ("uploaded twice", "Twice", "Ted", "right", twice),
        ("packed", "Pack", "Pia", "right", {"work.zip": packed(RIGHT | {"__MACOSX/._x": b"", ".DS_Store": b""})}),
        ("a path out", "Out", "Oz", "right", {"w.zip": packed({"../../evil.txt": b"x"}), **RIGHT}),
        ("a bomb", "Bomb", "Bo", "half", {"b.zip": packed({"zeros": bytes(24 << 20)}), **HALF}),
        (
            "renamed",
            "Name",
            "Ned",
            "half",
            {"my work (final).ipynb": HALF["squares.ipynb"], "more.ipynb": more("return x")},
        ),
        ("numbers in names", "Nums", "Nia", "right", {"1_2_3_LATE_1001_9.txt": b"mine", **RIGHT}),
        ("a time claimed", "Clock", "Cy", "right", {"timestamp.txt": b"2000-01-01 00:00:00 UTC", **RIGHT}),
        ("an emoji", "Smile", "Sue", "right", {"notes \U0001f600.txt": b"hi", **RIGHT}),
        ("steers terminals", "Esc\u202e", "Ed\u200b", "right", {"a\u202eb.txt": b"x", **RIGHT}),
        ("damaged", "Broken", "Bea", "", {"squares.ipynb": b"{", "more.ipynb": b""}),
        ("handed in nothing", "None", "Nick", "", None),
    ]
    made = []
    for number, (what, last, first, kind, files) in enumerate(odd):
        given = {} if files is None else dict(files or KINDS[kind])
        login = f"login{number}@uni.example" if number % 7 == 0 else f"login{number}"
        made.append(Pupil(what, 1001 + number, last, first, login, kind, given, late=what == "late"))
    for number in range(len(odd), 40):
        kind = kinds[number % 3]
        made.append(
            Pupil("", 1001 + number, f"Plain{chr(65 + number - 26)}", "Pat", f"login{number}", kind, dict(KINDS[kind]))
        )
    return made


# ---- Canvas: lib/content_zipper.rb and lib/gradebook_exporter.rb


def canvas_files(pupils: Sequence[Pupil]) -> dict[str, bytes]:
    """Members of "Download Submissions", by name."""
    found = {}
    for pupil in pupils:
        for order, (name, content) in enumerate(pupil.files.items()):
            user = re.sub(r"_(\d+)_", r"\1", pupil.sortable).lower()
            parts = [user, *(["LATE"] if pupil.late else []), str(pupil.number)]
            stem = "".join(c for c in "_".join(parts) if c == "_" or unicodedata.category(c)[0] in "LMN")
            shown = re.sub(r'[\x00/\\:*?"<>|]+', "_", name)
            found[f"{stem}_{80000 + 10 * (pupil.number - 1000) + order}_{shown}"] = content
    return found


def canvas_zip(path: Path, pupils: Sequence[Pupil], extra: Mapping[str, bytes] | None = None) -> Path:
    """The archive, with names in UTF-8 and no flag that says so, as rubyzip leaves it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (canvas_files(pupils) | dict(extra or {})).items():
            info = _Unflagged(name, (2026, 1, 20, 8, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


class _Unflagged(zipfile.ZipInfo):
    """A member whose name is UTF-8, and whose flags do not say so: Python itself always says it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(), self.flag_bits & ~0x800


def canvas_csv(
    path: Path,
    pupils: Sequence[Pupil],
    *,
    assignment: str = "basics",
    points: str = "100.00",
    delimiter: str = ",",
    mark: str = "\ufeff",
) -> Path:
    """The gradebook, exported: other columns, a posting row, points possible, the test student, read-only totals."""
    head = [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "Essay (41)",
        f"{assignment} (42)",
        "Final Score",
    ]
    rows = [
        head,
        ["", "", "", "", "", "", "Manual Posting", ""],
        ["    Points Possible", "", "", "", "", "10.00", points, "(read only)"],
    ]
    for pupil in pupils:
        rows.append([pupil.sortable, str(pupil.number), f"S{pupil.number}", pupil.login, "One", "7.50", "", "12.3"])
    rows.append(["Student, Test", "9999", "", "0a" * 20, "One", "", "", ""])
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    path.write_bytes((mark + text.getvalue()).encode())
    return path


# ---- Moodle: mod/assign/classes/downloader.php and gradingtable.php


def moodle_files(pupils: Sequence[Pupil], *, flat: bool = False, old: bool = False) -> dict[str, bytes]:
    """Members of "Download all submissions". old: as Moodle 3.1 to 4.0; flat: without a folder for each student."""
    found = {}
    for pupil in pupils:
        full = f"{pupil.first} {pupil.last}".strip().replace("_", " ")
        clean = re.sub(r"[\x00-\x1f&<>\"`|':\\/*?]", "", full)
        prefix = f"{clean}_{pupil.number + 5000}_assignsubmission_file"
        for name, content in pupil.files.items():
            between = "_" if flat else "_/" if old else "/"
            found[f"{prefix}{between}{name}"] = content
    return found


def moodle_zip(path: Path, pupils: Sequence[Pupil], **form: bool) -> Path:
    """The archive."""
    path.write_bytes(packed(moodle_files(pupils, **form)))
    return path


ENGLISH = (
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Grade can be changed",
    "Last modified (submission)", "Online text", "Last modified (grade)", "Feedback comments", "Participant",
    "Wednesday, 14 January 2026, 10:00 AM", "Friday, 16 January 2026, 10:00 AM",
)  # fmt: skip
GERMAN = (
    "ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung", "Änderbar",
    "Zuletzt geändert (Abgabe)", "Texteingabe", "Zuletzt geändert (Bewertung)", "Feedback", "Teilnehmer/in",
    "Mittwoch, 14. Januar 2026, 10:00", "Freitag, 16. Januar 2026, 10:00",
)  # fmt: skip


def moodle_csv(
    path: Path, pupils: Sequence[Pupil], words: Sequence[str] = ENGLISH, *, most: str = "100.00", mark: str = ""
) -> Path:
    """The grading worksheet."""
    *head, participant, on_time, late = words
    rows = [head]
    for pupil in pupils:
        when = "-" if not pupil.files else late if pupil.late else on_time
        full = f"{pupil.first} {pupil.last}".strip()
        row = [f"{participant} {pupil.number + 5000}", full, pupil.email, "Submitted", "", most, "Yes", when]
        rows.append([*row, 'Two\nlines, "quoted"', "-", ""])
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes((mark + text.getvalue()).encode())
    return path


def written(folder: Path, pupils: Sequence[Pupil]) -> Path:
    """What both platforms hand out of a class, in a folder: archives, lists, the worksheet in two languages."""
    canvas_zip(folder / "canvas.zip", pupils)
    canvas_csv(folder / "canvas.csv", pupils)
    moodle_zip(folder / "moodle.zip", pupils)
    moodle_zip(folder / "flat.zip", pupils, flat=True)
    moodle_csv(folder / "moodle.csv", pupils)
    moodle_csv(folder / "deutsch.csv", pupils, GERMAN, most="100,00", mark="\ufeff")
    return folder
