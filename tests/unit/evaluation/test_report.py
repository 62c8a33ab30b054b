"""The figures of a run and the page that shows them."""

import dataclasses
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from desk.cli.common import print_json
from desk.evaluation.outcomes import Outcome, Run
from desk.evaluation.plots import plots
from desk.evaluation.report import render
from desk.evaluation.scoring import METRICS
from desk.evaluation.summary import as_json, summarise

Make = Callable[..., Outcome]
SHOWN_AS_CODE = {"labels", "commit", "model", "articles", "judge", "thresholds", "embedder"}


@pytest.fixture(scope="module")
def run(outcome: Make, failure: Make, run_of: Callable[..., Run]) -> Run:
    missed = {"id": "m-2", "text": "<script>alert(1)</script> ¿fianza?", "language": "es"}
    return run_of(
        outcome(),
        outcome(missed, language="es", article="isf", confidence=0.31),
        outcome({"id": "m-3", "must_handoff": True, "note": "asks us"}, kind="handoff"),
        failure(id="m-4", topic="smalltalk"),
    )


@pytest.fixture(scope="module")
def page(run: Run) -> str:
    """Drawing takes a second, so the page is made once."""
    return render(summarise(run))


def test_figures_stand_overall_and_by_language(run: Run) -> None:
    summary = summarise(run)
    scores = summary.scores
    assert (scores["all"]["language"].hits, scores["all"]["language"].total) == (3, 4)
    assert (scores["es"]["article_at_1"].hits, scores["es"]["article_at_1"].total) == (0, 1)
    assert scores["mixed"]["language"].total == 0
    assert summary.kinds["all"] == {
        "question": {"answer": 2},
        "needs a person": {"handoff": 1},
        "small talk": {"no reply": 1},
    }
    assert summary.kinds["es"] == {"question": {"answer": 1}}
    assert summary.kinds["other"] == {}
    assert summary.calibrations["es"].total == 1
    assert summary.risks["en"].points[-1].wrong.total == 2
    assert summary.latency is not None
    assert summary.latency.turns_per_s == 1.5
    assert summary.latency.max == 0.02
    missed = {miss.outcome.label.id: {m.key for m in miss.missed} for miss in summary.misses}
    assert missed == {
        "m-2": {"decision", "article_at_1", "article_at_3"},
        "m-4": {"decision", "language"},
    }


def test_figures_print_as_json(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    print_json(as_json(summarise(run)))
    figures = json.loads(capsys.readouterr().out)
    assert figures["at"] == "2026-03-02T12:00:00Z"
    assert figures["messages"] == 4
    assert figures["failures"] == [{"id": "m-4", "reason": "HTTP 500: oh"}]
    recall = figures["scores"]["en"]["handoff_recall"]
    assert (recall["hits"], recall["total"], recall["share"]) == (1, 1, 1.0)
    assert figures["scores"]["other"]["language"]["share"] is None
    extra = {"calibration", "risk_coverage"}
    assert set(figures["rules"]) == {metric.key for metric in METRICS} | extra
    assert figures["scores"]["en"]["handoff_f1"]["share"] == 1.0
    assert figures["scores"]["all"]["false_refusals"]["total"] == 3
    assert figures["versions"]["model"] == "81faa9af33fd"
    assert figures["english_less_spanish"]["article_at_1"]["share"] == 1.0
    assert figures["english_less_spanish"]["handoff_recall"] is None
    assert figures["kinds_by_language"]["es"] == {"question": {"answer": 1}}
    assert figures["confusions"]["articles"] == [
        {
            "wanted": "bonds",
            "got": "isf",
            "messages": [
                {"id": "m-2", "language": "es", "text": "<script>alert(1)</script> ¿fianza?"}
            ],
        }
    ]
    assert [one["got"] for one in figures["confusions"]["decisions"]] == ["no reply"]
    assert [one["wanted"] for one in figures["confusions"]["languages"]] == ["en"]
    assert figures["calibration_by_language"]["es"]["expected_error"] == pytest.approx(0.31)
    last = figures["risk_coverage"]["all"]["points"][-1]
    assert (last["coverage"], last["wrong"]["hits"], last["wrong"]["total"]) == (1.0, 1, 3)
    assert figures["risk_coverage"]["other"] == {"area": None, "points": []}
    assert [miss["id"] for miss in figures["misses"]] == ["m-2", "m-4"]


def test_the_page_lists_every_miss_escaped(page: str) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt; ¿fianza?" in page
    assert "<script" not in page
    rows = re.findall(r'<tr data-missed="([^"]*)">\s*<td><code>(m-\d)</code>', page)
    assert rows == [("decision article_at_1 article_at_3", "m-2"), ("decision language", "m-4")]
    assert "0.31" in page
    assert "HTTP 500: oh" in page


def test_the_page_names_data_and_versions(page: str, run: Run) -> None:
    names = dataclasses.asdict(run.versions)
    assert all(f"<code>{names[key]}</code>" in page for key in names if key in SHOWN_AS_CODE)
    assert "0.1.0, commit" in page


def test_the_page_tells_english_from_spanish_with_an_interval(
    outcome: Make, run_of: Callable[..., Run]
) -> None:
    right = [outcome({"id": f"r-{n}"}) for n in range(9)]
    wrong = [outcome({"id": "w"}, article="isf")]
    spanish = [
        outcome(
            {"id": f"s-{n}", "language": "es"},
            language="es",
            article="bonds" if n < 3 else "isf",
        )
        for n in range(10)
    ]
    page = render(summarise(run_of(*right, *wrong, *spanish)))
    row = page[page.index('<th scope="row">Article@1</th>') :].split("</tr>")[0]
    assert "<b>+60.0</b>" in row
    assert "<small>+17.1 to +80.9</small>" in row
    assert "excludes zero" in row
    language = page[page.index('<th scope="row">Language</th>') :].split("</tr>")[0]
    assert "<b>+0.0</b>" in language
    assert "excludes zero" not in language


def test_the_page_lists_what_was_taken_for_what(page: str) -> None:
    section = page[page.index('id="errors"') : page.index('id="trust"')]
    articles, outcomes, languages = section.split("<h3>")[1:]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; ¿fianza?" in articles
    assert "m-4" in outcomes
    assert "m-2" not in outcomes
    assert "m-4" in languages


def test_the_page_states_every_rule(page: str) -> None:
    assert all(metric.rule in page for metric in METRICS)


def test_the_page_needs_nothing_beside_it(page: str) -> None:
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r'https?://[^"\s<]+', page)) <= namespaces
    assert "<img" not in page
    assert "<link" not in page


def test_the_plots_follow_the_pages_colours_and_are_told_in_words(page: str) -> None:
    # Three decisions are too few for a curve of risk.
    assert page.count("<svg") == 6
    assert len(re.findall(r'role="img" aria-label="[^"]{40,}"', page)) == 6
    assert "#01020" not in page
    assert "var(--accent)" in page


def test_a_curve_of_risk_is_drawn_and_told_from_twenty_decisions_on(
    outcome: Make, run_of: Callable[..., Run]
) -> None:
    run = run_of(*(outcome({"id": f"m-{n}"}, confidence=n / 40) for n in range(20)))
    assert "risk-coverage" in plots(summarise(run))
    fewer = run_of(*run.outcomes[1:])
    assert "risk-coverage" not in plots(summarise(fewer))


def test_ids_are_unique_in_the_page(page: str) -> None:
    ids: list[str] = []

    class Ids(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            ids.extend(value for name, value in attrs if name == "id" and value)

    Ids().feed(page)
    assert len(ids) == len(set(ids))


def test_a_run_without_misses_says_so(outcome: Make, run_of: Callable[..., Run]) -> None:
    page = render(summarise(run_of(outcome())))
    assert "every message is right by every score" in page


def test_a_degraded_desk_leaves_the_reliability_diagram_out(
    outcome: Make, run_of: Callable[..., Run]
) -> None:
    run = run_of(outcome(kind="degraded", article=None, confidence=0.0))
    page = render(summarise(run))
    assert "Reliability diagram" not in page
    assert 'id="trust"' not in page
    assert "Histogram" in page
