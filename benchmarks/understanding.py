"""What understanding one message costs: the bot's reading, the search, the decision.

`python benchmarks/understanding.py` needs no running service. Milliseconds, medians over the tuning
messages, one after the other, in one process each; the reading is timed inside the bot's own.
"""

import json
import statistics
import subprocess
import time

from desk.evaluation.labels import read_labels
from desk.evaluation.tuning import TUNE, gather
from desk.knowledge.files import read_folder
from desk.knowledge.rankings import learnt
from desk.knowledge.search import Search
from desk.routing.decision import Thresholds, decide
from desk.routing.judge import Judge
from desk.settings import PROJECT, Settings
from textkit.embedding import embedder

_READING = """
import bot
import asyncio, json, sys, time
from rasa.core.agent import load_agent
async def main():
    agent = await load_agent("models/acedesk.tar.gz")
    await agent.parse_message("warm up")
    for line in sys.stdin:
        text = json.loads(line)
        began = time.perf_counter()
        await agent.parse_message(text)
        print((time.perf_counter() - began) * 1000)
asyncio.run(main())
"""


def main() -> None:
    labels = read_labels(TUNE)[:300]
    texts = "".join(json.dumps(label.text) + "\n" for label in labels)
    bot = [str(PROJECT / "bot" / ".venv" / "bin" / "python"), "-c", _READING]
    done = subprocess.run(bot, cwd=PROJECT, input=texts, capture_output=True, text=True, check=True)
    reading = [float(line) for line in done.stdout.splitlines()]
    meaning = embedder(Settings().embedder)
    files = list(read_folder(PROJECT / "data" / "kb"))
    search = Search(files, learnt(files, meaning, Settings().rankings), meaning)
    cases = gather(labels)
    judge, thresholds = Judge.load(), Thresholds.load()
    searching, deciding = [], []
    for case in cases:
        began = time.perf_counter()
        search.search(case.label.text, case.evidence.reply_language)
        found = time.perf_counter()
        decide(case.evidence, judge, thresholds)
        searching.append((found - began) * 1000)
        deciding.append((time.perf_counter() - found) * 1000)
    whole = [sum(parts) for parts in zip(reading, searching, deciding, strict=True)]
    for name, times in (
        ("reading", reading),
        ("search", searching),
        ("decision", deciding),
        ("together", whole),
    ):
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"{name:<10} p50 {statistics.median(times):6.2f} ms   p95 {p95:6.2f} ms")


if __name__ == "__main__":
    main()
