"""The log is never changed, so that nothing of a person may get into it."""

from datetime import UTC, datetime

import pytest

from desk.tickets import work
from tests import desks
from tests.desks import Person


async def link(store, to: str, *, key: str = "link"):
    by = await desks.analyst(store)
    case = await desks.case(store, Person(), sender="luz", done=False)
    async with store.write() as session:
        write = desks.writes(key, by=by, now=datetime.now(UTC))
        return await work.link(session, case.ticket_id, write, to=to)


@pytest.mark.parametrize(
    "to",
    [
        "csms:68228015",
        "servicenow:INC0012345",
        " census_tickets:2026-11.7 ",
        "https://www.cbp.gov/trade/automated/news/csms-68228015",
        "https://help.example:8443/~desk/",
        "https://help.example",
    ],
)
async def test_a_link_to_a_record_is_kept(store, to):
    ticket = await link(store, to)
    assert ticket.links == [to.strip()]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "see what Luz wrote",
        "servicenow:INC 1",
        "mailto:luz@x.example",
        "tel:9545550123",
        "servicenow:luz@x.example",
        "http://help.example/1",
        "https://help.example/1?name=Luz",
        "https://help.example/1#Luz",
        "https://luz:secret@help.example/1",
        "https://help.example/Luz%20Vega",
        "javascript:alert(1)",
        "servicenow:123-45-6789",
        "csms:1\n2",
        "x" * 300,
    ],
)
async def test_words_and_addresses_are_no_link(store, to):
    with pytest.raises(ValueError, match="a link"):
        await link(store, to)


@pytest.mark.parametrize("key", ["", "Luz Vega", "luz@x.example", "k" * 61, "k\n"])
async def test_words_and_addresses_are_no_key(store, key):
    with pytest.raises(ValueError, match="idempotency key"):
        await link(store, "csms:1", key=key)
