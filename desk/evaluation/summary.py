"""All figures of a run, ready to be shown or printed."""

import dataclasses
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from desk.evaluation.calibration import RULE, Calibration, calibrate
from desk.evaluation.confusion import Confusion, Confusions, confusions
from desk.evaluation.labels import Language
from desk.evaluation.outcomes import NO_REPLY, Outcome, Run
from desk.evaluation.scoring import (
    GROUPS,
    METRICS,
    Metric,
    Score,
    group,
)
from desk.evaluation.selective import COVERAGES, RiskCoverage, risk_coverage
from desk.evaluation.selective import RULE as RISK_RULE
from desk.sla.statistics import Difference, difference

STRATA = ("all", *get_args(Language))
"""Everything, then each labelled language."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long usable replies took, in seconds, and how many came back a second in all."""

    seconds: Sequence[float]
    p50: float
    p95: float
    max: float
    turns_per_s: float


@dataclass(frozen=True, kw_only=True)
class Miss:
    """An outcome that at least one score counts as wrong."""

    outcome: Outcome
    missed: Sequence[Metric]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Everything that is known about a run."""

    run: Run
    scores: Mapping[str, Mapping[str, Score]]
    """Stratum → score's key → score."""
    differences: Mapping[str, Difference | None]
    """Score's key → English less Spanish; None where one of them counted nothing."""
    kinds: Mapping[str, Mapping[str, Mapping[str, int]]]
    """Stratum → group of labels → kind of reply → messages; only what occurred."""
    calibrations: Mapping[str, Calibration]
    """By stratum."""
    risks: Mapping[str, RiskCoverage]
    """By stratum."""
    confusions: Confusions
    latency: Latency | None
    misses: Sequence[Miss]

    @property
    def calibration(self) -> Calibration:
        """Of all messages."""
        return self.calibrations["all"]


def summarise(run: Run) -> Summary:
    """Compute all figures."""
    by_language = {
        name: [outcome for outcome in run.outcomes if name in ("all", outcome.label.language)]
        for name in STRATA
    }
    scores = {
        name: {metric.key: metric.score(part) for metric in METRICS}
        for name, part in by_language.items()
    }
    return Summary(
        run=run,
        scores=scores,
        differences={
            metric.key: difference(scores["en"][metric.key], scores["es"][metric.key])
            for metric in METRICS
        },
        kinds={name: _kinds(part) for name, part in by_language.items()},
        calibrations={name: calibrate(part) for name, part in by_language.items()},
        risks={name: risk_coverage(part) for name, part in by_language.items()},
        confusions=confusions(run.outcomes),
        latency=_latency(run),
        misses=[
            Miss(outcome=outcome, missed=missed)
            for outcome in run.outcomes
            if (missed := [metric for metric in METRICS if metric.missed(outcome)])
        ],
    )


def as_json(summary: Summary) -> dict[str, Any]:
    """The figures as plain values; shares and confidences 0 to 1, durations in seconds."""
    run, latency, wrong = summary.run, summary.latency, summary.confusions
    return {
        "at": run.started_at,
        "file": run.source,
        "versions": dataclasses.asdict(run.versions),
        "messages": len(run.outcomes),
        "clients": run.clients,
        "duration_s": run.duration_s,
        "failures": [{"id": outcome.label.id, "reason": outcome.failure} for outcome in run.failed],
        "rules": {metric.key: metric.rule for metric in METRICS}
        | {"calibration": RULE, "risk_coverage": RISK_RULE},
        "scores": {
            stratum: {key: _score(score) for key, score in scores.items()}
            for stratum, scores in summary.scores.items()
        },
        "english_less_spanish": {
            key: apart and {"share": apart.share, "interval": apart.interval}
            for key, apart in summary.differences.items()
        },
        "kinds": summary.kinds["all"],
        "kinds_by_language": {name: summary.kinds[name] for name in STRATA[1:]},
        "confusions": {
            "articles": [_confusion(one) for one in wrong.articles],
            "decisions": [_confusion(one) for one in wrong.decisions],
            "languages": [_confusion(one) for one in wrong.languages],
        },
        "calibration": _calibration(summary.calibration),
        "calibration_by_language": {
            name: _calibration(summary.calibrations[name]) for name in STRATA[1:]
        },
        "risk_coverage": {name: _risk(risk) for name, risk in summary.risks.items()},
        "latency": latency
        and {
            "p50_s": latency.p50,
            "p95_s": latency.p95,
            "max_s": latency.max,
            "turns_per_s": latency.turns_per_s,
        },
        "misses": [_miss(miss) for miss in summary.misses],
    }


def _kinds(outcomes: Sequence[Outcome]) -> dict[str, Counter[str]]:
    table: dict[str, Counter[str]] = {name: Counter() for name in GROUPS}
    for outcome in outcomes:
        kind = outcome.reply.kind if outcome.reply else NO_REPLY
        table[group(outcome.label)][kind] += 1
    return {name: counts for name, counts in table.items() if counts}


def _latency(run: Run) -> Latency | None:
    seconds = [outcome.latency_s for outcome in run.outcomes if outcome.reply is not None]
    if not seconds:
        return None
    percentiles = statistics.quantiles(seconds, n=100, method="inclusive")
    return Latency(
        seconds=seconds,
        p50=percentiles[49],
        p95=percentiles[94],
        max=max(seconds),
        turns_per_s=len(seconds) / run.duration_s,
    )


def _score(score: Score) -> dict[str, Any]:
    return {
        "hits": score.hits,
        "total": score.total,
        "share": score.share,
        "interval": score.interval,
    }


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "total": calibration.total,
        "expected_error": calibration.error,
        "bins": [
            {
                "low": part.low,
                "high": part.high,
                "confidence": part.confidence,
                "right": _score(part.right),
            }
            for part in calibration.bins
        ],
    }


def _risk(risk: RiskCoverage) -> dict[str, Any]:
    points = dict.fromkeys(point for step in COVERAGES if (point := risk.at(step)))
    return {
        "area": risk.area,
        "points": [
            {"coverage": point.coverage, "limit": point.limit, "wrong": _score(point.wrong)}
            for point in points
        ],
    }


def _confusion(confusion: Confusion) -> dict[str, Any]:
    return {
        "wanted": confusion.wanted,
        "got": confusion.got,
        "messages": [
            {
                "id": outcome.label.id,
                "language": outcome.label.language,
                "text": outcome.label.text,
            }
            for outcome in confusion.outcomes
        ],
    }


def _miss(miss: Miss) -> dict[str, Any]:
    label, reply = miss.outcome.label, miss.outcome.reply
    return {
        "id": label.id,
        "text": label.text,
        "missed": [metric.key for metric in miss.missed],
        "expected": {
            "language": label.language,
            "topic": label.topic,
            "must_handoff": label.must_handoff,
        },
        "got": reply and reply.model_dump(mode="json"),
        "failure": miss.outcome.failure,
    }
