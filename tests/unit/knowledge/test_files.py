from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.knowledge.files import (
    FrontMatter,
    UnreadableArticle,
    read_article,
    read_folder,
    render,
    write_article,
)
from desk.settings import PROJECT

ARTICLE = """---
slug: bonds
title: Customs bonds
category: cargo
audience: [importer]
routing: [A, D]
volatility: L
status: published
confirmation: provisional
reviewed: 2026-11-22
handoff_fields: [company]
questions: [what is a bond, a, b, c, d]
sources:
  - {tag: S81, title: eBond, url: "https://example.com"}
---
A bond guarantees duties.
"""


def write(folder: Path, language: str, text: str = ARTICLE, slug: str = "bonds") -> Path:
    path = folder / language / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read(tmp_path):
    article = read_article(write(tmp_path, "en"), "en")
    assert (article.meta.title, article.meta.routing) == ("Customs bonds", ["A", "D"])
    assert article.body == "A bond guarantees duties."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\nslug", "slug"),
        ("slug: bonds", "slug: other"),
        ("category: cargo", "category: nonsense"),
        ("reviewed: 2026-11-22\n", ""),
        ("audience: [importer]", "audience: ["),
        ("volatility: L", "volatility: L\ncolour: red"),
    ],
)
def test_a_file_that_is_no_article_is_named_with_its_fault(tmp_path, before, after):
    path = write(tmp_path, "en", ARTICLE.replace(before, after, 1))
    with pytest.raises(UnreadableArticle, match=r"bonds\.md"):
        read_article(path, "en")


def test_a_field_that_no_form_may_ask_is_refused(tmp_path):
    path = write(tmp_path, "en", ARTICLE.replace("[company]", "[company, ssn]"))
    with pytest.raises(UnreadableArticle, match=r"handoff_fields\.1: Input should be 'name'"):
        read_article(path, "en")


def test_the_digest_follows_what_is_said_and_not_how_it_is_laid_out(tmp_path):
    one = read_article(write(tmp_path, "en"), "en").digest
    relaid = ARTICLE.replace("title: Customs bonds", "title:   'Customs bonds'")
    assert read_article(write(tmp_path, "en", relaid), "en").digest == one
    retold = ARTICLE.replace("guarantees duties", "covers duties")
    assert read_article(write(tmp_path, "en", retold), "en").digest != one


def test_the_seed_is_laid_out_as_an_export_lays_it_out():
    for article in read_folder(PROJECT / "data" / "kb"):
        assert article.path.read_text("utf-8") == render(article.meta, article.body)


printable = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
awkward = st.sampled_from(
    [
        "true",
        "no",
        "12",
        "2026-11-22",
        "a: b",
        "a #b",
        "a:",
        "- a",
        "---",
        "'a'",
        '"a"',
        "[a]",
        "ñ ",
    ]
)


@given(
    title=printable | awkward,
    questions=st.lists(printable | awkward, min_size=5, max_size=6),
    audience=st.lists(printable | awkward, min_size=1, max_size=3),
    body=st.lists(st.sampled_from(["---", "1. Open it.", "", "- ¿Qué?"])).map("\n".join),
)
def test_what_is_written_is_read_back(tmp_path_factory, title, questions, audience, body):
    meta = FrontMatter.model_validate(
        {
            "slug": "bonds",
            "title": title,
            "category": "cargo",
            "audience": audience,
            "routing": ["A", "D"],
            "volatility": "L",
            "status": "published",
            "confirmation": "confirmed",
            "reviewed": "2026-11-22",
            "handoff_fields": ["company", "role"],
            "questions": questions,
            "sources": [{"tag": "S81", "title": title, "url": "https://example.com/#a"}],
        }
    )
    path = write_article(tmp_path_factory.mktemp("kb"), "en", meta, body)
    article = read_article(path, "en")
    assert (article.meta, article.body) == (meta, body.strip())
