"""Server-rendered pages: one Jinja environment, and the strings of each page in both languages."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from desk.web.pages.words import FILTERS

_FOLDER = Path(__file__).parent
_environment = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
)
_environment.filters.update(FILTERS)
_environment.globals["shortcuts"] = tomllib.loads(
    (_FOLDER / "shortcuts.toml").read_text(encoding="utf-8")
)


def render(page: str, language: str, /, **values: Any) -> str:
    """A page as HTML; its strings are at hand as `t`."""
    template = _environment.get_template(f"{page}.html")
    return template.render(
        language=language, t=strings(page.split("/", maxsplit=1)[0], language), **values
    )


@cache
def strings(page: str, language: str) -> dict[str, Any]:
    """The strings of a page, as nested tables.

    They are those of `strings/<language>/<page>.toml`, or of all files in a folder of that name.

    Raises:
        ValueError: two files of the folder say the same thing twice.
    """
    place = _FOLDER / "strings" / language
    files = sorted((place / page).glob("*.toml")) or [place / f"{page}.toml"]
    merged: dict[str, Any] = {}
    for file in files:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := merged.keys() & said.keys():
            raise ValueError(f"{file.name} says {', '.join(sorted(twice))} a second time")
        merged |= said
    return merged
