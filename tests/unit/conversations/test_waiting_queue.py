from desk.conversations import opening, service
from desk.conversations.handoff import open_at_once
from desk.conversations.waiting import Queue


async def waiting(store, *, priority="normal"):
    async with store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="en")
        message = await service.receive(session, conversation, "help", client_id=None)
        await open_at_once(session, message, category="support", priority=priority)
    return conversation.id


async def test_who_waits_is_told_their_place_and_no_time_while_none_is_known(store):
    first, urgent = await waiting(store), await waiting(store, priority="urgent")
    queue = Queue(store)
    unknown = {"wait_s": None, "wait_low_s": None, "wait_high_s": None}
    assert await queue.of(urgent) == {"place": 1} | unknown
    assert await queue.of(first) == {"place": 2} | unknown
    assert await queue.of("nobody") is None


async def test_one_look_serves_everybody_for_a_moment(store):
    first = await waiting(store)
    queue = Queue(store)
    await queue.of(first)
    await waiting(store, priority="urgent")
    assert (await queue.of(first))["place"] == 1


async def test_whoever_has_just_begun_to_wait_is_told_their_place_at_once(store):
    first = await waiting(store)
    queue = Queue(store)
    await queue.of(first)
    late = await waiting(store)
    assert (await queue.of(late))["place"] == 2
