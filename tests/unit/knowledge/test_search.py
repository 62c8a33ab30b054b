from dataclasses import dataclass, field

import pytest

from desk.knowledge.search import Search


@dataclass
class Article:
    slug: str
    title: str
    language: str
    questions: list[str] = field(default_factory=list)
    body: str = ""


ARTICLES = [
    Article("users", "Adding users", "en", ["how do i add a user", "give a coworker access"]),
    Article("token", "Security token", "en", ["token not arriving", "no code in my mail"]),
    Article("users", "Agregar usuarios", "es", ["cómo agrego un usuario", "dar acceso a alguien"]),
    Article("token", "Código de seguridad", "es", ["no me llega el código", "token no llega"]),
]


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(ARTICLES)


@pytest.mark.parametrize(
    ("text", "language", "slug"),
    [
        ("adding a new user", "en", "users"),
        ("TOKEN NEVER ARRIVED", "en", "token"),
        ("como agregar usuarios", "es", "users"),
        ("el codigo no me llego", "es", "token"),
    ],
)
def test_the_nearest_article_comes_first(search, text, language, slug):
    hits = search.search(text, language)
    assert (hits[0].slug, hits[0].language) == (slug, language)
    assert 0 < hits[0].score <= 1


def test_accents_and_capitals_do_not_matter(search):
    plain, typed = search.search("codigo", "es"), search.search("CÓDIGO", "es")
    assert [(hit.slug, hit.score) for hit in plain] == [(hit.slug, hit.score) for hit in typed]


@pytest.mark.parametrize("text", ["", "   ", "?!", "\n"])
def test_nothing_asked_finds_nothing(search, text):
    assert search.search(text, "en") == []


def test_a_language_without_articles_finds_nothing(search):
    assert Search(ARTICLES[:2]).search("usuario", "es") == []


def test_no_more_than_asked_for(search):
    assert len(search.search("user token", "en", limit=1)) == 1
