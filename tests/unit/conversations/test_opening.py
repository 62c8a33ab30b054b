"""How conversations begin and are opened again."""

import pytest

from desk.conversations import opening


async def test_a_sender_is_kept_as_a_hash_only(store):
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, "123-45-6789", channel="chat", is_test=False
        )
    assert "123-45-6789" not in conversation.sender


async def test_a_conversation_opens_only_with_its_own_token(store):
    async with store.write() as session:
        conversation, token = await opening.open_conversation(session, language="en")
        other, _ = await opening.open_conversation(session, language="en")
        rest = await opening.conversation_of_sender(session, "v", channel="chat", is_test=False)
    async with store.read() as session:
        assert (await opening.authenticate(session, conversation.id, token)).id == conversation.id
        with pytest.raises(PermissionError):
            await opening.authenticate(session, other.id, token)
        with pytest.raises(LookupError):
            await opening.authenticate(session, rest.id, token)
