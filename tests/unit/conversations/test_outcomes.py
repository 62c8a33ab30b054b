"""What the assistant has come to, told apart by how it is known."""

import pytest

from desk.conversations import opening, service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation
from desk.conversations.outcomes import after_feedback, after_reply
from desk.conversations.service import Bubble


@pytest.mark.parametrize(
    ("turns", "outcome"),
    [
        ([("smalltalk", "greet")], None),
        ([("answer", "ask_question")], "answered"),
        ([("answer", "ask_question"), ("smalltalk", "thanks")], "confirmed"),
        ([("answer", "ask_question"), ("smalltalk", "goodbye")], "answered"),
        ([("smalltalk", "thanks")], None),
        ([("decline", "out_of_scope"), ("smalltalk", "thanks")], "unresolved"),
        ([("answer", "ask_question"), ("clarify", "ask_question")], "unresolved"),
        ([("clarify", "ask_question"), ("answer", "ask_question")], "answered"),
        ([("answer", "q"), ("smalltalk", "thanks"), ("answer", "q")], "answered"),
        ([("handoff", "person_wanted")], "unresolved"),
        ([("handoff", "person_wanted"), ("ticket", "affirm")], "escalated"),
        ([("urgent", "report_outage"), ("answer", "ask_question")], "escalated"),
        ([("degraded", None)], "unresolved"),
    ],
)
def test_the_outcome_follows_the_turns(turns, outcome):
    reached = None
    for kind, intent in turns:
        reached = after_reply(reached, kind=kind, intent=intent)
    assert reached == outcome


@pytest.mark.parametrize("before", [None, "answered", "confirmed", "unresolved"])
def test_the_visitors_word_decides_unless_a_person_has_it(before):
    assert after_feedback(before, helpful=True) == "confirmed"
    assert after_feedback(before, helpful=False) == "unresolved"
    for helpful in (True, False):
        assert after_feedback("escalated", helpful=helpful) == "escalated"


async def test_replies_are_kept_count_of(store):
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        message = await service.receive(session, conversation, "how?", client_id=None)
        said = [Bubble(text="so", custom={"kind": "answer"}), Bubble(text="and so")]
        await service.reply(session, message, said, language="en")
    async with store.read() as session:
        kept = await session.get(Conversation, conversation.id)
    assert kept.outcome == "answered"
    assert kept.last_at > message.at


@pytest.mark.parametrize(("actor", "outcome"), [("system", "escalated"), ("analyst", None)])
async def test_a_ticket_is_an_escalation_unless_a_person_opened_it(store, actor, outcome):
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        message = await service.receive(session, conversation, "help", client_id=None)
        await open_at_once(session, message, category="support", priority="normal", actor=actor)
    assert conversation.outcome == outcome
