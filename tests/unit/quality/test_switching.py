"""The rules by single cases, and against a machine that keeps a state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.quality.switching import Result, may_be_reduced, next_severity

NAMES = {"n": "normal", "t": "tightened", "r": "reduced"}
DECISIONS = {"+": "accepted", "-": "rejected", "~": "between"}


def results(text):
    """`n+ t-` as results; `!` marks the first lot after something was mended."""
    return [
        Result(severity=NAMES[word[0]], decision=DECISIONS[word[1]], resumed=word.endswith("!"))
        for word in text.split()
    ]


@pytest.mark.parametrize(
    ("history", "due"),
    [
        ("", "normal"),
        ("n+", "normal"),
        ("n-", "normal"),
        # 4.7.1: two of two to five in a row.
        ("n- n-", "tightened"),
        ("n- n+ n+ n+ n-", "tightened"),
        ("n- n+ n+ n+ n+ n-", "normal"),
        # 4.7.2: five in a row; earlier acceptances on normal inspection do not help.
        ("n- n- t+ t+ t+ t+", "tightened"),
        ("n- n- t+ t+ t+ t+ t+", "normal"),
        ("n- n- t+ t+ t+ t- t+ t+ t+ t+", "tightened"),
        ("n- n- t+ t+ t- t+ t+ t+ t+ t+", "normal"),
        # Back on normal inspection, what was before is forgotten.
        ("n- n- t+ t+ t+ t+ t+ n-", "normal"),
        # 4.8: five in all while tightened, in a row or not.
        ("t- t- t- t-", "tightened"),
        ("t- t+ t- t+ t- t+ t- t+ t-", "discontinued"),
        ("t- t- t- t- t- t+!", "tightened"),
        ("t- t- t- t- t- t-!", "tightened"),
        ("t- t- t- t- t- t+! t+ t+ t+ t+", "normal"),
        # 4.7.4: one rejected or between the two numbers ends reduced inspection.
        ("r+", "reduced"),
        ("r+ r-", "normal"),
        ("r+ r~", "normal"),
        ("r~ n+", "normal"),
    ],
)
def test_the_next_lot_is_inspected_as_the_rules_say(history, due):
    assert next_severity(results(history), reduced_wanted=True) == due


def test_reduced_inspection_takes_ten_accepted_lots_and_a_person():
    ten, nine = results("n+ " * 10), results("n+ " * 9)
    assert next_severity(nine, reduced_wanted=True) == "normal"
    assert next_severity(ten, reduced_wanted=True) == "reduced"
    assert next_severity(ten) == "normal"
    assert (may_be_reduced(nine), may_be_reduced(ten)) == (False, True)
    assert next_severity(results("n+ " * 9 + "n- " + "n+ " * 9), reduced_wanted=True) == "normal"
    # Whoever wants it no longer is back on normal inspection.
    assert next_severity(results("r+")) == "normal"


def by_machine(rejections, wanted):
    """The stream of results, and the inspection due after it, from counters alone."""
    severity, recent, stream, stopped = "normal", [], [], 0
    for rejected in rejections:
        resumed = severity == "discontinued"
        if resumed:
            severity, recent, stopped = "tightened", [], 0
        decision = "rejected" if rejected else "accepted"
        stream.append(Result(severity=severity, decision=decision, resumed=resumed))
        recent.append(rejected)
        before = severity
        if severity == "normal":
            if sum(recent[-5:]) >= 2:
                severity = "tightened"
            elif wanted and len(recent) >= 10 and not any(recent[-10:]):
                severity = "reduced"
        elif severity == "tightened":
            stopped += rejected
            if stopped >= 5:
                severity = "discontinued"
            elif len(recent) >= 5 and not any(recent[-5:]):
                severity = "normal"
        elif rejected:
            severity = "normal"
        if severity != before:
            recent, stopped = [], 0
    return stream, severity


@given(st.lists(st.sampled_from([False, False, True]), max_size=60), st.booleans())
def test_the_history_says_what_a_machine_would_remember(rejections, wanted):
    stream, due = by_machine(rejections, wanted)
    assert next_severity(stream, reduced_wanted=wanted) == due


decided = st.builds(
    Result,
    severity=st.sampled_from(list(NAMES.values())),
    decision=st.sampled_from(list(DECISIONS.values())),
    resumed=st.booleans(),
)


@given(st.lists(decided, max_size=30), st.booleans())
def test_reduced_is_never_due_unwanted_or_not_allowed(history, wanted):
    due = next_severity(history, reduced_wanted=wanted)
    if due == "reduced":
        assert wanted
        assert may_be_reduced(history)
    if history and history[-1].decision == "rejected":
        assert due != "reduced"
