"""torchmarks.checks.sources: a function's own source and nothing else of its cell."""

from __future__ import annotations

import ast
from typing import Any

import torch

from torchmarks.checks.sources import keep, library_name, one_line, outer_names, own_source, value_of

CELL = """\
secret = 42
square = lambda t: t ** 2
twins = [lambda t: t + 1, lambda t: t + 2]
def triple(t):
    "Three times t."
    return 3 * t
def powers(n):
    return lambda t: t ** n
cube = powers(3)
"""


def cell() -> dict[str, Any]:
    keep("<hidden powers-hidden>", CELL)
    names: dict[str, Any] = {}
    exec(compile(CELL, "<hidden powers-hidden>", "exec"), names)
    return names


def source(fn: Any) -> str:
    node = own_source(fn)
    assert node is not None
    return one_line(node)[0]


def test_of_a_hidden_cell_the_lambda_alone_is_told() -> None:
    """The source of a lambda is found in a cell that no file has, and nothing beside it."""
    names = cell()

    assert source(names["square"]) == "lambda t: t ** 2"
    assert "secret" not in source(names["triple"])


def test_of_two_lambdas_on_one_line_each_has_its_own() -> None:
    """They are told apart by their bytecode."""
    assert [source(fn) for fn in cell()["twins"]] == ["lambda t: t + 1", "lambda t: t + 2"]


def test_a_function_of_one_statement_is_one_line() -> None:
    """Its docstring is left out."""
    assert source(cell()["triple"]) == "def triple(t): return 3 * t"


def test_what_a_function_inside_another_reads() -> None:
    """The lambda inside is told, not the function around it, with the value of the name that it reads."""
    cube = cell()["cube"]
    node = own_source(cube)

    assert isinstance(node, ast.Lambda)
    assert outer_names(node) == ["n"]
    assert value_of(cube, node, "n") == 3


def test_another_source_under_the_same_name_is_not_taken() -> None:
    """A cell that was written anew since is not the source of an older function."""
    square = cell()["square"]
    keep("<hidden powers-hidden>", CELL.replace("t ** 2", "t ** 4"))

    assert own_source(square) is None


def test_functions_of_libraries_by_their_name() -> None:
    """As a notebook reaches them; nobody's function has none."""
    assert [library_name(fn) for fn in (torch.sin, torch.nn.functional.relu, len, ValueError)] == [
        "torch.sin", "torch.nn.functional.relu", "len", "ValueError"
    ]  # fmt: skip
    assert library_name(cell) is None
