# /// script
# requires-python = ">=3.13"
# dependencies = ["tantivy==0.27.0"]
# ///
"""SQLite's FTS5 and tantivy over the articles of a file, for benchmarks.search to stand beside.

    .uv/bin/uv run --script benchmarks/search/peers.py SYSTEM ARTICLES.jsonl QUESTIONS.jsonl

Both search titles, questions and texts for any word of a question, weighted 4, 2 and 1, ranked by
BM25, in the language of the question; both fold accents and take words by their stem: tantivy in
each language, FTS5 by its only one, Porter's for English. Prints JSON.
"""

import json
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

type Rows = list[dict[str, Any]]
type Find = Callable[[str, str], list[str]]

LIMIT = 5
WEIGHTS = {"title": 4.0, "questions": 2.0, "body": 1.0}
_WORD = re.compile(r"\w+")


def main() -> None:
    system, articles_file, questions_file = sys.argv[1:]
    articles, questions = read(articles_file), read(questions_file)
    before = resident_mb()
    began = time.perf_counter()
    find = {"FTS5": fts5, "tantivy": tantivy_index}[system](articles)
    built = time.perf_counter() - began
    grown = resident_mb() - before
    took, found = [], []
    for question in questions[:20]:
        find(question["text"], question["language"])  # warms up
    for question in questions:
        began = time.perf_counter()
        slugs = find(question["text"], question["language"])
        took.append((time.perf_counter() - began) * 1000)
        found.append(slugs)
    print(json.dumps({"build_s": built, "memory_mb": grown, "took": took, "found": found}))


def read(file: str) -> Rows:
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def fts5(articles: Rows) -> Find:
    """In memory; the rows are in the index and nowhere else."""
    database = sqlite3.connect(":memory:")
    for language in ("en", "es"):
        database.execute(
            f"CREATE VIRTUAL TABLE {language} USING fts5(slug UNINDEXED, title, questions, body, "
            "tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        database.executemany(
            f"INSERT INTO {language} VALUES (?, ?, ?, ?)",
            (
                (one["slug"], one["title"], "\n".join(one["questions"]), one["body"])
                for one in articles
                if one["language"] == language
            ),
        )
    weights = ", ".join(str(weight) for weight in WEIGHTS.values())

    def find(text: str, language: str) -> list[str]:
        words = " OR ".join(f'"{word}"' for word in _WORD.findall(text))
        rows = database.execute(
            f"SELECT slug FROM {language} WHERE {language} MATCH ? "
            f"ORDER BY bm25({language}, 0, {weights}) LIMIT {LIMIT}",
            (words,),
        )
        return [slug for (slug,) in rows]

    return find


def tantivy_index(articles: Rows) -> Find:
    """In memory, one index for each language."""
    import tantivy  # noqa: PLC0415 (`read` is for those without it as well)

    indexes = {}
    for language, stemmer in (("en", "english"), ("es", "spanish")):
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("slug", stored=True, tokenizer_name="raw")
        for field in WEIGHTS:
            schema.add_text_field(field, tokenizer_name="folded")
        index = tantivy.Index(schema.build())
        analyzer = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.stemmer(stemmer))
            .filter(tantivy.Filter.ascii_fold())
            .build()
        )
        index.register_tokenizer("folded", analyzer)
        writer = index.writer(heap_size=128_000_000, num_threads=2)
        for one in articles:
            if one["language"] == language:
                writer.add_document(
                    tantivy.Document(
                        slug=one["slug"],
                        title=one["title"],
                        questions="\n".join(one["questions"]),
                        body=one["body"],
                    )
                )
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        indexes[language] = index, index.searcher()

    def find(text: str, language: str) -> list[str]:
        index, searcher = indexes[language]
        query = index.parse_query(
            " ".join(_WORD.findall(text.lower())), list(WEIGHTS), field_boosts=WEIGHTS
        )
        hits = searcher.search(query, LIMIT).hits
        return [searcher.doc(address).get_first("slug") for _, address in hits]

    return find


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main()
