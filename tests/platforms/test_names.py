"""torchmarks.platforms.names: whose a file is, by the names that Canvas and Moodle give it."""

from __future__ import annotations

import pytest

from torchmarks.platforms.names import (
    Given,
    NotGiven,
    canvas_given,
    canvas_name,
    folder_given,
    moodle_given,
    released_name,
)

KNOWN = {"12345": "lovelaceada", "77": "eve_12345", "88": "lovelaceada_12345"}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("lovelaceada_12345_67890_a.ipynb", Given("12345", "lovelaceada", "a.ipynb", 67890)),
        ("lovelaceada_LATE_12345_67890_a-2.ipynb", Given("12345", "lovelaceada", "a-2.ipynb", 67890, is_late=True)),
        ("downloads/lovelaceada_12345_67890_a.ipynb", Given("12345", "lovelaceada", "a.ipynb", 67890)),
        ("müllerzoë_5_6_my_final_work.ipynb", Given("5", "müllerzoë", "my_final_work.ipynb", 6)),
        ("lovelaceada_12345_67890_1_2.ipynb", Given("12345", "lovelaceada", "1_2.ipynb", 67890)),
        ("eve_12345_77_67891_a.ipynb", Given("77", "eve_12345", "a.ipynb", 67891)),
        ("_12_34_a.ipynb", Given("12", "", "a.ipynb", 34)),
    ],
)
def test_a_name_of_canvas_is_read(name: str, given: Given) -> None:
    """Owner, attachment, the student's own name of the file and lateness, with digits and underscores anywhere."""
    assert canvas_given(name, KNOWN) == given


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("anon_x1Y2z_67890_a.ipynb", "anonymous grading"),
        ("LATE_anon_x1Y2z_67890_a.ipynb", "anonymous grading"),
        ("lovelaceada_12345_text.html", "text typed into Canvas"),
        ("lovelaceada_12345_link.html", "a link"),
        ("notes.txt", "not one of Canvas's"),
        ("LATE", "not one of Canvas's"),
        ("ada_12345_67890_1_2.ipynb", "it is not known which of the numbers 12345, 67890"),
    ],
)
def test_a_name_that_says_no_owner_has_a_reason(name: str, reason: str) -> None:
    """What to ask for, or which list would tell."""
    found = canvas_given(name, {})

    assert isinstance(found, NotGiven)
    assert reason in found.reason


@pytest.mark.parametrize(
    "name",
    [
        "eve_12345_99_67891_a.ipynb",  # the number of another in one's own name, and nobody knows 99
        "lovelaceada_12345_88_67891_a.ipynb",  # the whole of another's name and number
    ],
)
def test_a_name_that_a_student_chose_gives_work_to_nobody_else(name: str) -> None:
    """Where names do not decide which number is meant, nothing is guessed."""
    assert isinstance(canvas_given(name, KNOWN), NotGiven)


def test_a_mark_in_a_files_own_name_is_none() -> None:
    """A file that a student calls x_LATE_12345_1.txt is neither late nor somebody else's."""
    given = canvas_given("eve_12345_77_67891_LATE_12345_1.txt", KNOWN)

    assert given == Given("77", "eve_12345", "LATE_12345_1.txt", 67891)


def test_canvas_writes_names_in_its_own_way() -> None:
    """Small letters, no blanks or signs, and no number between underscores."""
    assert canvas_name("O'Brien-Łoś, Seán") == "obrienłośseán"
    assert canvas_name("a_5_b") == "a5b"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Ada Lovelace_17_assignsubmission_file_/a.ipynb", Given("17", "Ada Lovelace", "a.ipynb")),
        ("Ada Lovelace_17_assignsubmission_file/b/a_1.ipynb", Given("17", "Ada Lovelace", "b/a_1.ipynb")),
        ("Ada Lovelace_17_assignsubmission_file_a_b.ipynb", Given("17", "Ada Lovelace", "a_b.ipynb")),
        ("out/Participant_17_assignsubmission_file_/a.ipynb", Given("17", "Participant", "a.ipynb")),
    ],
)
def test_a_path_of_moodle_is_read(name: str, given: Given) -> None:
    """All its forms: with folders, of old and new versions, flat, anonymous, and in a folder of somebody's own."""
    assert moodle_given(name) == given


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Ada_17_assignsubmission_onlinetext_/onlinetext.html", "onlinetext"),
        ("Default group_assignsubmission_file_/a.ipynb", "group without a number"),
        ("Ada_17_assignsubmission_file_", "ends before"),
        ("readme.txt", "not one of Moodle's"),
    ],
)
def test_a_path_without_an_owner_has_a_reason(name: str, reason: str) -> None:
    """Text typed in, a group without a number, something else."""
    found = moodle_given(name)

    assert isinstance(found, NotGiven)
    assert reason in found.reason


def test_a_plain_folder_is_a_students() -> None:
    """With or without a folder for the assignment in it; a loose file is nobody's."""
    assert folder_given("ada/01/a.ipynb", "01") == Given("ada", "ada", "a.ipynb")
    assert folder_given("ada/a.ipynb", "01") == Given("ada", "ada", "a.ipynb")
    assert isinstance(folder_given("a.ipynb", "01"), NotGiven)


@pytest.mark.parametrize(
    ("file", "name"),
    [("a-2.ipynb", "a.ipynb"), ("a-2.IPYNB", "a.ipynb"), ("b-1.ipynb", "b-1.ipynb"), ("c-2.ipynb", "c-2.ipynb")],
)
def test_a_number_that_canvas_added_goes(file: str, name: str) -> None:
    """From a released notebook's name; a notebook that is called so keeps it, and what is none of them."""
    assert released_name(file, {"a.ipynb", "b.ipynb", "b-1.ipynb"}) == name
