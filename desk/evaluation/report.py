"""The report as one HTML file that needs nothing beside it."""

from pathlib import Path
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from desk.evaluation.calibration import BINS, RULE
from desk.evaluation.outcomes import NO_REPLY, ReplyKind
from desk.evaluation.plots import plots
from desk.evaluation.scoring import METRICS
from desk.evaluation.selective import COVERAGES
from desk.evaluation.selective import RULE as RISK_RULE
from desk.evaluation.summary import STRATA, Summary

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(summary: Summary) -> str:
    """The page; every text of a message is escaped."""
    return _templates.get_template("report.html").render(
        summary=summary,
        run=summary.run,
        metrics=METRICS,
        strata=STRATA,
        kinds=(*get_args(ReplyKind), NO_REPLY),
        coverages=COVERAGES,
        bins=range(BINS),
        calibration_rule=RULE,
        risk_rule=RISK_RULE,
        plots=plots(summary),
    )
