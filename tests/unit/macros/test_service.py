from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from desk.accounts.models import User
from desk.audit.models import AuditEntry
from desk.macros import service
from desk.macros.service import ChangedMeanwhile, Draft, UnusableMacro
from desk.tickets.triage import UnknownSort

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
GOOD = Draft(
    name_en="Ask again", name_es="Volver a preguntar", text_en="{{greeting}} When?",
    text_es="{{greeting}} ¿Cuándo?",
)  # fmt: skip


@pytest.fixture
async def session(store):
    async with store.write() as made:
        made.add(
            User(email="a@b.example", role="lead", language="en", password_hash="-", created_at=NOW)
        )
        await made.flush()
        yield made


async def create(session, **changes):
    return await service.create(session, replace(GOOD, **changes), user_id=1, now=NOW)


async def test_a_macro_without_one_of_its_languages_is_refused_with_every_reason(session):
    with pytest.raises(UnusableMacro) as refused:
        await create(session, text_es=" \n", name_en="", text_en="{{nobody}}")
    assert [(one.field, one.code, one.found) for one in refused.value.problems] == [
        ("name_en", "missing", ""),
        ("text_en", "variables", "nobody"),
        ("text_es", "missing", ""),
    ]


@pytest.mark.parametrize(
    ("text", "code"), [("x" * 4001, "too_long"), ("my ssn is 123-45-6789", "secret")]
)
async def test_a_text_that_cannot_be_sent_is_refused(session, text, code):
    with pytest.raises(UnusableMacro) as refused:
        await create(session, text_en=text)
    assert [one.code for one in refused.value.problems] == [code]


async def test_a_macro_of_an_unknown_category_is_refused(session):
    with pytest.raises(UnknownSort):
        await create(session, category="fishing")


async def test_two_of_one_name_are_told_apart(session):
    assert [(await create(session)).slug for _ in range(2)] == ["ask_again", "ask_again_2"]


async def test_who_saved_a_macro_stands_in_the_audit(session):
    made = await create(session)
    draft = replace(GOOD, text_en="{{greeting}} Where?")
    for _ in range(2):
        await service.revise(session, made.slug, draft, based_on=1, user_id=1, now=NOW)
    entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(one.action, one.object, one.user_id, one.detail) for one in entries] == [
        ("macro_saved", "macro/ask_again", 1, {"version": 1}),
        ("macro_saved", "macro/ask_again", 1, {"version": 2}),
    ]


async def test_those_of_the_category_come_first_then_by_name(session):
    await create(session, name_en="Zebra", category="cargo")
    await create(session, name_en="Ápple", name_es="Zorro")
    await create(session, name_en="Bee", name_es="Abeja")
    await create(session, name_en="Other", category="reports")
    await create(session, name_en="Off", active=False)
    for language, names in (("en", ["Zebra", "Ápple", "Bee"]), ("es", [None, "Abeja", "Zorro"])):
        found = [one.name(language) for one in await service.list_for(session, "cargo", language)]
        assert [name or found[0] for name in names] == found


async def test_each_change_is_a_version_and_the_same_again_is_none(session):
    made = await create(session)
    changed = replace(GOOD, text_en="{{greeting}} Where?")
    for based_on in (1, 1, 2):
        await service.revise(session, made.slug, changed, based_on=based_on, user_id=1, now=NOW)
    known = await service.versions(session, made.slug)
    assert [(one.version, one.text_en) for one in known] == [
        (2, "{{greeting}} Where?"),
        (1, "{{greeting}} When?"),
    ]


async def test_whoever_saves_on_an_old_version_is_told(session):
    made = await create(session)
    for text, based_on in (("one", 1),):
        await service.revise(
            session, made.slug, replace(GOOD, text_en=text), based_on=based_on, user_id=1, now=NOW
        )
    with pytest.raises(ChangedMeanwhile):
        await service.revise(
            session, made.slug, replace(GOOD, text_en="two"), based_on=1, user_id=1, now=NOW
        )
    assert (await service.newest(session))[0].text_en == "one"
