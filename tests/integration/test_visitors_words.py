"""What visitors think of an answer and of a ticket, how they end, and what they take with them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from desk.conversations.feedback import helpfulness
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation, Satisfaction
from desk.conversations.opening import conversation_of_sender
from desk.conversations.satisfaction import rate, satisfaction
from desk.conversations.service import Bubble, locked, receive, reply, say
from desk.messages import say as sentence
from desk.reporting.dashboard import dashboard
from desk.reporting.questions import unanswered
from desk.reporting.reports import PAGE_REPORTS, Asked, Unreportable
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write, lines_of
from desk.tickets.models import Ticket
from tests import desks
from tests.desks import Person
from tests.integration.served import Desk, Visitor, serving
from tests.integration.test_no_secret_survives import every_cell, left_of, pasted_messages

NOW = datetime.now(UTC)
SOURCE = {"title": "ACE Reports", "url": "https://www.cbp.gov/ace", "reviewed": "2026-11-22"}
ANSWER = {"kind": "answer", "language": "en", "article": "reports", "sources": [SOURCE]}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with serving(tmp_path) as desk:
        yield desk


async def answered(visitor: Visitor, custom: dict[str, object] = ANSWER) -> int:
    """Sequence number of an answer that the assistant gave."""
    async with visitor.services.store.write() as session:
        conversation = await locked(session, visitor.id)
        asked = await receive(session, conversation, "how do i run a report", client_id=None)
        bubble = Bubble(text="**Open** the page.", custom=custom)
        (said,) = await reply(session, asked, [bubble], language=conversation.language)
        return said.seq


async def ticket_of(visitor: Visitor, *, resolved: bool = True, closed: bool = False) -> str:
    """The number of the visitor's ticket."""
    by = Actor(kind="analyst", user_id=await desks.analyst(visitor.services.store))
    async with visitor.services.store.write() as session:
        conversation = await locked(session, visitor.id)
        message = await receive(session, conversation, "a person please", client_id=None)
        message.answered_at = NOW
        ticket = await open_at_once(session, message, category="support", priority="normal")
        now = datetime.now(UTC)
        if resolved:
            write = Write(key=f"r{ticket.id}", actor=by, now=now)
            await work.resolve(session, ticket.id, write, code="done", notes="done")
        if closed:
            await work.close(session, ticket.id, Write(key=f"c{ticket.id}", actor=by, now=now))
        return ticket.number


async def test_the_last_word_on_an_answer_stays_and_decides_the_outcome(desk):
    visitor = await desk.visitor()
    seq = await answered(visitor)
    for helpful, outcome in ((True, "confirmed"), (False, "unresolved")):
        answer = await visitor.post(f"messages/{seq}/feedback", helpful=helpful)
        assert answer.status_code == 204
        assert (await visitor.messages())[-1]["helpful"] is helpful
        async with desk.services.store.read() as session:
            assert (await session.get_one(Conversation, visitor.id)).outcome == outcome
            shares = await helpfulness(session, since=None, until=None, by=("language",))
            report = await PAGE_REPORTS["helpfulness"](session, Asked(now=NOW))
            inquiries = await unanswered(session, since=None, until=None)
        assert (shares[("en",)].hits, shares[("en",)].total) == (int(helpful), 1)
        assert report.document["strata"]["en"]["helpful"] == int(helpful)
        assert [one.by_kind["unhelpful"] for one in inquiries] == [1] * (not helpful)


async def test_only_an_answer_of_the_assistant_can_help(desk):
    visitor = await desk.visitor()
    seq = await answered(visitor, ANSWER | {"kind": "smalltalk"})
    for other in (seq, seq - 1, 99, 2**40):
        answer = await visitor.post(f"messages/{other}/feedback", helpful=True)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_answer")
    assert (await visitor.post(f"messages/{seq}/feedback", helpful="?")).status_code == 400


async def test_a_conversation_that_went_to_a_person_stays_escalated(desk):
    visitor = await desk.visitor()
    seq = await answered(visitor)
    await ticket_of(visitor, resolved=False)
    await visitor.post(f"messages/{seq}/feedback", helpful=False)
    async with desk.services.store.read() as session:
        assert (await session.get_one(Conversation, visitor.id)).outcome == "escalated"


async def test_a_ticket_is_rated_once_more_and_without_secrets(desk):
    visitor = await desk.visitor(language="es")
    number = await ticket_of(visitor)
    assert (await visitor.post("satisfaction", ticket=number, score=2)).status_code == 204
    comment = "Gracias. Mi SSN es 123-45-6789."
    again = await visitor.post("satisfaction", ticket=number, score=5, comment=comment)
    assert again.status_code == 204
    async with desk.services.store.read() as session:
        (kept,) = await session.scalars(select(Satisfaction))
    assert (kept.score, kept.comment) == (5, "Gracias. Mi SSN es [ssn].")
    assert (kept.language, kept.channel) == ("es", "chat")


@pytest.mark.parametrize(
    "body",
    [
        {"ticket": "ASD-000001", "score": 0},
        {"ticket": "ASD-000001", "score": 6},
        {"ticket": "ASD-000001", "score": "5"},
        {"ticket": "ASD-000001", "score": 5, "comment": "x" * 2001},
        {"ticket": "ASD-000001\n", "score": 5},
        {"score": 5},
    ],
)
async def test_a_rating_that_is_none_is_refused(desk, body):
    visitor = await desk.visitor()
    await ticket_of(visitor)
    answer = await visitor.post("satisfaction", **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_field")


async def test_nobody_rates_or_reopens_a_ticket_of_others(desk):
    theirs, visitor = await desk.visitor(), await desk.visitor()
    number = await ticket_of(theirs)
    for ticket in (number, "ASD-999999", "999999999999", "x"):
        rated = await visitor.post("satisfaction", ticket=ticket, score=1)
        opened = await visitor.post(f"tickets/{ticket}/reopen")
        for answer in (rated, opened):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_ticket")
            assert ticket in answer.json()["error"]["message"]


async def test_figures_of_satisfaction_count_resolved_tickets_by_language(store: Store) -> None:
    for number, (language, score) in enumerate([("en", 5), ("en", 2), ("en", None), ("es", 4)]):
        case = await desks.case(
            store, Person(email=f"p{number}@x.example"), sender=f"s{number}", done=True
        )
        async with store.write() as session:
            ticket = await session.get_one(Ticket, case.ticket_id)
            ticket.language = language
            if score is not None:
                conversation = await session.get_one(Conversation, case.conversation_id)
                await rate(session, conversation, ticket.number, score=score, comment="", now=NOW)
    await desks.case(store, Person(email="open@x.example"), sender="open", done=False)
    async with store.read() as session:
        (whole,) = (await satisfaction(session, since=None, until=None)).values()
        by = await satisfaction(session, since=None, until=None, by=("language",))
        none = await satisfaction(session, since=None, until=NOW.replace(year=2000))
    assert (whole.satisfied.hits, whole.satisfied.total) == (2, 3)
    assert (whole.response.hits, whole.response.total) == (3, 4)
    assert (by[("en",)].satisfied.share, by[("en",)].response.total) == (0.5, 3)
    low, high = by[("es",)].satisfied.interval
    assert 0 < low < high
    assert high == pytest.approx(1)
    assert none[()].satisfied.share is None
    async with store.read() as session:
        report = await PAGE_REPORTS["satisfaction"](session, Asked(now=NOW))
        monthly = await PAGE_REPORTS["satisfaction"](session, Asked(now=NOW, by=("month",)))
        with pytest.raises(Unreportable):
            await PAGE_REPORTS["satisfaction"](session, Asked(now=NOW, by=("analyst",)))
        board = await dashboard(
            store, since=NOW - timedelta(days=1), until=NOW + timedelta(days=1), now=NOW
        )
    assert report.document["total"]["satisfied"] == 2
    assert [(row["language"], row["rated"], row["resolved"]) for row in report.rows] == [
        ("en", 2, 3),
        ("es", 1, 1),
    ]
    assert report.csv().startswith("language,resolved,rated,satisfied,share,low,high,response_")
    assert [row["satisfied"] for row in monthly.rows] == [2]
    assert {side: part.satisfied.total for side, part in board.satisfaction.items()} == {
        "all": 3,
        "en": 2,
        "es": 1,
    }


async def test_what_is_not_solved_opens_again_and_a_person_is_wanted(desk):
    visitor = await desk.visitor(language="es")
    number = await ticket_of(visitor)
    for _ in range(2):
        assert (await visitor.post(f"tickets/{number}/reopen")).status_code == 204
    assert await visitor.state() == "waiting"
    async with desk.services.store.read() as session:
        lines = [one for one in await lines_of(session, 1) if one.kind == "reopened"]
    assert [(one.actor, one.reason) for one in lines] == [("customer", "not_solved")]
    told = [one for one in await visitor.messages() if one["actor"] == "system"]
    assert [one["text"] for one in told] == [sentence("people.reopened", "es", ticket=number)]
    assert told[0]["custom"] == {"kind": "reopened", "ticket": number}


async def test_a_closed_ticket_stays_closed(desk):
    visitor = await desk.visitor()
    number = await ticket_of(visitor, closed=True)
    answer = await visitor.post(f"tickets/{number}/reopen")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ticket_closed")


@pytest.mark.parametrize(
    ("closed", "key"), [(False, "people.reopened"), (True, "not_solved.closed")]
)
async def test_a_button_of_the_desk_reopens_without_the_bot(desk, closed, key):
    visitor = await desk.visitor()
    number = await ticket_of(visitor, closed=closed)
    async with desk.services.store.write() as session:
        conversation = await session.get_one(Conversation, visitor.id)
        button = {"title": "Not solved", "payload": f"/desk.reopen {number}"}
        say(session, conversation, Bubble(text="How was it?", buttons=[button]))
    for _ in range(2):
        await visitor.post("messages", client_id="b", text=f"/desk.reopen {number}")
    async with asyncio.timeout(10):
        while (await visitor.messages())[-1]["actor"] == "visitor":
            await asyncio.sleep(0.05)
    *_, pressed, told = await visitor.messages()
    assert (pressed["text"], pressed["actor"]) == ("Not solved", "visitor")
    assert told["text"] == sentence(key, "en", number=number, ticket=number)


async def test_a_sender_reopens_although_an_analyst_has_the_conversation(desk):
    case = await desks.case(desk.services.store, Person(), sender="luz")
    async with desk.services.store.write() as session:
        conversation = await session.get_one(Conversation, case.conversation_id)
        button = {"title": "No", "payload": f"/desk.reopen {case.ticket_id}"}
        say(session, conversation, Bubble(text="?", buttons=[button]))
    body = {"sender": "luz", "message": button["payload"]}
    answer = await desk.http.post("/webhooks/rest/webhook", json=body)
    assert answer.status_code == 200
    assert answer.json()[0]["text"].startswith(f"El caso {case.ticket_id} está abierto de nuevo")
    async with desk.services.store.read() as session:
        assert (await session.get_one(Ticket, case.ticket_id)).state == "assigned"


async def test_typing_is_not_kept(desk):
    visitor = await desk.visitor()
    assert (await visitor.post("typing")).status_code == 204
    assert await visitor.messages() == []
    stranger = await desk.http.post(f"{visitor.base}/typing")
    assert stranger.status_code == 401


async def test_a_visitor_ends_the_conversation_once_and_still_gets_it(desk):
    visitor = await desk.visitor()
    for _ in range(2):
        assert (await visitor.post("end")).status_code == 204
    assert await visitor.state() == "closed"
    (told,) = await visitor.messages()
    assert told["custom"] == {"kind": "ended", "reason": "visitor"}
    assert (await visitor.get("transcript")).status_code == 200


async def test_a_transcript_has_all_that_was_said_with_names_times_and_sources(desk):
    visitor = await desk.visitor(language="es")
    await answered(visitor)
    number = await ticket_of(visitor)
    plain = await visitor.get("transcript")
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
    named = plain.headers["Content-Disposition"]
    assert named.startswith('attachment; filename="conversacion-20')
    assert named.endswith('.txt"')
    for part in (
        "ACE Account Service Desk · Su conversación\n",
        f"Casos: {number}\n",
        "Todas las horas están en UTC.\n",
        "] Usted\nhow do i run a report\n",
        "] Asistente\n**Open** the page.\nFuentes:\n"
        "- ACE Reports: https://www.cbp.gov/ace (revisado el 2026-11-22)\n",
    ):
        assert part in plain.text
    document = json.loads((await visitor.get("transcript?format=json")).text)
    assert (document["language"], document["tickets"]) == ("es", [number])
    said = [(one["actor"], one["name"], one["sources"]) for one in document["messages"]]
    assert said == [
        ("visitor", "Usted", []),
        ("bot", "Asistente", [SOURCE]),
        ("visitor", "Usted", []),
    ]
    assert all(one["at"].endswith("Z") for one in document["messages"])
    assert (await visitor.get("transcript?format=pdf")).status_code == 400


async def test_no_secret_in_a_comment_or_a_files_name_survives(desk):
    pasted = [one for one in pasted_messages() if len(one.text) <= 2000]
    for one in pasted[:20]:
        visitor = await desk.visitor()
        ticket = await ticket_of(visitor)
        rated = await visitor.post("satisfaction", ticket=ticket, score=1, comment=one.text)
        assert rated.status_code == 204, one
        assert (await visitor.send_file(b"plain text", name=one.text)).status_code == 202
    assert left_of(pasted, await every_cell(desk.services.store)) == []


async def test_two_ratings_at_once_are_one(migrated: Store) -> None:
    case = await desks.case(migrated, Person(), sender="x")
    async with migrated.write() as session:
        conversation = await conversation_of_sender(session, "x", channel="chat", is_test=False)

    async def say_so(score: int) -> None:
        async with migrated.write() as session:
            await rate(session, conversation, f"{case.ticket_id}", score=score, comment="", now=NOW)

    await asyncio.gather(*map(say_so, (1, 2, 3, 4, 5)))
    async with migrated.read() as session:
        assert len((await session.scalars(select(Satisfaction))).all()) == 1
