"""The repository's own promises: make's targets, one installation, the pins, the fragments of the changelog.

Runs make with a fake Python in a scratch folder with a space in its name: nothing is downloaded.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import torchmarks

ROOT = Path(__file__).parents[1]
TARGETS = ["help", "demo", "test", "test-all", "test-torch", "lab", "hub", "lint", "pictures", "bench"]
TARGETS += ["student-bundle", "student-environment", "install", "clean"]

# Stands for python3.11 and, once it has "made" .venv, for .venv/bin/python: it records what it was asked for.
PYTHON = """\
#!/bin/sh
case "$*" in
  *version_info*) exit {too_old:d} ;;
  *ensurepip*) exit {no_venv:d} ;;
esac
echo "$*" >> "$NOTES"
echo "$PATH" > "$NOTES.path"
case "$*" in
  *" pip "*) exit {no_network:d} ;;
  "-m venv"*) rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
esac
"""


class Clone:
    """A scratch copy of the files that make reads, and a PATH with a fake Python and no other."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a clone"
        self.programs = folder / "programs"
        self.notes = folder / "notes"
        self.root.mkdir()
        self.programs.mkdir()
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        for name in ("make", "sh", "sed", "expand", "cksum", "cut", "id", "touch", "rm", "mkdir", "cp", "find"):
            found = shutil.which(name)
            assert found, f"{name} is missing on this machine"
            (self.programs / name).symlink_to(found)
        self.python("python3.11")

    def python(self, name: str, *, too_old: bool = False, no_venv: bool = False, no_network: bool = False) -> Path:
        """Puts a fake Python on PATH, so that the Pythons of this machine are not used."""
        path = self.programs / name
        path.write_text(PYTHON.format(too_old=too_old, no_venv=no_venv, no_network=no_network))
        path.chmod(0o755)
        return path

    def make(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs make in the copy."""
        environment = {"PATH": str(self.programs), "NOTES": str(self.notes), "LC_ALL": "C"}
        command = [str(self.programs / "make"), *arguments]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=60)

    def asked(self) -> list[str]:
        """Returns what the fake Python was asked for since the last call."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return lines


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A fresh copy, nothing installed."""
    return Clone(tmp_path)


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    """The table [project] of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def test_make_alone_lists_the_targets(clone: Clone) -> None:
    """`make` lists every target with a sentence, installs nothing and exits 0."""
    run = clone.make()

    assert re.findall(r"^  make ([a-z-]+) +\S", run.stdout, flags=re.M) == TARGETS
    assert run.returncode == 0
    assert clone.asked() == []


def test_install_takes_torch_first_and_alone(clone: Clone) -> None:
    """The environment is made, then the pinned torch goes in alone, then the package with its extras."""
    run = clone.make("install")

    assert run.returncode == 0, run.stderr
    assert clone.asked() == [
        "-m venv --clear .venv",
        "-m pip --disable-pip-version-check install torch==2.13.0",
        "-m pip --disable-pip-version-check install --quiet --editable .[grading,cluster,hub,test,dev]",
    ]


@pytest.mark.parametrize("target", ["demo", "test", "test-all", "lab", "lint"])
def test_each_target_installs_once(clone: Clone, target: str) -> None:
    """Any target makes the environment by itself, and the second run does not repeat it."""
    clone.make(target)
    first = clone.asked()
    clone.make(target)
    second = clone.asked()

    assert first[0] == "-m venv --clear .venv"
    assert first[3:] == second
    assert second
    assert not any("pip" in line for line in second)


def test_programs_of_the_environment_are_found_first(clone: Clone) -> None:
    """Programs that a target starts find those of .venv by name, as nbgrader does with `alembic`."""
    clone.make("demo")
    path = clone.notes.with_name("notes.path").read_text().strip()

    assert path.split(os.pathsep) == [str(clone.root / ".venv" / "bin"), str(clone.programs)]


def test_changed_requirements_are_installed_into_the_same_environment(clone: Clone) -> None:
    """A newer pyproject.toml runs pip again and keeps the environment."""
    clone.make("install")
    clone.asked()
    later = clone.root.joinpath("pyproject.toml").stat().st_mtime + 3600
    os.utime(clone.root / "pyproject.toml", (later, later))
    clone.make("install")

    assert [line.split()[1] for line in clone.asked()] == ["pip", "pip"]


def test_changed_settings_are_installed_below_etc_jupyter(clone: Clone) -> None:
    """A newer file that an installation copies runs pip again, editable or not."""
    copied = clone.root / "torchmarks" / "course" / "nbgrader_config.json"
    copied.parent.mkdir(parents=True)
    copied.write_text("{}")
    clone.make("install")
    clone.asked()
    later = copied.stat().st_mtime + 3600
    os.utime(copied, (later, later))
    clone.make("install")

    assert [line.split()[1] for line in clone.asked()] == ["pip", "pip"]


def test_a_moved_folder_gets_a_fresh_environment(clone: Clone) -> None:
    """A virtual environment contains its folder's path, so a moved one is made anew."""
    clone.make("install")
    clone.asked()
    clone.root = clone.root.rename(clone.root.with_name("moved"))
    clone.make("install")

    assert clone.asked()[0] == "-m venv --clear .venv"


def test_a_failed_installation_is_not_taken_for_done(clone: Clone) -> None:
    """When pip fails make fails, and the next run tries again."""
    clone.python("python3.11", no_network=True)

    assert clone.make("install").returncode == 2
    assert clone.make("install").returncode == 2


def test_an_old_python_is_refused(clone: Clone) -> None:
    """Without Python 3.11 the message says what to install, and nothing is made."""
    clone.python("python3.11", too_old=True)
    run = clone.make("test")

    assert run.stderr.splitlines()[:2] == [
        "No Python 3.11 or newer found.",
        "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11",
    ]
    assert run.returncode == 2
    assert not (clone.root / ".venv").exists()


def test_the_next_python_is_taken_when_the_first_is_old(clone: Clone) -> None:
    """A python3.11 that is only a name (a version manager's shim) does not hide a good python3."""
    clone.python("python3.11", too_old=True)
    clone.python("python3")
    run = clone.make("install")

    assert "Making .venv with python3" in run.stdout.splitlines()


def test_a_python_can_be_named(clone: Clone) -> None:
    """PYTHON=… is used, even with a space in its path."""
    (clone.root / "my python").mkdir()
    named = clone.python("other").rename(clone.root / "my python" / "python")
    run = clone.make("install", f"PYTHON={named}")

    assert f"Making .venv with {named}" in run.stdout.splitlines()


def test_a_missing_venv_module_is_explained(clone: Clone) -> None:
    """On a Debian without python3-venv the message names that package."""
    clone.python("python3.11", no_venv=True)
    run = clone.make("test")

    assert run.stderr.splitlines()[:2] == [
        "python3.11 cannot make virtual environments.",
        "Install the missing part (Debian: apt-get install python3-venv) and try again.",
    ]
    assert run.returncode == 2


def test_clean_keeps_students_work(clone: Clone) -> None:
    """`make clean` removes the environment and the caches, never marks or submissions."""
    clone.make("install")
    (clone.root / "submitted").mkdir()
    (clone.root / "gradebook.db").touch()
    (clone.root / "torchmarks" / "__pycache__").mkdir(parents=True)
    clone.make("clean")

    kept = {path.name for path in clone.root.rglob("*")}
    assert kept == {"Makefile", "pyproject.toml", "submitted", "gradebook.db", "torchmarks"}


def test_graders_have_one_torch_and_students_a_range(project: dict[str, object]) -> None:
    """The extra `grading` pins it exactly; `dependencies` has the range for students."""
    dependencies, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)

    assert [line for line in extras["grading"] if line.startswith("torch")] == ["torch==2.13.0"]
    assert [line for line in dependencies if line.startswith("torch")] == ["torch>=2.10,<2.15"]


def test_all_places_that_name_a_torch_agree_with_the_pin(project: dict[str, object]) -> None:
    """The README, the page of what was tested and all links to PyTorch's documentation; the Makefile names none."""
    dependencies, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    pin, supported = extras["grading"][0].removeprefix("torch=="), dependencies[0].removeprefix("torch")
    oldest, newest = re.findall(r"2\.(\d+)", supported)
    readme, tested = (ROOT / "README.md").read_text(), (ROOT / "docs" / "torch.md").read_text()
    folders = [
        *(ROOT / "source").glob("*.py"),
        *(ROOT / "source").glob("*/*.ipynb"),
        *(ROOT / "torchmarks").rglob("*.py"),
    ]
    linked = {version for path in folders for version in re.findall(r"pytorch\.org/docs/([^/]+)/", path.read_text())}

    assert re.findall(r"PyTorch (2\.[\d.]*\d)", readme) == [pin]
    assert f"students may use 2.{oldest} to 2.{int(newest) - 1}" in " ".join(readme.split())
    assert f"torch{supported}; grades are made with {pin}." in " ".join(tested.split())
    assert linked == {pin.rsplit(".", 1)[0]}
    assert "2.13" not in (ROOT / "Makefile").read_text()


def test_the_readme_and_make_say_how_long_the_tests_take() -> None:
    """The same figure in both."""
    (figure,) = re.findall(r"^test:.*\((.*)\)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert f"run the tests: {figure} (" in (ROOT / "README.md").read_text()


def test_uv_installs_what_make_installs() -> None:
    """The group that `uv sync` takes by itself names the extras of the Makefile."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    (extras,) = re.findall(r'--editable "\.(\[.+\])"', (ROOT / "Makefile").read_text())

    assert groups["dev"] == [f"torchmarks{extras}"]


def test_the_lock_of_uv_is_that_of_the_requirements(tmp_path: Path) -> None:
    """`uv lock --check` asks no index; a requirement that was changed without `uv lock` fails it."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("uv is not installed in this environment: the extra dev has it")
    for name in ("pyproject.toml", "uv.lock", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    command = [uv, "lock", "--check", "--offline", "--no-cache", "--python", sys.executable, "--quiet"]

    current = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    text = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(text.replace("rich>=14.0", "rich>=14.1"))
    changed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert current.returncode == 0, f"Run: uv lock\n{current.stderr}"
    assert "rich>=14.0" in text
    assert changed.returncode != 0


def test_every_requirement_has_a_lower_bound(project: dict[str, object]) -> None:
    """Each requirement says from which version on it is known to work."""
    dependencies, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    requirements = [*dependencies, *(line for lines in extras.values() for line in lines)]

    assert [line for line in requirements if not re.search(r"[>=]=\d", line)] == []
    assert set(extras) == {"grading", "pictures", "cluster", "hub", "test", "dev"}
    assert set(extras["pictures"]) <= set(extras["grading"]), "graders run the worked cells as students do"


def test_ci_runs_the_tests() -> None:
    """.ci/run can be executed, is correct bash, stops at the first failure and ends with `make test`."""
    script = ROOT / ".ci" / "run"
    text = script.read_text()

    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], timeout=10).returncode == 0
    assert "set -euo pipefail" in text
    assert text.splitlines()[-1] == "exec make test"


def test_graded_copies_stay_out_of_git(tmp_path: Path) -> None:
    """git ignores students' work and marks wherever nbgrader writes them, and nothing that the course is made of."""
    (tmp_path / "autograded").mkdir()
    for name in (".gitignore", "autograded/.gitignore"):
        shutil.copy(ROOT / name, tmp_path / name)
    private = ["autograded/ann/01/01.ipynb", "submitted/ann/01/01.ipynb", "feedback/ann/01/01.html", "gradebook.db"]
    public = ["source/01/01.ipynb", "release/01/01.ipynb", "autograded/.gitignore", "source/01.py"]
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True, timeout=10)
    command = ["git", "check-ignore", *private, *public]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=10)

    assert run.stdout.splitlines() == private


def _fragments() -> list[Path]:
    return [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]


def test_fragments_are_one_sentence_each() -> None:
    """A fragment is named NUMBER.KIND.md or NUMBER.KIND.COUNTER.md, and holds one line of at most 40 words."""
    names = [path.name for path in _fragments()]
    wrong = [name for name in names if not re.fullmatch(r"\d+\.(added|changed|removed|fixed)(\.\d+)?\.md", name)]

    assert wrong == []
    assert [path.name for path in _fragments() if len(path.read_text().splitlines()) != 1] == []
    assert [path.name for path in _fragments() if len(path.read_text().split()) > 40] == []


def test_one_command_makes_the_changelog() -> None:
    """`towncrier build` puts every sentence of the fragments below the version of the package and a heading."""
    towncrier = Path(sys.executable).with_name("towncrier")
    if not towncrier.exists():
        pytest.skip("towncrier is not installed in this environment: the extra dev has it")

    run = subprocess.run([towncrier, "build", "--draft"], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"## {torchmarks.__version__} (")
    assert {path.name for path in _fragments() if path.read_text().strip() not in run.stdout} == set()
    assert all(f"\n### {path.name.split('.')[1].title()}\n" in run.stdout for path in _fragments())


def test_the_package_is_installed_from_this_folder(tmp_path: Path) -> None:
    """Whatever the working directory, torchmarks is the one beside these tests."""
    where = "import importlib.util; print(*importlib.util.find_spec('torchmarks').submodule_search_locations)"
    command = [sys.executable, "-c", where]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)

    assert run.stdout.strip() == str(ROOT / "torchmarks")


def test_contributing_explains_every_mark() -> None:
    """The table of marks for tests has those that pyproject.toml declares."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    _, _, table = (ROOT / "CONTRIBUTING.md").read_text().partition("## Marks for tests")

    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {line.split(":")[0] for line in declared}


class _Guide:
    """What tests/README.md says: the folders that it names, and its table of modules and the files that test them."""

    def __init__(self, text: str) -> None:
        prose, _, table = text.partition("## Where modules without a mirror are tested")
        rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
        self.modules = [name for row in rows for name in re.findall(r"`([^`]+)`", row[0])]
        self.files = {name for row in rows for name in re.findall(r"`([^`]+)`", row[1])}
        self.folders = re.findall(r"`(\w+)/`", prose)

    def lacks(self, modules: set[str], files: set[str]) -> set[str]:
        """The modules that have neither a row nor their mirror among the files."""
        mirrors = {str(Path(name).with_name(f"test_{Path(name).name}")): name for name in modules}
        return modules - set(self.modules) - {name for mirror, name in mirrors.items() if mirror in files}


def _below(folder: str) -> set[str]:
    root = ROOT / folder
    return {str(path.relative_to(root)) for path in root.rglob("*.py") if not path.name.startswith("__")}


def test_the_tests_of_each_module_can_be_found() -> None:
    """In its mirror, or by the table of tests/README.md, which names no module and no file that is not there."""
    guide = _Guide((ROOT / "tests" / "README.md").read_text())

    assert guide.lacks(_below("torchmarks"), _below("tests")) == set()
    assert set(guide.modules) <= _below("torchmarks")
    assert len(guide.modules) == len(set(guide.modules))
    assert guide.files <= _below("tests")


def test_each_folder_of_tests_stands_under_one_heading() -> None:
    """Those that mirror the package, collections of cases, whole journeys, doubles."""
    guide = _Guide((ROOT / "tests" / "README.md").read_text())
    folders = {Path(name).parts[0] for name in _below("tests") if len(Path(name).parts) > 1}

    assert sorted(name for name in guide.folders if name in folders) == sorted(folders)


def test_a_module_without_tests_is_noticed() -> None:
    """One with a mirror and one with a row are found, a third is not."""
    guide = _Guide("`course/`\n## Where modules without a mirror are tested\n| `a/b.py` | `a/test_c.py` |")

    assert guide.lacks({"a/b.py", "a/d.py", "a/e.py"}, {"a/test_c.py", "a/test_d.py"}) == {"a/e.py"}
    assert guide.folders == ["course"]


def test_this_python_is_one_that_the_project_supports(project: dict[str, object]) -> None:
    """The tests run on a Python that pyproject.toml allows, the one that make looks for."""
    assert project["requires-python"] == ">=3.11"
    assert sys.version_info >= (3, 11)


def test_the_benchmark_finds_gradings_steps() -> None:
    """The functions that benchmarks/submission_cost.py watches still have these names."""
    code = "import submission_cost as b; print([n for s in b.STEPS.values() for o, n in s if not hasattr(o, n)])"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "benchmarks", capture_output=True, text=True, timeout=60
    )

    assert run.stdout.strip() == "[]", run.stderr


def test_long_files_are_spread_over_workers(request: pytest.FixtureRequest) -> None:
    """The proofs of each assignment go to a worker of their own, with what shares them; other files stay whole."""
    unit_of = next(
        plugin.unit_of for plugin in request.config.pluginmanager.get_plugins() if hasattr(plugin, "unit_of")
    )
    verification, documents = "tests/authoring/test_verification.py", "tests/documents/test_documents.py"

    assert unit_of(f"{verification}::test_a[02-indexing-and-shape]") == f"{verification}[02-indexing-and-shape]"
    assert unit_of(f"{verification}::test_a[x]") == unit_of(f"{verification}::test_b") == verification
    assert unit_of(f"{documents}::test_a[root-README]") == f"{documents}[root-README]"
    assert unit_of("tests/claims/test_claims.py::test_a[02-indexing-and-shape]") == "tests/claims/test_claims.py"
    assert all((ROOT / name).exists() for name in (verification, documents))
