"""The report's plots, as SVG to be put into the page."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from matplotlib.patches import Rectangle

from desk.evaluation.calibration import Calibration
from desk.evaluation.drawing import ACCENT, BAR, INK, LINE, PERCENT, QUIET, SOFT, WARN, Plot, draw
from desk.evaluation.outcomes import NO_REPLY, ReplyKind
from desk.evaluation.scoring import METRICS, Metric, Score
from desk.evaluation.selective import Point, RiskCoverage
from desk.evaluation.summary import STRATA, Latency, Summary
from desk.sla.statistics import Difference

_LANGUAGES = {"en": "English", "es": "Spanish", "mixed": "Mixed", "other": "Other"}
_LINES = {
    "all": (INK, ":"),
    "en": (ACCENT, "-"),
    "es": (WARN, "-"),
    "mixed": (QUIET, "--"),
    "other": (QUIET, "-."),
}
"""Colour and kind of line by stratum; no two are told apart by colour alone."""
_FEW = 20
"""Of so few decisions a share is noise; a curve begins after them."""


def plots(summary: Summary) -> Mapping[str, Plot]:
    """All plots of a run by name; one with nothing to show is left out."""
    kinds, calibration, latency = summary.kinds["all"], summary.calibration, summary.latency
    apart = {
        metric: found
        for metric in METRICS
        if (found := summary.differences[metric.key]) is not None
    }
    calibrations = {
        name: summary.calibrations[name] for name in _LANGUAGES if summary.calibrations[name].total
    }
    risks = {name: risk for name, risk in summary.risks.items() if _shown(risk)}
    drawn = {
        "scores": Plot(
            svg=draw("scores", (9.6, 4.9), lambda figure: _scores(figure, summary)),
            alt="Bars of each score, for all messages and for each labelled language, with 95 % "
            "intervals. The table of scores holds the same figures.",
        ),
        "kinds": Plot(
            svg=draw("kinds", (9.6, 3.4), lambda figure: _kinds(figure, kinds)),
            alt=_told_kinds(kinds),
        ),
    }
    if apart:
        drawn["differences"] = Plot(
            svg=draw("differences", (9.6, 3.6), lambda figure: _differences(figure, apart)),
            alt=_told_differences(apart),
        )
    if calibration.total:
        drawn["reliability"] = Plot(
            svg=draw("reliability", (4.7, 4.4), lambda figure: _reliability(figure, calibration)),
            alt=_told_bins(calibration),
        )
        drawn["reliability-by-language"] = Plot(
            svg=draw(
                "reliability-by-language",
                (9.6, 2.8),
                lambda figure: _reliability_by_language(figure, calibrations),
            ),
            alt=" ".join(
                f"{_LANGUAGES[name]}: {_told_bins(one)}" for name, one in calibrations.items()
            ),
        )
    if risks:
        drawn["risk-coverage"] = Plot(
            svg=draw("risk-coverage", (4.7, 4.4), lambda figure: _risk_coverage(figure, risks)),
            alt=_told_risks(risks),
        )
    if latency is not None:
        drawn["latency"] = Plot(
            svg=draw("latency", (4.7, 4.4), lambda figure: _latency(figure, latency)),
            alt=f"Histogram of reply times: half within {latency.p50 * 1000:.0f} ms, 95 % within "
            f"{latency.p95 * 1000:.0f} ms, the slowest {latency.max * 1000:.0f} ms.",
        )
    return drawn


def _scores(figure: Any, summary: Summary) -> None:
    grid = figure.subplots(2, -(-len(METRICS) // 2), sharey=True)
    for axes, metric in zip(grid.flat, METRICS, strict=False):
        for row, stratum in enumerate(STRATA):
            score = summary.scores[stratum][metric.key]
            _bar(axes, row, score, colour=BAR if stratum == "all" else SOFT)
        axes.set_title(metric.title)
        axes.set_xlim(0, 100)
        axes.set_xticks([0, 50, 100])
        axes.set_yticks(range(len(STRATA)), STRATA)
        axes.tick_params(length=0)
        axes.grid(axis="x")
        axes.spines["bottom"].set_visible(False)
    figure.get_layout_engine().set(hspace=0.1, wspace=0.06)
    # The rows are shared by all panels, and the first stratum stands on top.
    grid.flat[0].set_ylim(len(STRATA) - 0.5, -0.5)
    figure.supxlabel("per cent, with 95 % intervals", fontsize=9, color=QUIET)


def _bar(axes: Any, row: int, score: Score, *, colour: str) -> None:
    if score.share is None or score.interval is None:
        axes.text(2, row, "none", va="center", color=QUIET, fontsize=8)
        return
    axes.barh(row, 100 * score.share, height=0.62, color=colour)
    axes.errorbar(
        100 * score.share, row, xerr=_whisker(score), color=INK, capsize=2.5, linewidth=1.1
    )


def _differences(figure: Any, apart: Mapping[Metric, Difference]) -> None:
    axes = figure.subplots()
    for row, found in enumerate(apart.values()):
        low, high = found.interval
        axes.errorbar(
            100 * found.share,
            row,
            xerr=[[100 * (found.share - low)], [100 * (high - found.share)]],
            color=ACCENT,
            marker="o",
            markersize=5,
            capsize=2.5,
            linewidth=1.1,
        )
    axes.axvline(0, color=QUIET, linewidth=1, linestyle="--")
    axes.set_yticks(range(len(apart)), [metric.title for metric in apart])
    axes.set_ylim(len(apart) - 0.5, -0.5)
    reach = max(5.0, *(abs(100 * end) for found in apart.values() for end in found.interval))
    axes.set_xlim(-1.05 * reach, 1.05 * reach)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("← higher in Spanish        points        higher in English →")


def _reliability(figure: Any, calibration: Calibration) -> None:
    above, below = figure.subplots(2, 1, height_ratios=[4, 1], sharex=True)
    bins = calibration.bins
    _reliable(above, calibration)
    above.set_ylabel("right, %")
    below.bar(
        [50 * (part.low + part.high) for part in bins],
        [part.right.total for part in bins],
        width=9,
        color=SOFT,
    )
    below.set_ylabel("messages")
    below.set_xlabel("confidence, %")
    below.set_xticks(PERCENT)


def _reliability_by_language(figure: Any, calibrations: Mapping[str, Calibration]) -> None:
    panels = figure.subplots(1, len(calibrations), sharey=True, squeeze=False)[0]
    for axes, (name, calibration) in zip(panels, calibrations.items(), strict=True):
        _reliable(axes, calibration)
        axes.set_title(f"{_LANGUAGES[name]} ({calibration.total})")
        axes.set_xticks(PERCENT)
        axes.set_aspect("equal")
    panels[0].set_ylabel("right, %")
    figure.supxlabel("confidence, %", fontsize=9, color=QUIET)


def _reliable(axes: Any, calibration: Calibration) -> None:
    """The points of one diagram, and the line on which they should lie."""
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=1, linestyle="--")
    for part in calibration.bins:
        axes.errorbar(
            100 * part.confidence,
            100 * (part.right.share or 0),
            yerr=_whisker(part.right),
            color=ACCENT,
            marker="o",
            markersize=5,
            capsize=2.5,
            linewidth=1.1,
        )
    axes.set_xlim(-3, 103)
    axes.set_ylim(-3, 103)
    axes.set_yticks(PERCENT)
    axes.grid()


def _risk_coverage(figure: Any, risks: Mapping[str, RiskCoverage]) -> None:
    axes = figure.subplots()
    for name, risk in risks.items():
        colour, line = _LINES[name]
        points = _shown(risk)
        axes.plot(
            [100 * point.coverage for point in points],
            [100 * (point.wrong.share or 0) for point in points],
            color=colour,
            linestyle=line,
            linewidth=1.6,
            label=f"{_LANGUAGES.get(name, 'All')} ({points[-1].wrong.total})",
        )
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    axes.margins(y=0.1)
    axes.set_xticks(PERCENT)
    axes.grid()
    axes.legend(loc="upper left", frameon=False)
    axes.set_xlabel("coverage, %")
    axes.set_ylabel("wrong, %")


def _shown(risk: RiskCoverage) -> Sequence[Point]:
    return [point for point in risk.points if point.wrong.total >= _FEW]


def _latency(figure: Any, latency: Latency) -> None:
    axes = figure.subplots()
    axes.hist([1000 * value for value in latency.seconds], bins=30, color=SOFT)
    top = axes.get_ylim()[1]
    for name, value, height in (("p50", latency.p50, 1.0), ("p95", latency.p95, 0.93)):
        axes.axvline(1000 * value, color=WARN, linewidth=1.2)
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
            axes.add_patch(Rectangle(corner, 0.94, 0.92, color=LINE, alpha=0.35, linewidth=0))
            axes.add_patch(
                Rectangle(corner, 0.94, 0.92, color=ACCENT, alpha=0.55 * share, linewidth=0)
            )
            if count:
                axes.text(column + 0.5, row + 0.5, str(count), ha="center", va="center")
    labels = [f"{name} ({sum(counts.values())})" for name, counts in kinds.items()]
    axes.set_xlim(0, len(columns))
    axes.set_ylim(len(kinds), 0)
    axes.set_xticks([place + 0.5 for place in range(len(columns))], _wrapped(columns))
    axes.set_yticks([place + 0.5 for place in range(len(kinds))], labels)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=INK)
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


def _told_differences(apart: Mapping[Metric, Difference]) -> str:
    rows = (
        f"{metric.title} {100 * found.share:+.1f}, {100 * found.interval[0]:+.1f} to "
        f"{100 * found.interval[1]:+.1f}"
        for metric, found in apart.items()
    )
    return f"English less Spanish in points, with 95 % intervals: {'; '.join(rows)}."


def _told_risks(risks: Mapping[str, RiskCoverage]) -> str:
    lines = (
        f"{_LANGUAGES.get(name, 'all')}: area {100 * (risk.area or 0):.1f} %"
        for name, risk in risks.items()
    )
    return (
        "Curves of the share of wrong decisions by coverage, one for each language. "
        f"{'; '.join(lines)}. The table holds the figures."
    )


def _told_kinds(kinds: Mapping[str, Mapping[str, int]]) -> str:
    rows = (
        f"{name}: {', '.join(f'{kind} {count}' for kind, count in counts.items())}"
        for name, counts in kinds.items()
    )
    return f"Table of the kinds of reply to each group of labels. {'; '.join(rows)}."
