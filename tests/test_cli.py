"""The command line parses, calls, prints; bad input gets one line and exit status 2."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from torchmarks.cli import main
from torchmarks.course import repository


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_help_lists_the_commands() -> None:
    """Every command says in one line what it does."""
    status, text = _run("--help")

    assert status == 0
    for command in ("verify", "demo", "release", "grade-file", "adapter"):
        assert f"  {command}" in text


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("verify", "99-none"), "there is no assignment '99-none'"),
        (("verify", "01-tensors", "--answers", "/nowhere.py"), "/nowhere.py: cannot be read"),
        (("verify", "--answers", "/nowhere.py"), "--answers needs exactly one assignment"),
        (("demo", "--assignment", "99-none"), "there is no assignment '99-none'"),
        (("demo", "--students", "2"), "2 students are too few"),
        (("release", "99-none"), "there is no assignment '99-none'"),
    ],
)
def test_bad_input_gets_one_line_and_status_2(arguments: tuple[str, ...], line: str) -> None:
    """What, where, what to do; no traceback."""
    status, text = _run(*arguments, "--course", str(repository()))

    assert status == 2
    assert line in text
    assert len(text.strip().splitlines()) == 1


def test_the_demo_never_overwrites(tmp_path: Path) -> None:
    """An existing folder is left as it is, with an error that says so."""
    (tmp_path / "mine.txt").write_text("keep")

    status, text = _run("demo", "--into", str(tmp_path), "--course", str(repository()))

    assert status == 2
    assert "the folder exists already" in text
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_without_a_course_is_refused(tmp_path: Path) -> None:
    """A command that is run beside a course says where it looked."""
    status, text = _run("verify", "--course", str(tmp_path))

    assert status == 2
    assert "there is no nbgrader_config.py" in text
