"""The rubric says the same in both languages, and nothing twice."""

import pytest

from desk.quality.rubric import rubric
from textkit.language import detect

CRITERIA = rubric().criteria


def test_the_criteria_are_those_of_the_reviews():
    assert list(CRITERIA) == [
        "greeting",
        "identity",
        "accuracy",
        "language",
        "documentation",
        "closure",
    ]
    assert [key for key, one in CRITERIA.items() if one.critical] == ["identity", "accuracy"]
    assert sum(one.weight for one in CRITERIA.values()) == 100
    assert rubric().pass_mark == 90


@pytest.mark.parametrize("key", CRITERIA)
def test_both_languages_know_the_same_points(key):
    wording = CRITERIA[key].wording
    assert list(wording) == ["en", "es"]
    assert wording["en"].points.keys() == wording["es"].points.keys()
    assert (wording["en"].may_be_na is None) == (wording["es"].may_be_na is None)
    assert {0, 2} <= CRITERIA[key].points <= {0, 1, 2}


def texts(language):
    for one in CRITERIA.values():
        wording = one.wording[language]
        yield wording.name
        yield wording.question
        yield from wording.points.values()


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_sentence_stands_twice_and_each_is_in_its_language(language):
    found = list(texts(language))
    assert len(set(found)) == len(found)
    for text in found:
        if len(text.split()) > 3:
            assert detect(text).language == language, text
