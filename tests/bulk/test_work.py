"""torchmarks.bulk.work: what was seen through a server that ended means nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from torchmarks import grading
from torchmarks.bulk import work
from torchmarks.bulk.jobs import Job, Plan, key_of
from torchmarks.course import Course
from torchmarks.course.bundles import assignment_bundle, limits_of
from torchmarks.grading import Submission
from torchmarks.isolation import EnginePool

from ..isolation.processes import kill_servers
from .conftest import BASICS, a_class

pytestmark = pytest.mark.timeout(200)


@pytest.fixture
def plan(course: Course) -> Plan:
    """The plan of the small course."""
    return Plan(assignment_bundle(course.config, BASICS), limits_of(course.config), course.config)


@pytest.fixture
def engines() -> Iterator[EnginePool]:
    """Engines, closed at the end."""
    made = EnginePool()
    yield made
    made.close()


def _job(plan: Plan) -> Job:
    submission = Submission("ada", a_class()["right"])
    return Job(submission, key_of(submission, plan.version))


def test_a_server_that_ended_while_grading_voids_the_grade(
    plan: Plan, engines: EnginePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed fork server takes the student's process with it: that must not look like the student's failure."""
    real, job = grading.grade, _job(plan)

    def killing(*given: Any) -> Any:
        kill_servers()
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(grading, "grade", killing)
        with pytest.raises(work.ServerLost, match="ada"):
            work.graded(job, plan, engines)

    assert work.graded(job, plan, engines).score == 11


def test_the_version_of_a_plan_is_the_same_in_every_process(plan: Plan) -> None:
    """It holds no order of a set, and changes with a hidden test and with a limit."""
    import dataclasses
    import subprocess
    import sys

    program = "import sys; from torchmarks.bulk.jobs import Plan; print(Plan.thaw(sys.stdin.buffer.read()).version)"
    runs = [
        subprocess.run([sys.executable, "-c", program], input=plan.freeze(), capture_output=True, check=True, env=env)
        for env in ({"PYTHONHASHSEED": "1", "PATH": ""}, {"PYTHONHASHSEED": "2", "PATH": ""})
    ]
    limits = dataclasses.replace(plan, limits=dataclasses.replace(plan.limits, call_s=9.0))

    assert {run.stdout.decode().strip() for run in runs} == {plan.version}
    assert limits.version != plan.version
