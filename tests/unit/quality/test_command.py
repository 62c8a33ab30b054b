"""`acedesk quality`, from the plan to the page."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.cli import main
from desk.settings import Settings
from desk.store import Store
from tests.databases import lay_down
from tests.unit.quality.lots import BAD, BEST, add_tickets, add_users

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
PERIOD = (
    "--from",
    (TODAY - timedelta(days=7)).strftime("%Y-%m-%d"),
    "--to",
    TODAY.strftime("%Y-%m-%d"),
)
SETS = tuple(word for key in BEST for word in ("--set", f"{key}=2"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    lay_down(Settings().store_url)
    asyncio.run(fill())


async def fill() -> None:
    store = Store(Settings().store_url)
    users = await add_users(store, "ana", "ben", "cleo")
    at = TODAY - timedelta(days=1)
    await add_tickets(store, 2, prefix="en", at=at, assignee_id=users["cleo"])
    await add_tickets(store, 1, prefix="es", at=at, language="es")
    await store.close()


def call(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["quality", *arguments], input=stdin)


def parsed(*arguments: str, stdin: str | None = None) -> Any:
    result = call(*arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def said(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def review(ticket: str, scores: dict[str, int | None], *more: str, by: str = "ana") -> Any:
    return parsed(
        *("score", "1", ticket, "--reviewer", f"{by}@example.com", "--json-stdin", *more),
        stdin=json.dumps({"scores": scores, "comment": "Call 202-555-0100, SSN 123-45-6789"}),
    )


def test_a_plan_tells_its_numbers_and_what_it_lets_pass() -> None:
    found = parsed("plan", "--lot-size", "1000")
    assert (found["letter"], found["sample_size"]) == ("J", 80)
    assert (found["accept"], found["reject"], found["whole_lot"]) == (14, 15, False)
    assert found["curve"][0] == {"share_bad": 0.0, "accepted": 1.0}
    assert 0.98 < found["accepted_at_target"] < 1
    text = said("plan", "--lot-size", "1000", "--aql", "0.65", "--severity", "tightened")
    assert "letter J by way of K, review 125; accept up to 1 bad" in text
    assert "letter H by way of J" in said("plan", "--lot-size", "400", "--aql", "0.65")


def test_a_lot_goes_from_the_draw_to_the_report(tmp_path: Path) -> None:
    lot = parsed("draw", *PERIOD, "--seed", "s", "--by", "ana@example.com")
    assert (lot["lot"], lot["population"], lot["decision"]) == (1, [1, 2, 3], None)
    numbers = [row["ticket"] for row in lot["sample"]]
    assert sorted(numbers) == ["ASD-000001", "ASD-000002", "ASD-000003"]
    assert lot["total"]["conforming"] == {
        "hits": 0, "total": 0, "share": None, "interval": None, "verdict": None,
    }  # fmt: skip
    assert "ASD-000001  no review" in said("show", "1")

    text = said("score", "1", "ASD-000001", "--reviewer", "ana@example.com", *SETS)
    assert text == "ASD-000001: 100.0%, conforming\n"
    row = review("asd-000002", BAD)
    assert (row["score"], row["conforming"], row["revision"]) == (0.7, False, 1)
    assert "[ssn]" in row["comment"]
    assert "6789" not in row["comment"]
    review("ASD-000002", BAD, "--calibration", by="ben")
    review("ASD-000001", BEST | {"closure": None}, "--calibration", by="ben")
    assert "1 of 3 reviews are missing: ASD-000003" in call("decide", "1").stderr
    review("ASD-000003", BEST)

    decided = parsed("decide", "1")
    assert (decided["decision"], decided["nonconforming"]) == ("accepted", 1)
    assert decided["total"]["conforming"]["share"] == pytest.approx(2 / 3)
    assert decided["total"]["conforming"]["verdict"] == "open"
    assert list(decided["languages"]) == ["en", "es"]
    assert list(decided["analysts"]) == ["cleo@example.com", "unassigned"]
    assert "lot 1 was decided" in call("decide", "1").stderr

    agreement = parsed("calibration", "1")
    assert (agreement["interactions"], agreement["weakest"]) == (2, ["closure"])
    assert "closure" in said("calibration", "1").splitlines()[1]

    page, whole = tmp_path / "lot.html", tmp_path / "period.html"
    text = said("show", "1", "--html", str(page))
    assert "decision: accepted, 1 bad" in text
    assert "conforming 66.7% (20.8% to 93.9%; 90% open)" in text
    text = said("report", *PERIOD, "--html", str(whole))
    assert "3 of 3 drawn, accepted" in text
    for written in (page.read_text(encoding="utf-8"), whole.read_text(encoding="utf-8")):
        assert "<svg" in written
        assert "66.7 %" in written
        # Every point of the curve stands in the table.
        for point in decided["curve"]:
            assert f"<td>{100 * point['share_bad']:.1f} %</td>" in written
            assert f"<td>{100 * point['accepted']:.1f} %</td>" in written
    report = parsed("report", *PERIOD)
    assert [row["lot"] for row in report["lots"]] == [1]
    assert report["total"] == decided["total"]


def test_a_period_without_lots_is_a_report_all_the_same(tmp_path: Path) -> None:
    page = tmp_path / "empty.html"
    assert "nothing reviewed yet" in said("report", *PERIOD, "--html", str(page))
    assert "No lot lies within this period" in page.read_text(encoding="utf-8")


def test_the_rubric_is_told_in_both_languages() -> None:
    assert "Identity procedure (identity, 20 %, critical)" in said("rubric")
    assert "Verificación de identidad" in said("rubric", "--language", "es")
    found = parsed("rubric", "--language", "es")
    assert (found["language"], found["pass_mark"], len(found["criteria"])) == ("es", 90, 6)
    assert set(found["criteria"][1]["points"]) == {"0", "2"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("plan", "--lot-size", "1"), "at least two tickets"),
        (("plan", "--lot-size", "100", "--aql", "9"), "no AQL 9"),
        (("plan", "--lot-size", "100", "--aql", "nan"), "no AQL nan"),
        (("plan", "--lot-size", "100", "--level", "IV"), "'IV' is not one of"),
        (("draw", *PERIOD, "--language", "en", "--by", "x@example.com"), "not a user"),
        (("draw", *PERIOD[:2], "--to", "2999-01-01"), "not over"),
        (("draw", "--from", "yesterday", *PERIOD[2:]), "does not match"),
        (("draw", *PERIOD, "--language", "other"), "0 tickets were resolved"),
        (("draw", *PERIOD, "--seed", ""), "a seed has 1 to 64"),
        (("show", "7"), "no lot 7"),
        (("show", "0"), "0"),
        (("show", "9" * 30), "9"),
        (("decide", "7"), "no lot 7"),
        (("calibration", "7"), "no lot 7"),
        (("score", "7", "ASD-000001", "--reviewer", "ana@example.com", *SETS), "no lot 7"),
        (("score", "7", "ASD-9", "--reviewer", "ana@example.com", *SETS), "no ticket ASD-9"),
        (("score", "7", "ASD-000001", "--reviewer", "ana@example.com"), "no points for greeting"),
        (
            ("score", "7", "ASD-000001", "--reviewer", "a", "--set", "greeting"),
            "not like greeting=2",
        ),
        (("score", "7", "ASD-000001", "--reviewer", "a", *SETS, *SETS), "set twice"),
        (("score", "7", "ASD-000001", "--reviewer", "a", *SETS, "--json-stdin"), "the place of"),
    ],
)
def test_what_cannot_be_done_is_a_clear_error(arguments: tuple[str, ...], reason: str) -> None:
    result = call(*arguments)
    assert result.exit_code in (1, 2)
    assert reason in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        ("", "no JSON"),
        ("[1]", "no object"),
        ('{"scores": [2]}', "no object"),
        ('{"scores": {}, "comment": 7}', "no text"),
        ('{"scores": {"greeting": 2.5}}', "no points for identity"),
    ],
)
def test_what_comes_in_unreadable_is_a_clear_error(stdin: str, reason: str) -> None:
    result = call("score", "1", "ASD-000001", "--reviewer", "a", "--json-stdin", stdin=stdin)
    assert result.exit_code == 1
    assert reason in result.stderr
