"""The pages of quality: a lot from its draw to its decision."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.conversations.opening import conversation_of_sender
from desk.quality.rubric import rubric
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.service import open_ticket
from tests.integration.consoles import Console, Person, console
from tests.openings import opening

PAGE = "/console/quality/"
DAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
PERIOD = {"from": f"{DAY:%Y-%m-%d}", "to": f"{DAY:%Y-%m-%d}", "level": "II", "aql": "10"}
BEST = dict.fromkeys(rubric().criteria, "2")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Console, Person]]:
    async with console(tmp_path) as made, made.person("quality_reviewer") as reviewer:
        async with made.services.store.write() as session:
            for number in range(3):
                conversation = await conversation_of_sender(
                    session, f"s{number}", channel="chat", is_test=False
                )
                ticket = await open_ticket(
                    session, opening(conversation.id, f"t{number}", summary="<b>help</b>"), now=DAY
                )
                end = Write(key=f"e{number}", actor=Actor(kind="system"), now=DAY)
                await work.resolve(session, ticket.id, end, code="answered", notes="Told how.")
        yield made, reviewer


async def drawn(reviewer: Person) -> str:
    answer = await reviewer.post(PAGE, **PERIOD)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def sample(page: str) -> list[str]:
    return re.findall(r'href="/console/quality/lots/1/(ASD-\d+)"', page)


async def test_a_lot_is_drawn_reviewed_and_decided(desk):
    _, reviewer = desk
    lot = await drawn(reviewer)
    page = (await reviewer.get(lot)).text
    tickets = sample(page)
    assert len(tickets) == 3
    assert 'role="img"' in page
    early = await reviewer.post(f"{lot}/decide", at=lot)
    assert early.status_code == 409
    assert "no review that counts" in early.text
    for place, number in enumerate(tickets):
        form = BEST | ({"accuracy": "0"} if place == 0 else {}) | {"comment": "SSN 123-45-6789"}
        assert (await reviewer.post(f"{lot}/{number}", **form)).status_code == 303
    assert "nonconforming" in (await reviewer.get(lot)).text
    assert (await reviewer.post(f"{lot}/decide", at=lot)).status_code == 303
    done = (await reviewer.get(lot)).text
    assert "66.7% (20.8% to 93.9%)" in done
    listed = (await reviewer.get(f"{PAGE}?lang=es")).text
    assert "66.7\u202f% (20.8\u202f% a 93.9\u202f%)" in listed
    assert "123-45-6789" not in (await reviewer.get(f"{lot}/{tickets[0]}")).text
    again = await reviewer.post(f"{lot}/{tickets[0]}", **BEST)
    assert again.status_code == 400
    assert "The lot is decided" in again.text


async def test_a_review_without_all_points_is_refused_and_kept(desk):
    _, reviewer = desk
    lot = await drawn(reviewer)
    [number, *_] = sample((await reviewer.get(lot)).text)
    form = BEST | {"accuracy": "", "identity": "1", "comment": "<i>kept</i>"}
    refused = await reviewer.post(f"{lot}/{number}", **form)
    assert refused.status_code == 400
    assert set(re.findall(r'<a href="#(\w+)">', refused.text)) == {"accuracy", "identity"}
    assert "&lt;i&gt;kept&lt;/i&gt;" in refused.text
    assert refused.text.count('value="2" checked') == len(BEST) - 2
    spanish = (await reviewer.get(f"{lot}/{number}?lang=es")).text
    assert rubric().criteria["accuracy"].wording["es"].question in spanish
    assert "&lt;b&gt;help" in spanish


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"from": ""}, "Choose a day."),
        ({"from": "2026-13-01"}, "Choose a day."),
        ({"from": f"{DAY + timedelta(days=1):%Y-%m-%d}"}, "empty or not over"),
        ({"to": "2099-01-01"}, "empty or not over"),
        ({"from": "2020-01-01", "to": "2020-01-02"}, "Fewer than two"),
        ({"level": "IX"}, "no such level or AQL"),
        ({"aql": "11"}, "no such level or AQL"),
    ],
)
async def test_a_draw_that_cannot_be_says_why(desk, changes, said):
    _, reviewer = desk
    refused = await reviewer.post(PAGE, **PERIOD | changes)
    assert refused.status_code == 400
    assert said in refused.text
    assert "No lot was drawn yet." in refused.text


async def test_who_may_only_read_sees_no_forms(desk):
    made, reviewer = desk
    lot = await drawn(reviewer)
    [number, *_] = sample((await reviewer.get(lot)).text)
    async with made.person("analyst") as ana:
        for path in (PAGE, lot, f"{lot}/{number}"):
            page = await ana.get(path)
            assert page.status_code == 200
            assert f'method="post" action="{path}' not in page.text
        assert (await ana.post(f"{lot}/{number}", **BEST)).status_code == 403
        assert (await ana.post(PAGE, **PERIOD)).status_code == 403


@pytest.mark.parametrize(
    "path", ["lots/9", "lots/x", "lots/1/ASD-000099", "lots/99999999999/ASD-000001"]
)
async def test_what_there_is_not_is_not_found(desk, path):
    _, reviewer = desk
    assert (await reviewer.get(f"{PAGE}{path}")).status_code == 404
