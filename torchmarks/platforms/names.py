"""What a platform's name of a file says: whose it is, what the student called it, and whether it was late.

Canvas (lib/content_zipper.rb, `get_filename` and `add_upload_submission`) writes

    lovelaceada_LATE_12345_67890_01-tensors-2.ipynb

the sortable name in lower case with only its letters, digits and underscores, LATE if it was, the user's number,
the attachment's number, the file's name, to which Canvas adds -1, -2, … where the student has one of that name already.
An assignment for groups has the group's name and the number of one of its members; one with anonymous grading has
`anon_` and a code; text and links typed into Canvas end in `_text.html` and `_link.html` and have no attachment. Canvas
finds the two numbers by the same rule (app/models/abstract_assignment.rb, `infer_comment_context_from_filename`).

Moodle (mod/assign/locallib.php, since 4.1 mod/assign/classes/downloader.php) writes one of

    Ada Lovelace_12345_assignsubmission_file_/folder/01-tensors.ipynb      until 4.0
    Ada Lovelace_12345_assignsubmission_file/folder/01-tensors.ipynb       since
    Ada Lovelace_12345_assignsubmission_file_01-tensors.ipynb              "Download submissions in folders" off

where the number is the participant's in this one assignment, and underscores of the name are blanks. A group's has the
group's name and number. Repositories: github.com/instructure/canvas-lms, github.com/moodle/moodle.

Pure: text in, data out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

_LATE: Final = "LATE"
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_TYPED: Final = re.compile(r"_[0-9]{1,20}_(text|link)\.html$")
_RENUMBERED: Final = re.compile(r"(.+)-[0-9]{1,4}(\.ipynb)", re.IGNORECASE)

ANONYMOUS: Final = (
    "Canvas hides whose it is (anonymous grading), and its CSV takes no marks for it: turn anonymous grading off for "
    "the assignment, and download again"
)


@dataclass(frozen=True, slots=True)
class Given:
    """A file as a platform hands it out.

    key: the platform's number of its owner, or what a folder is called; who: the name there; file: its path as the
    student called it; order: larger for what was uploaded later.
    """

    key: str
    who: str
    file: str
    order: int = 0
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A name that does not say so, and why. is_missed: whether somebody's work may be in it."""

    reason: str
    is_missed: bool = True


def canvas_given(name: str, known: Mapping[str, str]) -> Given | NotGiven:
    """Read a name of Canvas's. known: names by the number of the user, both as Canvas writes them into a file's name.

    Students may choose their names, and so put somebody else's number into one: where more than one pair of numbers
    could be meant, the names decide, and where they do not, nothing is guessed.
    """
    base = name.rpartition("/")[2]
    tokens = base.split("_")
    if [token for token in tokens if token != _LATE][:1] == ["anon"]:
        return NotGiven(ANONYMOUS)
    typed = _TYPED.search(base)
    if typed is not None:
        what = "text typed into Canvas" if typed[1] == "text" else "a link"
        return NotGiven(f"it is {what}, and no file was handed in: ask for the notebook")
    places = [i for i in range(1, len(tokens) - 2) if all(_NUMBER.fullmatch(t) for t in tokens[i : i + 2])]
    if not places:
        return NotGiven("the name is not one of Canvas's: it has no numbers of a user and an attachment")
    at = _owner_in(tokens, places, known)
    if at is None:
        numbers = ", ".join(tokens[i] for i in places)
        why = f"it is not known which of the numbers {numbers} is its owner's"
        return NotGiven(f"{why}: name Canvas's CSV with --roster")
    file, is_late = "_".join(tokens[at + 2 :]), tokens[at - 1] == _LATE
    return Given(tokens[at], _before(tokens, at), file, int(tokens[at + 1]), is_late)


def _owner_in(tokens: list[str], places: list[int], known: Mapping[str, str]) -> int | None:
    if len(places) == 1:
        return places[0]
    named = [i for i in places if tokens[i] in known and known[tokens[i]] == canvas_name(_before(tokens, i))]
    return named[0] if len(named) == 1 else None


def _before(tokens: list[str], at: int) -> str:
    """The name before a number. The mark of late work does not belong to it: Canvas writes names in lower case."""
    return "_".join(tokens[: at - 1] if tokens[at - 1] == _LATE else tokens[:at])


def canvas_name(sortable: str) -> str:
    """A sortable name as Canvas writes it into the names of files."""
    joined = re.sub(r"_([0-9]+)_", r"\1", unicodedata.normalize("NFC", sortable)).lower()
    return "".join(c for c in joined if unicodedata.category(c)[0] in "LM" or unicodedata.category(c) in ("Nd", "Pc"))


def moodle_given(name: str) -> Given | NotGiven:
    """Read a path of Moodle's, as its own import does (mod/assign/feedback/file/importziplib.php)."""
    parts = name.split("/")
    for number, part in enumerate(parts):
        info = part.split("_", 4)
        if "assignsubmission" in info[1:2]:
            return NotGiven("it is of a group without a number: put its members into groups in Moodle")
        if len(info) < 4 or not _NUMBER.fullmatch(info[1]) or info[2] != "assignsubmission":
            continue
        if info[3] != "file":
            return NotGiven(f"it is not a file that was handed in but Moodle's {info[3]}: ask for the notebook")
        rest = "/".join([*info[4:], *parts[number + 1 :]]).strip("/")
        return Given(info[1], info[0].strip(), rest) if rest else NotGiven("the name ends before that of a file")
    return NotGiven("the name is not one of Moodle's: it has no number of a participant and no assignsubmission")


def folder_given(name: str, assignment: str) -> Given | NotGiven:
    """Read a path in a plain folder: a folder for each student, which may hold one with the assignment's name."""
    who, _, rest = name.partition("/")
    if not rest:
        return NotGiven("it is not in the folder of a student")
    inside, _, below = rest.partition("/")
    return Given(who, who, below if below and inside == assignment else rest)


def released_name(file: str, released: Container[str]) -> str:
    """A notebook's name without the number that Canvas adds; as it is where that gives none of the released ones."""
    found = _RENUMBERED.fullmatch(file)
    if file in released or found is None:
        return file
    plain = found[1] + found[2].lower()
    return plain if plain in released else file
