"""Metrics, documents, dashboard, alerts and runbooks speak of the same things."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from desk.metrics import PROCESS
from desk.settings import PROJECT
from desk.web.metrics import FIGURES

PROMETHEUS = PROJECT / "deploy" / "prometheus"
OF_THE_CLIENT = {
    "up", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
}  # fmt: skip
"""Of Prometheus and of the Python client."""
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "info": ("_info",),
    "histogram": ("_bucket", "_count", "_sum"),
}
SAMPLES: dict[str, set[str]] = {figure.name: {figure.label} - {None} for figure in FIGURES}
"""The labels of every series that the desk has, by its name."""
DOCUMENTED: dict[str, set[str]] = dict(SAMPLES)
for metric in PROCESS:
    [family] = metric.describe()
    labels = {"version"} if family.type == "info" else set(metric._labelnames)
    for suffix in SUFFIXES[family.type]:
        SAMPLES[family.name + suffix] = labels | ({"le"} if suffix == "_bucket" else set())
    shown = "" if family.type == "histogram" else SUFFIXES[family.type][0]
    DOCUMENTED[family.name + shown] = labels


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


ALERTS = [rule for group in read(PROMETHEUS / "alerts.yml")["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((PROJECT / "deploy" / "grafana" / "acedesk.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in ALERTS),
    *((panel["title"], one["expr"]) for panel in PANELS for one in panel["targets"]),
]


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:acedesk|process)_\w+|\bup\b(?=\{)", expression))


def labels_in(expression: str) -> Iterator[set[str]]:
    """What an expression selects or groups by."""
    for selected in re.findall(r"\{([^}]*)\}", expression):
        yield set(re.findall(r"(\w+)(?==|!=|=~|!~)", selected))
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        yield set(re.findall(r"\w+", grouped))


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS)
def test_what_is_asked_for_is_there(name, expression):
    names = names_in(expression)
    assert names
    assert names <= SAMPLES.keys() | OF_THE_CLIENT
    # What Prometheus itself adds.
    known = {"job", "instance"}.union(*(SAMPLES.get(one, set()) for one in names))
    for labels in labels_in(expression):
        assert labels <= known


def test_every_metric_of_the_desk_is_on_the_dashboard():
    shown = set().union(*(names_in(one["expr"]) for panel in PANELS for one in panel["targets"]))
    for name in DOCUMENTED:
        assert any(one.startswith(name) for one in shown), name


def test_the_documents_name_just_the_metrics_that_there_are_with_their_labels():
    page = (PROJECT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(acedesk_\w+)` \|([^|]*)\|", page, re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert told == DOCUMENTED


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    page = (PROJECT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings == [rule["alert"] for rule in ALERTS]
    for rule in ALERTS:
        address = f"docs/runbooks.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook_url"] == address
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("page", "ticket")
    for section in page.split("\n## ")[1:]:
        for part in ("It means", "Visitors notice", "Look first", "Mend it", "Call"):
            assert f"\n**{part}" in section, section.splitlines()[0]


def test_every_alert_is_tested():
    tested = [
        (one["alertname"], bool(one["exp_alerts"]))
        for test in read(PROMETHEUS / "alerts_test.yml")["tests"]
        for one in test["alert_rule_test"]
    ]
    for rule in ALERTS:
        assert {(rule["alert"], True), (rule["alert"], False)} <= set(tested)


def test_prometheus_finds_the_rules():
    config = read(PROMETHEUS / "prometheus.yml")
    assert [(PROMETHEUS / name).exists() for name in config["rule_files"]] == [True]
    assert [one["job_name"] for one in config["scrape_configs"]] == ["acedesk"]


def test_the_dashboard_is_one_that_grafana_can_import():
    assert DASHBOARD["uid"] == "acedesk"
    assert DASHBOARD["schemaVersion"] >= 36
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == ["datasource"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    for panel in PANELS:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({one["refId"] for one in panel["targets"]}) == len(panel["targets"])


async def test_the_statements_of_the_runbooks_fit_the_store(store):
    page = (PROJECT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    statements = re.findall(r"^    (SELECT [^;]+);", page, re.MULTILINE)
    assert statements
    async with store.read() as session:
        for statement in statements:
            assert (await session.execute(text(statement))).all() == []
