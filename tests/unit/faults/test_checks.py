"""What the harness of faults holds against a desk: it must notice what is wrong."""

from email.message import EmailMessage

import pytest

from desk.conversations import opening, service
from desk.conversations.models import Conversation, Message
from desk.conversations.service import Bubble
from desk.store import Store
from tests.desks import Person, case
from tests.faults.checks import findings
from tests.mailbag import Posted
from tests.relay import Relay
from tests.traffic import Done, Ledger, Said, Widget


@pytest.fixture
async def asked(store: Store) -> tuple[Ledger, Message]:
    """A visitor's question with its answer, as the visitor knows it and as the store has it."""
    bubble = Bubble(text="So it is.", custom={"kind": "answer", "language": "en"})
    async with store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="en")
        await session.flush()
        message = await service.receive(session, conversation, "Is it so?", client_id="k")
        await service.reply(session, message, [bubble], language="en")
    said = Said(
        by="visitor", conversation=message.conversation_id, key="k", text="Is it so?", began=0.0,
        acknowledged=1.0, answered=2.0, kind="answer",
    )  # fmt: skip
    return Ledger(said=[said]), message


async def test_a_desk_that_kept_its_word_passes(store, asked):
    assert await findings(store, asked[0], [], Relay()) == []


async def test_a_lost_message_is_noticed(store, asked):
    ledger, message = asked
    ledger.said.append(
        Said(by="visitor", conversation=message.conversation_id, key="lost", text="And so?",
             began=3.0, acknowledged=4.0, answered=5.0, kind="answer")
    )  # fmt: skip
    assert await findings(store, ledger, [], Relay()) == ["sent 2 (2 acknowledged), kept 1"]


async def test_a_second_answer_and_a_gap_are_noticed(store, asked):
    ledger, message = asked
    async with store.write() as session:
        conversation = await session.get_one(Conversation, message.conversation_id)
        conversation.last_seq += 1
        again = {"text": "So it is.", "reply_to": message.id, "custom": {"kind": "answer"}}
        service._append(session, conversation, actor="bot", **again)
    found = await findings(store, ledger, [], Relay())
    assert found[0] == "2 answers in the store to 'Is it so?'"
    assert found[1].endswith("has 3 messages from 1 to 4 of 4")


async def test_a_visitor_without_an_answer_is_noticed(store, asked):
    ledger, _ = asked
    ledger.said[0].answered = None
    [found] = await findings(store, ledger, [], Relay())
    assert "never answered" in found


async def test_a_stream_that_repeats_or_leaves_out_is_noticed(store, asked):
    ledger, message = asked
    widget = Widget("http://127.0.0.1:1", message.conversation_id, "token")
    widget.seen, widget.doubled = {1: {}, 3: {}}, [1]
    ledger.widgets.append(widget)
    assert await findings(store, ledger, [], Relay()) == [
        "a stream repeated [1]",
        "a stream left out messages: [1, 3]",
    ]


async def test_an_act_that_is_not_in_the_log_is_noticed(store):
    made = await case(store, Person(), sender="s")
    done = Done(ticket=f"ASD-{made.ticket_id:06}", act="reply", key="k", status=200)
    ledger = Ledger(done=[done])
    assert not any("reply" in found for found in await findings(store, ledger, [], Relay()))
    ledger.done.append(Done(ticket="ASD-000999", act="reply", key="k", status=200))
    found = await findings(store, ledger, [], Relay())
    assert "ASD-000999: reply was done and stands 0 times" in found


async def test_a_lost_mail_and_a_second_reply_are_noticed(store):
    lost = Posted(kind="question", raw=b"Subject: lost\r\n\r\n", message_id="m@x")
    relay = Relay()
    for number in range(2):
        reply = EmailMessage()
        reply["In-Reply-To"], reply["Message-ID"] = "<m@x>", f"<{number}@desk>"
        relay.taken.append(("", reply))
    assert await findings(store, Ledger(), [lost], relay) == [
        "a mail (question) is kept 0 times",
        "a mail (question) got 2 replies",
    ]
