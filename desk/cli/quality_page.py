"""The quality report as one HTML page: the curve as a plot, and every number in a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from desk.evaluation.drawing import ACCENT, PERCENT, QUIET, WARN, Plot, draw
from desk.quality.curve import Point, curve
from desk.quality.figures import TARGET
from desk.quality.models import QualityLot
from desk.quality.reports import RULE, Figures, LotReport, PeriodReport
from desk.quality.rubric import rubric

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def lot_page(report: LotReport) -> str:
    """The page of one lot."""
    return _page([report.lot], figures=report.figures, title=f"Quality of lot {report.lot.id}")


def period_page(report: PeriodReport) -> str:
    """The page of a period, with the curve of each of its lots."""
    title = f"Quality from {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}"
    return _page(report.lots, figures=report.figures, title=title)


def _page(lots: Sequence[QualityLot], *, figures: Figures, title: str) -> str:
    curves = {lot.id: curve(lot.plan) for lot in lots}
    return _templates.get_template("quality_page.html").render(
        title=title,
        lots=lots,
        curves=curves,
        plots={lot.id: _plot(lot, curves[lot.id]) for lot in lots},
        figures=figures,
        criteria=rubric().criteria,
        target=TARGET,
        rule=RULE,
    )


def _plot(lot: QualityLot, points: Sequence[Point]) -> Plot:
    some = points[:: max(1, len(points) // 5)]
    told = ", ".join(f"{point.share_bad:.1%} bad: {point.accepted:.1%}" for point in some)
    return Plot(
        svg=draw(f"lot-{lot.id}", (6.4, 3.6), lambda figure: _paint(figure, lot, points)),
        alt=f"Operating characteristic of lot {lot.id}, how likely a lot is accepted. {told}.",
    )


def _paint(figure: Any, lot: QualityLot, points: Sequence[Point]) -> None:
    axes = figure.subplots()
    axes.plot(
        [100 * point.share_bad for point in points],
        [100 * point.accepted for point in points],
        color=ACCENT,
        linewidth=2,
    )
    allowed = 1 - TARGET
    axes.axvline(
        100 * allowed, color=WARN, linewidth=1.2, linestyle="--", label=f"{allowed:.0%} bad"
    )
    if lot.nonconforming is not None:
        found = lot.nonconforming / lot.sample_size
        axes.axvline(
            100 * found, color=QUIET, linewidth=1.2, linestyle=":", label=f"the sample, {found:.1%}"
        )
    axes.set_xlim(left=0)
    axes.set_ylim(-3, 103)
    axes.set_yticks(PERCENT)
    axes.grid()
    axes.set_xlabel("bad tickets in the lot, %")
    axes.set_ylabel("accepted, %")
    axes.legend(loc="upper right", frameon=False)
