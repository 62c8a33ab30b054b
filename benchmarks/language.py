# /// script
# requires-python = ">=3.13"
# dependencies = ["django-allauth==65.21.1", "langdetect==1.0.9", "lingua-language-detector==2.2.0"]
# ///
"""How well the language of short texts is told, against langdetect and lingua.

    .uv/bin/uv run --script benchmarks/language.py [--write]

Nothing here was used to find the figures in textkit. The texts are the Universal Declaration of
Human Rights (benchmarks/udhr) and the screens and mails of django-allauth (MIT) about signing in,
passwords and accounts; its Haitian translation is left out, since it helped to write the list of
Haitian words. They are cut into windows of a few words, each taken as it stands and without
accents, with at least one word of four letters. Words that several languages share stay in, so that
nothing can be right everywhere.

`--write` puts the tables into docs/language.md.
"""

import argparse
import gettext
import html
import math
import random
import re
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import langdetect
import lingua
from langdetect.detector_factory import DetectorFactory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from textkit.language import detect  # noqa: E402

LENGTHS = {"1": (1, 1), "2": (2, 2), "3": (3, 3), "4–6": (4, 6), "7–12": (7, 12)}
OTHERS = ("pt", "fr", "it", "de", "nl", "ca", "vi", "ht", "tl", "pl", "ro", "tr", "sv", "id")
LOCALES = {"pt": "pt_BR"}
WINDOWS = 300
"""Windows of each length, source and way of writing, for English and Spanish."""
OTHER_WINDOWS = 60
MIXED_WINDOWS = 1_000
PAGE = ROOT / "docs" / "language.md"
MARKS = "<!-- measured -->", "<!-- end of measured -->"

Tell = Callable[[str], str]


@dataclass(frozen=True)
class Window:
    text: str
    language: str
    length: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/language.md")
    options = parser.parse_args()
    windows = cut(random.Random(20))
    report = "\n\n".join([systems(windows), others(windows), mixing(windows), reliability(windows)])
    print(report)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        PAGE.write_text(f"{before}{MARKS[0]}\n\n{report}\n\n{MARKS[1]}{after}", encoding="utf-8")


# --- Texts ----------------------------------------------------------------------------------


def texts(language: str) -> dict[str, list[str]]:
    """The paragraphs of each source in a language."""
    found = {"udhr": (ROOT / "benchmarks" / "udhr" / f"{language}.txt").read_text().splitlines()}
    locale = LOCALES.get(language, language)
    messages = files("allauth") / "locale" / ("es" if language == "en" else locale) / "LC_MESSAGES"
    catalogue = messages / "django.mo"
    if language != "ht" and catalogue.is_file():
        with catalogue.open("rb") as file:
            entries = gettext.GNUTranslations(file)._catalog.items()
        chosen = (source if language == "en" else text for source, text in entries if source)
        found["allauth"] = sorted({plain(text) for text in chosen if isinstance(text, str)})
    return found


def plain(text: str) -> str:
    text = re.sub(r"<[^>]+>|%\(\w+\)[sd]|%[sd]|\{[^}]*\}|https?\S+", " ", html.unescape(text))
    return " ".join(text.split())


def cut(chance: random.Random) -> list[Window]:
    languages = {language: texts(language) for language in ("en", "es", *OTHERS)}
    windows = []
    for language, sources in languages.items():
        size = WINDOWS if language in ("en", "es") else OTHER_WINDOWS
        for paragraphs in sources.values():
            for length, (low, high) in LENGTHS.items():
                seen = set()
                for _ in range(size * 40):
                    words = chance.choice(paragraphs).split()
                    many = chance.randint(low, high)
                    if len(words) < many:
                        continue
                    start = chance.randrange(len(words) - many + 1)
                    text = " ".join(words[start : start + many]).strip(" .,;:()«»\"'“”¿?¡!-–")
                    if not re.search(r"[^\W\d_]{4}", text):
                        continue
                    if text not in seen:
                        seen.add(text)
                        windows.append(Window(text, language, length))
                        windows.append(Window(bare(text), language, length))
                    if len(seen) == size:
                        break
    return windows


def bare(text: str) -> str:
    """Without accents."""
    marks = unicodedata.normalize("NFD", text.replace("đ", "d").replace("ł", "l"))
    return "".join(char for char in marks if not unicodedata.combining(char))


# --- Systems --------------------------------------------------------------------------------


def ours(text: str) -> str:
    return detect(text).language


def langdetect_alone() -> Tell:
    langdetect.DetectorFactory.seed = 0

    def tell(text: str) -> str:
        try:
            code = langdetect.detect(text.lower())
        except langdetect.LangDetectException:
            return "other"
        return code if code in ("en", "es") else "other"

    return tell


def langdetect_restricted() -> Tell:
    factory = DetectorFactory()
    factory.seed = 0
    folder = files("langdetect") / "profiles"
    factory.load_json_profile([(folder / code).read_text("utf-8") for code in ("en", "es")])

    def tell(text: str) -> str:
        detector = factory.create()
        detector.seed = 0
        detector.append(text.lower())
        try:
            return str(detector.detect())
        except langdetect.LangDetectException:
            return "other"

    return tell


def lingua_among(*languages: lingua.Language) -> Tell:
    chosen = (lingua.Language.ENGLISH, lingua.Language.SPANISH, *languages)
    detector = lingua.LanguageDetectorBuilder.from_languages(*chosen).build()
    codes = {lingua.Language.ENGLISH: "en", lingua.Language.SPANISH: "es"}
    return lambda text: codes.get(detector.detect_language_of(text), "other")


def all_systems() -> dict[str, tuple[Tell, bool]]:
    """By name: the system, and whether it can say "other"."""
    few = (
        lingua.Language.PORTUGUESE, lingua.Language.FRENCH, lingua.Language.ITALIAN,
        lingua.Language.GERMAN, lingua.Language.DUTCH, lingua.Language.CATALAN,
        lingua.Language.VIETNAMESE, lingua.Language.TAGALOG, lingua.Language.POLISH,
        lingua.Language.ROMANIAN, lingua.Language.TURKISH, lingua.Language.SWEDISH,
        lingua.Language.INDONESIAN,
    )  # fmt: skip
    return {
        "acedesk": (ours, True),
        "langdetect as it comes": (langdetect_alone(), True),
        "langdetect, English and Spanish only, seeded": (langdetect_restricted(), False),
        "lingua, English and Spanish only": (lingua_among(), False),
        "lingua, 15 languages": (lingua_among(*few), True),
    }


# --- Tables ---------------------------------------------------------------------------------


def systems(windows: list[Window]) -> str:
    rows = []
    for name, (tell, knows_others) in all_systems().items():
        tell("warm up")
        start = time.perf_counter()
        told = [tell(window.text) for window in windows]
        each = (time.perf_counter() - start) / len(windows)
        cells = [name]
        for language in ("en", "es"):
            cells.append(" / ".join(right(windows, told, language, length) for length in LENGTHS))
        own = [
            said
            for window, said in zip(windows, told, strict=True)
            if window.language in ("en", "es")
        ]
        cells.append(percent(own.count("other") / len(own)) if knows_others else "–")
        cells.append(
            " / ".join(
                percent(
                    mean(
                        said == "other"
                        for window, said in zip(windows, told, strict=True)
                        if window.language in OTHERS and window.length == length
                    )
                )
                for length in LENGTHS
            )
            if knows_others
            else "cannot"
        )
        rows.append([*cells, f"{each * 1e3:.2f}"])
    counts = Counter(window.language for window in windows)
    head = ["", "English right", "Spanish right", "Called other", "Other found", "ms"]
    return (
        f"Windows: {counts['en']:,} English, {counts['es']:,} Spanish, "
        f"{sum(counts[code] for code in OTHERS):,} in {len(OTHERS)} other languages. Per cent of "
        f"windows of {' / '.join(LENGTHS)} words. *Right* is that very language: *mixed* and "
        "*other* are wrong. *Called other*: English and Spanish windows of any length.\n\n"
        + table(head, rows)
    )


def right(windows: list[Window], told: list[str], language: str, length: str) -> str:
    return percent(
        mean(
            said == language
            for window, said in zip(windows, told, strict=True)
            if (window.language, window.length) == (language, length)
        )
    )


def others(windows: list[Window]) -> str:
    rows = []
    for language in OTHERS:
        cells = [language]
        for length in LENGTHS:
            found = [
                detect(window.text)
                for window in windows
                if (window.language, window.length) == (language, length)
            ]
            cells.append(
                f"{percent(mean(d.language == 'other' for d in found))} "
                f"({percent(mean(d.other == language for d in found))})"
            )
        rows.append(cells)
    return (
        "acedesk on the other languages: per cent called other, and in brackets per cent whose "
        "language was named rightly.\n\n" + table(["", *LENGTHS], rows)
    )


def mixing(windows: list[Window]) -> str:
    chance = random.Random(21)
    pools = {
        code: [w.text for w in windows if w.language == code and w.length == "7–12"]
        for code in ("en", "es")
    }
    found = defaultdict(list)
    for _ in range(MIXED_WINDOWS):
        first, second = chance.sample(("en", "es"), 2)
        few = chance.randint(1, 4)
        lesser = chance.choice(pools[first]).split()[:few]
        greater = chance.choice(pools[second]).split()[: chance.randint(max(3, few), 6)]
        at = chance.choice((0, len(greater), chance.randint(0, len(greater))))
        text = " ".join([*greater[:at], *lesser, *greater[at:]])
        found[few].append(detect(text).language == "mixed")
    false = [
        mean(
            detect(w.text).language == "mixed"
            for w in windows
            if w.language in ("en", "es") and w.length == length
        )
        for length in LENGTHS
    ]
    return (
        f"*Mixed*, in {MIXED_WINDOWS:,} texts put together from a window of each language, of "
        "which the lesser gives 1 / 2 / 3 / 4 words: found "
        + " / ".join(percent(mean(found[few])) for few in range(1, 5))
        + " %"
        + ". Windows of one language wrongly called mixed, by length: "
        + " / ".join(percent(share) for share in false)
        + " %."
    )


def reliability(windows: list[Window]) -> str:
    """Other languages are weighted so that they are one message in twenty."""
    own = sum(window.language in ("en", "es") for window in windows)
    weight = own / 19 / (len(windows) - own)
    bins: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for window in windows:
        if window.length in ("7–12",):
            continue
        found = detect(window.text)
        if found.confidence:
            truth = window.language if window.language in ("en", "es") else "other"
            share = weight if truth == "other" else 1.0
            at = min(9, int(found.confidence * 10))
            bins[at].append((found.confidence, float(found.language == truth), share))
    total = sum(share for rows in bins.values() for *_, share in rows)
    rows, error = [], 0.0
    for at, entries in sorted(bins.items()):
        size = sum(share for *_, share in entries)
        said = sum(sure * share for sure, _, share in entries) / size
        hit = sum(was * share for _, was, share in entries) / size
        error += size / total * abs(said - hit)
        bar = "█" * math.ceil(hit * 20)
        rows.append(
            [f"{at / 10:.1f}–{(at + 1) / 10:.1f}", f"{size:,.0f}", f"{said:.2f}", f"{hit:.2f}", bar]
        )
    return (
        "Reliability on windows of up to six words, other languages weighted to one in twenty: "
        f"expected calibration error {error:.3f}.\n\n"
        + table(["Confidence", "Windows", "Mean confidence", "Share right", ""], rows)
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def mean(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else math.nan


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


if __name__ == "__main__":
    main()
