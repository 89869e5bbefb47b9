"""Outputs are what nbformat allows, merged and bounded."""

import nbformat
import pytest

from torchmarks.isolation.client.outputs import Outputs
from torchmarks.isolation.protocol import wire


def collected(*frames: wire.Frame, limit: int = 10_000) -> tuple[dict[str, object], ...]:
    """The outputs of some frames."""
    outputs = Outputs(limit)
    for frame in frames:
        outputs.add(frame, 10)
    return outputs.finish()


def test_every_kind_is_valid_nbformat() -> None:
    """A notebook holding one output of each kind passes nbformat's own validation."""
    outputs = collected(
        wire.Stream(1, "stdout", "a"),
        wire.Stream(1, "stderr", "b"),
        wire.Display(1, {"text/plain": "a", "application/json": {"a": 1}}, {}),
        wire.Result(1, 3, {"text/plain": "a"}, {}),
        wire.Error(1, "E", "v", ["t"]),
    )
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": "",
        "execution_count": 1,
        "outputs": list(outputs),
    }

    nbformat.validate({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    assert len(outputs) == 5


def test_text_of_one_stream_is_merged() -> None:
    """Consecutive prints are one output."""
    assert collected(wire.Stream(1, "stdout", "a\n"), wire.Stream(1, "stdout", "b\n")) == (
        {"output_type": "stream", "name": "stdout", "text": "a\nb\n"},
    )


def test_bytes_cut_inside_a_character_are_joined() -> None:
    """Descriptor-level output may arrive in the middle of a UTF-8 sequence."""
    outputs = Outputs(100)
    for piece in ("é".encode()[:1], "é".encode()[1:]):
        outputs.add_text("stdout", piece)

    assert outputs.finish()[0]["text"] == "é"


def test_a_display_is_updated_in_place() -> None:
    """An update replaces the display of the same id, and nothing is added."""
    outputs = collected(
        wire.Display(1, {"text/plain": "a"}, {}, "id"),
        wire.Stream(1, "stdout", "x"),
        wire.Display(1, {"text/plain": "b"}, {}, "id", True),
    )

    assert [output.get("data", {}) for output in outputs] == [{"text/plain": "b"}, {}]


@pytest.mark.parametrize(("wait", "kept"), [(False, []), (True, ["a"])])
def test_clear_output(wait: bool, kept: list[str]) -> None:
    """Clearing removes what is there; with `wait`, only when something follows."""
    assert [o["text"] for o in collected(wire.Stream(1, "stdout", "a"), wire.Clear(1, wait))] == kept
    after = collected(wire.Stream(1, "stdout", "a"), wire.Clear(1, wait), wire.Stream(1, "stdout", "b"))
    assert [o["text"] for o in after] == ["b"]


def test_binary_junk_in_a_text_type_is_dropped() -> None:
    """A mime type that is no JSON holds text only."""
    assert collected(wire.Display(1, {"text/plain": {"a": 1}, "text/html": "h"}, {})) == (
        {"output_type": "display_data", "data": {"text/html": "h"}, "metadata": {}},
    )


def test_the_limit_counts_everything() -> None:
    """Many tiny outputs pass the limit as one large one does."""
    outputs = Outputs(1000)
    count = 0
    while not outputs.full:
        outputs.add(wire.Clear(1), 1)
        count += 1

    assert count < 50
