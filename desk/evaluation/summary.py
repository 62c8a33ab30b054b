"""All figures of a run, ready to be shown or printed."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from desk.evaluation.calibration import RULE, Calibration, calibrate
from desk.evaluation.labels import Language
from desk.evaluation.outcomes import Outcome, Run
from desk.evaluation.scoring import GROUPS, METRICS, Metric, Score, group

STRATA = ("all", *get_args(Language))
"""Everything, then each labelled language."""

NO_REPLY = "no reply"
"""The kind of a message that got no usable reply."""


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
    kinds: Mapping[str, Mapping[str, int]]
    """Group of labels → kind of reply → messages; only what occurred."""
    calibration: Calibration
    latency: Latency | None
    misses: Sequence[Miss]


def summarise(run: Run) -> Summary:
    """Compute all figures."""
    by_language = {
        name: [outcome for outcome in run.outcomes if name in ("all", outcome.label.language)]
        for name in STRATA
    }
    return Summary(
        run=run,
        scores={
            name: {metric.key: metric.score(part) for metric in METRICS}
            for name, part in by_language.items()
        },
        kinds=_kinds(run.outcomes),
        calibration=calibrate(run.outcomes),
        latency=_latency(run),
        misses=[
            Miss(outcome=outcome, missed=missed)
            for outcome in run.outcomes
            if (missed := [metric for metric in METRICS if metric.missed(outcome)])
        ],
    )


def as_json(summary: Summary) -> dict[str, Any]:
    """The figures as plain values; shares and confidences 0 to 1, durations in seconds."""
    run, latency, calibration = summary.run, summary.latency, summary.calibration
    return {
        "at": run.started_at,
        "file": run.source,
        "messages": len(run.outcomes),
        "clients": run.clients,
        "duration_s": run.duration_s,
        "failures": [{"id": outcome.label.id, "reason": outcome.failure} for outcome in run.failed],
        "rules": {metric.key: metric.rule for metric in METRICS} | {"calibration": RULE},
        "scores": {
            stratum: {key: _score(score) for key, score in scores.items()}
            for stratum, scores in summary.scores.items()
        },
        "kinds": summary.kinds,
        "calibration": {
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
        },
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
