"""The picture of the curves."""

import json
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from desk.evaluation import curves
from desk.evaluation.curves import FILE, PICTURE, drawing
from desk.routing import decision


@pytest.fixture(scope="module")
def limits() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = tomllib.loads(decision.FILE.read_text())["limits"]
    return found


def titles(svg: str) -> list[str]:
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return [text.text or "" for text in texts if ", limit " in (text.text or "")]


def test_every_limit_has_a_panel(limits: dict[str, dict[str, float]]) -> None:
    moved = limits | {"es": limits["es"] | {"decline": 0.07}}
    found = titles(drawing(json.loads(FILE.read_text()), moved))
    assert len(found) == 6
    assert "Spanish: declining, limit 0.07" in found
    assert f"English: a person, limit {limits['en']['person']:.2f}" in found


def test_the_picture_in_the_documents_shows_the_limits_in_force(
    limits: dict[str, dict[str, float]],
) -> None:
    shown = PICTURE.read_text()
    assert titles(shown) == titles(drawing(json.loads(FILE.read_text()), limits))


def test_the_picture_stands_alone(limits: dict[str, dict[str, float]]) -> None:
    svg = drawing(json.loads(FILE.read_text()), limits)
    used = {part.split(")")[0] for part in svg.split("var(")[1:]}
    assert {"--paper", "--ink", "--accent", "--warn"} <= used
    assert all(svg.count(f"{name}: #") == 2 for name in used), "once for each scheme"
    assert "#01020" not in svg


def test_main_draws_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "PICTURE", tmp_path / "curves.svg")
    curves.main()
    assert len(titles((tmp_path / "curves.svg").read_text())) == 6
