"""The log: what it comes to is a pure function of its lines."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.sla.policies import in_use
from desk.tickets.clocks import clocks, episodes
from desk.tickets.ledger import cached_episodes
from desk.tickets.log import fold
from desk.tickets.milestones import announcements
from desk.tickets.states import DONE, STATES, IllegalMove
from tests.walks import random_log

logs = st.builds(random_log, st.randoms(use_true_random=False), st.integers(1, 25))
waits = st.integers(0, 10**7).map(lambda seconds: timedelta(seconds=seconds))


@given(logs, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_delivery_changes_nothing(log, order):
    shuffled = log[:]
    order.shuffle(shuffled)
    now = log[-1].at
    assert fold(shuffled) == fold(log)
    assert episodes(shuffled, in_use(), now=now) == episodes(log, in_use(), now=now)


@given(logs, waits)
@settings(deadline=None)
def test_i13_what_is_cached_does_not_depend_on_when_it_was_cached(log, wait):
    snapshot, now = fold(log), log[-1].at
    assert cached_episodes(snapshot, log, now=now) == cached_episodes(snapshot, log, now=now + wait)


@given(logs, waits)
@settings(deadline=None)
def test_the_cached_outcome_with_its_deadline_is_the_outcome_at_any_later_moment(log, wait):
    now = log[-1].at + wait
    cached = cached_episodes(fold(log), log, now=log[-1].at)
    for row, episode in zip(cached, episodes(log, in_use(), now=now), strict=True):
        running_late = row["outcome"] == "running" and row["due"] < now
        assert episode.outcome == ("breached_open" if running_late else row["outcome"])


@given(logs)
@settings(deadline=None)
def test_i15_no_later_line_changes_an_episode_that_has_ended(log):
    decided = {}
    for length in range(1, len(log) + 1):
        part = log[:length]
        for clock in clocks(part, in_use(), now=part[-1].at):
            for number, episode in enumerate(clock.episodes):
                if (clock.metric, number) in decided:
                    assert episode == decided[clock.metric, number]
                elif not episode.open:
                    decided[clock.metric, number] = episode


@given(logs)
@settings(deadline=None)
def test_a_ticket_that_is_done_has_no_clock_running_but_that_of_a_reply_that_is_owed(log):
    if fold(log).state in DONE:
        running = {e.metric for e in episodes(log, in_use(), now=log[-1].at) if e.open}
        assert running <= {"next_response"}


@given(logs, waits)
@settings(deadline=None)
def test_i20_nothing_is_told_of_what_has_stopped_or_stands_still(log, wait):
    now = log[-1].at + wait
    for clock in clocks(log, in_use(), now=now):
        for episode in clock.episodes:
            told = announcements(clock, episode)
            if episode.due is None:
                assert told == []
            else:
                instants = [at for _, _, at in told]
                assert instants == sorted(instants)


def test_a_log_begins_with_its_opening():
    log = random_log(random.Random(1), 3)
    with pytest.raises(ValueError, match="opened"):
        fold(log[1:])


def test_a_log_that_could_not_be_is_refused():
    log = random_log(random.Random(1), 1)
    bad = random_log(random.Random(1), 1)[0]
    bad.kind, bad.seq = "resumed", 2
    with pytest.raises(IllegalMove):
        fold([*log, bad])


def test_random_walks_reach_every_state():
    reached = {fold(random_log(random.Random(seed), 12)).state for seed in range(300)}
    assert reached == set(STATES)
