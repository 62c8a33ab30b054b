"""The desk's own sentences, in both languages (`en.toml`, `es.toml`)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "es")


def say(key: str, language: str, **values: object) -> str:
    """The sentence of a dotted key (`errors.empty_message`) in a language.

    Raises:
        KeyError: no such sentence.
    """
    entry: Any = catalogue(language)
    for part in key.split("."):
        entry = entry[part]
    return str(entry).format(**values)


@cache
def catalogue(language: str) -> dict[str, Any]:
    """All sentences of a language, as nested tables."""
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
