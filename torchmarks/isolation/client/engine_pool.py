"""The warm engines of a process: one for each device, set of limits and level, all in one sandbox.

The one owner of engines that are kept. Starts nothing before it is asked to; must not know a plan or a notebook.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from torchmarks.isolation.client.engine import Engine
from torchmarks.isolation.client.launch import Sandbox, Servers
from torchmarks.isolation.protocol.confinement import Isolation
from torchmarks.isolation.protocol.limits import Limits

Device = Literal["cpu", "sim"]
Key = tuple[Device, Limits, Isolation]


class EnginePool:
    """Keeps engines warm, and gives out the one of a device, limits and level.

    inherited: a sandbox of the process that this one was forked from, to be used where it fits.

    Not for several threads at once. In a fork of the process that made it, it is empty.
    """

    def __init__(self, inherited: Sandbox | None = None) -> None:
        self._engines: dict[Key, Engine] = {}
        self._servers: dict[Isolation, Servers] = {}
        self._owner = os.getpid()
        if inherited is not None:
            self._servers[inherited.isolation] = Servers(inherited.isolation, inherited=inherited)

    def engine(self, device: Device, limits: Limits, *, isolation: Isolation = "auto") -> Engine:
        """The engine of these; started with its first session. Raises NoSandbox."""
        if self._owner != os.getpid():  # the servers are the parent's, and answer it alone
            self._engines, self._servers, self._owner = {}, {}, os.getpid()
        key = (device, limits, isolation)
        if key not in self._engines:
            servers = self._servers.setdefault(isolation, Servers(isolation))
            self._engines[key] = Engine(limits, device=device, isolation=isolation, servers=servers)
        return self._engines[key]

    def of_devices(self, limits: Limits, *, isolation: Isolation = "auto") -> Callable[[Device], Engine]:
        """Gives the engine of a device, as `grade` wants it."""
        return lambda device: self.engine(device, limits, isolation=isolation)

    def warm(self, devices: Iterable[Device], limits: Limits, *, isolation: Isolation = "auto") -> Mapping[Key, int]:
        """Start the servers of these devices that do not run. Returns what `unhurt` wants to know of all that run.

        Raises NoSandbox and ServerHurt.
        """
        # one that ended earlier, for other limits say, would look in `unhurt` as if it had ended since
        for key in [key for key, engine in self._engines.items() if engine.running is None]:
            self._engines.pop(key).close()
        for device in devices:
            engine = self.engine(device, limits, isolation=isolation)
            if not engine.running:
                engine.session().close()  # a server starts with its first session
        return {key: engine.running for key, engine in self._engines.items() if engine.running}

    def unhurt(self, before: Mapping[Key, int]) -> bool:
        """Whether every server of `before` still runs, and none that was started since has ended."""
        now = {key: engine.running for key, engine in self._engines.items()}
        return None not in now.values() and all(now.get(key) == number for key, number in before.items())

    @property
    def usable(self) -> bool:
        """False once an inherited sandbox has ended: this process cannot get another one."""
        return all(servers.usable for servers in self._servers.values())

    def close(self) -> None:
        """End all engines and their sandbox. They may be asked for again."""
        if self._owner == os.getpid():  # a fork must not end what its parent works with
            for engine in self._engines.values():
                engine.close()
            for servers in self._servers.values():
                servers.close()
        self._engines.clear()
