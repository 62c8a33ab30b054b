"""A telephone call, from the form to the ticket."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from desk.conversations.models import Conversation
from desk.conversations.service import history
from desk.sla.models import EpisodeRow
from desk.tickets.models import Ticket
from desk.tickets.service import find_ticket
from tests.integration.consoles import Console, Person, console

NEW = "/console/calls/new"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Console, Person]]:
    async with console(tmp_path) as made, made.person("analyst") as ana:
        yield made, ana


ARTICLES = ("account_locked", "reports_missing_data", "reports_export")


@pytest.fixture
async def stocked(tmp_path: Path) -> AsyncIterator[tuple[Console, Person]]:
    """The same with some articles, which take a while to learn."""
    async with console(tmp_path, articles=ARTICLES) as made, made.person("analyst") as ana:
        yield made, ana


def taken_down(**changes: str) -> dict[str, str]:
    given = {
        "key": f"call-{uuid4().hex}",
        "act": "open",
        "story": "El informe ES-003 sale vacío. Mi SSN es 123-45-6789 y el EIN es 12-3456789.",
        "name": "Luz Vega",
        "email": "luz@broker.example",
        "phone": "+1 (956) 555-0134",
        "company": "Aduanal Bravo",
        "role": "corredora",
        "spoken_language": "es",
        "written_language": "es",
        "sort": "reports/running",
        "impact": "many",
        "urgency": "normal",
        "course": "taken",
    }
    return given | changes


async def opened(desk: Console, number: str) -> Ticket:
    async with desk.services.store.read() as session:
        ticket = await find_ticket(session, number)
    assert ticket is not None
    return ticket


def number_of(answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].rpartition("/")[2])


async def test_a_call_becomes_a_ticket_like_that_of_a_chat(stocked):
    made, ana = stocked
    form = taken_down(article="reports_missing_data")
    answer = await ana.post(NEW, **form, detail__report_code="ES-003", detail__nonsense="x")
    ticket = await opened(made, number_of(answer))
    assert ticket.channel == "phone"
    assert (ticket.language, ticket.category, ticket.topic) == ("es", "reports", "running")
    assert (ticket.impact, ticket.priority, ticket.article) == (
        "many", "high", "reports_missing_data",
    )  # fmt: skip
    assert ticket.details == {"report_code": "ES-003"}
    assert ticket.summary == "El informe ES-003 sale vacío. Mi SSN es [ssn] y el EIN es 12-3456789."
    assert ticket.requester | {"identifiers": []} == {
        "name": "Luz Vega", "email": "luz@broker.example", "phone": "+1 (956) 555-0134",
        "company": "Aduanal Bravo", "role": "corredora", "spoken_language": "es",
        "written_language": "es", "identifiers": [],
    }  # fmt: skip
    assert {"type": "ein", "shown": "…6789"} in ticket.requester["identifiers"]
    assert ticket.state == "in_progress"
    assert [line.kind for line in ticket.events] == ["opened", "started", "responded"]
    async with made.services.store.read() as session:
        [said] = await history(session, ticket.conversation_id)
        assert (await session.get_one(Conversation, ticket.conversation_id)).outcome is None
        first = await session.scalar(
            select(EpisodeRow).where(
                EpisodeRow.ticket_id == ticket.id, EpisodeRow.metric == "first_response"
            )
        )
    assert said.text == ticket.summary
    assert first is not None
    assert first.stop is not None


async def test_the_same_form_sent_twice_opens_one_ticket(desk):
    made, ana = desk
    form = taken_down(course="answered", code="explained", notes="Told how to export.")
    numbers = {number_of(await ana.post(NEW, **form)) for _ in range(2)}
    changed = form | {"story": "Something else", "course": "left"}
    assert number_of(await ana.post(NEW, **changed)) in numbers
    [number] = numbers
    ticket = await opened(made, number)
    assert [line.kind for line in ticket.events] == [
        "opened", "started", "responded", "tagged", "resolved",
    ]  # fmt: skip
    async with made.services.store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_a_call_that_was_answered_is_resolved_at_once_as_first_contact(desk):
    made, ana = desk
    notes = "She was told. Password: Tr0ub4dor&3"
    form = taken_down(course="answered", code="explained", notes=notes)
    ticket = await opened(made, number_of(await ana.post(NEW, **form)))
    assert (ticket.state, ticket.resolution, ticket.tags) == (
        "resolved", "explained", ["first-contact"],
    )  # fmt: skip
    assert "Tr0ub4dor&3" not in str(ticket.resolution_notes)
    async with made.services.store.read() as session:
        conversation = await session.get_one(Conversation, ticket.conversation_id)
    assert conversation.state == "bot"


async def test_a_call_left_to_others_waits_in_the_queue(desk):
    made, ana = desk
    ticket = await opened(made, number_of(await ana.post(NEW, **taken_down(course="left"))))
    assert (ticket.state, ticket.assignee_id) == ("new", None)
    assert [line.kind for line in ticket.events] == ["opened"]


async def test_an_error_names_every_field_and_loses_nothing(desk):
    made, ana = desk
    form = taken_down(
        story=" ", email="luz@", sort="fishing", name="L" * 300, course="answered", company='A "B"'
    )
    answer = await ana.post(NEW, **form)
    assert answer.status_code == 400
    for field in ("story", "email", "sort", "name", "notes"):
        assert f'<a href="#{field}">' in answer.text
        assert f'id="{field}-error"' in answer.text
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text)
    page = html.unescape(answer.text)
    for typed in ("luz@", "L" * 300, 'A "B"', form["key"], "corredora"):
        assert f'value="{typed}"' in page
    async with made.services.store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 0
        assert await session.scalar(select(func.count()).select_from(Conversation)) == 0


async def test_looking_something_up_stores_nothing_and_shows_what_helps(stocked):
    made, ana = stocked
    number = number_of(await ana.post(NEW, **taken_down(course="left")))
    form = taken_down(act="look", email="LUZ@broker.example", phone="")
    page = (await ana.post(NEW, **form)).text
    assert f">{number}</a>" in page
    assert "The same e-mail or telephone has tickets: 1" in page
    assert "número de Seguro Social" in page
    assert "…6789" in page
    assert 'name="choose" value="reports_' in page
    async with made.services.store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_the_same_telephone_is_seen_however_it_is_written(desk):
    _, ana = desk
    number = number_of(await ana.post(NEW, **taken_down(course="left")))
    form = taken_down(act="look", email="", phone="956.555.0134")
    assert f">{number}</a>" in (await ana.post("/console/calls/beside", at=NEW, **form)).text
    form["phone"] = "956.555.0135"
    assert number not in (await ana.post("/console/calls/beside", at=NEW, **form)).text


async def test_a_character_that_no_store_takes_is_left_out(desk):
    _, ana = desk
    number = number_of(await ana.post(NEW, **taken_down(course="left")))
    form = taken_down(act="look", email="l\0uz@broker.example", phone="")
    assert f">{number}</a>" in (await ana.post("/console/calls/beside", at=NEW, **form)).text


async def test_an_article_is_read_out_in_the_callers_language_and_asks_its_own_questions(stocked):
    _, ana = stocked
    form = taken_down(act="look", choose="account_locked", sort="support")
    page = (await ana.post(NEW, **form)).text
    assert 'lang="es"' in page
    assert "Pregunte primero al titular de la cuenta" in page
    assert 'name="detail-error_text"' in page
    assert "¿Qué dice exactamente el mensaje de error?" in page
    assert '<option value="sign_in" selected>' in page
    away = form | {"choose": "none", "article": "account_locked"}
    assert "Pregunte primero al titular" not in (await ana.post(NEW, **away)).text


async def test_what_stands_beside_the_form_comes_alone_for_its_script(stocked):
    _, ana = stocked
    form = taken_down(q="cuenta bloqueada", story="")
    part = (await ana.post("/console/calls/beside", at=NEW, **form)).text
    assert "<html" not in part
    assert 'value="account_locked"' in part


async def test_who_may_not_work_on_tickets_takes_no_calls(desk):
    made, _ = desk
    async with made.person("auditor") as reader:
        assert (await reader.get(NEW)).status_code == 403
        assert "/console/calls/new" not in (await reader.get("/console/macros/")).text


async def test_the_form_speaks_both_languages(desk):
    _, ana = desk
    for language, title in (("en", "Telephone call"), ("es", "Llamada telefónica")):
        page = (await ana.get(f"{NEW}?lang={language}")).text
        assert f"<h1>{title}</h1>" in page
        assert f'<option value="{language}" selected>' in page
