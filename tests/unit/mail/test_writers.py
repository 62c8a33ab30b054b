"""Machines in many languages, and people who write nearly as they do (`writers.toml`)."""

import tomllib
from pathlib import Path

import pytest

from desk.mail.classify import classify
from tests.unit.mail.mails import mail

WRITERS = tomllib.loads(Path(__file__).with_name("writers.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("given", WRITERS["machines"], ids=lambda given: given["subject"])
def test_a_machine_is_known(given):
    assert classify(mail(**given)).kind != "human"


@pytest.mark.parametrize("given", WRITERS["people"], ids=lambda given: given["subject"])
def test_no_person_is_lost(given):
    assert classify(mail(**given)).kind == "human"


def test_what_is_only_sent_in_bulk_is_looked_at_by_an_analyst():
    assert classify(mail(Precedence="bulk")).kind == "list"
