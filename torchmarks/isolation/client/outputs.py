"""Collects a cell's outputs as nbformat v4 dictionaries, up to a limit.

Pure: frames and bytes in, dictionaries out. What goes beyond the limit takes no memory, however long it goes on; an
error is kept all the same, since it says how the cell ended.
"""

from __future__ import annotations

import codecs
from typing import Any, Literal

from torchmarks.isolation.protocol import wire

_ERROR_BYTES = 65_536  # for errors, once the rest is full
_SHORT = 1_000
_FRAME_COST = 32  # an empty output costs a little too, so that their number is bounded


class Outputs:
    """Gathers the outputs of one cell as they come.

    limit: bytes of all outputs together; `full` says that it has been passed. What came before is kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._error_bytes = _ERROR_BYTES
        self._cut_at: int | None = None  # how many outputs there were when the limit was passed
        self._outputs: list[dict[str, Any]] = []
        self._display_ids: dict[str, dict[str, Any]] = {}
        self._clear_next = False
        # A character may come in two reads of a pipe.
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}

    @property
    def full(self) -> bool:
        """Whether more came than allowed."""
        return self._used > self._limit

    def add_text(self, name: str, data: bytes) -> None:
        """Bytes printed to a descriptor."""
        if data and not self._cut():
            self._used += len(data)
            self._stream(name, self._decoders[name].decode(data))
            self._cut()

    def add(self, frame: wire.Frame, size: int) -> None:
        """One output frame of `size` bytes."""
        if isinstance(frame, wire.Error):
            self._error(frame, size + _FRAME_COST)
            return
        if self._cut():
            return
        # prints become one output, however many they are
        self._used += size + (0 if isinstance(frame, wire.Stream) else _FRAME_COST)
        if isinstance(frame, wire.Stream):
            self._stream(frame.name, frame.text)
        if self._cut():
            return
        if isinstance(frame, wire.Clear):
            self._clear(frame.wait)
        elif isinstance(frame, wire.Display):
            self._display(frame)
        elif isinstance(frame, wire.Result):
            # the student's claim; nbformat refuses a negative one
            count = frame.count if 0 <= frame.count < 2**31 else None
            self._append(_rich("execute_result", frame.data, frame.metadata) | {"execution_count": count})

    def _cut(self) -> bool:
        if self._cut_at is None and self.full:
            self._cut_at = len(self._outputs)
        return self.full

    def _error(self, frame: wire.Error, size: int) -> None:
        error = {"ename": frame.ename, "evalue": frame.evalue, "traceback": list(frame.traceback)}
        if self._used + size <= self._limit:
            self._used += size
        else:
            if size > _ERROR_BYTES:
                error = {"ename": frame.ename[:_SHORT], "evalue": frame.evalue[:_SHORT], "traceback": []}
                size = _FRAME_COST + 4 * _SHORT
            self._error_bytes -= size
            if self._error_bytes < 0:
                return
        self._append({"output_type": "error"} | error)

    def _append(self, output: dict[str, Any]) -> None:
        if self._clear_next:
            self._clear(wait=False)
        self._outputs.append(output)

    def _clear(self, wait: bool) -> None:
        self._clear_next = wait
        if not wait:
            self._outputs.clear()
            self._display_ids.clear()

    def _stream(self, name: str, text: str) -> None:
        if not text:
            return
        last = self._outputs[-1] if self._outputs and not self._clear_next else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"].append(text)  # joined at the end, once
        else:
            # A list until `finish`: to add to one text again and again would take the square of its length.
            self._append({"output_type": "stream", "name": name, "text": [text]})

    def _display(self, frame: wire.Display) -> None:
        output = _rich("display_data", frame.data, frame.metadata)
        if frame.update:
            known = self._display_ids.get(frame.display_id or "")
            if known is not None:
                known.update(output)
            return
        self._append(output)
        if frame.display_id is not None:
            self._display_ids[frame.display_id] = output

    def finish(self, note: str = "") -> tuple[dict[str, Any], ...]:
        """The outputs; printed text is cut to the limit. note: put where they were cut off."""
        if not self.full:
            for name in self._decoders:
                self._stream(name, self._decoders[name].decode(b"", final=True))
        left = self._limit - (len(note) if self.full else 0)
        for output in self._outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])[: max(0, left)]
                left -= len(output["text"])
        if self._cut_at is not None and note:
            self._outputs.insert(self._cut_at, {"output_type": "stream", "name": "stdout", "text": note})
        return tuple(self._outputs)


def _rich(kind: Literal["display_data", "execute_result"], data: Any, metadata: Any) -> dict[str, Any]:
    return {"output_type": kind, "data": _bundle(data), "metadata": dict(metadata)}


def _bundle(data: dict[str, Any]) -> dict[str, Any]:
    """A mime bundle as nbformat wants it: text for every type that is not JSON."""
    return {mime: value for mime, value in data.items() if isinstance(value, str) or mime.endswith("json")}
