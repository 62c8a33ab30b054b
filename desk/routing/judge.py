"""How likely each outcome is to be the right one: logistic models with their weights in a file.

The weights in `judge.toml` are learnt from labelled messages that neither the bot nor the search
has learnt from (`make tune`), so that the probabilities are calibrated.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.routing.evidence import DECLINED, HANDOFF, OUTCOMES, URGENT, Evidence, Outcome

FILE = Path(__file__).with_name("judge.toml")

type Weights = Mapping[str, float]
"""The weight of each figure; `bias` stands alone."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """The weights of the outcomes, and of an article being the right one."""

    outcomes: Mapping[Outcome, Weights]
    first: Weights
    """Of the first article found being right, when the message asks for one at all."""
    three: Weights
    """Of the right article being among the first three."""

    @classmethod
    def load(cls) -> "Judge":
        """Those shipped with the desk."""
        weights = tomllib.loads(FILE.read_text(encoding="utf-8"))
        outcomes = {name: weights["outcomes"][name] for name in OUTCOMES}
        return cls(outcomes=outcomes, first=weights["first"], three=weights["three"])

    def probabilities(self, evidence: Evidence) -> dict[Outcome, float]:
        """The probability of each outcome; they sum to 1. A button leaves no doubt."""
        if not evidence.margins:
            certain = outcome_of(evidence.intent)
            return {name: float(name == certain) for name in OUTCOMES}
        signs = evidence.signs()
        scores = {name: _sum(self.outcomes[name], signs) for name in OUTCOMES}
        best = max(scores.values())
        powers = {name: math.exp(score - best) for name, score in scores.items()}
        total = sum(powers.values())
        return {name: power / total for name, power in powers.items()}

    def first_is_right(self, evidence: Evidence) -> float:
        """The probability that the first article found answers a question."""
        return _logistic(_sum(self.first, evidence.fit())) if evidence.found.hits else 0.0

    def three_hold_it(self, evidence: Evidence) -> float:
        """The probability that one of the first three does."""
        return _logistic(_sum(self.three, evidence.fit())) if evidence.found.hits else 0.0


def outcome_of(intent: str) -> Outcome:
    """The outcome that an intent leads to when nothing else is known."""
    if intent in HANDOFF | URGENT:
        return "person"
    if intent in DECLINED:
        return "decline"
    return "answer" if intent == "ask_question" else "smalltalk"


def _sum(weights: Weights, figures: Mapping[str, float]) -> float:
    return weights["bias"] + sum(weights[name] * figure for name, figure in figures.items())


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-score))
