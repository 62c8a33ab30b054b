"""Every scenario of `scenarios.yml`, in both languages, over HTTP against the running desk."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.stack import Stack, kind_of, new_sender, text_of

SCENARIOS = yaml.safe_load((Path(__file__).parent / "scenarios.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s["name"] for s in SCENARIOS])
def test_scenario(stack: Stack, scenario: dict[str, Any], language: str) -> None:
    sender, number = new_sender(), None
    for step in scenario["steps"]:
        typed = step["press"] if "press" in step else step["say"][language]
        answer = stack.say(sender, typed)
        said = text_of(answer)
        assert kind_of(answer) == step["kind"], f"{typed!r} got {answer}"
        assert "custom" not in {key for bubble in answer[1:] for key in bubble}
        if "article" in step:
            assert answer[0]["custom"]["article"] == step["article"], said
        if "holds" in step:
            assert step["holds"][language] in said
        if "lacks" in step:
            assert step["lacks"] not in said
        number = answer[0]["custom"]["ticket"] or number
    expected = scenario.get("ticket")
    if expected == "none":
        assert number is None
    elif expected is not None:
        assert number is not None
        check_ticket(stack.cli("tickets", "show", number, "--json"), expected, language)


def check_ticket(ticket: dict[str, Any], expected: dict[str, Any], language: str) -> None:
    assert ticket["language"] == language
    assert ticket["channel"] == "chat"
    assert ticket["due"].endswith("Z")
    assert ticket["events"][0]["kind"] == "opened"
    assert {line["actor"] for line in ticket["transcript"]} >= {"visitor"}
    assert all(0 <= entry["confidence"] <= 1 for entry in ticket["trail"])
    for field, value in expected.items():
        wanted = value[language] if isinstance(value, dict) and language in value else value
        assert ticket[field] == wanted, field
