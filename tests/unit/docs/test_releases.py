"""The version stands in one place, and what repeats it agrees."""

import re
import tomllib
from typing import Any

from desk.settings import PROJECT
from desk.store.migrate import revisions
from desk.web.openapi import document

RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (Unreleased|\d{4}-\d\d-\d\d)$", re.MULTILINE)


def project(name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((PROJECT / name).read_text(encoding="utf-8"))["project"]
    return found


VERSION = project("pyproject.toml")["version"]


def test_what_repeats_the_version_agrees() -> None:
    assert project("bot/pyproject.toml")["version"] == VERSION
    assert document()["info"]["version"] == VERSION


def test_the_changelog_begins_with_this_version() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = RELEASE.findall(text)
    assert len(releases) == text.count("\n## ")
    assert releases[0][0] == VERSION
    assert all(day != "Unreleased" for _, day in releases[1:])


def test_the_page_on_upgrades_names_the_schema_of_this_version() -> None:
    text = (PROJECT / "docs" / "upgrading.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d+\.\d+\.\d+) \| `(\d{4})` \|", text, re.MULTILINE))
    assert rows[VERSION] == revisions()[-1]
