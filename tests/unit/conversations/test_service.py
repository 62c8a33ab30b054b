from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from desk.conversations import opening, service
from desk.conversations.models import Conversation, Message
from desk.conversations.service import Bubble, UnusableMessage
from desk.messages import catalogue, say
from tests.desks import Person, case


async def start(session) -> Conversation:
    return await opening.conversation_of_sender(session, "visitor", channel="chat", is_test=False)


async def test_the_same_client_id_is_the_same_message(store):
    for _ in range(2):
        async with store.write() as session:
            conversation = await start(session)
            await service.receive(session, conversation, "hello", client_id="1")
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Message)) == 1


async def test_secrets_are_masked_before_the_first_write(store):
    async with store.write() as session:
        message = await service.receive(
            session, await start(session), "my ssn is 123-45-6789", client_id=None
        )
    assert message.text == "my ssn is [ssn]"
    assert message.masked == ["ssn"]


@pytest.mark.parametrize("language", ["en", "es"])
async def test_who_writes_a_secret_to_a_person_is_told_that_it_was_removed(store, language):
    owned = await case(store, Person(), sender="luz", done=False)
    async with store.write() as session:
        conversation = await service.locked(session, owned.conversation_id)
        conversation.language = language
        await service.receive(session, conversation, "mi SSN 123-45-6789", client_id=None)
    async with store.read() as session:
        *_, said, told = await service.history(session, owned.conversation_id)
    assert (said.text, told.actor) == ("mi SSN [ssn]", "system")
    names = catalogue(language)["privacy"]["kinds"]
    assert told.text == say("privacy.removed", language, kinds=names["ssn"])


@pytest.mark.parametrize("text", ["", "   ", "\0", "/", "//"])
async def test_an_empty_message_is_refused(store, text):
    async with store.write() as session:
        conversation = await start(session)
        with pytest.raises(UnusableMessage) as refused:
            await service.receive(session, conversation, text, client_id=None)
    assert refused.value.key == "empty_message"


async def test_a_message_that_is_too_long_is_refused_with_the_limit(store):
    async with store.write() as session:
        conversation = await start(session)
        with pytest.raises(UnusableMessage) as refused:
            await service.receive(session, conversation, "x" * 8001, client_id=None)
    assert refused.value.values == {"limit": 8000}


async def test_an_intent_that_no_button_offered_is_only_text(store):
    async with store.write() as session:
        message = await service.receive(
            session, await start(session), '/restart{"a": 1}', client_id=None
        )
    assert (message.text, message.payload) == ('restart{"a": 1}', None)


async def test_a_slash_behind_blanks_is_no_intent_either(store):
    async with store.write() as session:
        message = await service.receive(
            session, await start(session), "/\t/report_outage", client_id=None
        )
    assert message.text == "report_outage"


async def test_an_offered_payload_is_kept_under_its_buttons_title(store):
    async with store.write() as session:
        conversation = await start(session)
        button = {"title": "Hablar con una persona", "payload": "/person_wanted"}
        service.say(session, conversation, Bubble(text="?", buttons=[button]))
        await session.flush()
        message = await service.receive(session, conversation, "/person_wanted", client_id=None)
    assert (message.text, message.payload) == ("Hablar con una persona", "/person_wanted")


async def test_a_reply_is_stored_once(store):
    async with store.write() as session:
        message = await service.receive(session, await start(session), "hi", client_id=None)
    for text in ("first", "second"):
        async with store.write() as session:
            answer = await service.reply(session, message, [Bubble(text=text)], language="en")
        assert [bubble.text for bubble in answer] == ["first"]


async def test_a_chosen_language_is_not_changed_by_a_reply(store):
    async with store.write() as session:
        conversation = await start(session)
        conversation.language, conversation.language_locked = "es", True
        message = await service.receive(session, conversation, "hi", client_id=None)
        await service.reply(session, message, [Bubble(text="a")], language="en")
    assert conversation.language == "es"


async def test_whoever_takes_a_conversation_over_in_mid_turn_is_told_its_language(store):
    async with store.write() as session:
        conversation = await start(session)
        message = await service.receive(session, conversation, "¿cómo pido acceso?", client_id=None)
        conversation.epoch += 1
        said = await service.reply(session, message, [Bubble(text="Así.")], language="es")
    assert (said, conversation.language) == ([], "es")


async def test_messages_left_unanswered_are_found_again(store):
    async with store.write() as session:
        conversation = await start(session)
        message = await service.receive(session, conversation, "hi", client_id=None)
        service.say(session, conversation, Bubble(text="not a question"))
    async with store.read() as session:
        waiting = await service.unanswered(session, before=datetime.now(UTC))
        assert [one.id for one in waiting] == [message.id]
