"""What is known about one message when the desk decides on it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from desk.knowledge.hits import Found

Outcome = Literal["answer", "person", "decline", "smalltalk"]
OUTCOMES: tuple[Outcome, ...] = ("answer", "person", "decline", "smalltalk")

SMALLTALK = frozenset({"greet", "thanks", "goodbye", "bot_challenge"})
DIALOGUE = frozenset({"affirm", "deny", "skip", "cancel", "switch_language"})
DECLINED = frozenset({"out_of_scope", "probe", "abuse"})
URGENT = frozenset({"report_outage", "report_border", "report_compromise"})
HANDOFF = frozenset({"person_wanted", "ticket_status", "account_action"})

_SIGNS: Mapping[str, frozenset[str]] = {
    "question": frozenset({"ask_question"}),
    "action": frozenset({"account_action"}),
    "person": frozenset({"person_wanted"}),
    "ticket": frozenset({"ticket_status"}),
    "urgent": URGENT,
    "smalltalk": SMALLTALK | DIALOGUE,
    "out_of_scope": frozenset({"out_of_scope"}),
    "hostile": frozenset({"probe", "abuse"}),
}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One message as the bot read it, and what the search found for it."""

    intent: str
    confidence: float
    language: str
    """Of the message: en, es, mixed or other."""
    language_confidence: float
    written: str = "en"
    """The language that carries the message, en or es; without evidence the conversation's."""
    margins: Mapping[str, float] = field(default_factory=dict)
    """The bot's classifier: intent to how far the message lies on its side. Empty for a button."""
    words: int = 1
    asks_how: bool = False
    """A clause of it begins as a question does."""
    secret: bool = False
    """Something was masked in the message: whoever pastes a secret mostly wants something done."""
    found: Found = field(default_factory=Found)
    categories: Mapping[str, str] = field(default_factory=dict)
    """Category by slug of the hits."""
    analysts_only: frozenset[str] = frozenset()
    """Slugs of the hits on what only an analyst can do (routing class C alone)."""
    chosen_article: str | None = None
    """Set when the visitor pressed an article's button."""
    asks_report_code: bool = False
    """The message is about nothing but a report's code."""
    open_ticket: bool = False
    """This conversation has a ticket that is being worked on."""
    repeats_ticket: bool = False
    """The message says again what that ticket was opened for."""
    follow_up: bool = False
    """The message goes on with the question before it, and was searched for together with it."""
    clarified: bool = False
    """The desk's last reply was a question back."""

    def signs(self) -> dict[str, float]:
        """The figures that the outcome is judged by."""
        margins = {
            sign: max(self.margins[intent] for intent in intents)
            for sign, intents in _SIGNS.items()
        }
        best = self.found.hits[0].slug if self.found.hits else None
        return margins | {
            "article": self.found.margin,
            "nearness": self.found.nearness,
            "analysts_only": float(best in self.analysts_only),
            "asks_how": float(self.asks_how),
            "secret": float(self.secret),
            "length": math.log(max(self.words, 1)),
        }

    def fit(self) -> dict[str, float]:
        """The figures that tell how well the first article, or the first three, fit."""
        scores = [hit.score for hit in self.found.hits[:3]]
        return {
            "first": scores[0] if scores else 0.0,
            "three": sum(scores),
            "article": self.found.margin,
            "nearness": self.found.nearness,
        }
