from datetime import UTC, datetime, timedelta

import pytest

from desk.sla.clock import ALWAYS, METRICS
from desk.sla.policies import FILE, Policies, Terms, UnusablePolicies

WHOLE = "\n".join(f'[[versions.rules]]\nmetric = "{metric}"\ntarget_s = 60\n' for metric in METRICS)
HEAD = (
    '[[versions]]\nname = "{name}"\neffective = {effective}\nwarn_at = [0.5]\nescalate_at = 1.5\n'
)
URGENT = Terms(priority="urgent", category="cargo", language="es", channel="chat")
NORMAL = Terms(priority="normal", category="reports", language="en", channel="email")


def version(name="a", effective="2026-01-01T00:00:00Z", more=""):
    return HEAD.format(name=name, effective=effective) + WHOLE + more


def read(tmp_path, *versions):
    file = tmp_path / "policies.toml"
    file.write_text("\n".join(versions), encoding="utf-8")
    return Policies.load(file)


def test_the_shipped_defaults_are_those_of_the_contract():
    shipped = Policies.load(FILE).in_force(datetime(2026, 11, 26, tzinfo=UTC))
    targets = {metric: shipped.rule(metric, NORMAL).target_s for metric in METRICS}
    assert targets == {
        "first_response": 30 * 60,
        "next_response": 2 * 3600,
        "processed": 4 * 3600,
        "resolution": 24 * 3600,
    }
    assert shipped.rule("first_response", URGENT).target_s == 5 * 60
    assert {shipped.rule(metric, NORMAL).calendar for metric in METRICS} == {"24x7"}
    assert shipped.calendar("24x7") is ALWAYS


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ('priority = ["urgent"]', True),
        ('category = ["cargo", "outage"]', True),
        ('language = ["es"]', True),
        ('channel = ["email"]', False),
        ('priority = ["urgent"]\nlanguage = ["en"]', False),
    ],
)
def test_the_last_rule_that_fits_counts(tmp_path, condition, fits):
    rule = f'[[versions.rules]]\nmetric = "processed"\ntarget_s = 5\n{condition}\n'
    policies = read(tmp_path, version(more=rule))
    found = policies.in_force(datetime(2026, 2, 1, tzinfo=UTC)).rule("processed", URGENT)
    assert (found.target_s == 5) is fits


def test_a_ticket_has_the_version_in_force_at_its_opening(tmp_path):
    policies = read(tmp_path, version("a"), version("b", "2026-06-01T00:00:00Z"))
    change = datetime(2026, 6, 1, tzinfo=UTC)
    assert policies.in_force(change - timedelta(seconds=1)).name == "a"
    assert policies.in_force(change).name == "b"
    assert policies.in_force(datetime(2020, 1, 1, tzinfo=UTC)).name == "a"
    assert policies.named("a").name == "a"


def test_a_calendar_of_a_version_counts_its_hours(tmp_path):
    hours = (
        '[versions.calendars.laredo]\nzone = "America/Chicago"\n'
        'week = { 0 = [["08:00", "12:00"], ["13:00", "24:00"]] }\nholidays = [2026-11-30]\n'
    )
    calendar = read(tmp_path, version(more=hours)).named("a").calendar("laredo")
    monday = datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert calendar.elapsed(monday, monday + timedelta(days=14)) == timedelta(hours=15)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("versions = []", "order"),
        ("", "versions"),
        ("versions = 3", "list"),
        ("not toml", "(?i)expected"),
        (version(effective="2026-01-01T00:00:00"), "timezone"),
        (HEAD.format(name="a", effective="2026-01-01T00:00:00Z") + "rules = []", "no rule"),
        (version(more='[[versions.rules]]\nmetric = "speed"\ntarget_s = 1\n'), "speed"),
        (version(more='[[versions.rules]]\nmetric = "processed"\ntarget_s = 0\n'), "greater"),
        (
            version(more='[[versions.rules]]\nmetric = "processed"\ntarget_s = 1\ncalendar = "x"'),
            "no calendar",
        ),
        (version(more='[versions.calendars.x]\nzone = "UTC"\nweek = {}\n'), "no open hours"),
        (version(more='[versions.calendars.x]\nzone = "Nowhere"\nweek = {}\n'), "Nowhere"),
        (version("a") + version("a", "2027-01-01T00:00:00Z"), "same name"),
        (version("b", "2027-01-01T00:00:00Z") + version("a"), "order"),
        (version(more="[versions.typo]\nx = 1\n"), "typo"),
    ],
)
def test_policies_that_cannot_be_are_refused_and_say_why(tmp_path, broken, why):
    with pytest.raises(UnusablePolicies, match=why):
        read(tmp_path, broken)


def test_a_version_that_is_gone_is_missed_by_name(tmp_path):
    with pytest.raises(UnusablePolicies, match="'b'"):
        read(tmp_path, version()).named("b")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnusablePolicies, match=r"none\.toml"):
        Policies.load(tmp_path / "none.toml")
