"""What a browser says that it is, in two words that its owner recognises."""

import re

_NAMES = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""In this order, since many say the names of others as well."""


def browser_of(user_agent: str) -> str:
    """Such as `Firefox · Windows`; empty when nothing is recognised."""
    names = (_first(_NAMES, user_agent), _first(_SYSTEMS, user_agent))
    return " · ".join(name for name in names if name)


def _first(of: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for mark, name in of if re.search(rf"\b{mark}", user_agent)), None)
