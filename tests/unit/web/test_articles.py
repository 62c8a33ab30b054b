"""Articles that an analyst is offered for a requester."""

from datetime import UTC, datetime
from pathlib import Path

from desk.knowledge.files import read_folder
from desk.knowledge.library import Library
from desk.knowledge.service import import_articles
from desk.settings import PROJECT, Settings
from desk.store import Store
from desk.web.console.articles import suggestions
from textkit.embedding import embedder

ARTICLES = PROJECT / "data" / "kb"


async def library_of(store: Store, folder: Path) -> Library:
    async with store.write() as session:
        await import_articles(session, list(read_folder(folder)))
    library = Library(store, embedder("none"), Settings().rankings)
    await library.load()
    return library


async def test_the_best_come_first_in_the_requesters_language(store: Store) -> None:
    library = await library_of(store, ARTICLES)
    for language, text in (("en", "my account is locked"), ("es", "mi cuenta está bloqueada")):
        found = suggestions(library, text, language=language)
        known = library.article("account_locked", language)
        assert known is not None
        assert 0 < len(found) <= 5
        assert (found[0].title, found[0].language) == (known.title, language)
        assert found[0].reviewed <= datetime.now(UTC).date()
        assert "**" not in found[0].short
        assert len(found[0].snippet) <= 221
    assert suggestions(library, " ", language="en") == []


async def test_the_source_to_open_is_an_official_one_where_there_is_one(store: Store) -> None:
    library = await library_of(store, ARTICLES)
    found = suggestions(library, "my account is locked", language="en")
    known = library.article("account_locked", "en")
    assert known is not None
    official = [source["url"] for source in known.sources if ".gov/" in source["url"]]
    assert found[0].url == (official or [known.sources[0]["url"]])[0]
