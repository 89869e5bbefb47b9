"""The report as one HTML page, with its style and plots in it: nothing is loaded from anywhere.

Pure but for Matplotlib's drawing. Everything that came from a student is escaped by the template. A plot is never the
only place of a number.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from torchmarks.course.page_style import STYLE
from torchmarks.isolation.protocol.confinement import isolation_told
from torchmarks.report.figures import PASS_SHARE, Figures

_INK = "#010203"  # replaced by the text colour of the page, which follows the reader's light or dark
_BAR = "#4a86c5"
_TEMPLATE = Path(__file__).parent / "templates" / "report.html.j2"


def page(title: str, found: Sequence[Figures], *, names: bool = False) -> str:
    """The whole page. title: of the course; found: at least one assignment; names: whether students are named."""
    # StrictUndefined: a misspelled name stops the page instead of leaving a gap in it.
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    environment.filters["isolation"] = isolation_told
    environment.filters["number"] = lambda value: f"{value:.2f}".rstrip("0").rstrip(".")
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        title=title,
        found=found,
        names=names,
        pass_share=PASS_SHARE,
        style=Markup(STYLE),
        today=datetime.date.today().isoformat(),
        histograms={f.assignment: Markup(histogram(list(f.scores.values()), f.most)) for f in found},
    )


def histogram(scores: Sequence[float], most: float) -> str:
    """Distribution of scores as an SVG element. scores: points; most: of the assignment."""
    # Text stays text and the ids come from a fixed salt: the same figures give the same page.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "torchmarks", "font.family": "sans-serif", "font.size": 11}
    edges = [most * step / 12 for step in range(13)]
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(6, 2.4), layout="constrained")  # not pyplot, which keeps every figure it makes
        axes = figure.add_subplot()
        axes.hist(scores, bins=edges, color=_BAR, rwidth=0.92)
        axes.set_xlabel("points", color=_INK)
        axes.set_ylabel("submissions", color=_INK)
        axes.set_xlim(0, most)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.tick_params(colors=_INK)
        for side, line in axes.spines.items():
            line.set_visible(side in ("left", "bottom"))
            line.set_color(_INK)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    # HTML takes no XML declaration in its midst.
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    # Without Matplotlib's width and height, which are fixed: the page's style says how wide a plot is.
    opening = rf'<svg role="img" aria-label="{_in_words(scores, edges)}" viewBox="\1" class="plot">'
    return re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', opening, svg, count=1)


def _in_words(scores: Sequence[float], edges: Sequence[float]) -> str:
    """The bars in words, for those who cannot see them."""
    counts: list[int] = np.histogram(scores, edges)[0].tolist()
    bars = zip(counts, edges, edges[1:], strict=False)
    texts = [f"{count} from {low:.3g} to {high:.3g} points" for count, low, high in bars if count]
    return f"Distribution of scores: {', '.join(texts)}"
