import re
import string
from functools import partial

import pytest

from desk.messages import catalogue
from desk.web.pages import strings


def flat(table: dict, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def values_of(text: object) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}


@pytest.mark.parametrize(
    "load",
    [catalogue, partial(strings, "demo"), partial(strings, "console")],
    ids=["messages", "demo", "console"],
)
def test_both_languages_say_the_same_things(load):
    english, spanish = flat(load("en")), flat(load("es"))
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert values_of(text) == values_of(spanish[key]), key
        assert str(text).strip(), key
        assert str(spanish[key]).strip(), key


@pytest.mark.parametrize("load", [catalogue, partial(strings, "console")])
def test_percentages_are_written_in_one_way_in_each_language(load):
    for key, text in flat(load("en")).items():
        assert not re.search(r"[\d}]\s%", str(text)), key
    for key, text in flat(load("es")).items():
        assert not re.search(r"[\d}][^\u202f\d]?%", str(text)), key
