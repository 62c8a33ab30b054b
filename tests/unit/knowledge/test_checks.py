"""The checks of the articles, and the articles under the checks."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from desk.cli.articles import kb
from desk.knowledge.checks import check_folder
from desk.knowledge.files import read_folder, render
from desk.knowledge.readability import (
    reading_level,
    reading_summary,
    syllables_en,
    syllables_es,
)
from desk.knowledge.service import import_articles
from desk.settings import PROJECT, Settings
from desk.store import Store
from tests.databases import lay_down

SEED = PROJECT / "data" / "kb"
TODAY = date(2026, 11, 22)

ENGLISH = """---
slug: bonds
title: Customs bonds
category: cargo
audience: [importer]
routing: [A, D]
volatility: H
status: published
confirmation: provisional
reviewed: 2026-11-22
handoff_fields: [email, company]
questions:
  - what is a bond
  - a
  - b
  - c
  - d
sources:
  - tag: S81
    title: eBond
    url: https://example.com/bond
---
A bond covers duties. Write to bonds@example.com or open **Bonds**.

1. Ask a surety.
2. Pay at least $50,000.

- One kind.
"""
SPANISH = ENGLISH[: ENGLISH.index("A bond")] + (
    """Una fianza cubre los derechos. Escriba a bonds@example.com o abra **Bonds**.

1. Pregunte a una afianzadora.
2. Pague $50,000 o más.

- Una clase.
"""
)


def problems(
    folder: Path, english: str = ENGLISH, spanish: str | None = SPANISH, today: date = TODAY
) -> list[str]:
    for language, text in (("en", english), ("es", spanish)):
        (folder / language).mkdir(exist_ok=True)
        if text is not None:
            (folder / language / "bonds.md").write_text(text, encoding="utf-8")
    return [str(problem) for problem in check_folder(folder, today=today).problems]


def test_two_articles_that_say_the_same_pass(tmp_path):
    assert problems(tmp_path) == []


def test_a_folder_without_articles_does_not_pass(tmp_path):
    assert problems(tmp_path / "..", "", None)[0].startswith("en/bonds.md: no front matter")
    (tmp_path / "empty").mkdir()
    assert "no articles in en/ and es/" in str(
        check_folder(tmp_path / "empty", today=TODAY).problems
    )


def test_each_language_needs_its_twin(tmp_path):
    assert problems(tmp_path, spanish=None) == ["es/bonds.md: no Spanish article"]


def test_a_file_that_cannot_be_read_is_one_problem_on_one_line(tmp_path):
    broken = SPANISH.replace("cargo", "nonsense").replace("[email, company]", "[bank_account]")
    (only,) = problems(tmp_path, spanish=broken)
    assert re.match(r"es/bonds\.md: category: Input should be .*; handoff_fields\.0: ", only)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("routing: [A, D]", "routing: A", "routing differs from en/bonds.md (only in English: D)"),
        ("[email, company]", "[company, email]", "handoff_fields differs from en/bonds.md (order)"),
        ("provisional", "confirmed", "confirmation differs"),
        ("volatility: H", "volatility: L", "volatility differs"),
        ("reviewed: 2026-11-22", "reviewed: 2026-11-21", "reviewed differs"),
        ("tag: S81", "tag: S82", "sources differs"),
        ("com/bond\n", "com/fianza\n", "sources differs"),
        ("$50,000", "$60,000", "figures differs from en/bonds.md (only in English: 50,000; "),
        ("bonds@example.com", "fianzas@example.com", "addresses differs"),
        ("**Bonds**", "**Fianzas**", "screen labels differs"),
        ("\n2. Pague", " Pague", "numbered steps differs from en/bonds.md (only in English: 2.)"),
        ("\n- Una clase.", "Una clase.", "bulleted items differs"),
        ("Una clase", "[Una](https://example.com) clase", "links differs"),
    ],
)
def test_what_only_one_language_says_is_found(tmp_path, before, after, reason):
    changed = SPANISH.replace(before, after, 1)
    assert changed != SPANISH
    assert [found for found in problems(tmp_path, spanish=changed) if reason in found]


@pytest.mark.parametrize(("volatility", "days"), [("H", 90), ("M", 180), ("L", 365)])
def test_a_review_holds_as_long_as_the_volatility_allows(tmp_path, volatility, days):
    english, spanish = (
        text.replace("volatility: H", f"volatility: {volatility}") for text in (ENGLISH, SPANISH)
    )
    assert problems(tmp_path, english, spanish, TODAY + timedelta(days)) == []
    late = problems(tmp_path, english, spanish, TODAY + timedelta(days + 1))
    reason = f"reviewed {days + 1} days ago; volatility {volatility} allows {days}"
    assert late == [f"en/bonds.md: {reason}", f"es/bonds.md: {reason}"]


def test_a_review_cannot_be_in_the_future(tmp_path):
    early = problems(tmp_path, today=TODAY - timedelta(1))
    assert early[0] == "en/bonds.md: reviewed in the future, 2026-11-22"


def test_the_answer_has_at_most_120_words(tmp_path):
    padding = " ".join(["So."] * (120 - 19))
    assert problems(tmp_path, ENGLISH + padding) == []
    assert problems(tmp_path, ENGLISH + padding + " So.") == [
        "en/bonds.md: 121 words; an answer has at most 120"
    ]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("2. Pay", "3. Pay", "step 3 stands where step 2 should"),
        ("1. Ask", "# Ask", "the chat does not show this Markdown: #"),
        ("1. Ask", "1) Ask", "the chat does not show this Markdown: 1)"),
        ("[email, company]", "[company]", "neither email nor phone"),
        ("[email, company]", "[email, email]", "names a field twice"),
        ("https://example.com/bond", "S81.html", "source S81 has no web address"),
    ],
)
def test_the_form_of_an_article_is_checked(tmp_path, before, after, reason):
    changed = ENGLISH.replace(before, after)
    assert changed != ENGLISH
    assert [found for found in problems(tmp_path, changed) if reason in found]


def test_a_list_with_blank_lines_counts_on(tmp_path):
    assert problems(tmp_path, ENGLISH.replace("\n2. Pay", "\n\n2. Pay")) == []


def test_hard_prose_is_refused(tmp_path):
    english = "Notwithstanding administrative considerations, classification necessitates caution."
    spanish = "La reglamentación administrativa internacional dificulta extraordinariamente todo."
    found = problems(tmp_path, ENGLISH + english * 3, SPANISH + spanish * 3)
    assert re.search(r"en/bonds\.md: Flesch–Kincaid grade \d\d\.\d; the hardest .* 9", found[0])
    assert re.search(r"es/bonds\.md: INFLESZ -?\d+\.\d; the lowest allowed is 55", found[1])


def test_the_formulas_are_those_of_their_authors():
    # One sentence, five words, six syllables; two sentences, six words, twelve syllables.
    assert reading_level("The cat sat on Sunday.", "en") == pytest.approx(
        0.39 * 5 + 11.8 * 6 / 5 - 15.59
    )
    assert reading_level("Abra la cuenta. Espere el código.", "es") == pytest.approx(
        206.835 - 62.3 * 12 / 6 - 6 / 2
    )


@pytest.mark.parametrize(
    "with_more",
    [
        "Open **Get Info/Refresh** the page.",
        'Open "session invalid" the page.',
        "Open CBP's ES-003, 7501 the page.",
        "Open [the](https://example.com/a-long-address) page.",
        "1. Open the page.",
        "Open the ace.cbp.gov/s/form page.",
        "Open the https://www.cbp.gov page.",
        "Open a.b@cbp.dhs.gov the page.",
        "Open the 1-866-530-4172 page.",
        "Open the U.S. page at 10 p.m.",
    ],
)
def test_what_is_no_prose_does_not_count(with_more):
    plain = "Open the page at." if "p.m." in with_more else "Open the page."
    assert reading_level(with_more, "en") == pytest.approx(reading_level(plain, "en"))


def test_an_item_of_a_list_is_a_sentence_and_a_dropped_label_keeps_the_end_of_one():
    apart = reading_level("Open it. Press it. Wait.", "en")
    assert reading_level("- Open it\n- Press it\n- Wait", "en") == pytest.approx(apart)
    assert reading_level("Open it. **Save** Press it. Wait.", "en") == pytest.approx(apart)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[("code", 1), ("table", 2), ("makes", 1), ("tables", 2), ("boxes", 2), ("used", 1)],
        *[("listed", 2), ("statement", 2), ("business", 2), ("carrier", 3), ("identifier", 5)],
        *[("create", 2), ("manual", 3), ("video", 3), ("previous", 3), ("station", 2), ("area", 3)],
        *[("sub-account", 3), ("company's", 3), ("trying", 2), ("serious", 3), ("require", 2)],
        *[("the", 1), ("my", 1), ("automatic", 4), ("authorization", 5), ("drawback", 2)],
    ],
)
def test_english_syllables(word, count):
    assert syllables_en(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[
            ("cuenta", 2),
            ("ciudad", 2),
            ("también", 2),
            ("aduana", 3),
            ("declaración", 4),
        ],  # diptongos
        *[
            ("país", 2),
            ("día", 2),
            ("envíe", 3),
            ("ahí", 2),
            ("búho", 2),
            ("continúa", 4),
        ],  # hiatos
        *[("leer", 2), ("reembolso", 4), ("aéreo", 4), ("línea", 3), ("cooperación", 5)],
        *[("buey", 1), ("averiguáis", 4), ("leíais", 3), ("uruguay", 3)],  # triptongos
        *[("que", 1), ("quien", 1), ("guía", 2), ("guion", 1), ("vergüenza", 3)],
        *[("y", 1), ("muy", 1), ("ayuda", 3), ("leyes", 2), ("hay", 1), ("ahora", 3)],
        *[("huir", 1), ("prohibir", 2), ("construir", 2), ("cuídalo", 3), ("veintiún", 2)],
    ],
)
def test_spanish_syllables(word, count):
    assert syllables_es(word) == count


def test_the_seed_holds_every_topic_and_passes():
    newest = max(article.meta.reviewed for article in read_folder(SEED))
    checked = check_folder(SEED, today=newest)
    assert [str(problem) for problem in checked.problems] == []
    assert len(checked.articles) == 2 * 76
    assert {article.meta.status for article in checked.articles} == {"published"}


def test_the_seed_reads_easily():
    summary = reading_summary(read_folder(SEED))
    assert summary["en"]["median"] <= 6
    assert summary["es"]["median"] >= 65


def test_a_folder_without_articles_is_no_import(tmp_path, monkeypatch):
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))
    lay_down(Settings().store_url)
    (tmp_path / "articles").mkdir()
    outcome = CliRunner().invoke(kb, ["import", str(tmp_path / "articles")])
    assert outcome.exit_code == 1
    assert "no articles in" in outcome.output


def test_the_command_prints_a_line_a_problem_and_fails(tmp_path):
    problems(tmp_path, spanish=SPANISH.replace("$50,000", "$60,000"))
    outcome = CliRunner().invoke(kb, ["check", str(tmp_path)])
    assert outcome.exit_code == 1
    lines = outcome.output.splitlines()
    assert lines[-1] == f"2 articles, {len(lines) - 1} problems"
    assert [line for line in lines if line.startswith("es/bonds.md: figures differs")]

    outcome = CliRunner().invoke(kb, ["check", "--json", str(tmp_path)])
    assert outcome.exit_code == 1
    report = json.loads(outcome.output)
    assert report["articles"] == 2
    assert {"file", "reason"} == set(report["problems"][0])
    assert set(report["reading"]) == {"en", "es"}


async def test_export_and_import_are_a_round_trip(store: Store, tmp_path, monkeypatch):
    from desk.cli.articles import export_folder

    files = list(read_folder(SEED))
    retired = files[0].meta.model_copy(update={"status": "retired"})
    async with store.write() as session:
        await import_articles(session, files)
    settings = Settings(database_url=store.engine.url.render_as_string(hide_password=False))

    assert await export_folder(settings, tmp_path / "out") == len(files)
    for file in files:
        exported = tmp_path / "out" / file.language / file.path.name
        assert exported.read_bytes() == file.path.read_bytes()
    async with store.write() as session:
        again = await import_articles(session, read_folder(tmp_path / "out"))
    assert (again.added, again.unchanged) == (0, len(files))

    path = tmp_path / "out" / files[0].language / files[0].path.name
    path.write_text(render(retired, files[0].body), encoding="utf-8")
    async with store.write() as session:
        assert (await import_articles(session, read_folder(tmp_path / "out"))).added == 1
    assert await export_folder(settings, tmp_path / "published") == len(files) - 1
