"""What came back for each labelled message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from desk.evaluation.labels import Label, Language
from desk.evaluation.versions import Versions

ReplyKind = Literal[
    "answer",
    "clarify",
    "handoff",
    "ticket",
    "status",
    "smalltalk",
    "decline",
    "unsupported_language",
    "urgent",
    "degraded",
]
"""The webhook's contract, read as any client reads it."""

NO_REPLY = "no reply"
"""In the place of a kind, for a message that got no usable reply."""

HANDED_OFF = frozenset({"handoff", "ticket", "urgent"})
"""Kinds that bring a person in; a button that merely offers one does not."""


class Reply(BaseModel):
    """The decision behind a reply: the `custom` of its first element."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    language: Language
    kind: ReplyKind
    article: str | None = None
    candidates: tuple[str, ...] = ()
    confidence: float = Field(ge=0, le=1)

    @property
    def handed_off(self) -> bool:
        """Whether a person takes over."""
        return self.kind in HANDED_OFF

    @property
    def offered(self) -> tuple[str, ...]:
        """The articles shown or offered, best first, each once."""
        named = [self.article, *self.candidates] if self.article else self.candidates
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One message's end: a reply, or the reason why there is no usable one."""

    label: Label
    reply: Reply | None
    failure: str | None = None
    latency_s: float
    """Seconds from sending to the whole reply, of the attempt that ended it."""

    @property
    def handed_off(self) -> bool:
        """Whether a person takes over; no reply brings nobody."""
        return self.reply is not None and self.reply.handed_off


@dataclass(frozen=True, kw_only=True)
class Run:
    """A file sent through the assistant; the outcomes stand in the file's order."""

    source: str
    started_at: datetime
    duration_s: float
    clients: int
    versions: Versions
    outcomes: Sequence[Outcome]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Those without a usable reply."""
        return tuple(outcome for outcome in self.outcomes if outcome.reply is None)
