from dataclasses import dataclass, field

import pytest

from desk.knowledge.ranking import Ranking
from desk.knowledge.rankings import learnt
from desk.knowledge.search import Search
from textkit.embedding import UnknownEmbedder, embedder

MEANING = embedder("use")
LEXICAL = embedder("none")


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
BONDS = Article("bonds", "Customs bonds", "en", ["what is a continuous bond", "bond rider"])


def search_over(articles, meaning=MEANING):
    return Search(articles, Ranking.learn(articles, meaning), meaning)


@pytest.fixture(scope="module", params=[MEANING, LEXICAL], ids=lambda meaning: meaning.name)
def search(request):
    return search_over(ARTICLES, request.param)


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
    hits = search.search(text, language).hits
    assert (hits[0].slug, hits[0].language) == (slug, language)
    assert 0 < hits[0].score <= 1


def test_accents_do_not_matter_to_words_and_capitals_to_nothing():
    lexical, hybrid = search_over(ARTICLES, LEXICAL), search_over(ARTICLES)
    assert lexical.search("codigo", "es") == lexical.search("CÓDIGO", "es")
    assert hybrid.search("código", "es") == hybrid.search("CÓDIGO", "es")


@pytest.mark.parametrize("text", ["", "   ", "?!", "\n"])
def test_nothing_asked_finds_nothing(search, text):
    assert search.search(text, "en").hits == ()


def test_no_more_than_asked_for(search):
    assert len(search.search("user token", "en", limit=1).hits) == 1


def test_no_articles_at_all():
    assert search_over([]).search("user", "en").hits == ()


def test_a_spanish_question_finds_what_exists_only_in_english():
    hits = search_over([*ARTICLES, BONDS]).search("qué es una fianza continua", "es").hits
    assert (hits[0].slug, hits[0].language, hits[0].title) == ("bonds", "en", "Customs bonds")


def test_words_that_no_article_has_are_found_by_their_meaning():
    found = search_over(ARTICLES).search("my email shows nothing to type in", "en")
    assert found.hits[0].slug == "token"


def test_an_article_is_found_before_it_has_been_learnt():
    search = Search([*ARTICLES, BONDS], Ranking.learn(ARTICLES, MEANING), MEANING)
    assert search.search("what is a continuous bond", "en").hits[0].slug == "bonds"
    assert search.search("token not arriving", "en").hits[0].slug == "token"


def test_an_article_that_was_taken_back_is_not_found():
    rest = [one for one in ARTICLES if one.slug == "users"]
    search = Search(rest, Ranking.learn(ARTICLES, MEANING), MEANING)
    assert [hit.slug for hit in search.search("token not arriving", "en").hits] == ["users"]


def test_an_example_question_is_near_and_far_away_is_far():
    search = search_over(ARTICLES)
    assert search.search("token not arriving", "en").nearness > 0.99
    assert search.search("the football match was fun", "en").nearness < 0.4


def test_a_ranking_that_was_kept_finds_the_same(tmp_path):
    first = learnt(ARTICLES, MEANING, tmp_path)
    (kept,) = tmp_path.glob("*.npz")
    written = kept.stat().st_ino
    again = learnt(ARTICLES, MEANING, tmp_path)
    assert kept.stat().st_ino == written
    texts = ["adding a user", "no llega el token"]
    one, other = Search(ARTICLES, first, MEANING), Search(ARTICLES, again, MEANING)
    assert [one.search(text, "en") for text in texts] == [
        other.search(text, "en") for text in texts
    ]


def test_other_articles_make_another_ranking(tmp_path):
    for articles in (ARTICLES, [*ARTICLES, BONDS], ARTICLES[:3]):
        learnt(articles, MEANING, tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 3


def test_two_trainings_give_the_same_ranking():
    one, other = search_over(ARTICLES), search_over(ARTICLES)
    assert one.search("add user token", "en") == other.search("add user token", "en")


def test_an_embedder_that_is_not_there_is_named():
    with pytest.raises(UnknownEmbedder, match="word2vec"):
        embedder("word2vec")


def test_a_damaged_ranking_is_learnt_anew(tmp_path):
    learnt(ARTICLES, MEANING, tmp_path)
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(b"half a file")
    search = Search(ARTICLES, learnt(ARTICLES, MEANING, tmp_path), MEANING)
    assert search.search("add a user", "en").hits[0].slug == "users"
    assert kept.stat().st_size > 1000


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    search = Search(ARTICLES, learnt(ARTICLES, MEANING, blocked / "rankings"), MEANING)
    assert search.search("add a user", "en").hits[0].slug == "users"
