"""A warm engine with small limits, shared by the tests of one process; each test makes sessions of its own."""

from collections.abc import Iterator

import pytest

from torchmarks.isolation import Engine, Limits, NoSandbox, Session

MIB = 1024**2
SMALL = Limits(
    memory_bytes=512 * MIB,
    processes=24,
    open_files=64,
    file_bytes=8 * MIB,
    scratch_bytes=24 * MIB,
    cpu_s=20,
    cell_s=5.0,
    call_s=5.0,
    output_bytes=64 * 1024,
    message_bytes=4 * MIB,
)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine with SMALL limits."""
    try:
        engine = Engine(SMALL)
    except NoSandbox as error:
        pytest.skip(str(error))
    with engine:
        yield engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A fresh session."""
    with engine.session() as session:
        yield session
