"""What counts, and what is right."""

from collections.abc import Callable
from typing import Any

import pytest

from desk.evaluation.calibration import calibrate
from desk.evaluation.outcomes import Outcome
from desk.evaluation.scoring import F1, METRICS, Score, accepted_topics, group, is_right
from desk.sla.statistics import difference

Make = Callable[..., Outcome]
BY_KEY = {metric.key: metric for metric in METRICS}


def score(key: str, *outcomes: Outcome) -> tuple[int, int]:
    found = BY_KEY[key].score(outcomes)
    return found.hits, found.total


def test_a_score_has_wilsons_interval_and_none_without_messages() -> None:
    assert Score(hits=72, total=80).interval == pytest.approx((0.8148, 0.9485), abs=1e-4)
    assert Score(hits=0, total=0).share is None
    assert Score(hits=0, total=0).interval is None


def test_language_counts_every_message(outcome: Make, failure: Make) -> None:
    mixed = outcome({"language": "mixed"}, language="es")
    assert score("language", outcome(), mixed, failure()) == (1, 3)


def test_article_at_1_and_3(outcome: Make, failure: Make) -> None:
    clarify: dict[str, Any] = {"kind": "clarify", "article": None}
    outcomes = (
        outcome(),
        outcome(article="isf", candidates=["isf", "bonds"]),
        outcome(**clarify, candidates=["isf", "inbond", "bonds"]),
        outcome(**clarify, candidates=["isf", "inbond", "entry_types", "bonds"]),
        outcome(article="isf", candidates=["inbond", "entry_types", "bonds"]),
        failure(),
    )
    assert score("article_at_1", *outcomes) == (1, 6)
    assert score("article_at_3", *outcomes) == (3, 6)


@pytest.mark.parametrize(
    "expected",
    [
        {"must_handoff": True},
        {"must_handoff": "either"},
        {"topic": "out_of_scope"},
        {"topic": "security"},
        {"language": "other"},
    ],
)
def test_article_figures_leave_out_what_the_bot_need_not_answer(
    outcome: Make, expected: dict[str, Any]
) -> None:
    assert score("article_at_1", outcome(expected)) == (0, 0)
    assert score("article_at_3", outcome(expected)) == (0, 0)


def test_neighbours_answer_for_each_other(outcome: Make) -> None:
    assert score("article_at_1", outcome({"topic": "cape_errors"}, article="cape_declaration")) == (
        1,
        1,
    )
    assert accepted_topics("security") == {"security", "phishing_fraud", "cyber_inactivation"}
    assert accepted_topics("phishing_fraud") == {"security", "phishing_fraud"}
    assert accepted_topics("isf") == {"isf"}


def test_handoff_precision_and_recall(outcome: Make, failure: Make) -> None:
    needed, either = {"must_handoff": True}, {"must_handoff": "either"}
    outcomes = (
        outcome(needed, kind="handoff"),
        outcome(needed, kind="ticket"),
        outcome(needed, kind="urgent"),
        outcome(needed, kind="answer"),
        failure(must_handoff=True),
        outcome(kind="handoff"),
        outcome(either, kind="handoff"),
        outcome(either),
        outcome(),
    )
    assert score("handoff_precision", *outcomes) == (3, 4)
    assert score("handoff_recall", *outcomes) == (3, 5)


def test_handoff_f1_is_the_harmonic_mean_of_precision_and_recall(
    outcome: Make, failure: Make
) -> None:
    needed, either = {"must_handoff": True}, {"must_handoff": "either"}
    outcomes = (
        outcome(needed, kind="handoff"),
        outcome(needed, kind="urgent"),
        outcome(needed, kind="answer"),
        failure(must_handoff=True),
        outcome(kind="ticket"),
        outcome(either, kind="handoff"),
        outcome(),
    )
    found = BY_KEY["handoff_f1"].score(outcomes)
    precision = BY_KEY["handoff_precision"].score(outcomes).share
    recall = BY_KEY["handoff_recall"].score(outcomes).share
    assert (precision, recall) == (pytest.approx(2 / 3), 0.5)
    assert (found.hits, found.total) == (2, 5)
    assert found.share == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))


def test_the_interval_of_f1_comes_of_wilsons() -> None:
    # Wilson's interval of 72 in 80 is 0.8148 to 0.9485.
    found = F1(hits=72, total=80)
    assert found.share == pytest.approx(2 * 0.9 / 1.9)
    assert found.interval == pytest.approx((2 * 0.8148 / 1.8148, 2 * 0.9485 / 1.9485), abs=1e-4)
    assert F1(hits=0, total=5).share == 0.0
    assert F1(hits=5, total=5).interval == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert (F1(hits=0, total=0).share, F1(hits=0, total=0).interval) == (None, None)


def test_false_refusals_count_what_is_in_scope_and_declined(outcome: Make, failure: Make) -> None:
    declined: dict[str, Any] = {"kind": "decline", "article": None}
    counted = (
        outcome(**declined),
        outcome({"must_handoff": True}, **declined),
        outcome({"topic": "account_action", "language": "mixed"}, **declined),
        outcome({"language": "es"}, kind="clarify", article=None),
        outcome(),
        failure(),
    )
    left_out = (
        outcome({"must_handoff": "either"}, **declined),
        outcome({"topic": "out_of_scope"}, **declined),
        outcome({"topic": "security"}, **declined),
        outcome({"topic": "smalltalk"}, **declined),
        outcome({"language": "other"}, **declined),
    )
    assert score("false_refusals", *counted, *left_out) == (3, 6)


def test_a_fault_is_missed_and_a_right_one_is_not(outcome: Make) -> None:
    declined = outcome(kind="decline", article=None)
    assert BY_KEY["false_refusals"].missed(declined)
    assert not BY_KEY["false_refusals"].missed(outcome())
    assert BY_KEY["article_at_1"].missed(declined)
    assert not BY_KEY["article_at_1"].missed(outcome())


@pytest.mark.parametrize(
    ("one", "other", "interval"),
    [
        # R. G. Newcombe (1998), table II, method 10.
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
    ],
)
def test_a_difference_has_newcombes_interval(
    one: tuple[int, int], other: tuple[int, int], interval: tuple[float, float]
) -> None:
    first, second = (Score(hits=hits, total=total) for hits, total in (one, other))
    found = difference(first, second)
    assert found is not None
    assert found.share == pytest.approx(one[0] / one[1] - other[0] / other[1])
    assert found.interval == pytest.approx(interval, abs=1e-4)
    turned = difference(second, first)
    assert turned is not None
    assert turned.interval == pytest.approx((-interval[1], -interval[0]), abs=1e-4)


def test_there_is_no_difference_to_nothing() -> None:
    assert difference(Score(hits=1, total=2), Score(hits=0, total=0)) is None
    assert difference(F1(hits=0, total=0), F1(hits=1, total=2)) is None


def test_out_of_scope_refusal(outcome: Make, failure: Make) -> None:
    expected = {"topic": "out_of_scope"}
    refused = (
        outcome(expected, kind="decline", article=None),
        outcome(expected, kind="clarify", article=None, candidates=["isf"]),
        outcome(expected, kind="unsupported_language", article=None),
    )
    taken = (
        outcome(expected),
        outcome(expected, kind="handoff", article=None),
        outcome(expected, kind="smalltalk", article=None),
        outcome(expected, kind="degraded", article=None),
        failure(**expected),
    )
    assert score("out_of_scope", *refused, *taken, outcome()) == (3, 8)


def test_urgent_recall(outcome: Make) -> None:
    expected = {"topic": "urgent_outage", "must_handoff": True}
    assert score("urgent_recall", outcome(expected, kind="urgent")) == (1, 1)
    assert score("urgent_recall", outcome(expected, kind="handoff")) == (0, 1)


@pytest.mark.parametrize(
    ("expected", "got", "right"),
    [
        ({}, {}, True),
        ({}, {"language": "es"}, True),
        ({}, {"article": "isf"}, False),
        ({}, {"kind": "handoff"}, False),
        ({}, {"kind": "degraded", "article": None}, False),
        ({}, {"kind": "clarify", "article": None, "candidates": ["isf", "bonds"]}, True),
        ({}, {"kind": "clarify", "article": None}, False),
        ({}, {"kind": "answer", "article": None, "candidates": ["bonds"]}, False),
        ({}, {"kind": "unsupported_language", "article": None}, False),
        ({"language": "other"}, {"kind": "unsupported_language", "article": None}, True),
        ({"must_handoff": True}, {}, False),
        ({"must_handoff": True}, {"kind": "ticket"}, True),
        ({"must_handoff": "either"}, {}, True),
        ({"must_handoff": "either"}, {"kind": "handoff"}, True),
        ({"must_handoff": "either"}, {"article": "isf"}, False),
        ({"topic": "smalltalk"}, {"kind": "smalltalk", "article": None}, True),
        ({"topic": "smalltalk"}, {"kind": "decline", "article": None}, False),
        ({"topic": "out_of_scope"}, {"kind": "decline", "article": None}, True),
        ({"topic": "out_of_scope"}, {}, False),
        ({"topic": "security"}, {"kind": "decline", "article": None}, True),
        ({"topic": "security"}, {"article": "phishing_fraud"}, True),
        ({"topic": "security"}, {"kind": "smalltalk", "article": None}, False),
        ({"topic": "account_action"}, {"article": "tao_change"}, True),
        ({"topic": "handoff"}, {"article": "human_handoff"}, True),
    ],
)
def test_right_decisions(
    outcome: Make, expected: dict[str, Any], got: dict[str, Any], right: bool
) -> None:
    assert is_right(outcome(expected, **got)) is right


def test_no_reply_is_never_right(failure: Make) -> None:
    assert not is_right(failure())
    assert not is_right(failure(must_handoff=True))


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ({}, "question"),
        ({"topic": "urgent_outage", "must_handoff": True}, "live outage"),
        ({"must_handoff": True}, "needs a person"),
        ({"must_handoff": "either"}, "either will do"),
        ({"topic": "out_of_scope"}, "out of scope"),
        ({"topic": "smalltalk"}, "small talk"),
        ({"topic": "security"}, "probe"),
        ({"topic": "account_action"}, "question"),
    ],
)
def test_each_label_has_a_row_in_the_table_of_kinds(
    label: Callable[..., Any], fields: dict[str, Any], row: str
) -> None:
    assert group(label(**fields)) == row


def test_calibration_error_is_the_weighted_gap(outcome: Make, failure: Make) -> None:
    high = [outcome(confidence=0.9) for _ in range(3)] + [outcome(confidence=1.0, article="isf")]
    low = [outcome(confidence=0.2, article="isf")]
    left_out = [failure(), outcome(kind="degraded", article=None, confidence=0.0)]
    found = calibrate([*high, *low, *left_out])
    assert [(part.low, part.right.hits, part.right.total) for part in found.bins] == [
        (0.2, 0, 1),
        (0.9, 3, 4),
    ]
    # |3 - 4 × 0.925| + |0 - 0.2| of five decisions.
    assert found.error == pytest.approx((0.7 + 0.2) / 5)
    assert calibrate([]).error is None
