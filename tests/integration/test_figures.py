"""The same figures on both databases, held against the logs, and over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.accounts import sign_ins
from desk.accounts.service import add_user
from desk.accounts.tokens import issue_token, revoke_token
from desk.reporting.reports import REPORTS, Asked
from desk.services import Services
from desk.sla.clock import METRICS
from desk.sla.cohort import STRATA
from desk.store import Store
from desk.store.tables import Base
from tests.integration.conftest import Desk, NewDesk
from tests.tickets import EMAILS, NOW, fill

PASSWORD = "correct horse battery"


async def documents(store: Store) -> list[object]:
    splits = [(), *((stratum,) for stratum in STRATA), ("analyst", "week"), ("month", "language")]
    found: list[object] = []
    async with store.read() as session:
        for by in splits:
            for metric in METRICS:
                asked = Asked(now=NOW, since=NOW - timedelta(days=15), metric=metric, by=by)
                found.append((await REPORTS["report"](session, asked)).document)
        asked = Asked(now=NOW)
        found += [(await REPORTS[name](session, asked)).document for name in REPORTS]
        for by in (("language", "category"), ("week",)):
            asked = Asked(now=NOW, by=by)
            found.append((await REPORTS["backlog"](session, asked)).document)
        found.append((await REPORTS["bot"](session, Asked(now=NOW, by=("week",)))).document)
    return found


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Store]:
    """A SQLite store to compare with."""
    made = Store(f"sqlite+aiosqlite:///{tmp_path / 'plain.db'}")
    async with made.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield made
    await made.close()


async def test_every_database_gives_the_same_figures(migrated: Store, plain: Store) -> None:
    for store in (plain, migrated):
        await fill(store, seed=41, count=60)
    assert await documents(migrated) == await documents(plain)


@pytest.fixture
async def desk(new_desk: NewDesk) -> Desk:
    made = await new_desk()
    await fill(made[0].store, seed=42, count=20)
    return made


async def bearer(services: Services) -> dict[str, str]:
    async with services.store.write() as session:
        token = await issue_token(
            session,
            email=EMAILS[0],
            name="sheet",
            scopes=("figures.read",),
            days=1,
            now=datetime.now(UTC),
        )
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("name", REPORTS)
async def test_a_token_reads_what_the_command_line_prints(desk, name):
    services, http = desk
    auth = await bearer(services)
    answer = await http.get(f"/api/v1/sla/{name}", headers=auth)
    assert answer.status_code == 200
    async with services.store.read() as session:
        report = await REPORTS[name](session, Asked(now=datetime.now(UTC)))
    assert answer.json().keys() == report.document.keys()
    assert answer.json()["rule"] == report.document["rule"]
    table = await http.get(f"/api/v1/sla/{name}?format=csv", headers=auth)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert table.text.splitlines()[0] == ",".join(report.columns)


async def test_period_metric_and_strata_are_asked_for(desk):
    services, http = desk
    answer = await http.get(
        "/api/v1/sla/report?from=2026-11-01&to=2026-12-01&metric=resolution&by=week&by=language",
        headers=await bearer(services) | {"Accept-Language": "es"},
    )
    found = answer.json()
    assert (found["from"], found["to"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    assert (found["metric"], found["by"]) == ("resolution", "week,language")
    assert found["rule"].startswith("A tiempo")
    assert sum(part["total"] for part in found["strata"].values()) == found["total"]["total"] > 0


@pytest.mark.parametrize(
    "query", ["from=yesterday", "to=2026-13-01", "metric=x", "by=x", "format=x"]
)
async def test_a_wrong_question_is_named(desk, query):
    services, http = desk
    answer = await http.get(f"/api/v1/sla/report?{query}", headers=await bearer(services))
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid_field"
    assert query.partition("=")[0] in error["message"]


async def test_strata_of_conversations_are_fewer(desk):
    services, http = desk
    answer = await http.get("/api/v1/sla/bot?by=analyst", headers=await bearer(services))
    assert answer.status_code == 400


async def test_without_a_valid_token_there_are_no_figures(desk):
    services, http = desk
    auth = await bearer(services)
    async with services.store.write() as session:
        await revoke_token(session, 1, now=datetime.now(UTC))
    for headers in ({}, auth, {"Authorization": "Bearer x"}, {"Cookie": "acedesk_sign_in=x"}):
        for name in REPORTS:
            answer = await http.get(f"/api/v1/sla/{name}", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "unauthorised"


async def test_the_page_and_its_files_open_with_the_cookie_only(desk):
    services, http = desk
    async with services.store.write() as session:
        user = await add_user(
            session, email="c@desk.example", role="analyst", language="es", password=PASSWORD
        )
        now = datetime.now(UTC)
        cookie = await sign_ins.begin(session, user, browser="", how="password", now=now)
    for path in ("/console/figures", "/console/figures/report"):
        assert (await http.get(path, headers=await bearer(services))).status_code == 302
    signed = {"Cookie": f"acedesk_sign_in={cookie}"}
    page = await http.get("/console/figures/?days=365&by=analyst&by=analyst&by=x", headers=signed)
    assert page.status_code == 200
    assert "Atención del caso, por analista." in page.text
    assert EMAILS[0] in page.text
    odd = await http.get("/console/figures/?days=-1&metric=x&by=", headers=signed)
    assert odd.status_code == 200
    assert "Desglose</h2>" not in odd.text
    table = await http.get("/console/figures/report?format=csv&by=day", headers=signed)
    assert table.text.startswith("day,total,")
    assert (await http.get("/console/figures/x", headers=signed)).status_code == 404
