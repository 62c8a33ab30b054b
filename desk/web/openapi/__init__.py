"""The machine-readable description of the HTTP interface: one file for each part of it."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent


@cache
def document() -> dict[str, Any]:
    """The whole OpenAPI document, put together from the files of this folder.

    Raises:
        ValueError: two files say the same thing twice.
    """
    return joined(
        yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(_FOLDER.glob("*.yml"))
    )


def joined(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One mapping of several, whose tables are joined down to the first that differ.

    Raises:
        ValueError: two parts give the same name another meaning.
    """
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            known = whole.get(name, value)
            if isinstance(known, dict) and isinstance(value, dict):
                whole[name] = value if known is value else joined((known, value))
            elif known == value:
                whole[name] = value
            else:
                raise ValueError(f"{name} is described twice")
    return whole
