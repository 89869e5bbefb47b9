"""Every sentence that students read about the grading of their notebook: repairs, refusals, limits, the feedback page.

    say("solutions_removed", count=2)

Beside torchmarks.checks.sentences and by the same rules: whole sentences, so that a translator sees each as a student
does. The look-up knows both tables; what a student installs does not need this one. It is here because repair, the
student's process and the judge all speak to students, and may not import each other. Pure text; must not decide what is
said.
"""

from __future__ import annotations

from typing import Final

from torchmarks.checks import sentences
from torchmarks.checks.sentences import Counted, Sentences, Table

_ENCODING: Final[Table] = {
    "file_empty": "The file is empty.",
    "file_some_bytes_replaced": "Some bytes were not valid UTF-8; they were replaced.",
    "file_read_as": "The file was not plain UTF-8 text; it was read as {encoding}.",
    "file_read_with_mark": "The file was not plain UTF-8 text; it was read as {encoding} with a byte order mark.",
    "file_null_bytes": "The file contained null bytes; they were removed.",
    "file_too_many_bytes": "The notebook is too large: the file has more than {most} bytes.",
    "file_too_deep": "The notebook is too large: its lists and objects are nested more than {most} deep.",
    "file_too_many_values": "The notebook is too large: it holds more than {most} values.",
    "file_too_many_cells": Counted(
        "The notebook is too large: it has 1 cell, more than {most}.",
        "The notebook is too large: it has {count} cells, more than {most}.",
    ),
    "file_too_much_text": "The notebook is too large: its cells hold more than {most} characters of text.",
}

_OTHER_FILES: Final[Table] = {
    "file_is_text_document": "This file is not a notebook; it is a text document.",
    "file_is_zip": "This file is not a notebook; it is a zip archive.",
    "file_is_archive": "This file is not a notebook; it is a packed archive.",
    "file_is_pdf": "This file is not a notebook; it is a PDF document.",
    "file_is_picture": "This file is not a notebook; it is a picture.",
    "file_is_web_page": "This file is not a notebook; it is a web page.",
    "file_is_lfs_pointer": "This file is not a notebook; it is a Git LFS pointer, not the file itself.",
    "file_is_link": "This file is not a notebook; it is a link, which only says where the notebook is.",
    "file_is_side_file": "This file is not a notebook; it is a macOS metadata file.",
    "file_is_script": "This file is not a notebook; it is a Python script made from one.",
    "file_is_markdown": "This file is not a notebook; it is a Markdown text made from one.",
}

# What to do about a file that cannot be read.
_REMEDIES: Final[Table] = {
    "save_again": "Open the notebook in JupyterLab, choose Save, and submit that file again.",
    "make_smaller": "In JupyterLab choose Edit > Clear Outputs of All Cells, remove pasted data, save, and submit "
    "again.",
    "unpack": "Unpack it, and submit the notebook that is in it.",
    "unpack_and_name": "Unpack it, and submit the notebook itself under the name {wanted}.",
    "download_notebook": "Download the notebook itself (on GitHub Download raw file, in Colab File > Download > "
    "Download .ipynb), open it in JupyterLab to see that it works, and submit that file.",
    "pull_lfs": "Run git lfs pull, and submit again.",
    "without_dot": "Submit the file of the same name without ._ before it.",
    "no_export": "Submit the notebook, the file that ends in .ipynb, not what was exported from it.",
    "submit_under_name": "Submit the notebook under the name {wanted}.",
    "keep_one": "Keep one of them and name it {wanted}.",
    "submit_notebook_of": "Submit the notebook of {assignment}.",
    "fetch_and_copy": "Fetch {assignment} again, copy the answers into it, and submit that notebook.",
    "only_what_it_reads": "Submit the notebook and only the files that it reads.",
    "correct_or_remove": "Correct it, or remove it.",
}

_JSON: Final[Table] = {
    "json_unreadable": "The file is not valid JSON and no cell could be read from it.",
    "json_salvaged": Counted(
        "The file is not valid JSON (cut off or edited by hand); 1 whole cell could be read, and anything else in it "
        "is lost.",
        "The file is not valid JSON (cut off or edited by hand); {count} whole cells could be read, and anything else "
        "in it is lost.",
    ),
    "json_field_twice": "The file gave a field twice; the last one counts, as in Jupyter.",
    "json_no_number": "The file contained {word}, which is not valid JSON; it was left out.",
    "json_wrapped": "The notebook was wrapped in other JSON, as some programs save it; it was unwrapped.",
    "json_is_list": "The file is JSON but not a notebook: it is a list.",
    "json_is_text": "The file is JSON but not a notebook: it is a string.",
    "json_is_null": "The file is JSON but not a notebook: it is null.",
    "json_is_value": "The file is JSON but not a notebook: it is a single value.",
    "json_without_cells": "The notebook has no list of cells.",
    "format_3": "The notebook was in the old format 3; it was read as format 4.",
    "format_unknown": "The notebook's format version is unknown, not 4; its cells were read as format 4.",
    "format_other": "The notebook's format version is {version}, not 4; its cells were read as format 4.",
    "format_upgraded": "The notebook was in format 4.{minor}; it was upgraded to 4.5.",
}

_CELLS: Final[Table] = {
    "cells_without_id": "Cells without a valid cell id were given one.",
    "cells_same_id": "Several cells had the same cell id; each was given its own.",
    "cell_is_none": "One of the cells was not a cell object; it was left empty.",
    "cell_without_text": "A cell had no readable text; what could not be read was left out.",
    "cell_line_ends": "The lines of a cell had lost their line ends; each was read as a line of its own.",
    "cell_characters": "Null characters or broken Unicode in a cell were removed or replaced.",
    "cell_invisible": "The code contained invisible characters that Python cannot read; they were removed or replaced "
    "by spaces.",
    "cell_metadata": "A cell's metadata was missing or not an object; it was left out.",
    "cell_nbgrader_metadata": "A cell's nbgrader metadata was not an object; it was left out.",
    "cell_without_type": "A cell had no valid type; it was read as {kind}.",
    "cell_outputs": "The outputs of a cell were malformed; they were dropped, as all outputs are.",
    "cell_attachment": "An attachment of a cell was malformed; it was left out.",
    "kernel_other": "The notebook's kernel was {was}; it was set to {kernel}.",
    "kernel_missing": "The notebook's kernel was not given; it was set to {kernel}.",
}

_CONFLICTS: Final[Table] = {
    "conflict_first": "The file contained an unresolved version control conflict; its first version was taken, because "
    "it has more answers.",
    "conflict_second": "The file contained an unresolved version control conflict; its second version was taken, "
    "because it has more answers.",
    "conflict_completed": "Only the other version had an answer here; it was taken.",
}

# Which place of the assignment a cell was recognised as, and what was done to it.
_MATCHED: Final[Table] = {
    "solution_deleted": "A solution cell was missing; it was put back blank.",
    "test_deleted": "A test cell was missing; it was put back.",
    "cell_deleted": "A cell of the assignment was missing; it was put back.",
    "cells_reordered": "Cells were in a different order; they were put back in the order of the assignment.",
    "cell_retyped": "The cell had been changed to type {was}; it is {kind} again.",
    "cell_edited": "The text of this read-only cell was changed; it was restored.",
    "marks_changed": "The cell's nbgrader metadata had been changed ({fields}); it was restored.",
    "tags_removed": "Tags that could hide the cell or change how it runs were removed: {tags}.",
    "claim_unknown": "The assignment has no graded cell named {claim}; it was kept as an ordinary cell.",
    "claim_unknown_matched": "The assignment has no graded cell named {claim}; the cell was recognised by what it "
    "holds.",
    "claim_of_another": "The answer was in the cell named {claim}; it was recognised by the names it defines.",
    "matched_by_text": "The cell had lost its nbgrader metadata; it was recognised by its text.",
    "matched_by_cell_id": "The cell had lost its nbgrader metadata; it was recognised by its cell id.",
    "matched_by_names": "The cell had lost its nbgrader metadata; it was recognised by its names.",
    "matched_by_place": "The cell had lost its nbgrader metadata; it was recognised by its place.",
    "solution_split": "The solution was split inside a statement; it was joined.",
    "solution_elsewhere": "The solution cell was blank; the answer was found in another cell and put there.",
    "solution_merged": "The solution was in the cell {cell}; it was copied to its own.",
    "solutions_kept": Counted(
        "This solution cell appeared {count} times; the last one that defines what is asked and is not the blank stub "
        "counts; the others were kept as ordinary cells."
    ),
    "solutions_removed": Counted(
        "This solution cell appeared {count} times; the last one that defines what is asked and is not the blank stub "
        "counts; the copies were removed."
    ),
    "answer_beside": "The answer cell was blank; the text next to it was put there.",
    "code_elsewhere": "Code for this exercise was in another place; it was put directly beside its cell.",
    "cell_repeated": Counted("This cell appeared {count} times; one was kept."),
}

# Which file is the notebook.
_FILES: Final[Table] = {
    "file_renamed": "The notebook was named {name}; it was read as {wanted}.",
    "file_instead_of_unreadable": "{wanted} could not be read ({reason}); the work in {name} was graded.",
    "file_instead_of_less": "{wanted} answers less; the work in {name} was graded.",
    "file_instead_of_released": "{wanted} is as it was released; the work in {name} was graded.",
    "files_left_out": "Other work was handed in, too, and was not graded: {names}.",
    "files_unreadable": "What could not be read was left out: {names}.",
    "files_not_looked_at": Counted(
        "1 more file that might be a notebook was not looked at.",
        "{count} more files that might be notebooks were not looked at.",
    ),
    "file_untouched": "{name} is as it was released; not from this assignment: {names}.",
    "file_untouched_other_unreadable": "{name} is as it was released, and {other} cannot be read: {reason}",
    "file_closed": "{name} may not be read: {error}.",
    "open_it": (
        "Give the grader permission to read it: `chmod -R u+rX` on the submission if it is the grader's own, otherwise"
        " `chown -R` as root. Then grade again."
    ),
    "file_missing": "There is no notebook {wanted}.",
    "file_missing_beside": "There is no notebook {wanted}. What was handed in: {names}.",
    "file_missing_not_taken": "There is no notebook {wanted}. {name} was not taken for it: {reason}",
    "file_missing_archive": "There is no notebook {wanted}. {name} is an archive, which nobody unpacks.",
    "file_missing_several": "There is no notebook {wanted}, and several could be it: {names}.",
    "several_unreadable": "{wanted} cannot be read, and there is different work in several files: {names}.",
    "several_released": "{wanted} is as it was released, and there is different work in several files: {names}.",
    "several_continued": "{wanted} is continued by others, and there is different work in several files: {names}.",
    "names_and_more": Counted("{names} and 1 more", "{names} and {count} more"),
    "other_assignment": "The notebook's cells belong to another assignment than {assignment}.",
    "no_exercises": "The notebook has none of the exercises of {assignment}.",
    "this_assignment": "this assignment",
    "too_many_files": "The submission holds more than {most} files and folders.",
    "too_many_files_below": "The submission holds more than {most} files and folders, the last of them below {folder}.",
    "folders_too_deep": "The submission's folders are nested more than {most} deep.",
    "folder_linked": "The folder {folder} is a link to another one, which may be somebody else's work.",
    "put_folder_there": "Put the files themselves there.",
    "timestamp_unreadable": "{name} cannot be read.",
}

# A test without expectations, and a limit that was hit.
_TESTS: Final[Table] = {
    "check_failed": "A check of {exercise} failed.",
    "next_not_installed": "{module} is not installed where your notebook is graded: import it in a cell of its own, "
    "and answer without it.",
    "next_no_input": "Nobody answers input() while your notebook is graded: write the value into the code.",
    "next_own_inputs": "Call your function with small inputs of your own.",
    "test_stopped": "A test of {exercise} stopped with an error.",
    "did_not_survive_cell": "Your code did not survive {cell}.",
    "did_not_survive_tests": "Your code did not survive the tests of {exercise}.",
    "cell_numbered": "cell {number}",
    "files_handed_in": "the files that were handed in",
}

# What a test's own error says of something in the student's process, in English as all of Python's.
_ERRORS: Final[Table] = {
    "not_copied_out": "{name} lives in the student's process and cannot be copied out",
    "nothing_to_compare": "{name} is an object and cannot be compared",
    "no_number": "{name} is an object, not a number to compute with",
}

_LIMITS: Final[Table] = {
    "cell_too_long": "The cell ran longer than {seconds} s.",
    "cell_shows_too_much": "The cell printed or displayed more than {size}; the rest was cut off.",
    "call_ended_process": "The call ended its process.",
    "call_ended": "The call's process has ended.",
    "call_not_observed": "The call could not be observed: {error}",
    "call_not_understood": "The call's process could not be understood: {error}.",
    "process_no_answer": "The process of this notebook did not answer within {seconds} s.",
    "process_not_understood": "The process of this notebook could not be understood: {error}.",
    "process_killed": "The process of this notebook was ended by {signal}.",
    "process_left": "The code ended the process of this notebook (exit status {status}).",
    "too_much_memory": "The notebook's processes used more than {size} of memory.",
    "too_many_processes": "The notebook started more than {count} processes and threads.",
    "too_much_cpu": "The notebook used more than {seconds} s of CPU time.",
    "made_too_many_files": "The notebook made more than {count} files and folders.",
    "made_too_deep": "The notebook made folders that are nested more than {count} deep.",
    "too_much_written": "The notebook wrote more than {size} of files.",
    "signal_numbered": "signal {number}",
    "size": "{mebibytes} MiB",
    "no_network": "There is no network while grading: nothing can be downloaded or installed.",
    "process_ended": "The process of this notebook has ended.",
    "process_malformed": "The process of this notebook sent a {what}.",
    "calls_too_much": "The calls of one test returned more data than can be judged.",
    "calls_too_long": "The calls of one test together ran longer than {seconds} s.",
    "cells_too_long": "The cells of the notebook together ran longer than {seconds} s.",
}

# What a page has in place of what is not shown.
_SHOWN: Final[Table] = {
    "cells_show_too_much": "(not shown: the notebook's cells together printed or displayed too much)",
    "cut_off": "(cut off: the cell printed or displayed more than {size})",
    "rest_not_shown": "(the rest is not shown)",
    "output_not_shown": "(this output cannot be shown)",
    "output_kind_not_shown": "(an output of a kind that is not shown)",
    "hidden_tests_ran": "# The hidden tests of this exercise ran here; their results are below.",
}

_PAGE: Final[Table] = {
    "page_title": "{notebook}: feedback",
    "page_points": "{points} of {most} points",
    "page_late": "{points} less {penalty} for handing in late",
    "page_repaired": "Your file was repaired before it was graded: {message}",
    "page_repaired_often": "Your file was repaired before it was graded: {message} ({count} times)",
    "page_exercise": "exercise",
    "page_verdict_column": "verdict",
    "page_points_column": "points",
    "page_part": "{points} of {most}",
    "page_part_solved": "{verdict}, {points} of {most} points",
    "page_comment": "comment",
    "page_work": "What you handed in",
    "page_solution": "One way to solve it",
    "page_top": "To the top",
    "page_picture": "a picture from the notebook",
    "visible_tests": "Visible tests",
    "hidden_tests": "Hidden tests",
    "hidden_tests_of": "Hidden tests: {aspect}",
    "tests": "Tests",
    "by_a_person": "Graded by a person",
    "as_above": "The same as above.",
    "note_as_above": "The same as for {exercise}, above.",
    "solved": "✓ solved",
    "in_part": "◐ in part",
    "not_yet": "✗ not yet",
}

# Before the deadline, and of what was handed in without being graded at once.
_PROVISIONAL: Final[Table] = {
    "provisional": "Provisional: graded before the deadline, with other hidden inputs than those that count. It is "
    "graded again at the deadline.",
    "provisional_until": "Provisional: graded before the deadline, with other hidden inputs than those that count. It "
    "is graded again at your deadline, {deadline}.",
    "passes_alone": "Before the deadline this page says which exercises pass, but not what the tests said.",
    "full_after": "These are your final points. What the tests said follows after {time}, when nobody has time left.",
    "full_by_hand": "These are your final points. What the tests said follows when your instructor releases it.",
    "handed_in_at": "You handed this in at {time}.",
    "verdicts_left": "You may have this many more verdicts before the deadline: {count}.",
    "verdicts_left_today": "You may have this many more verdicts today: {count}.",
    "next_verdict_from": "From {time} on, a submission is graded at once again.",
    "kept_title": "{notebook}: handed in and kept",
    "kept_until": "Your work is kept but not graded yet: it will be graded at your deadline, {deadline}, if it is the "
    "last that you hand in.",
    "kept_late": "Your work is kept and counts as handed in late. It will be graded; your instructor releases the "
    "page.",
    "kept_in_all": Counted(
        "You have had the one verdict that the course gives on this assignment.",
        "You have had all {count} verdicts that the course gives on this assignment.",
    ),
    "kept_a_day": Counted(
        "You have had the one verdict that the course gives in a day.",
        "You have had the {count} verdicts that the course gives in a day.",
    ),
    "kept_between": "The course makes you wait {minutes} min between two verdicts.",
    "kept_none": "The course gives no verdicts before the deadline.",
    "not_graded_title": "{notebook}: handed in and not graded",
    "hand_in_again": "You may hand in again; this took none of your verdicts.",
    "ask_your_instructor": "Ask your instructor.",
}

# What other platforms show beside points.
_PLATFORMS: Final[Table] = {
    "nothing_graded": "This could not be graded, so it has no points until you submit again. {reason}",
    "points_by_a_person": "{points} points are given by a person.",
}

_TABLES: Final = (
    _ENCODING, _OTHER_FILES, _REMEDIES, _JSON, _CELLS, _CONFLICTS, _MATCHED, _FILES, _TESTS, _ERRORS, _LIMITS, _SHOWN,
    _PAGE, _PROVISIONAL, _PLATFORMS,
)  # fmt: skip
OWN: Final[Table] = {name: sentence for table in _TABLES for name, sentence in table.items()}
say: Final = Sentences({**sentences.say.table, **OWN})
