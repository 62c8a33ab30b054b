"""Whether reviewers judge alike: their points on the same interactions, held against each other.

All figures treat points as names, and "does not apply" as one more of them: that two reviewers
disagree on whether a criterion applies is a disagreement.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from desk.quality.rubric import rubric
from desk.quality.scorecards import Scores, judge

type Units = Sequence[Sequence[Hashable]]
"""What each interaction was given by those who judged it."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far reviewers agree on one criterion."""

    criterion: str
    pairs: int
    """Pairs of reviews of the same interaction."""
    share: float
    """Pairs that agree, 0 to 1."""
    alpha: float | None
    """Krippendorff's, or None where everybody always gave the same points."""
    kappa: float | None
    """Cohen's, for two reviewers; else None, as where both always gave the same points."""


@dataclass(frozen=True, kw_only=True)
class Leaning:
    """How one reviewer's scores differ from the others' on the same interactions."""

    reviewer: str
    interactions: int
    difference: float
    """The mean of own score less the others' mean score, -1 to 1; above 0 is lenient."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What can be said from the interactions that more than one reviewer judged."""

    interactions: int
    reviewers: tuple[str, ...]
    criteria: tuple[Agreement, ...]
    """The criterion with least agreement first."""
    leanings: tuple[Leaning, ...]
    """The most lenient reviewer first."""

    @property
    def weakest(self) -> tuple[str, ...]:
        """The criteria with the least agreement, where there is any disagreement."""
        least = min((one.share for one in self.criteria), default=1.0)
        return tuple(one.criterion for one in self.criteria if one.share == least < 1)


def calibrate(reviews: Mapping[int, Mapping[str, Scores]]) -> Calibration:
    """Compare reviewers; interactions that only one of them judged are left out.

    Args:
        reviews: points by interaction and reviewer.
    """
    shared = {key: by_reviewer for key, by_reviewer in reviews.items() if len(by_reviewer) > 1}
    reviewers = tuple(sorted({name for by_reviewer in shared.values() for name in by_reviewer}))
    found = [_agreement(key, shared.values(), reviewers) for key in rubric().criteria]
    return Calibration(
        interactions=len(shared),
        reviewers=reviewers,
        criteria=tuple(sorted(found, key=lambda one: one.share)) if shared else (),
        leanings=tuple(
            sorted(
                (_leaning(name, shared.values()) for name in reviewers),
                key=lambda one: -one.difference,
            )
        ),
    )


def alpha(units: Units) -> float | None:
    """Krippendorff's alpha for names, or None when all names are one or none can be compared.

    1 is perfect agreement, 0 what chance would give. K. Krippendorff, "Computing Krippendorff's
    Alpha-Reliability" (2011).
    """
    compared = [unit for unit in units if len(unit) > 1]
    totals = Counter(name for unit in compared for name in unit)
    number = sum(totals.values())
    expected = number**2 - sum(count**2 for count in totals.values())
    if not expected:
        return None
    observed = sum(
        (len(unit) ** 2 - sum(count**2 for count in Counter(unit).values())) / (len(unit) - 1)
        for unit in compared
    )
    return 1 - (number - 1) * observed / expected


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa of two reviewers, or None when both always gave the same or nothing.

    J. Cohen, "A Coefficient of Agreement for Nominal Scales" (1960).
    """
    if not pairs:
        return None
    number = len(pairs)
    ours, theirs = (Counter(names) for names in zip(*pairs, strict=True))
    by_chance = sum(ours[name] * theirs[name] for name in ours) / number**2
    if by_chance == 1:
        return None
    return (sum(one == other for one, other in pairs) / number - by_chance) / (1 - by_chance)


def _agreement(
    key: str, shared: Iterable[Mapping[str, Scores]], reviewers: tuple[str, ...]
) -> Agreement:
    given = [{name: scores[key] for name, scores in one.items()} for one in shared]
    pairs = [pair for one in given for pair in combinations(one.values(), 2)]
    return Agreement(
        criterion=key,
        pairs=len(pairs),
        share=sum(one == other for one, other in pairs) / len(pairs) if pairs else 1.0,
        alpha=alpha([list(one.values()) for one in given]),
        kappa=(
            kappa([(one[reviewers[0]], one[reviewers[1]]) for one in given])
            if len(reviewers) == 2
            else None
        ),
    )


def _leaning(name: str, shared: Iterable[Mapping[str, Scores]]) -> Leaning:
    differences = []
    for by_reviewer in shared:
        if name in by_reviewer:
            judged = {other: judge(scores).score for other, scores in by_reviewer.items()}
            differences.append(judged.pop(name) - fmean(judged.values()))
    return Leaning(reviewer=name, interactions=len(differences), difference=fmean(differences))
