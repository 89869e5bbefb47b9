"""One warm engine for all attacks, and a course folder beside it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.grader import LIMITS, Grader, fake_course
from attacks.assignment import RIGHT, submission

from torchmarks.isolation import Engine, NoSandbox


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """A grader that has graded once, so that its server is warm."""
    try:
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
