"""torchmarks.course.setting_check: a setting that makes no sense is refused in one line, with its file."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

import pytest

from torchmarks.course import CONFIG, Course
from torchmarks.course.setting_check import LEAST
from torchmarks.errors import UsageError
from torchmarks.isolation import Limits

REFUSED = {
    "c.Judge.cell_s = -1": "c.Judge.cell_s is -1. Give the seconds as a number above 0, or leave it out for 10.0.",
    "c.Judge.call_s = 0.0": "c.Judge.call_s is 0.0. Give the seconds",
    "c.Judge.cpu_s = 10**9": "c.Judge.cpu_s is 1000000000. Give at most 604800 seconds",
    "c.Judge.call_s = float('nan')": "c.Judge.call_s is nan. Give",
    "c.Judge.call_s = float('inf')": "c.Judge.call_s is inf. Give",
    "c.Judge.memory_bytes = 4096": "c.Judge.memory_bytes is 4096. Give at least 16777216 bytes",
    "c.Judge.file_bytes = 64": "c.Judge.file_bytes is 64. Give at least 1048576 bytes, or leave it out for 67108864.",
    "c.Judge.output_bytes = 1": "c.Judge.output_bytes is 1. Give at least 1024 bytes",
    "c.Judge.cell_s = 0.001": "c.Judge.cell_s is 0.001. Give at least 0.5 seconds",
    "c.Judge.cpu_s = 1": "c.Judge.cpu_s is 1. Give at least 5 seconds",
    "c.Judge.processes = 1": "c.Judge.processes is 1. Give at least 8 processes",
    "c.Judge.message_bytes = 10**30": "Give at most 281474976710656 bytes",
    "c.Judge.processes = 0": "c.Judge.processes is 0. Give the processes as a number above 0",
    "c.Judge.processes = True": "c.Judge.processes is True. Write a whole number.",
    "c.Judge.cell_s = 'ten'": "c.Judge.cell_s is 'ten'. Write a number.",
    "c.Judge.isolation = 'none'": "c.Judge.isolation is 'none'. Write 'auto' or 'namespaces' or 'landlock'.",
    "c.Judge.language = 'fr'": "c.Judge.language is 'fr'. Write 'en' or 'de' or 'es'.",
    "c.Judge.unsafe_no_sandbox = 'no'": "c.Judge.unsafe_no_sandbox is 'no'. Write True or False.",
    "c.Judge.cel_s = 3": "c.Judge.cel_s: there is no such setting. Did you mean cell_s?",
    "c.Watch.verdict_a_day = 3": "c.Watch.verdict_a_day: there is no such setting. Did you mean verdicts_a_day?",
    "c.Watch.verdicts_a_day = 'many'": "c.Watch.verdicts_a_day is 'many'. Write a whole number.",
    "c.Watch.verdicts_in_all = -2": "c.Watch.verdicts_in_all is -2. Give 0 or more, or leave it out for 20.",
    "c.Watch.minutes_between = -1.0": "c.Watch.minutes_between is -1.0. Give 0 or more, or leave it out for 5.0.",
    "c.Watch.minutes_between = float('nan')": "c.Watch.minutes_between is nan. Give 0 or more",
    "c.Watch.says = 'everything'": "c.Watch.says is 'everything'. Write 'passes' or 'messages'.",
    "c.LateSubmissionPlugin.penalty_method = 'half'": "penalty_method is 'half'. Write 'none' or 'zero'.",
    "c.Exchange.root = 5": "c.Exchange.root is 5. Write a text in quotation marks.",
    "c.CourseDirectory.course_id = None": "c.CourseDirectory.course_id is None. Write a text in quotation marks.",
    "c.CourseDirectory.db_url = 'mysql+none://u:word@h/d'": "c.CourseDirectory.db_url is not the address of",
    "c.CourseDirectory.db_url = 'gradebook.db'": 'Write "postgresql+psycopg2://USER@HOST/NAME", or leave it out',
}


def _course(tmp_path: Path, text: str) -> Course:
    (tmp_path / CONFIG).write_text(f"c = get_config()\n{text}\n")
    return Course(tmp_path)


@pytest.mark.parametrize("line", REFUSED)
def test_a_setting_that_makes_no_sense_is_refused_in_one_line(tmp_path: Path, line: str) -> None:
    """Before anything is done in the course; no password comes out."""
    with pytest.raises(UsageError) as caught:
        _course(tmp_path, line)

    said = str(caught.value)
    assert said.startswith(f"{tmp_path / CONFIG}: c.")
    assert REFUSED[line] in said
    assert "word@" not in said
    assert "\n" not in said


def test_a_driver_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a bare postgresql:// means depends on SQLAlchemy; the one that works here is the remedy."""
    monkeypatch.setitem(sys.modules, "psycopg2", None)

    with pytest.raises(UsageError, match=r'db_url begins with "postgresql\+psycopg2://", which cannot be used here'):
        _course(tmp_path, "c.CourseDirectory.db_url = 'postgresql+psycopg2://u:word@h/d'")


@pytest.mark.parametrize(
    "line",
    [
        "c.Judge.cell_s = 3",
        "c.Judge.memory_bytes = 2 * 1024**3",
        "c.Judge.enabled = True",
        "c.CourseDirectory.ignore.append('*.bak')",
        "c.Watch.verdicts_a_day = None",
        "c.Watch.verdicts_a_day = c.Watch.verdicts_in_all = 0",
        "c.LateSubmissionPlugin.penalty_method = 'zero'",
        "c.Exchange.of_a_later_nbgrader = 1",
    ],
)
def test_what_makes_sense_is_taken(tmp_path: Path, line: str) -> None:
    """A setting of nbgrader's that is not known here is nbgrader's affair."""
    assert _course(tmp_path, line).root == tmp_path


def test_each_limit_has_a_least_value() -> None:
    """A new one is not forgotten: its default is a sensible value, and one of another unit is refused."""
    limits = {field.name: field.default for field in fields(Limits)}

    assert set(LEAST) == set(limits)
    assert all(LEAST[name] <= default for name, default in limits.items())


def test_the_file_that_has_it_is_named(tmp_path: Path) -> None:
    """nbgrader_config.json precedes the .py."""
    (tmp_path / "nbgrader_config.json").write_text('{"Judge": {"cell_s": -2}}')

    with pytest.raises(UsageError, match=r"nbgrader_config\.json: c\.Judge\.cell_s is -2"):
        _course(tmp_path, "c.Judge.cell_s = 3")
