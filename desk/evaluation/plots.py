"""The report's plots, as SVG to be put into the page.

Drawn by matplotlib without pyplot. Colours are stand-ins that become the page's own custom
properties, so that the plots follow its light or dark scheme; letters stay letters.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from desk.evaluation.calibration import Calibration
from desk.evaluation.outcomes import ReplyKind
from desk.evaluation.scoring import METRICS, Score
from desk.evaluation.summary import NO_REPLY, STRATA, Latency, Summary

_INK, _QUIET, _LINE, _ACCENT, _BAR, _SOFT, _WARN = (f"#01020{digit}" for digit in range(1, 8))
_PROPERTIES = {
    _INK: "var(--ink)",
    _QUIET: "var(--quiet)",
    _LINE: "var(--line)",
    _ACCENT: "var(--accent)",
    _BAR: "var(--bar)",
    _SOFT: "var(--soft)",
    _WARN: "var(--warn)",
}
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _QUIET,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.family": ["sans-serif"],
    "font.size": 9,
    "grid.color": _LINE,
    "grid.linewidth": 0.6,
    "svg.fonttype": "none",
    "text.color": _INK,
    "xtick.color": _LINE,
    "xtick.labelcolor": _QUIET,
    "ytick.color": _LINE,
    "ytick.labelcolor": _QUIET,
}
_PERCENT = [0, 25, 50, 75, 100]


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing, and what it shows in words."""

    svg: str
    alt: str


def plots(summary: Summary) -> Mapping[str, Plot]:
    """All plots of a run by name; one with nothing to show is left out."""
    drawn = {
        "scores": Plot(
            svg=_draw("scores", (9.6, 4.9), lambda figure: _scores(figure, summary)),
            alt="Bars of each score, for all messages and for each labelled language, with 95 % "
            "intervals. The table of scores holds the same figures.",
        ),
        "kinds": Plot(
            svg=_draw("kinds", (9.6, 3.4), lambda figure: _kinds(figure, summary.kinds)),
            alt=_told_kinds(summary.kinds),
        ),
    }
    calibration, latency = summary.calibration, summary.latency
    if calibration.total:
        drawn["reliability"] = Plot(
            svg=_draw("reliability", (4.7, 4.4), lambda figure: _reliability(figure, calibration)),
            alt=_told_bins(calibration),
        )
    if latency is not None:
        drawn["latency"] = Plot(
            svg=_draw("latency", (4.7, 4.4), lambda figure: _latency(figure, latency)),
            alt=f"Histogram of reply times: half within {latency.p50 * 1000:.0f} ms, 95 % within "
            f"{latency.p95 * 1000:.0f} ms, the slowest {latency.max * 1000:.0f} ms.",
        )
    return drawn


def _draw(name: str, size: tuple[float, float], paint: Callable[[Any], None]) -> str:
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


def _scores(figure: Any, summary: Summary) -> None:
    grid = figure.subplots(2, -(-len(METRICS) // 2), sharey=True)
    for axes, metric in zip(grid.flat, METRICS, strict=False):
        for row, stratum in enumerate(STRATA):
            score = summary.scores[stratum][metric.key]
            _bar(axes, row, score, colour=_BAR if stratum == "all" else _SOFT)
        axes.set_title(metric.title)
        axes.set_xlim(0, 100)
        axes.set_xticks(_PERCENT)
        axes.set_yticks(range(len(STRATA)), STRATA)
        axes.tick_params(length=0)
        axes.grid(axis="x")
        axes.spines["bottom"].set_visible(False)
    # The rows are shared by all panels, and the first stratum stands on top.
    grid.flat[0].set_ylim(len(STRATA) - 0.5, -0.5)
    figure.supxlabel("per cent, with Wilson's 95 % interval", fontsize=9, color=_QUIET)


def _bar(axes: Any, row: int, score: Score, *, colour: str) -> None:
    if score.share is None or score.interval is None:
        axes.text(2, row, "none", va="center", color=_QUIET, fontsize=8)
        return
    axes.barh(row, 100 * score.share, height=0.62, color=colour)
    axes.errorbar(
        100 * score.share, row, xerr=_whisker(score), color=_INK, capsize=2.5, linewidth=1.1
    )


def _reliability(figure: Any, calibration: Calibration) -> None:
    above, below = figure.subplots(2, 1, height_ratios=[4, 1], sharex=True)
    bins = calibration.bins
    above.plot([0, 100], [0, 100], color=_QUIET, linewidth=1, linestyle="--")
    for part in bins:
        share = 100 * (part.right.share or 0)
        above.errorbar(
            100 * part.confidence,
            share,
            yerr=_whisker(part.right),
            color=_ACCENT,
            marker="o",
            markersize=5,
            capsize=2.5,
            linewidth=1.1,
        )
    above.set_ylim(-3, 103)
    above.set_xlim(-3, 103)
    above.set_yticks(_PERCENT)
    above.set_ylabel("right, %")
    above.grid()
    below.bar(
        [50 * (part.low + part.high) for part in bins],
        [part.right.total for part in bins],
        width=9,
        color=_SOFT,
    )
    below.set_ylabel("messages")
    below.set_xlabel("confidence, %")
    below.set_xticks(_PERCENT)


def _latency(figure: Any, latency: Latency) -> None:
    axes = figure.subplots()
    axes.hist([1000 * value for value in latency.seconds], bins=30, color=_SOFT)
    top = axes.get_ylim()[1]
    for name, value, height in (("p50", latency.p50, 1.0), ("p95", latency.p95, 0.93)):
        axes.axvline(1000 * value, color=_WARN, linewidth=1.2)
        axes.annotate(
            f"{name} {1000 * value:.0f} ms",
            (1000 * value, top * height),
            xytext=(4, 0),
            textcoords="offset points",
            va="top",
        )
    axes.set_xlim(left=0)
    axes.set_xlabel("time to the whole reply, ms")
    axes.set_ylabel("messages")


def _kinds(figure: Any, kinds: Mapping[str, Mapping[str, int]]) -> None:
    columns = _columns(kinds)
    axes = figure.subplots()
    for row, counts in enumerate(kinds.values()):
        total = sum(counts.values())
        for column, kind in enumerate(columns):
            count = counts.get(kind, 0)
            corner = (column + 0.03, row + 0.04)
            share = count / total
            axes.add_patch(Rectangle(corner, 0.94, 0.92, color=_LINE, alpha=0.35, linewidth=0))
            axes.add_patch(
                Rectangle(corner, 0.94, 0.92, color=_ACCENT, alpha=0.55 * share, linewidth=0)
            )
            if count:
                axes.text(column + 0.5, row + 0.5, str(count), ha="center", va="center")
    labels = [f"{name} ({sum(counts.values())})" for name, counts in kinds.items()]
    axes.set_xlim(0, len(columns))
    axes.set_ylim(len(kinds), 0)
    axes.set_xticks([place + 0.5 for place in range(len(columns))], _wrapped(columns))
    axes.set_yticks([place + 0.5 for place in range(len(kinds))], labels)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=_INK)
    axes.spines[:].set_visible(False)


def _columns(kinds: Mapping[str, Mapping[str, int]]) -> Sequence[str]:
    """The kinds that occurred, in the contract's order."""
    occurred = {kind for counts in kinds.values() for kind in counts}
    return [kind for kind in (*get_args(ReplyKind), NO_REPLY) if kind in occurred]


def _wrapped(names: Sequence[str]) -> list[str]:
    return [name.replace("_", "\n") for name in names]


def _whisker(score: Score) -> list[list[float]]:
    """The interval as matplotlib wants it: distances below and above, in per cent."""
    if score.share is None or score.interval is None:
        return [[0.0], [0.0]]
    low, high = score.interval
    return [[100 * max(0.0, score.share - low)], [100 * max(0.0, high - score.share)]]


def _told_bins(calibration: Calibration) -> str:
    points = (
        f"at {part.confidence:.0%} confidence {part.right.hits} of {part.right.total}"
        for part in calibration.bins
    )
    return f"Reliability diagram, right decisions: {'; '.join(points)}."


def _told_kinds(kinds: Mapping[str, Mapping[str, int]]) -> str:
    rows = (
        f"{name}: {', '.join(f'{kind} {count}' for kind, count in counts.items())}"
        for name, counts in kinds.items()
    )
    return f"Table of the kinds of reply to each group of labels. {'; '.join(rows)}."
