"""torchmarks.platforms.people and students: who stands in a platform's list, and who that is in the gradebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from torchmarks.errors import UsageError
from torchmarks.platforms.people import Roster, roster_of
from torchmarks.platforms.sheet import read_sheet
from torchmarks.platforms.students import KnownStudent, changes, identified, is_id


def _roster(tmp_path: Path, platform: str, text: str) -> Roster:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return roster_of(read_sheet(path), platform)


CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section,Essay (1)\n,,,,,Manual Posting\n    Points Possible,,,,,10\n"
ENGLISH = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments\n"
)


def test_a_gradebook_of_canvas_has_its_students(tmp_path: Path) -> None:
    """Not the rows on posting, points and the test student."""
    rows = '"Lovelace, Ada",12,S1,ada@x.org,One,\n"Student, Test",99,,abc,One,\n'

    (ada,) = _roster(tmp_path, "canvas", CANVAS + rows).people

    assert (ada.key, ada.last, ada.first, ada.login, ada.number, ada.email) == (
        "12", "Lovelace", "Ada", "ada@x.org", "S1", "ada@x.org",
    )  # fmt: skip


def test_first_and_last_names_may_have_columns_of_their_own(tmp_path: Path) -> None:
    """As Canvas writes them for users who want it, with semicolons and without the institution's numbers."""
    text = "LastName;FirstName;ID;SIS Login ID;Section\nLovelace;Ada;12;ada;One\n"

    (ada,) = _roster(tmp_path, "canvas", text).people

    assert (ada.last, ada.first, ada.key, ada.login, ada.number) == ("Lovelace", "Ada", "12", "ada", "")


@pytest.mark.parametrize(
    ("head", "participant"),
    [
        (ENGLISH, "Participant"),
        ("ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Änderbar,Zuletzt geändert (Abgabe),"
         "Zuletzt geändert (Bewertung),Feedback\n", "Teilnehmer/in"),
        ("Azonosító,Teljes név,Cím,Állapot,Pont,Max. pont,Módosítható,Módosítva (leadott),Módosítva (pont),Szöveg\n",
         "Résztvevő"),
    ],
)  # fmt: skip
def test_a_worksheet_is_read_in_any_language(tmp_path: Path, head: str, participant: str) -> None:
    """Also one whose names of columns nobody here knows: what stands in them tells."""
    rows = "".join(f'{participant} {n},Ada L{n},a{n}@x.org,S,,"100,00",Yes,when {n},-,\n' for n in (17, 18, 19))

    roster = _roster(tmp_path, "moodle", head + rows)

    assert roster.grade == 4
    first = roster.people[0]
    assert (first.key, first.first, first.last, first.email, first.submitted) == (
        "17", "Ada", "L17", "a17@x.org", "when 17",
    )  # fmt: skip


def test_an_anonymous_worksheet_has_numbers_alone(tmp_path: Path) -> None:
    """The status is nobody's name; the id says that it holds for this assignment."""
    head = "Identifier,Status,Grade,Maximum grade,Last modified (grade)\n"
    roster = _roster(tmp_path, "moodle", head + "Participant 17,Submitted,,5,-\nParticipant 18,Draft,,5,-\n")

    assert [p.last for p in roster.people] == ["", ""]
    assert list(identified(roster, [], "moodle").people) == ["participant-17", "participant-18"]


@pytest.mark.parametrize(
    ("platform", "text", "what"),
    [
        ("canvas", ENGLISH + "Participant 1,A,a@x,,,,,,,\n", "is not a gradebook of Canvas's"),
        ("moodle", CANVAS + '"L, A",12,S1,ada,One,\n', "is not a grading worksheet of Moodle's"),
        ("folder", CANVAS + '"L, A",12,S1,ada,One,\n', "has no column id"),
        ("canvas", CANVAS, "has no students"),
        ("canvas", CANVAS + '"L, A",12,S1,ada,One,\n"L, B",12,S2,b,One,\n', "lines 4 and 5 are of one student (12)"),
        ("canvas", CANVAS + '"L, A",12,S1,ada,One,\n"L, B",13,S2,ADA,One,\n', "lines 4 and 5 are of one student (ada)"),
        ("moodle", ENGLISH + "P 1,A,a@x,,,,,,,\nP 2,B,a@x,,,,,,,\n", "lines 2 and 3 are of one student (a@x)"),
    ],
)
def test_a_list_of_another_kind_or_with_two_rows_of_one_is_refused(
    tmp_path: Path, platform: str, text: str, what: str
) -> None:
    """With file, lines, and where the right one is found."""
    with pytest.raises(UsageError, match=r"list\.csv: ") as error:
        _roster(tmp_path, platform, text)

    assert what in str(error.value)


@pytest.mark.parametrize(
    ("known", "student"),
    [
        (KnownStudent("a", lms_user_id="12"), "a"),
        (KnownStudent("ADA"), "ADA"),
        (KnownStudent("S1"), "S1"),
        (KnownStudent("12"), "12"),
        (KnownStudent("b", email="Ada"), "b"),
        (KnownStudent("else"), "ada"),
        (KnownStudent("c", first_name="Ada", last_name="Lovelace"), "ada"),  # in Canvas a name is nobody's proof
    ],
)
def test_a_student_keeps_the_gradebooks_id(tmp_path: Path, known: KnownStudent, student: str) -> None:
    """Found by the platform's number, the login, the institution's number, the address; else the login is the id."""
    roster = _roster(tmp_path, "canvas", CANVAS + '"Lovelace, Ada",12,S1,ada,One,\n')

    assert list(identified(roster, [known], "canvas").people) == [student]


def test_two_rows_of_one_student_of_the_gradebook_are_refused(tmp_path: Path) -> None:
    """Of whom one is known by the login and the other by the number, say."""
    roster = _roster(tmp_path, "canvas", CANVAS + '"L, A",12,S1,x,One,\n"L, B",13,S2,ada,One,\n')

    with pytest.raises(UsageError, match="lines 4 and 5 are both of the student ada"):
        identified(roster, [KnownStudent("ada", lms_user_id="12")], "canvas")


def test_an_import_says_what_changes_and_blanks_nothing(tmp_path: Path) -> None:
    """Collecting fills in what is empty; importing a list also mends what is different."""
    roster = _roster(tmp_path, "canvas", CANVAS + '"Lovelace, Ada",12,S1,ada,One,\n"New, Ned",13,,ned,One,\n')
    known = [KnownStudent("ada", "Augusta", "", "ada@x.org", "12")]
    identities = identified(roster, known, "canvas")

    told = {c.student: c.told for c in changes(identities, known, "canvas", fill_only=False)}
    filled = {c.student: c.values for c in changes(identities, known, "canvas", fill_only=True)}

    assert told == {"ada": "first_name Augusta → Ada, last_name nothing → Lovelace", "ned": "added"}
    assert filled["ada"] == {"last_name": "Lovelace"}
    assert filled["ned"] == {"first_name": "Ned", "last_name": "New", "lms_user_id": "13"}


@pytest.mark.parametrize("text", ["", "a/b", "..", ".x", "-x", "__MACOSX", "a\nb", " a", "a*", "x" * 129])
def test_what_cannot_be_a_folder_is_no_id(text: str) -> None:
    """nbgrader makes a folder of an id, and looks for it by a pattern."""
    assert not is_id(text)
    assert is_id("ada.l+x@uni.example")
