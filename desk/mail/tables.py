"""The tables of words beside this module: expressions by group, read once; letter case is one."""

import re
import tomllib
from functools import cache
from pathlib import Path


@cache
def forms(table: str, group: str) -> tuple[re.Pattern[str], ...]:
    """Every expression of a group."""
    return tuple(re.compile(form, re.IGNORECASE) for form in _read(table)[group])


@cache
def words(table: str, group: str) -> frozenset[str]:
    """A group whose phrases are no expressions."""
    return frozenset(_read(table)[group])


@cache
def pattern(table: str, name: str) -> re.Pattern[str]:
    """An expression that is no group, or all of a group as one."""
    found = _read(table)[name]
    return re.compile(found if isinstance(found, str) else "|".join(found), re.IGNORECASE)


@cache
def _read(table: str) -> dict[str, list[str] | str]:
    content = Path(__file__).with_name(f"{table}.toml").read_text(encoding="utf-8")
    found: dict[str, list[str] | str] = tomllib.loads(content)
    return found
