"""The clock agrees with another reading of its rules, written by someone who never saw it."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.sla.replay import replay
from tests.unit.sla import reference
from tests.unit.sla.documents import documents


def compared(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [{k: v for k, v in e.items() if k != "reasons"} for e in result["episodes"]]


@given(documents())
@settings(deadline=None)
def test_two_independent_clocks_agree_on_random_events(document):
    assert compared(replay(json.dumps(document))) == compared(reference.replay(document))


@given(documents(), st.randoms())
@settings(deadline=None)
def test_duplicated_and_shuffled_delivery_changes_nothing(document, order):
    events = document["events"] * 2
    order.shuffle(events)
    delivered = replay(json.dumps(document | {"events": events}))
    assert delivered == replay(json.dumps(document))
