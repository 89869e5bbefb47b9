"""The student's IPython shell: runs cells and reports every output while it happens.

Runs in the student's process. What it reports are wire frames; where they go is the caller's business (`emit`). Must
not touch the disk beyond the working directory, and keeps no history file.
"""

from __future__ import annotations

import ast
import base64
import io
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets.config import Config

from torchmarks.checks import cells
from torchmarks.checks.grading_sentences import say
from torchmarks.isolation.inside import commands, offline
from torchmarks.isolation.inside.interrupts import Interrupts
from torchmarks.isolation.protocol import wire
from torchmarks.isolation.protocol.statements import Counter
from torchmarks.isolation.protocol.wire import plain_text

Emit = Callable[[wire.Frame], None]

_BUFFER_CHARACTERS: Final = 8192
_PIECE_CHARACTERS: Final = 16384
_FRAMES: Final = 5


def plain_data(value: Any) -> Any:
    """Display data as JSON can hold it: a value of another type is shown by its repr, bytes as base64."""
    if isinstance(value, dict):
        return {plain_text(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    # nan and the infinities are not JSON
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and value - value == 0):
        return value
    return plain_text(value)


class Outlet(io.TextIOBase):
    """A sys.stdout or sys.stderr that reports text line by line, in order with the other outputs."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name: Literal["stdout", "stderr"], fd: int, shell: OutputShell) -> None:
        self._name = name
        self._fd = fd
        self._shell = shell
        self._parts: list[str] = []
        self._size = 0
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """As for the interpreter's own streams."""
        return f"<{self._name}>"

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor behind it, for subprocesses."""
        return self._fd

    @property
    def buffer(self) -> io.FileIO:
        """Raw bytes go to the descriptor."""
        return io.FileIO(self._fd, "wb", closefd=False)

    def write(self, text: str) -> int:
        """Report `text`, at the latest when its line ends."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            self._parts.append(text)
            self._size += len(text)
            if "\n" in text or self._size > _BUFFER_CHARACTERS:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Report what is held back."""
        with self._lock:
            text, self._parts, self._size = "".join(self._parts), [], 0
            for start in range(0, len(text), _PIECE_CHARACTERS):  # a flood must arrive to be noticed
                piece = plain_text(text[start : start + _PIECE_CHARACTERS])
                self._shell.report(wire.Stream(self._shell.request, self._name, piece))


class _Publisher(DisplayPublisher):
    """display(...) and clear_output(...)."""

    shell: OutputShell

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        self.shell.report_rich(
            wire.Display(
                self.shell.request,
                plain_data(data),
                plain_data(metadata or {}),
                None if display_id is None else plain_text(display_id),
                update,
            )
        )

    def clear_output(self, wait: bool = False) -> None:
        self.shell.report_rich(wire.Clear(self.shell.request, bool(wait)))


class _ResultHook(DisplayHook):
    """The value of a cell's last expression."""

    shell: OutputShell

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        frame = wire.Result(self.shell.request, self.prompt_count, plain_data(format_dict), plain_data(md_dict or {}))
        self.shell.report_rich(frame)

    def finish_displayhook(self) -> None:
        pass


class OutputShell(InteractiveShell):
    """IPython's shell, with its outputs sent to `emit`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.emit: Emit = lambda frame: None
        self.request = 0
        self.counter = Counter()
        self.interrupts = Interrupts()
        self.most: int | None = None  # of a cell that is run again: so many of its statements
        self._counted: Any = None  # the result object of the cell itself, which a cell that it runs has not
        self.streams: tuple[Outlet, ...] = ()
        super().__init__(*args, displayhook_class=_ResultHook, display_pub_class=_Publisher, **kwargs)  # type: ignore[no-untyped-call]

    @contextmanager
    def _tee(self, channel: Literal["stdout", "stderr"]) -> Iterator[None]:
        """See IPython, which would keep all that a cell prints: a flood of it would count as the student's memory."""
        yield

    def begin(self, request: int, most: int | None) -> None:
        """The next cell answers this request. most: run no more than so many of its statements."""
        self.request, self.most, self._counted = request, most, None
        self.counter.start(request)

    async def run_ast_nodes(
        self,
        nodelist: list[ast.stmt],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: Any = None,
    ) -> Any:
        """See IPython: the statements of a cell, each by `run_code`."""
        if self._counted is None:
            self._counted, self._begun = result, 0
            if self.most is not None:
                nodelist, interactivity = nodelist[: self.most], "none"
        failed = await super().run_ast_nodes(nodelist, cell_name, interactivity, compiler, result)
        if self._counted is result and not failed:
            self.counter.tell(len(nodelist))
        return failed

    async def run_code(self, code_obj: Any, result: Any = None, *, async_: bool = False) -> Any:
        """See IPython. What the process ends in, the grader has to know."""
        if result is not None and result is self._counted:
            self.counter.tell(self._begun)
            self._begun += 1
        return await super().run_code(code_obj, result, async_=async_)  # type: ignore[no-untyped-call]

    def system(self, cmd: str) -> None:
        """`!command`. What would install something is not even started: it takes seconds to find out that it cannot."""
        command = self.var_expand(cmd, depth=1)  # type: ignore[no-untyped-call]
        if offline.installs(command):
            self.user_ns["_exit_code"] = 1
        else:
            self.user_ns["_exit_code"] = commands.run(command)
        if self.user_ns.get("_exit_code") and offline.fetches(cmd):
            print(say("no_network"))

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """`x = !command`, and `!!command`; see `system`."""
        if offline.installs(self.var_expand(cmd, depth=depth + 1)):  # type: ignore[no-untyped-call]
            self.user_ns["_exit_code"] = 1
            print(say("no_network"))
            return SList() if split else LSString()
        return super().getoutput(cmd, split, depth + 1)  # type: ignore[no-untyped-call]

    def show_usage_error(self, exc: BaseException) -> None:
        """A magic that is not there or was given what it does not take ends the cell as an error does."""
        name = type(exc).__name__
        self.report_rich(wire.Error(self.request, name, _said(exc), [f"{name}: {_said(exc)}"]))

    def enable_gui(self, gui: str | None = None) -> None:
        """No event loop here: `%matplotlib inline` asks for none, others get none."""

    def ask_exit(self) -> None:
        """`exit()` ends the process, as it ends a kernel."""
        for stream in self.streams:
            stream.flush()
        # an exception would end the cell alone
        os._exit(0)

    def report(self, frame: wire.Frame) -> None:
        """Send one output."""
        self.emit(frame)

    def report_rich(self, frame: wire.Frame) -> None:
        """Send one output after the text printed before it."""
        for stream in self.streams:
            stream.flush()
        self.emit(frame)

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """See IPython. The traceback of an interrupt is made at once, for the process has no time left."""
        error = sys.exc_info()[1]
        if isinstance(error, KeyboardInterrupt) and not args:
            self.interrupts.end_cell()  # another one would end in the middle of the first one's traceback
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if frame.filename in self.compile._filename_map][-_FRAMES:]
            self._showtraceback(type(error), error, [*traceback.format_list(own), "KeyboardInterrupt"])
        else:
            super().showtraceback(*args, **kwargs)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        name = getattr(etype, "__name__", str(etype))
        lines = [plain_text(line) for line in stb]
        self.report_rich(wire.Error(self.request, plain_text(name), _said(evalue), lines))
        if offline.is_offline(evalue):
            print(say("no_network"))


def _said(error: object) -> str:
    try:
        return plain_text(error)
    except Exception:  # its __str__ is the student's
        return "<exception str() failed>"


def make_shell() -> OutputShell:
    """The one shell of this process, made before any fork."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 1000
    config.InteractiveShell.banner1 = ""
    shell = OutputShell.instance(config=config)
    assert isinstance(shell, OutputShell)
    assert shell.display_formatter is not None
    cells.attach(shell, lambda source, number: cells.digest(source), lambda left: None, threads=True)
    shell.display_formatter.format(None)  # type: ignore[no-untyped-call] # its formatters are made when something is first shown
    return shell
