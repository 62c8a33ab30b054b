"""`/api/v1/articles`: what the desk answers from, as it is published."""

from typing import Annotated, Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, json

from desk.accounts.models import ApiToken
from desk.instants import instant
from desk.knowledge.html import article_html
from desk.knowledge.models import ArticleVersion
from desk.knowledge.service import published_articles
from desk.services import Services
from desk.web.errors import ApiError
from desk.web.programs.fields import Category, Language, Query, query_of
from desk.web.programs.guard import program

blueprint = Blueprint("articles_for_programs", url_prefix="/api/v1/articles")


class ListQuery(Query):
    """Which articles."""

    language: Language | None = None
    category: Category | None = None


class SearchQuery(Query):
    """What is looked for."""

    q: Annotated[str, Field(min_length=1, max_length=1000)]
    language: Language
    limit: int = Field(5, ge=1, le=20)


@blueprint.get("/")
@program("knowledge.read")
async def listed(request: Request, *, by: ApiToken) -> HTTPResponse:
    """Every published article, without its text."""
    asked = query_of(request, ListQuery)
    found = [
        row
        for row in await _published(request)
        if asked.language in (None, row.language) and asked.category in (None, row.category)
    ]
    return json({"articles": [_row(row) for row in found]})


@blueprint.get("/search")
@program("knowledge.read")
async def searched(request: Request, *, by: ApiToken) -> HTTPResponse:
    """The articles that may answer a text, best first."""
    services: Services = request.app.ctx.services
    asked = query_of(request, SearchQuery)
    hits = services.library.search(asked.q, asked.language).hits[: asked.limit]
    return json(
        {
            "hits": [
                {
                    "slug": hit.slug,
                    "title": hit.title,
                    "language": hit.language,
                    "score": round(hit.score, 4),
                }
                for hit in hits
            ]
        }
    )


@blueprint.get("/<slug:str>")
@program("knowledge.read")
async def shown(request: Request, *, by: ApiToken, slug: str) -> HTTPResponse:
    """One article in each language that it is published in, as Markdown and as HTML."""
    versions = {row.language: _whole(row) for row in await _published(request) if row.slug == slug}
    if not versions:
        raise ApiError(404, "unknown_article")
    return json({"slug": slug, "languages": versions})


async def _published(request: Request) -> list[ArticleVersion]:
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        return await published_articles(session)


def _row(row: ArticleVersion) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "language": row.language,
        "version": row.version,
        "title": row.title,
        "category": row.category,
        "reviewed": row.reviewed.isoformat(),
        "published_at": instant(row.imported_at),
    }


def _whole(row: ArticleVersion) -> dict[str, Any]:
    return _row(row) | {
        "questions": row.questions,
        "sources": row.sources,
        "markdown": row.body,
        "html": article_html(row.body, row.language),
    }
