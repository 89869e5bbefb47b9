"""torchmarks.isolation.inside.offline: an error that comes of there being no network is known as one."""

from __future__ import annotations

import errno
import socket
import urllib.error

import pytest

from torchmarks.isolation.inside.offline import is_offline


@pytest.mark.parametrize(
    ("error", "offline"),
    [
        (socket.gaierror(), True),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), True),
        (urllib.error.URLError(socket.gaierror()), True),
        (urllib.error.URLError("unknown url type"), False),
        (OSError(errno.ENOENT, "No such file"), False),
    ],
    ids=repr,
)
def test_an_error_shows_alone_whether_there_was_no_network(error: OSError, offline: bool) -> None:
    """By itself or by its reason, also where a library has raised it from nothing."""
    assert is_offline(error) is offline
