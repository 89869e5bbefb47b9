"""torchmarks.adapters.repositories: rosters, and copies of repositories that are strangers' data."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from torchmarks.adapters import repositories
from torchmarks.adapters.repositories import fetched, read_roster
from torchmarks.errors import UsageError


def _git(folder: Path, *arguments: str, given: str = "") -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    line = ["git", *who, *arguments]
    return subprocess.run(
        line, cwd=folder, check=True, capture_output=True, timeout=30, input=given, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., str]:
    """Makes a repository with files, some of them links, and gives its address."""

    def make(name: str, files: dict[str, str], links: dict[str, str] | None = None) -> str:
        folder = tmp_path / "origin" / name
        folder.mkdir(parents=True)
        _git(folder, "init", "--quiet")
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        for path, target in (links or {}).items():
            (folder / path).symlink_to(target)
        _git(folder, "add", "--all")
        _git(folder, "commit", "--quiet", "-m", "one")
        return folder.as_uri()

    return make


def test_a_repository_is_fetched_without_its_history(repository: Callable[..., str], tmp_path: Path) -> None:
    """The files as they stand, and which commit that is."""
    address = repository("ada", {"01-tensors.ipynb": "{}"})
    (one,) = fetched({"ada": address}, tmp_path / "got", "")

    assert len(one.commit) == 40
    assert sorted(path.name for path in (tmp_path / "got" / "ada").iterdir()) == ["01-tensors.ipynb"]


def test_a_link_in_a_repository_leads_nowhere(repository: Callable[..., str], tmp_path: Path) -> None:
    """It becomes a file that says where it led: nothing of the instructor's can be read through it."""
    secret = tmp_path / "assignment.bundle"
    secret.write_text("hidden")
    address = repository("eve", {"a.txt": "x"}, {"01-tensors.ipynb": str(secret), "up": "../.."})
    fetched({"eve": address}, tmp_path / "got", "")

    found = tmp_path / "got" / "eve"
    assert not any(path.is_symlink() for path in found.iterdir())
    assert (found / "01-tensors.ipynb").read_text() == str(secret)


def test_git_runs_nothing_of_a_repository(repository: Callable[..., str], tmp_path: Path) -> None:
    """No filter that its attributes name, and no submodule."""
    mark = tmp_path / "ran"
    files = {
        ".gitattributes": "*.ipynb filter=lfs\n",
        "01-tensors.ipynb": "{}",
        ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch {mark}"\n',
    }
    (one,) = fetched({"eve": repository("eve", files)}, tmp_path / "got", "")

    assert one.commit
    assert not mark.exists()


def test_one_that_cannot_be_fetched_stops_nobody(repository: Callable[..., str], tmp_path: Path) -> None:
    """It has a reason, and leaves nothing half fetched."""
    there = repository("ada", {"a.txt": "x"})
    roster = {"gone": (tmp_path / "none").as_uri(), "ada": there}
    gone, ada = fetched(roster, tmp_path / "got", "")

    assert (gone.commit, ada.why_not) == ("", "")
    assert "does not appear to be a git repository" in gone.why_not
    assert sorted(path.name for path in (tmp_path / "got").iterdir()) == [repositories.FETCHED, "ada"]


def test_a_repository_of_very_many_files_is_not_written(repository: Callable[..., str], tmp_path: Path) -> None:
    """A few bytes may say that there are a million: each folder holds the same ten."""
    folder = Path(repository("eve", {"0": "x"}).removeprefix("file://"))
    tree = _git(folder, "rev-parse", "HEAD^{tree}")
    for _ in range(6):
        tree = _git(folder, "mktree", given="".join(f"040000 tree {tree}\t{number}\n" for number in range(10)))
    _git(folder, "update-ref", "HEAD", _git(folder, "commit-tree", tree, "-m", "two"))

    (one,) = fetched({"eve": folder.as_uri()}, tmp_path / "got", "")

    assert one.why_not == "it has more than 1,000 files and folders"
    assert [path.name for path in (tmp_path / "got").iterdir()] == [repositories.FETCHED]


def test_nothing_of_git_outlives_its_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its children are ended with it, and none gets memory without a bound."""
    monkeypatch.setattr(repositories, "_PATIENCE_S", 0.5)
    line = ["sh", "-c", f"(sleep 2; touch {tmp_path}/late) & ulimit -v; ulimit -v > {tmp_path}/v; sleep 60"]
    with pytest.raises(subprocess.TimeoutExpired):
        repositories._ended(line, {"PATH": os.environ["PATH"]}, 1 << 20)
    time.sleep(2)

    assert not (tmp_path / "late").exists()
    assert (tmp_path / "v").read_text() == "1048576\n"


def test_the_token_goes_to_github_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not to an address that a roster names elsewhere, and never onto a command line."""
    seen: dict[str, tuple[list[str], str]] = {}

    def ended(line: list[str], env: dict[str, str], file_bytes: int) -> subprocess.CompletedProcess[str]:
        seen[line[-2]] = (line, env.get("GIT_CONFIG_VALUE_0", ""))
        return subprocess.CompletedProcess(line, 1, "", "refused")

    monkeypatch.setattr(repositories, "_ended", ended)
    hub, other = "https://github.com/o/ada.git", "https://github.com.example.org/o/eve.git"
    fetched({"ada": hub, "eve": other}, tmp_path / "got", "t0ken")

    assert seen[hub][1].startswith("AUTHORIZATION: basic ")
    assert seen[other][1] == ""
    assert "t0ken" not in " ".join(part for line, _ in seen.values() for part in line)


def test_a_roster_names_repositories(tmp_path: Path) -> None:
    """By owner and name, or by address; with a byte order mark, as a spreadsheet writes one."""
    path = tmp_path / "roster.csv"
    path.write_text("\ufeffstudent,repository\nada,org/course-ada\nzoë,https://git.example.org/zoe.git\n")

    assert read_roster(path) == {
        "ada": "https://github.com/org/course-ada.git",
        "zoë": "https://git.example.org/zoe.git",
    }


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("ada,o/a\nada,o/b\n", "line 3: 'ada' is listed twice"),
        ("../ada,o/a\n", "line 2: '../ada' cannot be the name of a file"),
        (".fetched.json,o/a\n", "cannot be the name of a file"),
        ("ada,\n", "line 2: there is no repository"),
        (",o/a\n", "line 2: there is no student"),
        ("ada,ssh://host/a\n", "'ssh://host/a' is not a repository"),
        ("ada,--upload-pack=x\n", "is not a repository"),
        ("", "the roster has no student"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused(tmp_path: Path, rows: str, line: str) -> None:
    """With the line, and what to write."""
    path = tmp_path / "roster.csv"
    path.write_text(f"student,repository\n{rows}")

    with pytest.raises(UsageError) as caught:
        read_roster(path)
    assert line in str(caught.value)


def test_no_roster_is_refused(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(UsageError, match="the roster cannot be read"):
        read_roster(tmp_path / "roster.csv")


def test_what_was_fetched_is_never_mixed(tmp_path: Path) -> None:
    """A folder that holds something is left as it is."""
    (tmp_path / "old").mkdir()

    with pytest.raises(UsageError, match="is not empty"):
        fetched({"ada": "file:///none"}, tmp_path, "")
    assert os.listdir(tmp_path) == ["old"]
