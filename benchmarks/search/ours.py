"""The desk's search over the articles of a file.

    .venv/bin/python -m benchmarks.search.ours EMBEDDER ARTICLES.jsonl QUESTIONS.jsonl

The seed articles are learnt; every other article is as one published a moment ago, which is found
by its likeness until the ranking has learnt it. Prints JSON.
"""

import json
import os
import sys
import time

from benchmarks.processes import resident_mb
from benchmarks.search.corpus import Article, needles
from benchmarks.search.peers import read
from desk.knowledge.ranking import Ranking
from desk.knowledge.search import Search
from textkit.embedding import embedder


def main() -> None:
    name, articles_file, questions_file = sys.argv[1:]
    articles = [Article(**row) for row in read(articles_file)]
    questions = read(questions_file)
    meaning = embedder(name)
    seeds = {one.slug for one in needles()}
    before = resident_mb(os.getpid())
    began = time.perf_counter()
    ranking = Ranking.learn([one for one in articles if one.slug in seeds], meaning)
    learnt = time.perf_counter() - began
    search = Search(articles, ranking, meaning)
    built = time.perf_counter() - began
    grown = resident_mb(os.getpid()) - before
    took, found = [], []
    for question in questions[:20]:
        search.search(question["text"], question["language"])  # warms up
    for question in questions:
        began = time.perf_counter()
        hits = search.search(question["text"], question["language"]).hits
        took.append((time.perf_counter() - began) * 1000)
        found.append([hit.slug for hit in hits])
    told = {"learn_s": learnt, "build_s": built, "memory_mb": grown, "took": took, "found": found}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
