from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.phrases import article_questions
from bot.train import fingerprint, up_to_date

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A tree with one file of each kind that a model is made of."""
    for name, text in {
        "bot/config.yml": "pipeline:",
        "bot/rules/route.yml": "rules:",
        "bot/.venv/lib/other.py": "x = 1",
        "textkit/language.py": "x = 1",
        "textkit/words/names.txt": "the",
        "data/nlu_en/smalltalk.yml": "nlu:",
        "data/nlu_es/smalltalk.yml": "nlu:",
        "data/kb/en/bonds.md": (
            "---\nrouting: A\nquestions:\n  - what is a bond\n---\nA bond is one.\n"
        ),
        "requirements/bot.txt": "rasa==3.6.21",
        "models/.keep": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def of(project: Path) -> str:
    return fingerprint(project, article_questions(project))


@pytest.mark.parametrize(
    "name",
    [
        "bot/config.yml",
        "bot/rules/route.yml",
        "textkit/language.py",
        "textkit/words/names.txt",
        "data/nlu_es/smalltalk.yml",
        "requirements/bot.txt",
    ],
)
def test_a_change_of_what_the_model_is_made_of_changes_the_fingerprint(
    project: Path, name: str
) -> None:
    before = of(project)
    (project / name).write_text("changed")
    assert of(project) != before


def test_the_questions_of_an_article_count_and_its_text_does_not(project: Path) -> None:
    before = of(project)
    article = project / "data/kb/en/bonds.md"
    article.write_text(article.read_text().replace("A bond is one.", "A bond is another."))
    assert of(project) == before
    article.write_text(article.read_text().replace("what is", "what was"))
    assert of(project) != before


@pytest.mark.parametrize(
    "name", ["bot/.venv/lib/other.py", "textkit/__pycache__/language.pyc", "README.md"]
)
def test_other_files_do_not_count(project: Path, name: str) -> None:
    before = of(project)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("changed")
    assert of(project) == before


def test_a_model_is_up_to_date_only_with_its_record(project: Path) -> None:
    model = project / "models/acedesk.tar.gz"
    assert not up_to_date(model, "f")
    model.touch()
    assert not up_to_date(model, "f")
    model.with_name("acedesk.json").write_text('{"fingerprint": "f"}')
    assert up_to_date(model, "f")
    assert not up_to_date(model, "g")
    model.unlink()
    assert not up_to_date(model, "f")


def test_an_up_to_date_model_is_not_trained_again_nor_rasa_loaded(model: Path) -> None:
    trained = model.stat().st_mtime_ns
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot.train"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.stdout == "train: model is up to date\n"
    assert "json" in loaded
    assert loaded.isdisjoint({"rasa.model_training", "tensorflow", "sklearn"})
    assert model.stat().st_mtime_ns == trained
