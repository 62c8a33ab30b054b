"""The names of what was measured."""

import json
import subprocess
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from desk.evaluation import versions
from desk.evaluation.versions import digest_of, read_versions
from desk.knowledge.models import ArticleVersion
from desk.routing import decision, judge
from desk.settings import Settings
from desk.store import Store

FINGERPRINT = "81faa9af33fd6354dee4c7d6a4d1b3a4340c593c"


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("desk.settings.PROJECT", tmp_path)
    record = tmp_path / "models" / "acedesk.json"
    record.parent.mkdir()
    record.write_text(json.dumps({"fingerprint": FINGERPRINT}))
    return record


def article(slug: str = "bonds", version: int = 1, **fields: object) -> ArticleVersion:
    return ArticleVersion(
        **{
            "slug": slug,
            "language": "en",
            "version": version,
            "digest": f"{slug}-{version}",
            "imported_at": datetime(2026, 3, 2, tzinfo=UTC),
            "title": "Bonds",
            "category": "support",
            "audience": [],
            "routing": [],
            "volatility": "L",
            "status": "published",
            "confirmation": "confirmed",
            "reviewed": date(2026, 3, 1),
            "handoff_fields": [],
            "questions": [],
            "sources": [],
            "body": "A bond …",
        }
        | fields
    )


async def test_a_desk_of_this_machine_is_named_in_full(store: Store) -> None:
    async with store.write() as session:
        session.add_all([article(), article(version=2), article("isf", status="draft")])
    found = await read_versions(
        Settings(database_url=store.url, bot_url=None, embedder="none"), "f" * 64
    )
    assert found.labels == "f" * 12
    assert found.model == FINGERPRINT[:12]
    assert found.articles == digest_of([article(version=2)])
    assert (found.articles_published, found.articles_newest) == (1, 3)
    assert found.judge == sha256(judge.FILE.read_bytes()).hexdigest()[:12]
    assert found.thresholds == sha256(decision.FILE.read_bytes()).hexdigest()[:12]
    assert found.embedder == "none"
    assert found.package.count(".") == 2


async def test_what_cannot_be_seen_is_unknown_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.settings.PROJECT", tmp_path / "nowhere")
    missing = tmp_path / "none.db"
    settings = Settings(database_url=f"sqlite+aiosqlite:///{missing}", bot_url=None)
    found = await read_versions(settings, "")
    assert (found.labels, found.model, found.articles) == ("unknown",) * 3
    assert (found.articles_published, found.articles_newest) == (None, None)
    assert not missing.exists()


@pytest.mark.parametrize("record", ["", "{}", '{"fingerprint'])
def test_a_record_without_a_fingerprint_names_no_model(model: Path, record: str) -> None:
    assert versions._fingerprint(model) == FINGERPRINT[:12]
    model.write_text(record)
    assert versions._fingerprint(model) == "unknown"


async def test_a_store_without_tables_is_unknown(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    empty.touch()
    settings = Settings(database_url=f"sqlite+aiosqlite:///{empty}")
    assert (await read_versions(settings, "")).articles == "unknown"


async def test_a_bot_elsewhere_has_an_unknown_model(tmp_path: Path) -> None:
    settings = Settings(
        bot_url="http://bot.example:5005",
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'none.db'}",
    )
    assert (await read_versions(settings, "")).model == "unknown"


def test_articles_are_named_by_what_they_say() -> None:
    one, other = article(), article("isf")
    assert digest_of([one, other]) == digest_of([other, one])
    assert digest_of([one]) != digest_of([one, other])
    assert digest_of([one]) != digest_of([article(language="es")])
    assert digest_of([one]) != digest_of([article(digest="another")])
    assert digest_of([one]) == digest_of([article(version=7, digest="bonds-1")])


def test_a_checkout_is_named_by_its_commit_and_whether_files_differ(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    assert versions._commit(tmp_path) == "unknown"
    git("init")
    file = tmp_path / "file"
    file.write_text("one")
    git("add", "file")
    git("commit", "-m", "One")
    commit = git("rev-parse", "--short=12", "HEAD")
    assert versions._commit(tmp_path) == commit
    file.write_text("two")
    assert versions._commit(tmp_path) == f"{commit}-dirty"
