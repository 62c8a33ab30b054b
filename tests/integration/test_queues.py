"""Queues and search as analysts see them, on both databases."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

from desk.accounts.service import add_user
from desk.conversations import queues, search
from desk.conversations.opening import conversation_of_sender
from desk.conversations.ownership import want_person
from desk.conversations.queues import Queue
from desk.conversations.service import receive
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.service import open_ticket
from tests.openings import opening

NOW = datetime.now(UTC)


async def user(store: Store, name: str = "ana") -> Any:
    async with store.write() as session:
        return await add_user(
            session,
            email=f"{name}@desk.example",
            role="analyst",
            language="en",
            password="correct horse battery",
        )


async def ticket(store: Store, *said: str, waits: bool = False, **changes: Any) -> int:
    """A ticket that was opened two hours ago, with what its requester said."""
    async with store.write() as session:
        language = changes.get("language", "en")
        conversation = await conversation_of_sender(
            session, uuid4().hex, channel="chat", is_test=False, language=language
        )
        for text in said:
            await receive(session, conversation, text, client_id=None)
        if waits:
            want_person(conversation, NOW)
        given = opening(conversation.id, uuid4().hex, **changes)
        return (await open_ticket(session, given, now=NOW - timedelta(hours=2))).id


def write(by: int) -> Write:
    return Write(key=uuid4().hex, actor=Actor(kind="analyst", user_id=by), now=datetime.now(UTC))


async def seen(store: Store, by: int, view: Any, **asked: Any) -> list[int]:
    async with store.read() as session:
        queue = Queue(view=view, user_id=by, **asked)
        now = datetime.now(UTC)
        rows = await queues.listed(session, queue, now=now, limit=50)
        assert await queues.size(session, queue, now=now) == len(rows)
        return [found.id for found, _ in rows]


async def test_each_view_shows_its_tickets_and_counts_them(migrated: Store) -> None:
    ana = (await user(migrated)).id
    plain = await ticket(migrated, urgency="low")
    waiting = await ticket(migrated, waits=True)
    urgent = await ticket(migrated, urgency="critical")
    mine, held, done = [await ticket(migrated, urgency="low") for _ in range(3)]
    async with migrated.write() as session:
        await work.take(session, mine, write(ana))
        await work.hold(session, held, write(ana), reason="office")
        await work.resolve(session, done, write(ana), code="done", notes="done")

    assert await seen(migrated, ana, "waiting") == [waiting]
    assert await seen(migrated, ana, "mine") == [mine]
    assert await seen(migrated, ana, "urgent") == [urgent]
    assert await seen(migrated, ana, "hold") == [held]
    assert await seen(migrated, ana, "done") == [done]
    everything = await seen(migrated, ana, "open")
    assert sorted(everything) == [plain, waiting, urgent, mine, held]
    assert urgent in await seen(migrated, ana, "late")
    async with migrated.read() as session:
        counts = await queues.counts(session, user_id=ana, now=datetime.now(UTC))
    for view, count in counts.items():
        assert count == len(await seen(migrated, ana, view))


async def test_a_queue_is_narrowed_and_sorted(migrated: Store) -> None:
    ana = (await user(migrated)).id
    low = await ticket(migrated, urgency="low", language="es")
    high = await ticket(migrated, urgency="critical", language="es")
    await ticket(migrated, language="en")
    spanish = (("language", "es"),)
    assert await seen(migrated, ana, "open", narrowed=spanish) == [high, low]
    assert await seen(migrated, ana, "open", narrowed=spanish, sort="oldest") == [low, high]
    assert await seen(migrated, ana, "open", narrowed=spanish, sort="newest") == [high, low]
    assert await seen(migrated, ana, "open", narrowed=spanish, sort="priority") == [high, low]
    narrower = (*spanish, ("priority", "low"))
    assert await seen(migrated, ana, "open", narrowed=narrower) == [low]


async def test_tickets_of_evaluations_are_shown_when_asked_for(migrated: Store) -> None:
    ana = (await user(migrated)).id
    one = await ticket(migrated, is_test=True)
    assert await seen(migrated, ana, "open") == []
    assert await seen(migrated, ana, "open", tests=True) == [one]


async def test_next_goes_through_what_can_be_taken_and_begins_anew(migrated: Store) -> None:
    ana = (await user(migrated)).id
    ben = (await user(migrated, "ben")).id
    low = await ticket(migrated, urgency="low")
    urgent = await ticket(migrated, urgency="critical")
    waiting = await ticket(migrated, urgency="low", waits=True)
    theirs, held = await ticket(migrated), await ticket(migrated)
    async with migrated.write() as session:
        await work.take(session, theirs, write(ben))
        await work.hold(session, held, write(ana), reason="user")
    after, order = None, []
    async with migrated.read() as session:
        for _ in range(4):
            found = await queues.next_for(session, user_id=ana, after=after)
            assert found is not None
            after = found.id
            order.append(after)
    assert order == [waiting, urgent, low, waiting]


async def test_next_is_nothing_when_there_is_nothing(migrated: Store) -> None:
    async with migrated.read() as session:
        assert await queues.next_for(session, user_id=1, after=None) is None


async def test_the_version_changes_with_whatever_the_queues_show(migrated: Store) -> None:
    ana = (await user(migrated)).id

    async def version() -> str:
        async with migrated.read() as session:
            return await queues.version(session)

    versions = [await version()]
    one = await ticket(migrated)
    versions.append(await version())
    async with migrated.write() as session:
        await work.tag(session, one, write(ana), add=("a",))
    versions.append(await version())
    async with migrated.write() as session:
        found = await session.get_one(queues.Ticket, one)
        conversation = await session.get_one(queues.Conversation, found.conversation_id)
        want_person(conversation, NOW)
    versions.append(await version())
    async with migrated.write() as session:
        await work.resolve(session, one, write(ana), code="done", notes="done")
    versions.append(await version())
    assert all(before != after for before, after in pairwise(versions))
    assert await version() == versions[-1]


async def find(store: Store, typed: str) -> list[int]:
    async with store.read() as session:
        return await search.found(session, search.read(typed))


FOUND = (
    "reporte vacio",
    "VACÍO",
    "lunes",
    "aduanal",
    "pena",
    "luz.vega@broker.example",
    "6789",
    "es-003",
    "universo",
    "derechos",
    "50%",
    "ASD 1",
    "a, ese, de; cero, cero, cero; cero, cero, uno",
    "A S D zero zero zero zero zero one",
)
NOWHERE = ("", " ", "e", "reporte cancelado", "[x]", "x*y", "^a", "a_b", "\\", "ASD 999", "_%")


async def test_a_ticket_is_found_by_anything_that_is_known_of_it(migrated: Store) -> None:
    ana = (await user(migrated)).id
    one = await ticket(
        migrated,
        "El reporte sale vacío desde el lunes",
        "son los derechos, el 50%",
        summary="El REPORTE sale vacío",
        requester={
            "name": "Luz Vega Peña",
            "email": "Luz.Vega@broker.example",
            "company": "Aduanal Bravo",
            "identifiers": [{"type": "ein", "shown": "…6789"}],
        },
    )
    await ticket(migrated, "something else, 5000 of them", summary="something else")
    async with migrated.write() as session:
        await work.tag(session, one, write(ana), add=("es-003",))
        await work.note(session, one, write(ana), text="el universo se retiró")
    assert {typed: await find(migrated, typed) for typed in FOUND} == {key: [one] for key in FOUND}
    assert {typed: await find(migrated, typed) for typed in NOWHERE} == {key: [] for key in NOWHERE}


async def test_the_number_comes_first_and_then_the_newest(migrated: Store) -> None:
    first = await ticket(migrated, summary="about 3")
    second = await ticket(migrated, summary="see ASD-000001")
    third = await ticket(migrated, summary="see ASD-000001 again")
    assert await find(migrated, "asd-000001") == [first, third, second]


async def test_a_result_shows_where_the_words_stand(migrated: Store) -> None:
    await ticket(migrated, "nothing of it", "la factura llegó", summary="ayuda")
    async with migrated.read() as session:
        wanted = search.read("FACTURA")
        ids = await search.found(session, wanted)
        ((found, _, place),) = await search.shown(session, wanted, ids)
    assert (found.id, place.where, place.text) == (ids[0], "visitor", "la factura llegó")
