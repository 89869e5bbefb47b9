"""One warm engine for all attacks, and a course folder beside it."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.grader import LIMITS, Grader, fake_course
from attacks.assignment import RIGHT, submission

from torchmarks.isolation import Engine, NoSandbox
from torchmarks.isolation.client import launch
from torchmarks.isolation.client.enclosure import Enclosure, find_enclosure


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `test_levels.py` runs the corpus with."""
    told = "level landlock, by rules of this version (99: the kernel's); may be given again"
    parser.addoption("--landlock", type=int, action="append", default=[], help=told)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All tests of one engine by the rules of each version that was asked for, one after the other."""
    versions = metafunc.config.getoption("--landlock", [])
    if versions and "grader" in metafunc.fixturenames:
        metafunc.parametrize("grader", versions, indirect=True, scope="session")


@pytest.fixture(scope="session")
def grader(request: pytest.FixtureRequest) -> Iterator[Grader]:
    """A grader that has graded once, so that its server is warm."""
    version = getattr(request, "param", 0)

    def older(isolation: str) -> Enclosure:
        found = find_enclosure("landlock")
        return replace(found, abi=min(found.abi, version))

    try:
        if version:
            patched = pytest.MonkeyPatch()
            request.addfinalizer(patched.undo)
            patched.setattr(launch, "find_enclosure", older)
        engine = Engine(LIMITS)
    except NoSandbox as error:
        pytest.skip(str(error))
    with engine:
        made = Grader(engine)
        made.grade(submission(RIGHT))
        yield made


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a gradebook and hidden tests, which nobody inside may reach."""
    return fake_course(tmp_path_factory.mktemp("course"))
