"""What was taken for what."""

from collections.abc import Callable, Sequence

from desk.evaluation.confusion import Confusion, confusions
from desk.evaluation.outcomes import Outcome

Make = Callable[..., Outcome]


def told(found: Sequence[Confusion]) -> list[tuple[str, str, list[str]]]:
    return [(one.wanted, one.got, [each.label.id for each in one.outcomes]) for one in found]


def test_wrong_articles_are_gathered_most_frequent_first(outcome: Make) -> None:
    found = confusions(
        [
            outcome({"id": "a"}, article="entry_types"),
            outcome({"id": "b", "language": "es"}, article="isf", language="es"),
            outcome({"id": "c", "must_handoff": "either"}, article="isf"),
            outcome({"id": "d"}),
            outcome({"id": "e", "topic": "cape_errors"}, article="cape_declaration"),
        ]
    )
    assert told(found.articles) == [
        ("bonds", "isf", ["b", "c"]),
        ("bonds", "entry_types", ["a"]),
    ]
    assert [found.articles[0].count(language) for language in ("en", "es", "mixed")] == [1, 1, 0]
    assert told(found.decisions) == told(found.languages) == []


def test_other_wrong_decisions_stand_by_what_was_wanted(outcome: Make, failure: Make) -> None:
    declined = {"kind": "decline", "article": None}
    found = confusions(
        [
            outcome({"id": "a"}, **declined),
            outcome({"id": "b", "must_handoff": True}),
            outcome({"id": "c", "must_handoff": True}, article="isf"),
            outcome({"id": "d", "topic": "out_of_scope"}),
            failure(id="e"),
            outcome({"id": "f", "topic": "out_of_scope"}, **declined),
        ]
    )
    assert told(found.decisions) == [
        ("needs a person", "answer", ["b", "c"]),
        ("out of scope", "answer", ["d"]),
        ("question", "decline", ["a"]),
        ("question", "no reply", ["e"]),
    ]
    assert told(found.articles) == []


def test_languages_taken_for_each_other(outcome: Make, failure: Make) -> None:
    found = confusions(
        [
            outcome({"id": "a", "language": "mixed"}, language="es"),
            outcome({"id": "b"}),
            failure(id="c", language="es"),
        ]
    )
    assert told(found.languages) == [("es", "no reply", ["c"]), ("mixed", "es", ["a"])]
