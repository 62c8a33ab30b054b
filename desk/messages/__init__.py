"""The desk's own sentences, in both languages (`en.toml`, `es.toml`).

`other_languages.toml` holds what a visitor reads who writes in neither.
"""

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


@cache
def other_languages() -> dict[str, dict[str, str]]:
    """By the code of a language other than ours: the `text` offering ours, and what `person` says.

    The two are a bubble and the title of the button that asks for a person.
    """
    text = (Path(__file__).parent / "other_languages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
