"""The fenced blocks of the documents and the marks above them, which readers do not see.

A mark is an HTML comment on the line above the fence:

    <!-- run: instructor -->             also student, root, background (a program that stays), or hub (root of the
                                         machine that tests/hub/ makes); words after a comma are comments
    <!-- setting: nbgrader_config.py -->   lines that the reader adds to that file
    <!-- not run: the reason -->

Between blocks, `<!-- students: fetch_assignment, submit -->` says what students do there: commands of docs/students.md.
Pure: text in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ACTORS = frozenset({"instructor", "student", "root", "background", "hub"})
TEXT = frozenset({"text"})  # what a program shows, nothing to run
_MARK = re.compile(r"<!-- (run|not run|setting|students): (.+?) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. kind and detail: its mark, such as "run" and "instructor"; "" where it has none."""

    page: str
    line: int
    section: str
    language: str
    text: str
    kind: str
    detail: str

    @property
    def place(self) -> str:
        """Page and line, for messages."""
        return f"{self.page}:{self.line}"

    @property
    def actor(self) -> str:
        """The user who runs it; nothing for a block that is not run."""
        return self.detail.split(",")[0] if self.kind == "run" else ""


@dataclass(frozen=True, slots=True)
class StudentsDo:
    """What students do at this point: names of nbgrader's commands."""

    commands: tuple[str, ...]
    section: str


def items(name: str, text: str) -> Iterator[Block | StudentsDo]:
    """The blocks of a page and what students do between them, in order. name: the page, for messages."""
    lines = text.splitlines()
    section, number = "", 0
    while number < len(lines):
        line = lines[number]
        mark = _MARK.fullmatch(line)
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif mark and mark[1] == "students":
            yield StudentsDo(tuple(word.strip() for word in mark[2].split(",")), section)
        elif line.startswith("```"):
            end = lines.index("```", number + 1)
            above = _MARK.fullmatch(lines[number - 1]) if number else None
            kind, detail = (above[1], above[2]) if above else ("", "")
            body = "\n".join(lines[number + 1 : end]) + "\n"
            yield Block(name, number + 1, section, line.strip("` "), body, kind, detail)
            number = end
        number += 1


def items_of(root: Path, *pages: str) -> list[Block | StudentsDo]:
    """The items of some pages of the repository."""
    return [item for page in pages for item in items(page, (root / page).read_text(encoding="utf-8"))]


def faults(block: Block) -> list[str]:
    """What is wrong with the mark of a block."""
    if block.language in TEXT:
        return []
    if not block.kind:
        return [f"{block.place}: no mark; see tests/documents/blocks.py"]
    if block.kind == "run" and block.actor not in ACTORS:
        return [f"{block.place}: nobody is called {block.actor!r}"]
    if block.kind == "run" and block.language != "sh":
        return [f"{block.place}: only sh is run, this is {block.language!r}"]
    if block.kind == "setting" and block.detail != "nbgrader_config.py":
        return [f"{block.place}: settings go to nbgrader_config.py"]
    return []
