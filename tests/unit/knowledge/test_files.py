from pathlib import Path

import pytest

from desk.knowledge.files import UnreadableArticle, parity_problems, read_article, read_folder
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


def test_both_languages_must_say_the_same(tmp_path):
    write(tmp_path, "en")
    write(tmp_path, "es", ARTICLE.replace("volatility: L", "volatility: H").replace("S81", "S82"))
    write(tmp_path, "en", ARTICLE.replace("slug: bonds", "slug: isf"), "isf")
    assert parity_problems(list(read_folder(tmp_path))) == [
        "isf: no Spanish article",
        "bonds: volatility differs between the languages",
        "bonds: sources differ between the languages",
    ]


def test_the_seed_is_in_step_and_covers_every_room_of_the_portal():
    seed = list(read_folder(PROJECT / "data" / "kb"))
    assert parity_problems(seed) == []
    english = [article for article in seed if article.language == "en"]
    assert len(english) >= 25
    assert {article.meta.category for article in english} >= {
        "enrollment",
        "account",
        "sign_in",
        "reports",
        "support",
    }
