"""What the commands of `quality` print: rows for JSON, lines for a terminal."""

from collections.abc import Iterator
from typing import Any

from desk.cli.common import instant
from desk.quality.calibration import Calibration
from desk.quality.figures import TARGET, Mean, Quality, Share
from desk.quality.models import QualityLot
from desk.quality.plans import Plan
from desk.quality.reports import RULE, Figures, LotReport, PeriodReport


def plan_row(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    return vars(plan) | {"whole_lot": plan.whole_lot}


def told_plan(plan: Plan) -> str:
    """A plan in a sentence."""
    arrow = "" if plan.plan_letter == plan.letter else f" by way of {plan.plan_letter}"
    whole = ", the whole lot" if plan.whole_lot else ""
    return (
        f"{plan.lot_size} tickets, level {plan.level}, AQL {plan.aql:g}, {plan.severity}: letter "
        f"{plan.letter}{arrow}, review {plan.sample_size}{whole}; accept up to {plan.accept} bad, "
        f"reject from {plan.reject}"
    )


def _summary(lot: QualityLot) -> dict[str, Any]:
    return {
        "lot": lot.id,
        "from": instant(lot.period_from),
        "to": instant(lot.period_to),
        "language": lot.language,
        "plan": plan_row(lot.plan),
        "seed": lot.seed,
        "drawn_at": instant(lot.drawn_at),
        "decided_at": instant(lot.decided_at),
        "decision": lot.decision,
        "nonconforming": lot.nonconforming,
    }


def lot_row(found: LotReport) -> dict[str, Any]:
    """A lot as JSON, with its sample and figures."""
    return {
        **_summary(found.lot),
        "population": found.lot.population,
        "sample": sample_rows(found.lot),
        "target": TARGET,
        "accepted_at_target": found.accepted_at_target,
        "worst_accepted": found.worst_accepted,
        "curve": [vars(point) for point in found.curve],
        "rule": RULE,
        **_figures(found.figures),
    }


def sample_rows(lot: QualityLot) -> list[dict[str, Any]]:
    """The drawn tickets, each with the review that counts."""
    counting = lot.counting()
    return [
        {
            "position": drawn.position,
            "ticket": drawn.ticket.number,
            "ticket_id": drawn.ticket_id,
            "reviewer": review.reviewer.email if review else None,
            "score": review.score if review else None,
            "conforming": review.conforming if review else None,
            "scores": review.scores if review else None,
            "comment": review.comment if review else None,
        }
        for drawn in lot.sample
        for review in [counting.get(drawn.ticket_id)]
    ]


def period_row(found: PeriodReport) -> dict[str, Any]:
    """A period as JSON."""
    return {
        "from": instant(found.since),
        "to": instant(found.until),
        "target": TARGET,
        "rule": RULE,
        "lots": [_summary(lot) for lot in found.lots],
        **_figures(found.figures),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "total": _quality(figures.total),
        "languages": {name: _quality(part) for name, part in figures.languages.items()},
        "analysts": {name: _quality(part) for name, part in figures.analysts.items()},
    }


def _quality(found: Quality) -> dict[str, Any]:
    conforming, score = found.conforming, found.score
    return {
        "conforming": {
            "hits": conforming.hits,
            "total": conforming.total,
            "share": conforming.share,
            "interval": conforming.interval,
            "verdict": conforming.verdict,
        },
        "score": {
            "total": len(score.scores),
            "mean": score.mean,
            "interval": score.interval,
            "verdict": score.verdict,
        },
        "criteria": found.criteria,
    }


def calibration_row(found: Calibration) -> dict[str, Any]:
    """A comparison of reviewers as JSON."""
    return {
        "interactions": found.interactions,
        "reviewers": found.reviewers,
        "weakest": found.weakest,
        "criteria": [vars(one) for one in found.criteria],
        "reviewer_differences": [vars(one) for one in found.leanings],
    }


def told_figures(figures: Figures) -> Iterator[str]:
    """Lines on the percentages, the parts below the whole."""
    for name, part in (
        ("all", figures.total),
        *figures.languages.items(),
        *figures.analysts.items(),
    ):
        yield f"{name:<12} conforming {_told(part.conforming, part.conforming.share)}"
        yield f"{'':<12} mean score {_told(part.score, part.score.mean)}"
    for key, points in figures.total.criteria.items():
        yield f"  {key:<14} {'–' if points is None else f'{points:.1%}'}"


def _told(figure: Share | Mean, value: float | None) -> str:
    if value is None:
        return "nothing reviewed yet"
    if figure.interval is None:
        return f"{value:.1%} (one review)"
    low, high = figure.interval
    return f"{value:.1%} ({low:.1%} to {high:.1%}; {TARGET:.0%} {figure.verdict})"


def days(lot: QualityLot) -> str:
    """The period of a lot."""
    return f"{lot.period_from:%Y-%m-%d} to {lot.period_to:%Y-%m-%d}"
