"""What one turn leads to: answer, clarify, hand off, urgent or decline.

This is the only place where that is decided. It is a pure function of the bot's reading and of the
search, and knows neither Rasa nor the store. Routing classes are those of the desk's matrix:
A answer, B answer and offer a ticket, C Tier II only, D redirect, E urgent, F decline.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from desk.routing.evidence import (
    DECLINED,
    DIALOGUE,
    HANDOFF,
    SMALLTALK,
    URGENT,
    Evidence,
)
from desk.routing.judge import Judge

Kind = Literal[
    "answer",
    "clarify",
    "handoff",
    "ticket",
    "status",
    "smalltalk",
    "decline",
    "unsupported_language",
    "urgent",
]

FILE = Path(__file__).with_name("thresholds.toml")
_URGENT = {
    "report_outage": ("urgent_outage", "outage"),
    "report_border": ("urgent_border", "cargo"),
    "report_compromise": ("urgent_compromise", "security"),
}
_PLAIN = 0.3
"""From this margin on, a wish for a person is plain."""
_STATUS = "ticket_status"
"""The intent, and the article about it."""
_CATEGORY = {"person_wanted": "support", "ticket_status": "support", "account_action": "account"}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Probabilities from which an outcome is taken, in one language."""

    person: float
    decline: float
    answer: float
    """Below this an article is not given as the answer without asking back."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """The figures of `thresholds.toml`."""

    limits: Mapping[str, Limits]
    """By the language of the message."""
    urgent: float
    """From this confidence of the bot on, an emergency cuts a form short."""
    certain: float
    """From this score on, the first article is what a story is about."""
    candidate: float
    """Below this score nothing that was found is worth naming."""
    other_language: float
    """From this confidence on, a message in another language is answered as such."""

    @classmethod
    def load(cls) -> "Thresholds":
        """Those shipped with the desk."""
        figures = tomllib.loads(FILE.read_text(encoding="utf-8"))
        limits = {language: Limits(**given) for language, given in figures.pop("limits").items()}
        return cls(limits=limits, **figures)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do; `say` names the bot's response without its `utter_`."""

    kind: Kind
    say: str
    confidence: float
    """The probability that this is right."""
    article: str | None = None
    candidates: tuple[str, ...] = ()
    category: str = "support"
    priority: str = "normal"
    tells_story: bool = False
    """A hand-off for what the message itself asks, which is the ticket's story already."""


def decide(evidence: Evidence, judge: Judge, thresholds: Thresholds) -> Decision:
    """The decision for one message outside a hand-off form."""
    if evidence.chosen_article is not None:
        return Decision(
            kind="answer", say="answer", confidence=1.0, article=evidence.chosen_article
        )
    if evidence.language == "other" and evidence.language_confidence >= thresholds.other_language:
        return Decision(
            kind="unsupported_language",
            say="unsupported_language",
            confidence=evidence.language_confidence,
        )
    if evidence.asks_report_code:
        return Decision(
            kind="answer", say="report_code", confidence=0.95, article="reports_catalog"
        )
    if evidence.repeats_ticket:
        return Decision(kind="ticket", say="ticket_exists", confidence=0.95)
    if evidence.margins and _top(evidence, evidence.margins) == "switch_language":
        return Decision(kind="smalltalk", say="language_switched", confidence=evidence.confidence)
    limits = thresholds.limits[evidence.written]
    likely = judge.probabilities(evidence)
    if _insists(evidence):
        return _bring_in(evidence, max(likely["person"], evidence.confidence), thresholds)
    if likely["person"] >= limits.person:
        return _bring_in(evidence, likely["person"], thresholds)
    if evidence.follow_up:
        return _answer(evidence, 1.0, judge, limits, thresholds)
    if likely["decline"] >= limits.decline:
        return Decision(kind="decline", say=_refusal(evidence), confidence=likely["decline"])
    if likely["smalltalk"] >= max(likely["answer"], likely["decline"]):
        return _chat(evidence, likely["smalltalk"])
    return _answer(evidence, 1 - likely["decline"], judge, limits, thresholds)


def urgency(intent: str, confidence: float, thresholds: Thresholds) -> Decision | None:
    """The urgent decision for a message inside the form, or None."""
    if intent not in URGENT or confidence < thresholds.urgent:
        return None
    return _urgent(intent, confidence, ())


def _insists(evidence: Evidence) -> bool:
    """A plain wish for a person is never weighed against anything else."""
    wish = evidence.margins.get("person_wanted", -1.0)
    return wish > _PLAIN and wish == max(evidence.margins.values())


def _bring_in(evidence: Evidence, probability: float, thresholds: Thresholds) -> Decision:
    """A hand-off, or at once a ticket where every minute counts."""
    intent = _top(evidence, HANDOFF | URGENT)
    candidates = _candidates(evidence, thresholds)
    if evidence.open_ticket and intent == _STATUS:
        return Decision(kind="status", say="own_ticket_status", confidence=probability)
    if evidence.open_ticket and intent == "person_wanted":
        return Decision(kind="ticket", say="ticket_exists", confidence=probability)
    if intent in URGENT:
        return _urgent(intent, probability, candidates)
    asks_action = intent == "account_action" and bool(candidates)
    return Decision(
        kind="handoff",
        say="handoff_start",
        confidence=probability,
        article=candidates[0] if asks_action else None,
        candidates=candidates,
        category=_category(evidence, candidates) if asks_action else _CATEGORY[intent],
        tells_story=intent != "person_wanted",
    )


def _urgent(intent: str, confidence: float, candidates: tuple[str, ...]) -> Decision:
    say, category = _URGENT[intent]
    return Decision(
        kind="urgent",
        say=say,
        confidence=confidence,
        category=category,
        priority="urgent",
        candidates=candidates,
    )


def _refusal(evidence: Evidence) -> str:
    """Nobody is called abusive, or an intruder, unless that is what the message looks most like."""
    top = _top(evidence, evidence.margins)
    return top if top in DECLINED else "out_of_scope"


def _chat(evidence: Evidence, probability: float) -> Decision:
    intent = _top(evidence, SMALLTALK | DIALOGUE)
    if intent == "switch_language":
        return Decision(kind="smalltalk", say="language_switched", confidence=probability)
    if intent == "affirm" and evidence.open_ticket:
        # A yes that came again after it had opened the ticket.
        return Decision(kind="ticket", say="ticket_exists", confidence=probability)
    say = "ready" if intent in DIALOGUE else intent
    return Decision(kind="smalltalk", say=say, confidence=probability)


def _answer(
    evidence: Evidence, asked: float, judge: Judge, limits: Limits, thresholds: Thresholds
) -> Decision:
    """The first article when it is likely enough; else one question back, never two in a row.

    `asked` is the probability that the message asks something of the desk at all.
    """
    candidates = _candidates(evidence, thresholds)
    category = _category(evidence, candidates)
    asks_status = evidence.open_ticket and _top(evidence, evidence.margins) == _STATUS
    if asks_status and candidates[:1] == (_STATUS,):
        # The article can only say that the assistant sees no tickets; this one it does see.
        return Decision(kind="status", say="own_ticket_status", confidence=asked)
    right = asked * judge.first_is_right(evidence)
    if candidates and right >= limits.answer:
        return Decision(
            kind="answer",
            say="answer",
            confidence=right,
            article=candidates[0],
            candidates=candidates,
            category=category,
        )
    if len(candidates) > 1 and not evidence.clarified:
        return Decision(
            kind="clarify",
            say="clarify",
            # A question back is right when it names the article, or when there was nothing to ask.
            confidence=asked * judge.three_hold_it(evidence) + (1 - asked),
            candidates=candidates,
            category=category,
        )
    return Decision(
        kind="decline" if evidence.clarified else "clarify", say="no_answer", confidence=1 - right
    )


def _top(evidence: Evidence, intents: Iterable[str]) -> str:
    """The likeliest of some intents; for a button the one that it names."""
    if not evidence.margins:
        return evidence.intent
    return max(sorted(intents), key=lambda intent: evidence.margins[intent])


def _candidates(evidence: Evidence, thresholds: Thresholds) -> tuple[str, ...]:
    hits = evidence.found.hits[:3]
    return tuple(hit.slug for hit in hits if hit.score >= thresholds.candidate)


def _category(evidence: Evidence, candidates: tuple[str, ...]) -> str:
    return evidence.categories.get(candidates[0], "support") if candidates else "support"
