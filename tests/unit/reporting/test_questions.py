from datetime import UTC, datetime, timedelta

import pytest

from desk.conversations.models import Conversation, Message
from desk.reporting.questions import unanswered
from desk.reporting.reports import PAGE_REPORTS, REPORTS, Asked, Unreportable

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


async def ask(store, key, text, kind, **changes):
    """A conversation of one question and its answer."""
    given = {
        "language": "en", "outcome": "unresolved", "is_test": False, "at": NOW, "payload": None,
        "helpful": None, "article": None, "intent": "ask_question", "candidates": [],
    } | changes  # fmt: skip
    async with store.write() as session:
        session.add(
            Conversation(
                id=key, namespace="rest", sender=key, channel="chat", created_at=given["at"],
                **{name: given[name] for name in ("language", "outcome", "is_test")},
            )
        )  # fmt: skip
        await session.flush()
        session.add_all(
            [
                Message(
                    id=f"{key}-q", conversation_id=key, seq=1, at=given["at"], actor="visitor",
                    text=text, payload=given["payload"], evidence={"intent": given["intent"]},
                ),
                Message(
                    id=f"{key}-a", conversation_id=key, seq=2, at=given["at"], actor="bot",
                    text="…", reply_to=f"{key}-q", helpful=given["helpful"],
                    custom={
                        "kind": kind, "article": given["article"],
                        "candidates": given["candidates"],
                    },
                ),
                Message(
                    id=f"{key}-b", conversation_id=key, seq=3, at=given["at"], actor="bot",
                    text="…", reply_to=f"{key}-q",
                ),
            ]
        )  # fmt: skip


async def found(store, **bounds):
    async with store.read() as session:
        return await unanswered(session, **({"since": None, "until": None} | bounds))


async def test_the_same_words_are_one_question_in_either_language(store):
    await ask(store, "1", "¿Dónde está mi CÓDIGO?", "decline", language="es")
    await ask(store, "2", "donde esta mi codigo", "clarify", at=NOW + timedelta(hours=1))
    await ask(store, "3", "something else", "decline")
    first, second = await found(store)
    assert (first.example, first.total) == ("donde esta mi codigo", 2)
    assert (first.by_language, first.by_kind) == ({"en": 1, "es": 1}, {"decline": 1, "clarify": 1})
    assert second.total == 1


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("answer", {"outcome": "answered"}),
        ("answer", {"helpful": True}),
        ("clarify", {"outcome": "answered"}),
        ("decline", {"is_test": True}),
        ("decline", {"payload": "/affirm"}),
        ("decline", {"intent": "abuse"}),
        ("decline", {"at": NOW - timedelta(days=3)}),
    ],
)
async def test_what_had_an_answer_or_was_no_question_is_not_counted(store, kind, changes):
    await ask(store, "1", "where is it", kind, **changes)
    assert await found(store, since=NOW - timedelta(days=1)) == []


async def test_an_answer_that_did_not_help_is_none(store):
    await ask(store, "1", "where is it", "answer", helpful=False, article="codes_lookup")
    await ask(store, "2", "where is it", "decline", at=NOW - timedelta(hours=1))
    [one] = await found(store)
    assert one.by_kind == {"unhelpful": 1, "decline": 1}
    assert one.nearest == "codes_lookup"


async def test_numbers_of_businesses_and_addresses_are_taken_out_of_examples(store):
    await ask(store, "1", "My entry AB1-1234567-8, write to luz@broker.example", "decline")
    await ask(store, "2", "x" * 500, "decline", at=NOW - timedelta(days=1))
    first, long = await found(store)
    assert "1234567" not in first.example
    assert "luz@" not in first.example
    assert len(long.example) == 300


async def test_the_article_that_came_nearest_is_named(store):
    await ask(store, "1", "locked", "clarify", candidates=["account_locked", "password_reset"])
    [one] = await found(store)
    assert one.nearest == "account_locked"


async def test_the_files_hold_what_the_page_shows(store):
    await ask(store, "1", "=cmd()", "decline")
    asked = Asked(now=NOW, since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))
    async with store.read() as session:
        made = {name: await report(session, asked) for name, report in PAGE_REPORTS.items()}
    for name, report in made.items():
        header = report.csv().splitlines()[0]
        assert header == ",".join(report.columns), name
        assert report.document["rule"]
    assert made["questions"].document["questions"][0]["example"] == "=cmd()"
    assert "'=cmd()" in made["questions"].csv()


@pytest.mark.parametrize("days", [0, 1, 30])
async def test_a_period_that_ends_before_it_begins_is_refused(days):
    with pytest.raises(Unreportable) as refused:
        Asked(now=NOW, since=NOW, until=NOW - timedelta(days=days))
    assert (refused.value.field, refused.value.key) == ("to", "reversed_period")
    assert REPORTS.keys() < PAGE_REPORTS.keys()
