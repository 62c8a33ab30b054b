"""How plots are drawn: matplotlib without pyplot, into SVG.

Colours are stand-ins that become custom properties of the page, so that a plot follows its light or
dark scheme; letters stay letters.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, QUIET, LINE, ACCENT, BAR, SOFT, WARN = (f"#01020{digit}" for digit in range(1, 8))
_PROPERTIES = {
    INK: "var(--ink)",
    QUIET: "var(--quiet)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
    BAR: "var(--bar)",
    SOFT: "var(--soft)",
    WARN: "var(--warn)",
}
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.family": ["sans-serif"],
    "font.size": 9,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": LINE,
    "xtick.labelcolor": QUIET,
    "ytick.color": LINE,
    "ytick.labelcolor": QUIET,
}
PERCENT = [0, 25, 50, 75, 100]

_COLOURS = """\
:root { --paper: #ffffff; --ink: #1c2733; --quiet: #4d5b69; --line: #cfd8e0;
  --accent: #1b67ad; --bar: #5f9fda; --soft: #b5d0ea; --warn: #b3470c; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12171c; --ink: #e7ecf1; --quiet: #a9b5c1; --line: #36414d;
    --accent: #6cb2f0; --bar: #3f7fb8; --soft: #2c5273; --warn: #f0a273; }
}
"""
"""Those of report.html, for a drawing that is in no page."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing, and what it shows in words."""

    svg: str
    alt: str


def draw(name: str, size: tuple[float, float], paint: Callable[[Any], None]) -> str:
    """A figure of `size` inches as an SVG element whose ids are unique in the page."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    for stand_in, colour in _PROPERTIES.items():
        svg = svg.replace(stand_in, colour)
    return svg


def standalone(svg: str, alt: str) -> str:
    """A drawing as a file of its own: with its words, its colours for both schemes, its ground."""
    head, content = svg.split(">", 1)
    return (
        f'{head} role="img">\n<title>{escape(alt)}</title>\n<style>\n{_COLOURS}</style>\n'
        f'<rect width="100%" height="100%" fill="var(--paper)"/>{content}'
    )
