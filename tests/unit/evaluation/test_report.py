"""The figures of a run and the page that shows them."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from desk.cli.common import print_json
from desk.evaluation.outcomes import Outcome, Run
from desk.evaluation.report import render
from desk.evaluation.scoring import METRICS
from desk.evaluation.summary import as_json, summarise

Make = Callable[..., Outcome]


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
    assert summary.kinds == {
        "question": {"answer": 2},
        "needs a person": {"handoff": 1},
        "small talk": {"no reply": 1},
    }
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
    assert set(figures["rules"]) == {metric.key for metric in METRICS} | {"calibration"}
    assert [miss["id"] for miss in figures["misses"]] == ["m-2", "m-4"]


def test_the_page_lists_every_miss_escaped(page: str) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt; ¿fianza?" in page
    assert "<script" not in page
    rows = re.findall(r'<tr data-missed="([^"]*)">\s*<td><code>(m-\d)</code>', page)
    assert rows == [("decision article_at_1 article_at_3", "m-2"), ("decision language", "m-4")]
    assert "0.31" in page
    assert "HTTP 500: oh" in page


def test_the_page_states_every_rule(page: str) -> None:
    assert all(metric.rule in page for metric in METRICS)


def test_the_page_needs_nothing_beside_it(page: str) -> None:
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r'https?://[^"\s<]+', page)) <= namespaces
    assert "<img" not in page
    assert "<link" not in page


def test_the_plots_follow_the_pages_colours_and_are_told_in_words(page: str) -> None:
    assert page.count("<svg") == 4
    assert len(re.findall(r'role="img" aria-label="[^"]{40,}"', page)) == 4
    assert "#01020" not in page
    assert "var(--accent)" in page


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
    assert "Histogram" in page
