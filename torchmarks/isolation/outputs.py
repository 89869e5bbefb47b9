"""Collects a cell's outputs as nbformat v4 dictionaries, up to a limit.

Pure: frames and bytes in, dictionaries out.
"""

from __future__ import annotations

import codecs
from typing import Any, Literal

from torchmarks.isolation import wire

_FRAME_COST = 32  # an empty output costs a little too, so that their number is bounded


class Outputs:
    """limit: bytes of all outputs together; `full` says that it has been passed. What came before is kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._outputs: list[dict[str, Any]] = []
        self._display_ids: dict[str, dict[str, Any]] = {}
        self._clear_next = False
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}

    @property
    def full(self) -> bool:
        """Whether more came than allowed."""
        return self._used > self._limit

    def add_text(self, name: str, data: bytes) -> None:
        """Bytes printed to a descriptor."""
        if data:
            self._used += len(data)
            self._stream(name, self._decoders[name].decode(data))

    def add(self, frame: wire.Frame, size: int) -> None:
        """One output frame of `size` bytes."""
        self._used += size + (0 if isinstance(frame, wire.Stream) else _FRAME_COST)
        if self.full and not isinstance(frame, wire.Stream):
            return
        if isinstance(frame, wire.Stream):
            self._stream(frame.name, frame.text)
        elif isinstance(frame, wire.Clear):
            self._clear(frame.wait)
        elif isinstance(frame, wire.Display):
            self._display(frame)
        elif isinstance(frame, wire.Result):
            count = frame.count if 0 <= frame.count < 2**31 else None
            self._append(_rich("execute_result", frame.data, frame.metadata) | {"execution_count": count})
        elif isinstance(frame, wire.Error):
            error = {"ename": frame.ename, "evalue": frame.evalue, "traceback": list(frame.traceback)}
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
            last["text"].append(text)
        else:
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

    def finish(self) -> tuple[dict[str, Any], ...]:
        """The outputs; printed text is cut to the limit."""
        for name in self._decoders:
            self._stream(name, self._decoders[name].decode(b"", final=True))
        left = self._limit
        for output in self._outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])[: max(0, left)]
                left -= len(output["text"])
        return tuple(self._outputs)


def _rich(kind: Literal["display_data", "execute_result"], data: Any, metadata: Any) -> dict[str, Any]:
    return {"output_type": kind, "data": _bundle(data), "metadata": dict(metadata)}


def _bundle(data: dict[str, Any]) -> dict[str, Any]:
    """A mime bundle as nbformat wants it: text for every type that is not JSON."""
    return {mime: value for mime, value in data.items() if isinstance(value, str) or mime.endswith("json")}
