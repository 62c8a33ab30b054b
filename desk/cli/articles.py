"""`kb`: articles in, out, searched and checked."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError, ProgrammingError

from desk.cli.common import as_json, open_store, print_json, run
from desk.home import Home
from desk.knowledge.checks import check_folder
from desk.knowledge.files import (
    FrontMatter,
    UnreadableArticle,
    read_folder,
    write_article,
)
from desk.knowledge.readability import reading_summary
from desk.knowledge.service import import_articles, published_articles
from desk.settings import PROJECT, Settings

if TYPE_CHECKING:
    from desk.knowledge.ranking import Searchable

SEED = PROJECT / "data" / "kb"
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def kb() -> None:
    """The knowledge base."""


@kb.command()
@click.argument("text")
@click.option("--language", type=click.Choice(["en", "es"]), required=True)
@click.option("--limit", default=5, show_default=True)
@as_json
def search(text: str, language: str, limit: int, as_json: bool) -> None:
    """Find the articles for a text."""
    from desk.knowledge.rankings import learnt  # noqa: PLC0415
    from desk.knowledge.search import Search  # noqa: PLC0415
    from textkit.embedding import embedder  # noqa: PLC0415

    settings = Settings()
    Home(settings.home)
    meaning = embedder(settings.embedder)
    articles = run(_articles(settings))
    ranking = learnt(articles, meaning, settings.rankings)
    hits = Search(articles, ranking, meaning).search(text, language, limit=limit).hits
    if as_json:
        print_json([vars(hit) for hit in hits])
        return
    for hit in hits:
        click.echo(f"{hit.score:.2f}  {hit.slug}  {hit.title}")


@kb.command("import")
@click.argument("folder", type=FOLDER)
def import_(folder: Path) -> None:
    """Import FOLDER/en and FOLDER/es: what changed becomes the next version."""
    added, unchanged = run(import_folder(Settings(), folder))
    if not added + unchanged:
        raise click.ClickException(f"no articles in {folder}/en and {folder}/es")
    click.echo(f"{added} versions added, {unchanged} files unchanged")


@kb.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Write the published articles to FOLDER/en and FOLDER/es; `kb import` reads them back."""
    written = run(export_folder(Settings(), folder))
    click.echo(f"{written} files written")


@kb.command()
@as_json
@click.argument("folder", type=FOLDER, default=SEED)
def check(folder: Path, as_json: bool) -> None:
    """Check every article: readable, both languages alike, fresh, short and plain."""
    checked = check_folder(folder, today=datetime.now(UTC).date())
    if as_json:
        print_json(
            {
                "articles": len(checked.articles),
                "problems": [vars(problem) for problem in checked.problems],
                "reading": reading_summary(checked.articles),
            }
        )
    else:
        for problem in checked.problems:
            click.echo(problem)
        click.echo(f"{len(checked.articles)} articles, {len(checked.problems)} problems")
    if checked.problems:
        raise SystemExit(1)


def learn_seed(settings: Settings) -> None:
    """Let the search learn the articles that come with the desk, unless it has."""
    from desk.knowledge.rankings import learnt  # noqa: PLC0415
    from textkit.embedding import UnknownEmbedder, embedder  # noqa: PLC0415

    try:
        learnt(list(read_folder(SEED)), embedder(settings.embedder), settings.rankings)
    except (UnreadableArticle, UnknownEmbedder) as error:
        raise click.ClickException(str(error)) from error


async def import_folder(settings: Settings, folder: Path) -> tuple[int, int]:
    """Import a folder in one transaction; how many versions were added, files unchanged."""
    try:
        files = list(read_folder(folder))
    except UnreadableArticle as error:
        raise click.ClickException(str(error)) from error
    async with open_store(settings) as store, store.write() as session:
        imported = await import_articles(session, files)
    return imported.added, imported.unchanged


async def export_folder(settings: Settings, folder: Path) -> int:
    """Write the newest published version of each article; how many files that were."""
    async with open_store(settings) as store, store.read() as session:
        published = await published_articles(session)
    for row in published:
        try:
            meta = FrontMatter.model_validate(
                {name: getattr(row, name) for name in FrontMatter.model_fields}
            )
        except ValidationError as error:
            raise click.ClickException(f"{row.language}/{row.slug}: {error}") from error
        write_article(folder, row.language, meta, row.body)
    return len(published)


async def _articles(settings: Settings) -> list["Searchable"]:
    """What is published; the seed when the store has no tables yet."""
    try:
        async with open_store(settings) as store, store.read() as session:
            published: list[Searchable] = list(await published_articles(session))
    except (OperationalError, ProgrammingError):
        published = []
    return published or list(read_folder(SEED))
