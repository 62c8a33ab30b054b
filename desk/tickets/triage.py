"""How a ticket is sorted: the tree of categories, and priority by impact and urgency."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("triage.toml")


class UnknownSort(ValueError):
    """A category, topic, impact or urgency that there is not; its text says which."""


def categories() -> dict[str, tuple[str, ...]]:
    """The tree: each category with its topics."""
    return {name: tuple(entry["topics"]) for name, entry in _data()["categories"].items()}


def group_of(category: str) -> str:
    """Who works on a category."""
    check(category)
    return str(_data()["categories"][category]["group"])


def groups() -> tuple[str, ...]:
    """Every group, once."""
    return tuple(dict.fromkeys(entry["group"] for entry in _data()["categories"].values()))


def check(category: str, topic: str | None = None) -> None:
    """Refuse what is not in the tree.

    Raises:
        UnknownSort: no such category, or not a topic of it.
    """
    tree = categories()
    if category not in tree:
        raise UnknownSort(f"the category {category!r} is not one of {', '.join(tree)}")
    if topic is not None and topic not in tree[category]:
        raise UnknownSort(f"{topic!r} is no topic of {category}: {', '.join(tree[category])}")


def priority(impact: str, urgency: str) -> str:
    """What an impact and an urgency come to: urgent, high, normal or low.

    Raises:
        UnknownSort: no such impact or urgency.
    """
    matrix = _data()["priority"]
    try:
        return str(matrix[impact][urgency])
    except KeyError:
        raise UnknownSort(
            f"impact is one of {', '.join(impacts())}, urgency one of {', '.join(urgencies())}"
        ) from None


def impacts() -> tuple[str, ...]:
    """How much is hit, the most first."""
    return tuple(_data()["priority"])


def urgencies() -> tuple[str, ...]:
    """How soon it hurts, the soonest first."""
    return tuple(_data()["priority"]["company"])


def priorities() -> tuple[str, ...]:
    """From the first served to the last."""
    return tuple(_data()["priority"]["company"].values())


def severity(of_priority: str) -> tuple[str, str]:
    """The impact and urgency that a bare priority stands for: those of one company."""
    row = _data()["priority"]["company"]
    for urgency, name in row.items():
        if name == of_priority:
            return "company", urgency
    raise UnknownSort(f"the priority {of_priority!r} is not one of {', '.join(row.values())}")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
