"""The page of figures, as it is rendered."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from desk.conversations.figures import ENDS, BotOutcomes
from desk.conversations.satisfaction import Rated
from desk.messages import catalogue
from desk.quality.figures import Mean, Quality, Share
from desk.quality.reports import Figures as QualityFigures
from desk.quality.reports import PeriodReport
from desk.reporting.dashboard import Dashboard
from desk.reporting.questions import Unanswered
from desk.sla.clock import METRICS
from desk.sla.cohort import STRATA
from desk.sla.figures import NOTHING, Figures
from desk.sla.forecast import Breaches
from desk.sla.profile import Profile
from desk.sla.statistics import Attainment
from desk.tickets.backlog import BUCKETS
from desk.web.pages import strings
from tests.unit.web.pages import Page, console_page

LANGUAGES = ("en", "es")
NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
UNTIL = NOW.replace(hour=0) + timedelta(days=1)
NASTY = "<script>alert('1')</script>@desk.example"


def some(hits: int, breaches: int) -> Figures:
    return Figures(
        attainment=Attainment(hits=hits, breaches=breaches, pending=3, exclusions={"spam": 2}),
        percentiles={50: 3600.0, 90: 4800.0, 95: 90000.0},
    )


def board(profile: Profile) -> Dashboard:
    return Dashboard(
        since=UNTIL - timedelta(days=30),
        until=UNTIL,
        now=NOW,
        profiles=dict.fromkeys(METRICS, profile),
        hours={(9, "en"): Attainment(hits=9, breaches=1, exclusions={})},
        backlog={age: number for number, age in enumerate(BUCKETS)},
        forecast=[Breaches(horizon_h=4, expected=2.34, low=1, high=5)],
        past_days=28,
        bot=BotOutcomes(ends=dict.fromkeys(ENDS, 10)),
        satisfaction={"all": rated(19, 24, 60), "es": rated(9, 10, 20)}
        if profile.by_language
        else {"all": rated(0, 0, 0)},
        helpfulness={"all": Share(hits=30, total=40), "en": Share(hits=30, total=40)}
        if profile.by_language
        else {"all": Share(hits=0, total=0)},
        questions=[
            Unanswered(
                example=f"How? {NASTY}",
                intent="ask_question",
                nearest="account_locked",
                last_at=NOW,
                by_language=Counter(en=2, es=1),
                by_kind=Counter(decline=1, clarify=1, unhelpful=1),
            )
        ]
        if profile.by_language
        else [],
        quality=PeriodReport(
            since=UNTIL,
            until=UNTIL,
            lots=[],
            figures=quality_of(9, 10) if profile.by_language else quality_of(0, 0),
        ),
        newest_lot=None,
    )


def rated(satisfied: int, ratings: int, resolved: int) -> Rated:
    return Rated(
        satisfied=Share(hits=satisfied, total=ratings), response=Share(hits=ratings, total=resolved)
    )


def quality_of(hits: int, total: int) -> QualityFigures:
    whole = Quality(conforming=Share(hits=hits, total=total), score=Mean(scores=[]), criteria={})
    return QualityFigures(total=whole, languages={}, analysts={})


FULL = board(Profile(whole=some(1999, 1), by_language={"en": some(950, 50), "es": some(700, 300)}))
EMPTY = board(Profile(whole=NOTHING, by_language={}))


def page_of(language: str = "en", **changes: Any) -> Page:
    user = SimpleNamespace(
        email="a@desk.example", role="analyst", language="en", must_change_password=False
    )
    values = {
        "user": user,
        "board": FULL,
        "rules": dict.fromkeys(
            (
                "report",
                "parity",
                "backlog",
                "forecast",
                "bot",
                "satisfaction",
                "helpfulness",
                "questions",
            ),
            "The rule.",
        ),
        "titles": {"account_locked": "Locked or disabled account"},
        "names": catalogue(language)["explain"],
        "target": 0.9,
        "days": 30,
        "periods": (7, 30),
        "metrics": METRICS,
        "strata": STRATA,
        "metric": "processed",
        "by": ("analyst", "language"),
        "split": {(NASTY, "es"): some(90, 10), ("unassigned", "en"): NOTHING},
        "queries": {"period": "from=2026-10-24&to=2026-11-23", "split": "by=analyst"},
    }
    return console_page("figures", language, **(values | changes))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("changes", [{}, {"by": (), "split": {}}, {"board": EMPTY, "split": {}}])
def test_the_page_is_well_formed_and_keeps_to_its_policy(
    language: str, changes: dict[str, Any]
) -> None:
    page = page_of(language, **changes)
    assert page.all("html") == [{"lang": language}]
    assert len(page.all("h1")) == 1
    assert page.all("style") == []
    assert all(script["nonce"] == "nonce" for script in page.all("script"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        assert not [key for key in attributes if key == "style" or key.startswith("on")]
        named = (attributes.get("aria-labelledby") or "").split()
        assert set(named) <= set(ids)
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in heading for heading in page.all("th"))
    labels = {label["for"] for label in page.all("label")}
    fields = [*page.all("select"), *page.all("input")]
    assert labels == {field["id"] for field in fields if field.get("type") != "hidden"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_named_told_and_has_a_table_in_its_section(language: str) -> None:
    page = page_of(language)
    charts = page.all("svg")
    assert len(charts) == 11
    ids = {attributes.get("id"): name for name, attributes in page.elements}
    for chart in charts:
        assert chart["role"] == "img"
        title, desc = str(chart["aria-labelledby"]).split()
        assert (ids[title], ids[desc]) == ("title", "desc")
    with_chart, section = {}, ""
    for name, attributes in page.elements:
        if name == "section":
            section = str(attributes["aria-labelledby"])
        elif name in ("svg", "table"):
            with_chart.setdefault(section, set()).add(name)
    assert all("table" in found for found in with_chart.values())


def test_a_share_below_the_target_is_hatched_and_said_so() -> None:
    page = page_of()
    bars = [bar for bar in page.all("rect") if bar.get("class") in ("kept", "missed")]
    assert {bar["class"]: "fill" in bar for bar in bars} == {"kept": False, "missed": True}
    assert page.text.count("below") > page_of(board=EMPTY, split={}).text.count("below")
    assert "70.0% (67.1% to 72.8%) below" in page.text


def test_questions_without_an_answer_lead_to_the_search() -> None:
    page = page_of("es")
    assert (
        "3 2 1 se declinó: 1; solo se ofrecieron opciones: 1; la respuesta no sirvió: 1"
        in page.text
    )
    assert "Locked or disabled account" in page.text
    [link] = [a["href"] for a in page.all("a") if str(a["href"]).startswith("/console/search")]
    assert str(link).startswith("/console/search?q=How%3F%20%3Cscript%3E")
    assert "Todas las preguntas tuvieron respuesta." in page_of("es", board=EMPTY).text


def test_quality_stands_beside_the_service_levels() -> None:
    assert "9 / 10: 90.0% (59.6% to 98.2%)" in page_of().text
    assert "No lot of this period is decided." in page_of(board=EMPTY).text


def test_satisfaction_is_told_with_its_interval_and_how_many_answered() -> None:
    text = page_of().text
    assert "All 79.2% (59.5% to 90.8%) 24 40.0% (28.6% to 52.6%) 60" in text
    assert "Spanish 90.0% (59.6% to 98.2%) 10 50.0% (29.9% to 70.1%) 20" in text
    assert "All 75.0% (59.8% to 85.8%) 40" in text
    empty = page_of("es", board=EMPTY).text
    assert "Nadie ha calificado todavía un caso de este período." in empty
    assert "Nadie ha marcado todavía una respuesta de este período." in empty


def test_figures_are_told_with_their_interval_and_never_rounded_up() -> None:
    text = page_of().text
    for words in (
        "Figures 2026-10-24 to 2026-11-22 (UTC), as of 2026-11-22 19:00",
        "Processed 99.9% 99.7% to 99.9% 1999 1 3 2 2005 1 h 1 h 20 min 1 d 1 h",
        "+25.0 points +21.8 to +28.1; they differ",
        "4 h 2.3 1 to 5",
        "over 3 days 5",
        "Confirmed by the visitor 10 25.0%",
        "09 90.0% of 10",
        "spam 2 2 2 2",
    ):
        assert words in text, words


def test_the_split_names_its_groups_and_escapes_them() -> None:
    text = page_of("es").text
    assert "Atención del caso, por analista × idioma." in text
    assert f"{NASTY} Español 90.0 %" in text
    assert "Sin asignar Inglés aún sin resultado" in text


def test_nothing_at_all_is_said() -> None:
    text = page_of(board=EMPTY, split={}).text
    assert "nothing decided yet" in text
    assert "Nothing was excluded." in text
    assert "No clock started in this period." in text


def test_files_have_the_figures_of_the_page() -> None:
    links = [str(link["href"]) for link in page_of("es").all("a") if "download" in link]
    assert "/console/figures/report?format=csv&by=analyst&lang=es" in links
    assert "/console/figures/bot?format=json&from=2026-10-24&to=2026-11-23&lang=es" in links
    assert "/console/figures/forecast?format=csv&lang=es" in links


def test_what_was_chosen_is_chosen() -> None:
    chosen = [option["value"] for option in page_of().all("option") if "selected" in option]
    assert chosen == ["30", "analyst", "language", "processed"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_word(language: str) -> None:
    words = strings("console", language)["figures"]
    assert words["strata"].keys() == set(STRATA)
    assert tuple(words["ages"]) == BUCKETS
    assert tuple(words["ends"]) == ENDS
    assert catalogue(language)["figures"]["metrics"].keys() == set(METRICS)
    assert catalogue(language)["explain"]["metrics"].keys() == set(METRICS)
