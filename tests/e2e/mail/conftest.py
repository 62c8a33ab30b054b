"""Two desks for all mails: one that nothing breaks, and one that has enemies."""

from collections.abc import Iterator

import pytest

from tests.e2e.mail.mailing import OTHER_BUDGET, Mailing, mailing


# The relay warns of what it leaves open, which the modules of this folder alone expect.
@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailing]:
    with mailing(tmp_path_factory.mktemp("mail")) as started:
        yield started


@pytest.fixture(scope="package")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailing]:
    """A desk with a small budget, whose programs are killed and to which machines write."""
    home = tmp_path_factory.mktemp("other")
    budget = str(OTHER_BUDGET)
    with mailing(home, address="help@other.example", ACEDESK_MAIL_BUDGET=budget) as started:
        yield started
