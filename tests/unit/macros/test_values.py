from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from desk.macros.values import samples, values_of
from desk.tickets.models import Ticket

AT = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)


def ticket(**requester: str) -> Ticket:
    values: Any = SimpleNamespace(requester=requester, number="ASD-000007", opened_at=AT)
    return cast("Ticket", values)


@pytest.mark.parametrize(
    ("language", "named", "unnamed"),
    [("en", "Hello Luz,", "Hello,"), ("es", "Buen día, Luz:", "Buen día:")],
)
def test_a_reply_greets_also_without_a_name(language: str, named: str, unnamed: str) -> None:
    for who, said in (({"name": "Luz"}, named), ({"name": " "}, unnamed), ({}, unnamed)):
        values = values_of(ticket(**who), language, due=None, analyst=None, article=None)
        assert values["greeting"] == said


def test_what_is_not_known_has_no_value() -> None:
    values = values_of(ticket(), "es", due=None, analyst=None, article=None)
    assert [name for name, value in values.items() if value is None] == [
        "requester_name", "company", "due", "analyst_name", "article_title", "article_url",
    ]  # fmt: skip


def test_samples_leave_no_gap() -> None:
    for language in ("en", "es"):
        assert all(samples(language).values())
        assert (
            samples(language).keys()
            == values_of(ticket(), language, due=None, analyst=None, article=None).keys()
        )
