"""The unseen half of the development set: a change that makes the assistant worse fails here."""

import json
from pathlib import Path

from tests.e2e.stack import Stack

FOLDER = Path(__file__).resolve().parents[3] / "data" / "development"
FLOORS = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))


def test_no_score_falls_below_its_floor(stack: Stack) -> None:
    report = stack.cli("eval", str(FOLDER / "unseen.jsonl"), "--json")
    assert report["failures"] == []
    reached = {
        f"{stratum} {key}": report["scores"][stratum][key]["share"]
        for stratum, floors in FLOORS.items()
        for key in floors
    }
    fallen = {
        f"{stratum} {key}": (reached[f"{stratum} {key}"], floor)
        for stratum, floors in FLOORS.items()
        for key, floor in floors.items()
        if reached[f"{stratum} {key}"] < floor
    }
    assert fallen == {}
