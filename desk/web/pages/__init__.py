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


def render(page: str, language: str, **values: Any) -> str:
    """A page as HTML; its strings are at hand as `t`."""
    template = _environment.get_template(f"{page}.html")
    return template.render(
        language=language, t=strings(page.split("/", maxsplit=1)[0], language), **values
    )


@cache
def strings(page: str, language: str) -> dict[str, Any]:
    """The strings of a page (`<page>.<language>.toml`), as nested tables."""
    return tomllib.loads((_FOLDER / f"{page}.{language}.toml").read_text(encoding="utf-8"))
