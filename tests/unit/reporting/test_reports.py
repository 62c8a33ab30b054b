import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from desk.accounts.models import User
from desk.messages import LANGUAGES
from desk.reporting.reports import REPORTS, Asked, Report, Unreportable, day
from desk.sla.clock import METRICS
from desk.sla.cohort import STRATA
from tests.tickets import NOW, fill

PERIOD = {"since": NOW - timedelta(days=30), "until": NOW, "now": NOW}


async def made(store, name: str, **asked) -> Report:
    async with store.read() as session:
        return await REPORTS[name](session, Asked(**(PERIOD | asked)))


def cells(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report.csv())))


async def test_a_report_tells_the_whole_and_its_strata(store):
    await fill(store, seed=21, count=40)
    report = await made(store, "report", by=("language", "category"))
    document = report.document
    assert document["at"] == "2026-11-22T12:30:00Z"
    assert document["from"] == "2026-10-23T12:30:00Z"
    assert document["metric"] == "processed"
    assert document["target"] == 0.9
    assert document["by"] == "language,category"
    total = document["total"]
    assert (
        total["hits"] + total["breaches"] + total["pending"] + total["excluded"] == total["total"]
    )
    assert sum(total["exclusions"].values()) == total["excluded"]
    assert total["interval"][0] <= total["share"] <= total["interval"][1]
    assert total["p50_s"] <= total["p90_s"] <= total["p95_s"]
    assert "en,cargo" in document["strata"]
    assert sum(part["total"] for part in document["strata"].values()) == total["total"]


@pytest.mark.parametrize("name", REPORTS)
async def test_document_and_table_hold_the_same(store, name):
    await fill(store, seed=22, count=30)
    report = await made(store, name)
    json.dumps(report.document)
    rows = cells(report)
    assert rows
    assert list(rows[0]) == list(report.columns)
    if name in ("report", "backlog", "bot"):
        assert int(rows[0]["total"]) == report.document["total"]["total"]
        assert report.document["strata"] == {}
        assert report.document["by"] is None


@pytest.mark.parametrize("name", REPORTS)
async def test_a_store_without_tickets_makes_a_table_with_its_header(store, name):
    report = await made(store, name)
    assert report.csv().startswith(report.columns[0])


async def test_parity_has_both_languages_of_every_metric(store):
    await fill(store, seed=23, count=60)
    document = (await made(store, "parity")).document
    assert document["metrics"].keys() == set(METRICS)
    for sides in document["metrics"].values():
        apart = sides["en"]["share"] - sides["es"]["share"]
        assert sides["difference"] == pytest.approx(apart)
        assert sides["interval"][0] <= apart <= sides["interval"][1]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
async def test_no_cell_is_a_formula(store, sign):
    await fill(store, seed=24, count=30)
    async with store.write() as session:
        await session.execute(
            update(User).where(User.id == 1).values(email=f'{sign}HYPERLINK("x")@desk.example')
        )
    rows = cells(await made(store, "report", by=("analyst",)))
    names = {row["analyst"] for row in rows}
    assert f'\'{sign}HYPERLINK("x")@desk.example' in names
    assert not any(name.startswith(sign) for name in names)


async def test_a_negative_number_stays_a_number(store):
    await fill(store, seed=25, count=60)
    for row in cells(await made(store, "parity")):
        assert -1 <= float(row["difference"]) <= 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"metric": "speed"}, "metric"),
        ({"by": ("colour",)}, "by"),
        ({"by": ("day", "day")}, "by"),
        ({"by": STRATA[:3]}, "by"),
    ],
)
def test_what_there_is_not_is_refused(asked, field):
    with pytest.raises(Unreportable) as refused:
        Asked(**(PERIOD | asked))
    assert refused.value.field == field


async def test_conversations_have_no_analysts(store):
    with pytest.raises(Unreportable, match="language, channel, day, week, month"):
        await made(store, "bot", by=("analyst",))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_says_its_rule(store, name, language):
    rule = (await made(store, name, language=language)).document["rule"]
    assert len(rule) > 80
    assert "{" not in rule


def test_a_day_begins_at_midnight_utc():
    assert day("2026-11-22").isoformat() == "2026-11-22T00:00:00+00:00"
    with pytest.raises(ValueError, match="does not match"):
        day("22.11.2026")
