"""What one turn leads to: answer, clarify, hand off, urgent or decline.

This is the only place where that is decided. It is a pure function of the bot's reading and of the
search, and knows neither Rasa nor the store. Routing classes are those of the desk's matrix:
A answer, B answer and offer a ticket, C Tier II only, D redirect, E urgent, F decline.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from desk.knowledge.hits import Hit

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

_SMALLTALK = {"greet", "thanks", "goodbye", "bot_challenge"}
_DIALOGUE = {"affirm", "deny", "skip", "cancel"}
_DECLINED = {"out_of_scope", "probe", "abuse"}
_URGENT = {
    "report_outage": ("urgent_outage", "outage"),
    "report_border": ("urgent_border", "cargo"),
    "report_compromise": ("urgent_compromise", "security"),
}
_HANDOFF = {"person_wanted": "support", "ticket_status": "support", "account_action": "account"}


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """The figures of `thresholds.toml`."""

    intent: float
    act: float
    answer: float
    candidate: float
    gap: float
    certain: float
    other_language: float

    @classmethod
    def load(cls) -> "Thresholds":
        """Those shipped with the desk."""
        text = (Path(__file__).parent / "thresholds.toml").read_text()
        return cls(**tomllib.loads(text))


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about one message."""

    intent: str
    confidence: float
    language: str
    language_confidence: float
    hits: Sequence[Hit] = ()
    categories: dict[str, str] = field(default_factory=dict)
    """Category by slug of the hits."""
    chosen_article: str | None = None
    """Set when the visitor pressed an article's button."""
    asks_report_code: bool = False
    """The message is about nothing but a report's code."""
    open_ticket: bool = False
    """This conversation has a ticket that is being worked on."""
    repeats_ticket: bool = False
    """The message says again what that ticket was opened for."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do; `say` names the bot's response without its `utter_`."""

    kind: Kind
    say: str
    confidence: float
    article: str | None = None
    candidates: tuple[str, ...] = ()
    category: str = "support"
    priority: str = "normal"


def decide(evidence: Evidence, thresholds: Thresholds) -> Decision:
    """The decision for one message outside a hand-off form."""
    intent, confidence = evidence.intent, evidence.confidence
    candidates = tuple(hit.slug for hit in evidence.hits[:3] if hit.score >= thresholds.candidate)
    category = evidence.categories.get(candidates[0], "support") if candidates else "support"
    believed = confidence >= thresholds.intent
    article_is_certain = bool(evidence.hits) and evidence.hits[0].score >= thresholds.certain
    acts = believed and (confidence >= thresholds.act or not article_is_certain)
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
    if intent == "switch_language" and believed:
        return Decision(kind="smalltalk", say="language_switched", confidence=confidence)
    if evidence.repeats_ticket and believed:
        return Decision(kind="ticket", say="ticket_exists", confidence=confidence)
    if intent in _URGENT and acts:
        return _urgent(intent, confidence, candidates)
    if intent in _HANDOFF and (acts or (believed and intent == "person_wanted")):
        return _hand_off(evidence, candidates, category)
    if intent in _DECLINED and believed:
        return Decision(kind="decline", say=intent, confidence=confidence)
    if intent in _SMALLTALK and believed:
        return Decision(kind="smalltalk", say=intent, confidence=confidence)
    if intent == "affirm" and believed and evidence.open_ticket:
        # A yes that came again after it had opened the ticket.
        return Decision(kind="ticket", say="ticket_exists", confidence=confidence)
    if intent in _DIALOGUE and believed:
        return Decision(kind="smalltalk", say="ready", confidence=confidence)
    return _answer(evidence.hits, candidates, category, thresholds)


def urgency(intent: str, confidence: float, thresholds: Thresholds) -> Decision | None:
    """The urgent decision for a message inside the form, or None: there the bar is higher."""
    if intent not in _URGENT or confidence < thresholds.act:
        return None
    return _urgent(intent, confidence, ())


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


def _hand_off(evidence: Evidence, candidates: tuple[str, ...], category: str) -> Decision:
    if evidence.open_ticket:
        if evidence.intent == "ticket_status":
            return Decision(kind="status", say="own_ticket_status", confidence=evidence.confidence)
        if evidence.intent == "person_wanted":
            return Decision(kind="ticket", say="ticket_exists", confidence=evidence.confidence)
    fallback = _HANDOFF[evidence.intent]
    asks_action = evidence.intent == "account_action"
    return Decision(
        kind="handoff",
        say="handoff_start",
        confidence=evidence.confidence,
        article=candidates[0] if asks_action and candidates else None,
        candidates=candidates,
        category=category if asks_action and candidates else fallback,
    )


def _answer(
    hits: Sequence[Hit], candidates: tuple[str, ...], category: str, thresholds: Thresholds
) -> Decision:
    if not candidates:
        return Decision(kind="clarify", say="no_answer", confidence=0.0)
    best = hits[0].score
    second = hits[1].score if len(hits) > 1 else 0.0
    close = best < thresholds.certain and best - second < thresholds.gap
    if best < thresholds.answer or (close and len(candidates) > 1):
        return Decision(
            kind="clarify", say="clarify", confidence=best, candidates=candidates, category=category
        )
    return Decision(
        kind="answer",
        say="answer",
        confidence=best,
        article=candidates[0],
        candidates=candidates,
        category=category,
    )
