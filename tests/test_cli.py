"""The command line parses, calls, prints; bad input gets one line and exit status 2."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from torchmarks.cli import main
from torchmarks.course import repository
from torchmarks.course.exports import EXPORTERS


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def _commands(group: click.Group = main, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")


COMMANDS = dict(_commands())


def _undescribed(command: click.Command) -> list[str]:
    """The parameters that the help of a command does not explain."""
    shown = [param for param in command.params if not getattr(param, "hidden", False)]
    text, usage = command.help or "", click.Context(command)
    return [
        str(param.name)
        for param in shown
        if not (
            param.help
            if isinstance(param, click.Option)
            else isinstance(param.type, click.Choice) or _word(param.make_metavar(usage)) in text
        )
    ]


def _word(metavar: str) -> str:
    """What stands for an argument in a sentence, without the signs for several and for left out."""
    return metavar.strip(".[]").partition(" ")[0].partition("]")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    """In one sentence that fits the list of commands, with a name or a text for all that it takes."""
    command = COMMANDS[name]
    status, text = _run(*name.split(), *(() if name == "check" else ("--help",)))  # check prints its own

    assert command.get_short_help_str(120).endswith("."), command.help
    assert _undescribed(command) == []
    assert name == "check" or (status, text[:6]) == (0, "Usage:")


def test_what_no_help_explains_is_found() -> None:
    """An option without a text and an argument that is not in the sentence."""

    @click.command()
    @click.argument("place")
    @click.argument("system", type=click.Choice(["canvas"]))
    @click.option("--into")
    @click.option("--to", help="The file.")
    def command(**values: str) -> None:
        """Write to DIR."""

    assert _undescribed(command) == ["place", "into"]


def test_help_lists_the_commands() -> None:
    """All of them, with what each takes."""
    status, text = _run("--help")

    assert status == 0
    assert {name for name in COMMANDS if " " not in name} == {
        line.split()[0] for line in text.partition("Commands:\n")[2].splitlines() if line[2:3].strip()
    }
    assert "{canvas|moodle|csv}" in _run("export", "--help")[1]
    assert all("DIR" in _run(name, "--help")[1] for name in ("publish", "student-environment", "student-bundle"))


def test_a_system_to_export_to_is_one_that_there_is() -> None:
    """The command's choices are the exporters, which are not loaded for the help."""
    (system,) = (param for param in COMMANDS["export"].params if param.name == "system")

    assert isinstance(system.type, click.Choice)
    assert set(system.type.choices) == set(EXPORTERS)
    assert _run("export", "blackboard")[0] == 2


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

    status, text = _run("demo", "--to", str(tmp_path), "--course", str(repository()))

    assert status == 2
    assert "the folder exists already" in text
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_without_a_course_is_refused(tmp_path: Path) -> None:
    """A command that is run beside a course says where it looked."""
    status, text = _run("verify", "--course", str(tmp_path))

    assert status == 2
    assert "there is no nbgrader_config.py" in text
