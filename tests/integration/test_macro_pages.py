"""The pages of macros, and what a ticket is offered."""

import html
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.macros.filling import GAP
from tests.integration.consoles import Console, Person, console
from tests.integration.test_calls import NEW, number_of, taken_down

GOOD = {
    "name_en": "Ask again",
    "name_es": "Volver a preguntar",
    "text_en": "{{greeting}}\n\nWhen did it happen?",
    "text_es": "{{greeting}}\n\n¿Cuándo ocurrió?",
    "category": "",
    "active": "on",
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Console, Person]]:
    async with console(tmp_path) as made, made.person("lead") as lead:
        yield made, lead


async def test_a_macro_is_written_listed_and_changed(desk):
    _, lead = desk
    saved = await lead.post("/console/macros/new", **GOOD)
    assert (saved.status_code, saved.headers["location"]) == (302, "/console/macros/?saved")
    assert "Ask again" in (await lead.get("/console/macros/?saved")).text
    page = await lead.post("/console/macros/ask_again", **GOOD | {"version": "1", "active": ""})
    assert page.status_code == 302
    assert "Not offered" in (await lead.get("/console/macros/")).text
    stale = GOOD | {"version": "1", "text_en": "{{greeting}} Where?"}
    refused = await lead.post("/console/macros/ask_again", **stale)
    assert refused.status_code == 400
    assert "Somebody saved this macro" in refused.text
    assert "{{greeting}} Where?" in refused.text
    assert 'name="version" value="2"' in refused.text


async def test_one_language_alone_is_refused_and_kept_in_the_form(desk):
    _, lead = desk
    form = GOOD | {"text_es": "", "text_en": "{{greeting}} {{nobody}} <b>"}
    refused = await lead.post("/console/macros/new?lang=es", **form)
    page = html.unescape(refused.text)
    assert refused.status_code == 400
    assert "Falta: Texto en español." in page
    assert "Texto en inglés: hay llaves con algo desconocido: nobody" in page
    assert "{{greeting}} {{nobody}} <b>" in page
    assert "<b>" not in refused.text


async def test_a_preview_shows_both_languages_and_keeps_nothing(desk):
    _, lead = desk
    page = await lead.post("/console/macros/new", **GOOD | {"act": "preview"})
    assert page.status_code == 200
    assert "Hello Ana Ruiz," in page.text
    assert "Buen día, Ana Ruiz:" in page.text
    assert "Ask again" not in (await lead.get("/console/macros/")).text


async def test_a_ticket_is_offered_its_macros_filled_in_its_requesters_language(desk):
    _, lead = desk
    number = number_of(await lead.post(NEW, **taken_down(name="", sort="reports")))
    body = (await lead.get(f"/console/macros.json?ticket={number}")).json()
    assert (body["ticket"], body["language"]) == (number, "es")
    assert body["macros"][0]["slug"] == "report_details"
    assert {one["category"] for one in body["macros"]} == {"reports", None}
    by_slug = {one["slug"]: one for one in body["macros"]}
    received = by_slug["received"]
    assert received["text"].startswith("Buen día:\n\nGracias por comunicarse")
    assert f"Su caso es el {number}" in received["text"]
    assert received["text"].endswith("Lead\nMesa de servicio de cuentas de ACE")
    assert received["gaps"] == []
    assert GAP in by_slug["article"]["text"]
    assert by_slug["article"]["gaps"] == ["article_title", "article_url"]
    assert "{{" not in str(body)
    english = (await lead.get(f"/console/macros.json?ticket={number}&language=en")).json()
    assert english["macros"][1]["text"].startswith("Hello,")


async def test_an_unknown_ticket_or_macro_is_not_found(desk):
    _, lead = desk
    assert (await lead.get("/console/macros.json?ticket=ASD-000099")).status_code == 404
    assert (await lead.get("/console/macros/nothing")).status_code == 404


async def test_an_analyst_reads_macros_and_does_not_write_them(desk):
    made, _ = desk
    async with made.person("analyst") as ana:
        listed = await ana.get("/console/macros/")
        assert "Locked out" in listed.text
        assert "/console/macros/new" not in listed.text
        assert (await ana.get("/console/macros/locked_out")).status_code == 403
        assert (await ana.post("/console/macros/new", at=NEW, **GOOD)).status_code == 403
