"""Learns the judge's weights from labelled messages, and chooses the limits from their curves.

`python -m desk.evaluation.tuning` reads `data/development/tune.jsonl` and writes
`desk/routing/judge.toml`, `thresholds.toml` and `curves.json`. It needs the bot's environment and a
trained model, and no running service.
"""

import asyncio
import json
import subprocess
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from desk.evaluation import curves as drawing
from desk.evaluation.labels import Label, read_labels
from desk.evaluation.scoring import accepted_topics
from desk.knowledge.files import read_folder
from desk.knowledge.rankings import learnt
from desk.knowledge.search import Search
from desk.routing import decision, judge
from desk.routing.evidence import OUTCOMES, Evidence
from desk.settings import PROJECT, Settings
from textkit.embedding import embedder
from textkit.masking import mask
from textkit.questions import asks_how

TUNE = PROJECT / "data" / "development" / "tune.jsonl"
_FOLDS = 5
_SEED = 42
_CLARIFYING = 0.5
"""What a question back that names the right article is worth beside an answer with it."""
_MISLEADING = -0.5
"""What an answer with the wrong article is worth."""
_AS_GOOD = 0.003
"""A difference that so few messages cannot tell apart."""
_FALSE_REFUSALS = 0.02
"""The share of questions and requests that may be declined."""

type Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Case:
    """A labelled message with the evidence for it."""

    label: Label
    evidence: Evidence


def main() -> None:
    """Read, learn, choose, write."""
    cases = gather(read_labels(TUNE))
    asked = [case for case in cases if wanted(case.label)]
    outcome = np.array([wanted(case.label) for case in asked])
    signs = [case.evidence.signs() for case in asked]
    probabilities = _crossed(signs, outcome)
    articles = [case for case in cases if _asks_article(case.label)]
    fits = [case.evidence.fit() for case in articles]
    first = np.array([_holds(case, 1) for case in articles])
    three = np.array([_holds(case, 3) for case in articles])
    weights = {
        "first": _binary(fits, first),
        "three": _binary(fits, three),
        "outcomes": _weights(signs, outcome),
    }
    _write(judge.FILE, _JUDGE_HEAD, weights)
    curves = {
        language: _curves(
            [case.label.language in (language, "mixed") for case in asked], outcome, probabilities
        )
        | _article_curve(
            [case.label.language in (language, "mixed") for case in articles],
            first,
            three,
            _crossed(fits, first)[:, 1],
        )
        for language in ("en", "es")
    }
    limits = {language: _limits(curve) for language, curve in curves.items()}
    kept = tomllib.loads(decision.FILE.read_text(encoding="utf-8")) | {"limits": limits}
    _write(decision.FILE, _THRESHOLDS_HEAD, kept)
    drawing.FILE.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")
    drawing.main()
    click.echo(f"{len(cases)} messages; limits {limits}")


def gather(labels: Sequence[Label]) -> list[Case]:
    """The evidence for each message, as a conversation of its own would give it."""
    settings = Settings()
    meaning = embedder(settings.embedder)
    files = list(read_folder(PROJECT / "data" / "kb"))
    ranking = learnt(files, meaning, settings.rankings)
    search = Search(files, ranking, meaning)
    routing = {file.meta.slug: file.meta.routing for file in files}
    only = frozenset(slug for slug, classes in routing.items() if classes == ["C"])
    masked = [mask(label.text) for label in labels]
    texts = [one.text for one in masked]
    cases = []
    readings = asyncio.run(_read(settings, texts))
    for label, one, reading in zip(labels, masked, readings, strict=True):
        language = reading["language"]
        evidence = Evidence(
            intent=reading["intent"]["name"],
            confidence=reading["intent"]["confidence"],
            margins=reading["margins"],
            language=language["code"],
            language_confidence=language["confidence"],
            written=language["reply"],
            words=len(one.text.split()),
            asks_how=asks_how(one.text),
            secret=bool(one.kinds),
            found=search.search(one.text, language["reply"]),
            analysts_only=only,
        )
        cases.append(Case(label, evidence))
    return cases


def wanted(label: Label) -> str | None:
    """The outcome that a label asks for; None where it leaves it open."""
    if label.language == "other" or label.must_handoff == "either":
        return None
    if label.must_handoff:
        return "person"
    if label.topic in ("out_of_scope", "security"):
        return "decline"
    return "smalltalk" if label.topic == "smalltalk" else "answer"


def _asks_article(label: Label) -> bool:
    return label.is_article and label.must_handoff is not True and label.language != "other"


def _holds(case: Case, places: int) -> bool:
    hits = {hit.slug for hit in case.evidence.found.hits[:places]}
    return not accepted_topics(case.label.topic).isdisjoint(hits)


async def _read(settings: Settings, texts: Iterable[str]) -> list[dict[str, Any]]:
    """The bot's reading of each text."""
    process = await asyncio.create_subprocess_exec(
        str(settings.bot_python),
        "-m",
        "bot.parse",
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=2**20,
    )
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    out, _ = await process.communicate(lines.encode())
    return [json.loads(line) for line in out.splitlines()]


def _model() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))


def _table(figures: Sequence[Mapping[str, float]]) -> Floats:
    return np.array([list(one.values()) for one in figures])


def _crossed(figures: Sequence[Mapping[str, float]], truth: np.ndarray[Any, Any]) -> Floats:
    """Probabilities of each message from a model that has not seen it."""
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    return np.asarray(
        cross_val_predict(_model(), _table(figures), truth, cv=folds, method="predict_proba")
    )


def _weights(
    figures: Sequence[Mapping[str, float]], truth: np.ndarray[Any, Any]
) -> dict[str, dict[str, float]]:
    """The weights of each outcome, for the figures as they are."""
    model = _model().fit(_table(figures), truth)
    rows = _raw(model, list(figures[0]))
    return dict(zip(map(str, model.classes_), rows, strict=True))


def _binary(
    figures: Sequence[Mapping[str, float]], truth: np.ndarray[Any, Any]
) -> dict[str, float]:
    """The weights of being true."""
    (row,) = _raw(_model().fit(_table(figures), truth), list(figures[0]))
    return row


def _raw(model: Any, names: Sequence[str]) -> list[dict[str, float]]:
    """One row of weights a class, the scaling of the figures multiplied in."""
    scale, regression = model
    weights = regression.coef_ / scale.scale_
    biases = regression.intercept_ - weights @ scale.mean_
    return [
        {"bias": float(bias)} | dict(zip(names, map(float, row), strict=True))
        for bias, row in zip(biases, weights, strict=True)
    ]


def _curves(
    chosen: Sequence[bool], outcome: np.ndarray[Any, Any], probabilities: Floats
) -> dict[str, list[dict[str, float]]]:
    """What each limit would give: for a person precision, recall and F1; for declining recall and
    the share of what should not be declined.
    """
    truth, likely = outcome[np.array(chosen)], probabilities[np.array(chosen)]
    places = {name: place for place, name in enumerate(sorted(OUTCOMES))}
    person, decline = likely[:, places["person"]], likely[:, places["decline"]]
    people, declined = [], []
    for limit in _STEPS:
        taken = person >= limit
        hits = float((taken & (truth == "person")).sum())
        precision, recall = hits / max(taken.sum(), 1), hits / (truth == "person").sum()
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        people.append({"limit": limit, "precision": precision, "recall": recall, "f1": f1})
        refused = decline >= limit
        declined.append(
            {
                "limit": limit,
                "recall": float(refused[truth == "decline"].mean()),
                "wrongly": float(refused[np.isin(truth, ["answer", "person"])].mean()),
            }
        )
    return {"person": _rounded(people), "decline": _rounded(declined)}


def _article_curve(
    chosen: Sequence[bool],
    first: np.ndarray[Any, Any],
    three: np.ndarray[Any, Any],
    right: Floats,
) -> dict[str, list[dict[str, float]]]:
    """What each limit would give: the share answered, how many of these right, and the worth."""
    picked = np.array(chosen)
    first, three, right = first[picked], three[picked], right[picked]
    points = []
    for limit in _STEPS:
        answered = right >= limit
        worth = (
            (first & answered).sum()
            + _MISLEADING * (~first & answered).sum()
            + _CLARIFYING * (three & ~answered).sum()
        )
        points.append(
            {
                "limit": limit,
                "answered": float(answered.mean()),
                "right": float(first[answered].mean()) if answered.any() else 1.0,
                "worth": float(worth) / len(first),
            }
        )
    return {"answer": _rounded(points)}


_STEPS = [round(0.02 * step, 2) for step in range(1, 50)]


def _limits(curves: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, float]:
    """The limits that the curves call for.

    For a person half the best F1, which is where calibrated probabilities have it (Z. C. Lipton,
    C. Elkan, B. Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1 Measure", 2014):
    the highest point of a curve from so few messages lies here or there by chance. For declining
    the lowest that declines few questions. For an answer the lowest that is as good as the best,
    since asking back costs the visitor a turn.
    """
    answers = curves["answer"]
    best = max(point["worth"] for point in answers)
    return {
        "person": round(max(point["f1"] for point in curves["person"]) / 2, 2),
        "decline": next(
            point["limit"] for point in curves["decline"] if point["wrongly"] <= _FALSE_REFUSALS
        ),
        "answer": next(point["limit"] for point in answers if point["worth"] >= best - _AS_GOOD),
    }


def _rounded(points: Iterable[Mapping[str, float]]) -> list[dict[str, float]]:
    return [{name: round(float(value), 4) for name, value in one.items()} for one in points]


_JUDGE_HEAD = """\
# The weights of desk/routing/judge.py, written by `make tune`. Not to be edited by hand.
"""
_THRESHOLDS_HEAD = """\
# Where one decision turns into another. The limits are chosen by `make tune` from the curves in
# curves.json, by the language of the message; what each figure means stands in decision.py.
"""


def _write(file: Path, head: str, content: Mapping[str, Any]) -> None:
    lines = [head]
    lines += [_line(name, value) for name, value in content.items() if not _is_table(value)]
    lines += _tables("", content)
    file.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _tables(prefix: str, content: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for name, value in content.items():
        if not _is_table(value):
            continue
        if any(not _is_table(inner) for inner in value.values()):
            lines += ["", f"[{prefix}{name}]"]
            lines += [_line(key, inner) for key, inner in value.items()]
        else:
            lines += _tables(f"{prefix}{name}.", value)
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _line(name: str, value: float) -> str:
    return f"{name} = {round(value, 4)}"


if __name__ == "__main__":
    main()
