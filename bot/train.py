"""Trains the assistant: `python -m bot.train`, from the folder that holds `bot/` and `data/`.

The model is made of the files that `fingerprint` reads. When none of them has changed there is
nothing to do, and that is found out before Rasa, which takes seconds to import.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import logging
import os
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

import yaml

from bot.phrases import Phrase, article_questions, new_questions, training_phrases

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models" / "acedesk.tar.gz"

_SOURCES = (
    "bot/**/*.py",
    "bot/**/*.yml",
    "textkit/**/*",
    "data/nlu_*/*.yml",
    "requirements/bot.txt",
)


def main() -> None:
    """Read the command line and train, or find that there is nothing to do."""
    parser = argparse.ArgumentParser(
        prog="bot.train", description="Train the assistant, unless its model is up to date."
    )
    parser.add_argument("--model", type=Path, default=MODEL, help="the file to train into")
    parser.add_argument(
        "--force", action="store_true", help="train even when the model is up to date"
    )
    given = parser.parse_args()
    ensure_model(ROOT, given.model, force=given.force)


def ensure_model(root: Path, model: Path, *, force: bool = False) -> Path:
    """The file `model`, trained with the inputs under `root` unless it is up to date."""
    questions = article_questions(root)
    current = fingerprint(root, questions)
    if not force and up_to_date(model, current):
        _say("model is up to date")
    else:
        train(root, questions, current, model)
    return model


def fingerprint(root: Path, questions: Iterable[Phrase]) -> str:
    """SHA-256 of the files under `root` that make the model, and of the articles' questions."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _SOURCES for path in root.glob(pattern)}):
        relative = path.relative_to(root)
        if path.is_file() and not {".venv", "__pycache__"} & set(relative.parts):
            digest.update(f"{relative}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for question in questions:
        digest.update(f"{question.language}\0{question.text}\n".encode())
    return digest.hexdigest()


def up_to_date(model: Path, current: str) -> bool:
    """Whether `model` exists and its record says that it was made of just these files."""
    record = _record(model)
    return (
        model.exists()
        and record.exists()
        and json.loads(record.read_text())["fingerprint"] == current
    )


def train(root: Path, questions: tuple[Phrase, ...], current: str, model: Path) -> None:
    """Train with the inputs under `root`, and replace `model` when that has succeeded."""
    started = time.monotonic()
    known = training_phrases(root)
    asked = tuple(new_questions(questions, known))
    _say(
        f"reading {len(known) + len(asked):,} phrases, {len(asked):,} of them questions of articles"
    )
    model.parent.mkdir(parents=True, exist_ok=True)
    # A folder beside the model, so that the replacement is a rename within one file system.
    with tempfile.TemporaryDirectory(dir=model.parent, prefix=".training-") as folder:
        questions_file = Path(folder) / "questions.yml"
        questions_file.write_text(_as_training_data(asked), encoding="utf-8")
        trained = _train_with_rasa(root, questions_file, Path(folder), model.name)
        trained.replace(model)
    _record(model).write_text(json.dumps({"fingerprint": current}) + "\n")
    _say(f"done in {time.monotonic() - started:.0f} s: {model}")


def _train_with_rasa(root: Path, questions_file: Path, output: Path, name: str) -> Path:
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    _say("loading Rasa")
    from rasa.model_training import train as rasa_train  # noqa: PLC0415 (it takes seconds)
    from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: PLC0415

    # Rasa hashes every feature of every phrase after each step, for a cache that is turned off.
    TrainingData.fingerprint = lambda _: uuid.uuid4().hex

    steps = logging.getLogger("rasa.engine.training.hooks")
    steps.setLevel(logging.INFO)
    steps.propagate = False
    steps.addHandler(_Steps())
    with contextlib.redirect_stdout(io.StringIO()) as said:
        result = rasa_train(
            domain=str(root / "bot/domain"),
            config=str(root / "bot/config.yml"),
            training_files=[
                str(path)
                for path in (
                    root / "bot/rules",
                    root / "data/nlu_en",
                    root / "data/nlu_es",
                    questions_file,
                )
            ],
            output=str(output),
            force_training=True,
            fixed_model_name=name,
        )
    if result.code or not result.model:
        raise SystemExit(f"train: Rasa made no model\n{said.getvalue()}")
    return Path(result.model)


class _Steps(logging.Handler):
    """Says which component is being trained, out of Rasa's own log."""

    def emit(self, record: logging.LogRecord) -> None:
        if step := re.match(r"Starting to train component '(\w+)'", record.getMessage()):
            _say(f"training {step[1]}")


def _as_training_data(phrases: Iterable[Phrase]) -> str:
    examples = "".join(f"- {phrase.text}\n" for phrase in phrases)
    return yaml.safe_dump(
        {"version": "3.1", "nlu": [{"intent": "ask_question", "examples": examples}]},
        allow_unicode=True,
    )


def _record(model: Path) -> Path:
    return model.with_name("acedesk.json")


def _say(line: str) -> None:
    # To the real standard output: while Rasa trains, its own chatter on `sys.stdout` is caught.
    print(f"train: {line}", file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main()
