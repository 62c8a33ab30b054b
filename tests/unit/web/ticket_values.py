"""What a ticket's page is given, beside the ticket itself."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from desk.conversations.presence import Viewer
from desk.web.console.acts import ACTS
from desk.web.console.articles import Suggestion
from desk.web.console.refusals import Happened, Refusal
from desk.web.console.ticket_sheet import CHOICES

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
NASTY = "<script>alert('1')</script> & \"x\""


def message(actor: str, text: str, **changes: Any) -> SimpleNamespace:
    values: dict[str, Any] = {
        "id": f"m{changes.get('seq', 1)}",
        "seq": 1,
        "at": NOW,
        "payload": None,
        "masked": [],
        "language": None,
        "user_id": None,
        "helpful": None,
        "custom": None,
        "buttons": [],
        "evidence": None,
    }
    return SimpleNamespace(actor=actor, text=text, **(values | changes))


def file(file_id: int, **changes: Any) -> SimpleNamespace:
    values = {"name": NASTY, "media_type": "image/png", "size": 2049, "purged_at": None}
    return SimpleNamespace(id=file_id, **(values | changes))


MESSAGES = [
    message(
        "visitor",
        NASTY,
        masked=["ssn"],
        language="es",
        seq=1,
        evidence={"intent": "person_wanted", "confidence": 0.914, "language": "es"},
    ),
    message(
        "bot",
        f"**Hola** {NASTY}",
        language="es",
        seq=2,
        helpful=False,
        custom={
            "kind": "answer",
            "article": "account_locked",
            "sources": [
                {"title": NASTY, "url": "https://cbp.example/a", "reviewed": "2026-11-22"},
                {"title": "no", "url": "javascript:alert(1)", "reviewed": "2026-11-22"},
            ],
        },
        buttons=[{"title": NASTY, "payload": "/x"}],
    ),
    message("bot", "Adiós", language="es", seq=3, helpful=True),
    message("visitor", "Sí", payload="/affirm", seq=4),
    message("analyst", NASTY, seq=5, user_id=1),
    message("system", NASTY, seq=6),
    message(
        "visitor",
        NASTY,
        seq=7,
        custom={
            "kind": "file",
            "file": {"id": 7, "name": NASTY, "media_type": "image/png", "size": 2049},
        },
    ),
]


MAIL = SimpleNamespace(
    id=3,
    subject=NASTY,
    sender=NASTY,
    sender_name=NASTY,
    authentication={"verdict": "fail", "spf": NASTY, "dkim": "pass", "forged": True},
    body=NASTY,
    left_out=[[NASTY, "type"]],
    language="es",
)


def conversation(state: str = "waiting", owner_id: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        state=state, owner_id=owner_id, epoch=3, waiting_since=NOW if state == "waiting" else None
    )


def values(**changes: Any) -> dict[str, Any]:
    """All of it: an analyst who may do everything, and nothing has gone wrong."""
    article = Suggestion(
        title=NASTY,
        language="en",
        snippet=NASTY,
        short=NASTY,
        url="https://cbp.example/b",
        reviewed=date(2026, 11, 22),
    )
    given: dict[str, Any] = {
        "labels": {"report_code": "Report", "error_text": "Error message"},
        "people": {1: "ben@desk.example", 2: NASTY},
        "clocks": lambda: [
            {
                "metric": "processed",
                "outcome": "running",
                "lines": [{"at": NOW, "text": "The clock starts."}],
            }
        ],
        "metrics": {"processed": "Processed"},
        "messages": MESSAGES,
        "by_mail": False,
        "mails": {MESSAGES[0].id: MAIL},
        "conversation": conversation(),
        "files": [file(7), file(8, purged_at=NOW)],
        "rating": SimpleNamespace(score=2, at=NOW, comment=NASTY, language="es"),
        "viewers": [Viewer(user_id=2, name=NASTY, composing=True)],
        "colleagues": {"2": NASTY},
        "assignees": {"1": "ben@desk.example", "2": NASTY},
        "can": set(ACTS),
        "heard": True,
        "answerable": True,
        "written": "es",
        "articles": lambda: [article],
        "title_of": lambda slug, _language: slug,
        "about": "",
        "choices": CHOICES,
        "limit": 8000,
        "key": "k" * 32,
        "seen": 7,
        "done": "",
        "refusal": None,
        "typed": {},
    }
    return given | changes


OTHERS = [
    SimpleNamespace(
        number="ASD-000009",
        state="closed",
        category="sign_in",
        channel="phone",
        opened_at=NOW,
        conversation_id="c1",
    )
]

REFUSED = values(
    refusal=Refusal(status=409, act="resolve", text=NASTY, happened=[Happened(at=NOW, text=NASTY)]),
    typed={"notes": NASTY, "code": "no_fault"},
)
"""A resolution that came too late."""
