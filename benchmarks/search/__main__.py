"""The desk's search beside SQLite's FTS5 and tantivy, over few articles and very many.

    .venv/bin/python -m benchmarks.search [--write]

Each engine takes its turn in a process of its own. It takes about an hour: the desk reads the
meaning of two million sentences. `--write` puts the tables into docs/search-benchmark.md and draws
the plot.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks.pages import figure, fill, machine, table
from benchmarks.search.corpus import corpus
from desk.evaluation.drawing import ACCENT, QUIET, WARN, draw, standalone
from desk.evaluation.labels import read_labels
from desk.settings import PROJECT

PAGE = PROJECT / "docs" / "search-benchmark.md"
PLOT = PROJECT / "docs" / "pictures" / "search-benchmark.svg"
ALT = (
    "Left: milliseconds a question, median, against the number of articles, for acedesk, FTS5 and "
    "tantivy. Right: the share of questions whose article is found first."
)
UV = PROJECT / ".uv" / "bin" / "uv"
UNSEEN = PROJECT / "data" / "development" / "unseen.jsonl"
SIZES = (100, 1_000, 10_000, 100_000)
OURS = {"acedesk": "use", "acedesk, words only": "none"}
PEERS = ("FTS5", "tantivy")
MANY, EVERY = 10_000, 4
"""Beyond so many articles every fourth question is asked: some need a second for each."""
LARGEST = {"acedesk, words only": 100}
"""Beyond, it finds nothing that it has not learnt."""
COLOURS = {"acedesk": ACCENT, "FTS5": WARN, "tantivy": QUIET}

type Told = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    options = parser.parse_args()
    questions = [
        {"text": one.text, "language": one.language, "slug": one.topic}
        for one in read_labels(UNSEEN)
        if one.is_article and one.language in ("en", "es") and one.channel == "chat"
    ]
    told: dict[tuple[str, int], Told] = {}
    with tempfile.TemporaryDirectory() as scratch:
        todo = [
            (name, size)
            for size in options.sizes
            for name in (*OURS, *PEERS)
            if size <= LARGEST.get(name, size)
        ]
        for name, size in track(todo, description="searching"):
            articles = _lines(
                Path(scratch) / f"articles-{size}.jsonl", [asdict(one) for one in corpus(size)]
            )
            asked = _lines(Path(scratch) / f"questions-{size}.jsonl", some(questions, size))
            told[name, size] = engine(name, articles, asked)
    report = tables(told, questions, options.sizes)
    print(report)
    if options.write:
        fill(PAGE, f"![{ALT}](pictures/{PLOT.name})\n\n{report}")
        PLOT.write_text(_plot(told, questions, options.sizes), encoding="utf-8")


def some(questions: Sequence[Told], size: int) -> Sequence[Told]:
    """The questions that are asked over so many articles."""
    return questions[:: EVERY if size > MANY else 1]


def engine(name: str, articles: Path, asked: Path) -> Told:
    """What an engine's own process tells."""
    if name in OURS:
        command = [sys.executable, "-m", "benchmarks.search.ours", OURS[name]]
    else:
        script = str(Path(__file__).with_name("peers.py"))
        command = [str(UV), "run", "--quiet", "--python", sys.executable, "--script", script, name]
    done = subprocess.run(
        [*command, articles, asked], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    answer: Told = json.loads(done.stdout)
    return answer


def tables(
    told: dict[tuple[str, int], Told], questions: Sequence[Told], sizes: Sequence[int]
) -> str:
    rows = []
    for size in sizes:
        for name in (*OURS, *PEERS):
            if (name, size) not in told:
                continue
            one = told[name, size]
            p95 = statistics.quantiles(one["took"], n=20)[-1]
            rows.append(
                [
                    f"{size:,}",
                    name,
                    figure(one["build_s"]),
                    f"{one['memory_mb']:,.0f}",
                    figure(statistics.median(one["took"])),
                    figure(p95),
                    *(
                        " / ".join(
                            f"{found(one, some(questions, size), limit, code):.1%}"
                            for code in ("en", "es")
                        )
                        for limit in (1, 3)
                    ),
                ]
            )
    counts = {code: sum(one["language"] == code for one in questions) for code in ("en", "es")}
    head = ["Articles", "", "Build s", "Memory MB", "p50 ms", "p95 ms"]
    learnt = told["acedesk", min(sizes)]["learn_s"]
    return (
        f"Measured on {machine()}. {counts['en']} English and {counts['es']} Spanish questions. "
        f"Learning the seed articles took acedesk {figure(learnt)} s of what *build* says.\n\n"
        + table([*head, "Found first, en / es", "Among three, en / es"], rows)
    )


def found(one: Told, questions: Sequence[Told], limit: int, language: str | None = None) -> float:
    """The share of questions whose article is among the first `limit`."""
    hits = [
        question["slug"] in slugs[:limit]
        for question, slugs in zip(questions, one["found"], strict=True)
        if language in (None, question["language"])
    ]
    return sum(hits) / len(hits)


def _lines(file: Path, rows: Sequence[Told]) -> Path:
    if not file.exists():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        file.write_text(text, encoding="utf-8")
    return file


def _plot(
    told: dict[tuple[str, int], Told], questions: Sequence[Told], sizes: Sequence[int]
) -> str:
    def paint(drawing: Any) -> None:
        left, right = drawing.subplots(1, 2)
        for name, colour in COLOURS.items():
            known = [size for size in sizes if (name, size) in told]
            took = [statistics.median(told[name, size]["took"]) for size in known]
            left.plot(known, took, color=colour, marker="o", markersize=4, label=name)
            first = [found(told[name, size], some(questions, size), 1) * 100 for size in known]
            right.plot(known, first, color=colour, marker="o", markersize=4)
        left.set_yscale("log")
        left.set_title("ms a question")
        right.set_title("Found first, %")
        right.set_ylim(0, 100)
        for axes in (left, right):
            axes.set_xscale("log")
            axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
            axes.minorticks_off()
            axes.set_xlabel("articles")
            axes.grid()
        left.legend(frameon=False)

    return standalone(draw("search-benchmark", (8.4, 3.4), paint), ALT)


if __name__ == "__main__":
    main()
