"""What auditors see of who did what."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from desk.accounts.models import User
from desk.audit.service import ACTIONS, By, account
from desk.web.pages import strings
from tests import desks
from tests.desks import Person
from tests.integration.console import new_user, sign_in

DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def served(new_desk):
    services, http = await new_desk()
    await new_user(services, "auditor@example.com", role="auditor")
    await sign_in(http, "auditor@example.com")
    return services, http


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


async def test_a_ticket_that_is_read_is_an_entry_once_an_hour(served):
    services, http = served
    case = await desks.case(services.store, Person(), sender="luz")
    for _ in range(3):
        page = await http.get(f"/console/tickets/ASD-{case.ticket_id:06d}")
        assert page.status_code == 200
    page = await http.get("/console/audit?action=ticket_read")
    assert page.text.count('<td role="cell" data-label="What">Read a ticket</td>') == 1
    assert f'href="/console/tickets/ASD-{case.ticket_id:06d}"' in page.text


async def test_entries_are_found_by_user_action_object_and_period(served):
    services, http = served
    ben = await new_user(services, "ben@example.com", role="admin")
    async with services.store.write() as session:
        for days, of in ((0, "ticket/7"), (1, "ticket/8"), (2, "attachment/7")):
            account(
                session, "opened", of, by=By.user(ben.id), now=DAY + timedelta(days=days), ticket=7
            )
    for query, count in (
        ("action=opened", 3),
        (f"action=opened&user={ben.id}", 3),
        ("action=opened&user=1", 0),
        ("object=ASD-000007", 1),
        ("object=attachment/7", 1),
        ("action=opened&from=2026-11-21", 2),
        ("action=opened&to=2026-11-21", 2),
        ("action=opened&from=2026-11-21&to=2026-11-21", 1),
    ):
        page = await http.get(f"/console/audit?{query}")
        assert page.text.count('<tr role="row">') - bool(count) == count, query
        exported = rows_of((await http.get(f"/console/audit.csv?{query}")).text)
        assert len(exported) == count, query
    assert "Nothing was written down" in (await http.get("/console/audit?object=no")).text


@pytest.mark.parametrize(
    "query",
    ["user=x", "action=boo", "from=yesterday", "to=0001-01-01", "before=-1", "before=" + "9" * 30,
     "object=%00", "user=99999999999"],
)  # fmt: skip
async def test_a_strange_filter_is_left_out(served, query):
    _, http = served
    assert (await http.get(f"/console/audit?{query}")).status_code == 200
    assert (await http.get(f"/console/audit.csv?{query}")).status_code == 200


async def test_older_entries_are_on_further_pages(served):
    services, http = served
    async with services.store.write() as session:
        for number in range(120):
            account(session, "opened", f"attachment/{number}", by=By.user(1), now=DAY)
    seen, address = [], "/console/audit?action=opened"
    while address:
        page = (await http.get(address)).text
        seen += [cell for cell in page.split('class="who">') if cell.startswith("attachment/")]
        following = page.partition('">Older</a>')
        address = following[0].rpartition('href="')[2].replace("&amp;", "&") if following[1] else ""
    numbers = [int(cell.split("<")[0].removeprefix("attachment/")) for cell in seen]
    assert numbers == list(range(119, -1, -1))


async def test_the_file_holds_nothing_that_a_spreadsheet_would_compute(served):
    services, http = served
    async with services.store.write() as session:
        user = await session.get_one(User, 1)
        user.email = "=cmd|' /c calc'!a1@x.example"
    answer = await http.get("/console/audit.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="audit.csv"' in answer.headers["Content-Disposition"]
    rows = rows_of(answer.text)
    assert rows[0]["action"] == "audit_exported"
    cells = {cell for row in rows for cell in row.values()}
    assert "'=cmd|' /c calc'!a1@x.example" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_action_has_a_word(language):
    assert set(strings("console", language)["audit"]["actions"]) == set(ACTIONS)
