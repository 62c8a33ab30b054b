import pytest

from desk.knowledge.files import read_folder
from desk.settings import PROJECT
from desk.tickets import triage
from desk.web.pages import strings


def test_priority_grows_with_impact_and_with_urgency():
    order = ["low", "normal", "high", "urgent"]
    assert list(triage.priorities()) == order[::-1]
    rank = [
        [order.index(triage.priority(impact, urgency)) for urgency in triage.urgencies()]
        for impact in triage.impacts()
    ]
    for row in rank:
        assert row == sorted(row, reverse=True)
    for column in zip(*rank, strict=True):
        assert list(column) == sorted(column, reverse=True)


@pytest.mark.parametrize("priority", ["urgent", "high", "normal", "low"])
def test_a_bare_priority_is_that_of_one_company(priority):
    assert triage.priority(*triage.severity(priority)) == priority


def test_every_category_of_an_article_is_in_the_tree():
    articles = read_folder(PROJECT / "data" / "kb")
    assert {article.meta.category for article in articles} <= triage.categories().keys()


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_topic_and_group_has_a_name(language):
    words = strings("console", language)
    topics = {topic for topics in triage.categories().values() for topic in topics}
    assert words["topics"].keys() == topics
    assert words["groups"].keys() == set(triage.groups())


@pytest.mark.parametrize(
    ("category", "topic"), [("weather", None), ("reports", "weather"), ("", None)]
)
def test_what_is_not_in_the_tree_is_refused(category, topic):
    with pytest.raises(triage.UnknownSort):
        triage.check(category, topic)


def test_an_unknown_impact_or_priority_is_refused():
    with pytest.raises(triage.UnknownSort, match="impact is one of many, company, person"):
        triage.priority("world", "high")
    with pytest.raises(triage.UnknownSort):
        triage.severity("extreme")
