from collections.abc import Callable
from typing import Any

import pytest

from desk.knowledge.hits import Found, Hit
from desk.routing.decision import Decision, Thresholds, decide
from desk.routing.evidence import DECLINED, DIALOGUE, HANDOFF, SMALLTALK, URGENT, Evidence
from desk.routing.judge import Judge

INTENTS = sorted({"ask_question"} | SMALLTALK | DIALOGUE | DECLINED | HANDOFF | URGENT)


def found(*scores: tuple[str, float], margin: float = 0.8, nearness: float = 0.9) -> Found:
    hits = [Hit(slug=slug, title=slug, language="en", score=score) for slug, score in scores]
    return Found(hits=hits, margin=margin, nearness=nearness)


def evidence(intent: str, margin: float = 1.0, **more: Any) -> Evidence:
    """A message that lies clearly on the side of one intent, and of no other."""
    margins = dict.fromkeys(INTENTS, -1.0) | {intent: margin}
    ordinary = found(("human_handoff", 0.5), ("bonds", 0.1), margin=0.0, nearness=0.7)
    given = {
        "found": ordinary,
        "language": "en",
        "language_confidence": 0.9,
        "words": 6,
        "margins": margins,
    }
    return Evidence(intent=intent, confidence=0.9, **given | more)


@pytest.fixture(scope="session")
def judge() -> Judge:
    return Judge.load()


@pytest.fixture(scope="session")
def decided(judge: Judge) -> Callable[..., Decision]:
    thresholds = Thresholds.load()

    def decision(intent: str, **more: Any) -> Decision:
        return decide(evidence(intent, **more), judge, thresholds)

    return decision
