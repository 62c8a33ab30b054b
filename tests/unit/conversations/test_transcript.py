from datetime import UTC, datetime, timedelta, timezone

import pytest

from desk.conversations.transcript import Said, Transcript

AT = datetime(2026, 11, 26, 15, 0, 2, 123456, tzinfo=UTC)


def made(language: str, *said: Said, tickets: tuple[str, ...] = ()) -> Transcript:
    return Transcript(language=language, started_at=AT, made_at=AT, tickets=tickets, messages=said)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "ACE Account Service Desk · Your conversation\n"
            "Started: 2026-11-26T15:00:02Z\n"
            "Saved: 2026-11-26T15:00:02Z\n"
            "Tickets: ASD-000001, ASD-000002\n"
            "All times are in UTC.\n\n"
            "[2026-11-26T15:00:02Z] Assistant\n"
            "Open the page.\n"
            "Sources:\n"
            "- Reports: https://x.example (reviewed 2026-11-22)\n",
        ),
        (
            "es",
            "ACE Account Service Desk · Su conversación\n"
            "Inicio: 2026-11-26T15:00:02Z\n"
            "Guardada: 2026-11-26T15:00:02Z\n"
            "Casos: ASD-000001, ASD-000002\n"
            "Todas las horas están en UTC.\n\n"
            "[2026-11-26T15:00:02Z] Assistant\n"
            "Open the page.\n"
            "Fuentes:\n"
            "- Reports: https://x.example (revisado el 2026-11-22)\n",
        ),
    ],
)
def test_a_transcript_is_read_from_top_to_bottom(language, text):
    source = {"title": "Reports", "url": "https://x.example", "reviewed": "2026-11-22"}
    said = Said(
        seq=1, at=AT, actor="bot", name="Assistant", text="Open the page.", sources=(source,)
    )
    assert made(language, said, tickets=("ASD-000001", "ASD-000002")).as_text() == text


def test_times_are_utc_whatever_the_clock():
    elsewhere = AT.astimezone(timezone(timedelta(hours=-5)))
    said = Said(seq=1, at=elsewhere, actor="visitor", name="You", text="hi", sources=())
    (one,) = made("en", said).as_document()["messages"]
    assert one["at"] == "2026-11-26T15:00:02Z"


def test_an_empty_conversation_has_a_head_and_a_name():
    empty = made("en")
    assert empty.as_text().endswith("All times are in UTC.\n")
    assert "Tickets" not in empty.as_text()
    assert empty.file_stem == "conversation-2026-11-26"
    assert made("es").file_stem == "conversacion-2026-11-26"
