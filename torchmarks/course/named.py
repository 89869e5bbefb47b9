"""The names by which configuration files call this package; all that a student's installation has of them.

    c.Autograde.exporter_class = "torchmarks.course.named.AutogradeExporter"

A name leads to the grading half. Where that cannot be imported (only the student's wheel is installed, a requirement is
missing) it leads to something that refuses: nbgrader would otherwise go on with its own steps and run students' code as
the person who grades. A name that this release does not have (the files are copied into courses and environments, and
may be older) refuses as well. Must import nothing but Python's own, nbconvert and jinja2; loads no torch by itself.
"""

from __future__ import annotations

import html
import importlib
import logging
import sys
from typing import Any, NoReturn

from jinja2 import pass_context
from nbconvert.exporters import Exporter, HTMLExporter, NotebookExporter

_HOME = {
    "AutogradeExporter": ("torchmarks.course.repairing", "RepairingExporter"),
    "Collect": ("torchmarks.course.exchange", "Collect"),
    "FeedbackExporter": ("torchmarks.course.feedback_page", "FeedbackExporter"),
    "GeneratingExporter": ("torchmarks.course.generating", "GeneratingExporter"),
    "ReleaseFeedback": ("torchmarks.course.exchange", "ReleaseFeedback"),
}
# Every command of nbgrader's asks for these, and they run nothing of students': without ours nbgrader's own will do.
_NBGRADERS = {"Collect": "ExchangeCollect", "ReleaseFeedback": "ExchangeReleaseFeedback"}
_STANDARD: dict[str, tuple[str, type[Any]]] = {  # whose exporter it is, and what a class for it has to be
    "AutogradeExporter": ("Autograde", NotebookExporter),
    "FeedbackExporter": ("GenerateFeedback", HTMLExporter),
    "GeneratingExporter": ("GenerateAssignment", NotebookExporter),
}
_log = logging.getLogger("torchmarks")


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _HOME:
        return _refusing(name, LookupError(f"a configuration file of another release names {name!r}"))
    module, real = _HOME[name]
    try:
        value = getattr(importlib.import_module(module), real)
    except Exception as error:  # whatever is broken in the grading half: it cannot grade
        value = _nbgraders(name) if name in _NBGRADERS else _refusing(name, error)
    globals()[name] = value
    return value


def _nbgraders(name: str) -> Any:
    return getattr(importlib.import_module("nbgrader.exchange.default"), _NBGRADERS[name])


def _refusing(name: str, error: Exception) -> Any:
    """Takes the place of an exporter of the grading half where that cannot be imported."""
    why = " ".join(f"{type(error).__name__}: {error}".split())
    own, standard = _STANDARD.get(name, ("Autograde", NotebookExporter))
    text = (
        f"{sys.prefix}: torchmarks cannot grade in this environment ({why}). Grade in one that has torchmarks[grading]:"
        f" `make install` in the course's folder makes it. A course without torchmarks sets c.{own}.exporter_class."
    )

    def refuse(self: Any, config: Any = None, *, parent: Any = None, **options: Any) -> NoReturn:
        getattr(parent, "log", _log).error("%s", text)
        # nbgrader's commands end at its own exception without a traceback. It is there: nbgrader has called us.
        raise importlib.import_module("nbgrader.converters").NbGraderException(text)

    return type(name, (standard,), {"__init__": refuse, "__doc__": "Refuses to grade."})


def remove_uncopyable(**submission: Any) -> None:
    """nbgrader's `pre_convert_hook`: see `own_files.remove_uncopyable`. Ends a run that another exporter has begun.

    The exporter refuses earlier and says more; this is for a person's own configuration that names another one, which
    a formgrader reads again after the course's.
    """
    # nbgrader hands over names only, and swallows every Exception of a hook.
    converter = sys._getframe(1).f_locals.get("self")
    exporter = type(getattr(converter, "exporter", None))
    if issubclass(exporter, Exporter) and "ConfigCheck" not in [base.__name__ for base in exporter.mro()]:
        text = (
            f"Autograde.exporter_class is {exporter.__module__}.{exporter.__qualname__}: this would not be graded by"
            " torchmarks. Remove it from the configuration that names it, perhaps ~/.jupyter/nbgrader_config.py."
        )
        _log.error("%s", text)
        raise SystemExit(text)
    importlib.import_module("torchmarks.course.own_files").remove_uncopyable(**submission)


@pass_context
def markdown_to_safe_html(context: Any, source: str) -> str:
    """nbconvert's `markdown2html` filter for feedback and the formgrader; without the grading half plain text."""
    try:
        convert = importlib.import_module("torchmarks.course.display").markdown_to_safe_html
    except Exception:
        return f"<pre>{html.escape(source)}</pre>"
    return str(convert(context, source))


def highlighted(source: str, language: str | None = None, metadata: Any = None) -> str:
    """nbconvert's `highlight_code` filter, likewise."""
    try:
        highlight = importlib.import_module("torchmarks.course.display").highlighted
    except Exception:
        return f"<pre>{html.escape(source)}</pre>"
    return str(highlight(source, language, metadata))
