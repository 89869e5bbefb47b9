"""nbgrader's step that keeps the source of hidden tests out of feedback pages."""

from __future__ import annotations

import re
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

from torchmarks.checks.grading_sentences import say

Resources = dict[str, Any]
_BEGIN, _END = re.compile(r"\s*#+\s*BEGIN HIDDEN TESTS"), re.compile(r"\s*#+\s*END HIDDEN TESTS")


def without_hidden(source: str) -> str:
    """A test cell's source with its hidden part replaced by one line. A test without markers stays as it is."""
    kept: list[str] = []
    inside = False
    for line in source.splitlines():
        if _BEGIN.match(line):
            inside = True
            kept.append(say("hidden_tests_ran"))
        elif inside and _END.match(line):
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


class HideHiddenTests(NbGraderPreprocessor):  # type: ignore[misc]
    """Replaces the hidden tests in a notebook by one line; verdict and message stay."""

    display_data_priority = List(  # type: ignore[var-annotated]
        help="Accepted because nbconvert's HTML exporter sets it for every step."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """See nbconvert."""
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.source = without_hidden(cell.source)
        return nb, resources
