# /// script
# requires-python = ">=3.13"
# dependencies = ["numpy==2.5.5", "scikit-learn==1.9.1", "wordfreq==3.1.1"]
# ///
"""Derive the data of textkit/languages.py from wordfreq's word frequencies.

    .uv/bin/uv run --script benchmarks/lexicon.py

Written to textkit/languages_data/:

`words.tsv.gz`, one word a line: the word without accents, a tab, and its frequencies. The first
character is the height of the word in the language where it is commonest, its Zipf value in steps
of STEP counted from "0". Then stands a letter for each language that uses the word nearly as often,
with the distance in the same steps. Languages further away than FURTHEST are left out. Letters with
an accent are listed like words.

`shapes.tsv.gz`: for words in no list, the weights of logistic regressions, one a language, over the
beginnings, middles and ends of words: n-grams of one to five characters, `_` marks a word's edge.
"""

import gzip
import math
import random
import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import SGDClassifier
from wordfreq import get_frequency_dict

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from textkit.languages import FURTHEST, LETTERS, SHAPES, STEP, key  # noqa: E402
from textkit.lexicon import lines  # noqa: E402

WORDS = {
    "en": 55_000, "es": 55_000,
    "pt": 20_000, "fr": 20_000, "it": 20_000, "de": 16_000, "nl": 12_000, "ca": 10_000,
    "vi": 6_000, "tl": 6_000, "pl": 4_000, "ro": 4_000, "tr": 4_000, "sv": 4_000, "nb": 4_000,
    "da": 4_000, "id": 4_000, "hu": 3_000, "cs": 3_000, "fi": 3_000,
}  # fmt: skip
"""How many of the commonest words of each language are listed."""
NAMES_IN_WORDFREQ = {"tl": "fil"}
UNSEEN = {"en": 200_000, "es": 200_000}
"""How many words that are not listed teach the shapes; 40,000 in the other languages."""
TAUGHT = 415_000
WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
LONGEST = 24
WEIGHT_STEP, WEIGHT_LIMIT = 0.2, 31
TARGET = ROOT / "textkit" / "languages_data"

Frequencies = dict[str, dict[str, float]]


def main() -> None:
    frequencies, accents = read()
    commonest_of = {
        language: set(commonest(frequencies[language])[:size]) for language, size in WORDS.items()
    }
    listed = set().union(*commonest_of.values(), frequencies["ht"])
    told = frequencies | {
        language: {word: frequencies[language][word] for word in commonest_of[language]}
        for language in WORDS
        if language not in SHAPES
    }
    rows = [row(word, told) for word in sorted(listed)]
    rows += [row(letter, accents) for letter in sorted({c for d in accents.values() for c in d})]
    write("words.tsv.gz", rows)
    write("shapes.tsv.gz", shapes(frequencies, listed))


def read() -> tuple[Frequencies, Frequencies]:
    """The share of each word, and of each letter beyond ASCII, by language."""
    frequencies: Frequencies = {}
    accents: Frequencies = {}
    for language in WORDS:
        shares: dict[str, float] = defaultdict(float)
        letters: dict[str, float] = defaultdict(float)
        listed = get_frequency_dict(NAMES_IN_WORDFREQ.get(language, language), "best")
        for spelled, share in listed.items():
            word = key(spelled)
            if len(word) <= LONGEST and WORD.fullmatch(word):
                shares[word] += share
                for letter in spelled:
                    if letter > "\x7f" and letter.isalpha():
                        letters[letter] += share / 5
        frequencies[language] = dict(shares)
        accents[language] = {letter: share for letter, share in letters.items() if share > 1e-6}
    creole = dict.fromkeys(key(word) for line in lines("ht") for word in line.split())
    frequencies["ht"] = {word: 0.06 / rank for rank, word in enumerate(creole, start=2)}
    accents["ht"] = {"è": 0.008, "ò": 0.006}
    return frequencies, accents


def commonest(shares: dict[str, float]) -> list[str]:
    return sorted(shares, key=lambda word: (-shares[word], word))


def row(word: str, frequencies: Frequencies) -> str:
    heights = {
        language: math.log10(shares[word]) + 9
        for language, shares in frequencies.items()
        if word in shares
    }
    top = max(heights.values())
    near = sorted((top - height, LETTERS[language]) for language, height in heights.items())
    coded = "".join(
        letter + (str(steps) if (steps := round(distance / STEP)) else "")
        for distance, letter in near
        if distance < FURTHEST
    )
    return f"{word}\t{chr(48 + round(top / STEP))}{coded}"


def shapes(frequencies: Frequencies, listed: set[str]) -> list[str]:
    """One row an n-gram: a character a language of SHAPES, chr(79) for nought."""
    unseen = {
        word
        for language, size in WORDS.items()
        for word in commonest(frequencies[language])[size : size + UNSEEN.get(language, 40_000)]
        if len(word) >= 3
    } - listed
    words = sorted(unseen)
    random.Random(1).shuffle(words)
    words = words[:TAUGHT]
    known = [[frequencies[language].get(word, 0.0) for language in WORDS] for word in words]
    shares = np.zeros((len(words), len(SHAPES)))
    for column, language in enumerate(WORDS):
        own = SHAPES.index(language) if language in SHAPES else len(SHAPES) - 1
        weight = 1.0 if language in SHAPES else 1 / 8
        shares[:, own] += weight * np.array(known)[:, column]
    certainty = shares.max(1) / shares.sum(1)
    grams = CountVectorizer(
        analyzer="char_wb", ngram_range=(1, 5), min_df=300, binary=True, dtype=np.float32
    )
    counted = grams.fit_transform(words)
    model = SGDClassifier(
        loss="log_loss", alpha=1e-5, penalty="l1", max_iter=6, tol=None, random_state=0
    )
    model.fit(counted, shares.argmax(1), sample_weight=certainty)
    limit = WEIGHT_LIMIT
    weights = np.round(model.coef_ / WEIGHT_STEP).clip(-limit, limit).astype(int)
    bias = np.round(model.intercept_ / WEIGHT_STEP).clip(-limit, limit).astype(int)
    kept = {
        gram.replace(" ", "_"): weights[:, column]
        for column, gram in enumerate(grams.get_feature_names_out())
        if np.abs(weights[:, column]).max() >= 2
    } | {"": bias}
    return [f"{gram}\t{''.join(chr(79 + n) for n in row)}" for gram, row in sorted(kept.items())]


def write(name: str, rows: list[str]) -> None:
    path = TARGET / name
    path.write_bytes(gzip.compress("\n".join(rows).encode(), 9, mtime=0))
    print(f"{path.relative_to(ROOT)}: {len(rows):,} rows, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
