from types import SimpleNamespace

import pytest
from sanic.compat import Header

from desk.web.errors import ApiError
from desk.web.limits import Budgets, OpenLimit, address_of


def asking(address="198.51.100.1", *, token=None, origin=None, forwarded=""):
    headers = Header({} if origin is None else {"origin": origin})
    return SimpleNamespace(remote_addr=forwarded, ip=address, token=token, headers=headers)


@pytest.mark.parametrize(
    ("request_", "address"),
    [
        (asking("198.51.100.1"), "198.51.100.1"),
        (asking("127.0.0.1", forwarded="198.51.100.9"), "198.51.100.9"),
        (asking("2001:db8:1:2:3::4"), "2001:db8:1:2::/64"),
        (asking("127.0.0.1", forwarded="[2001:db8:1:2:9::]"), "2001:db8:1:2::/64"),
        (asking("unix-socket"), "unix-socket"),
    ],
)
def test_an_address_is_what_a_household_shares(request_, address):
    assert address_of(request_) == address


def spent(budgets, kind, request, most=10_000):
    for number in range(most):
        try:
            budgets.spend(kind, request)
        except ApiError as refused:
            assert refused.status == 429
            return number
    return most


def test_visitor_address_and_site_have_budgets_of_their_own():
    assert spent(Budgets(240), "messages", asking(token="a")) == 60
    assert spent(Budgets(240), "messages", asking()) == 240
    assert spent(Budgets(240), "conversations", asking()) == 60
    assert spent(Budgets(240), "files", asking(token="a")) == 10
    budgets = Budgets(240)
    addresses = (asking(f"198.51.100.{n}", origin="https://x.example") for n in range(250))
    assert sum(spent(budgets, "conversations", one, most=10) for one in addresses) == 1200


def test_a_small_rate_still_lets_something_through():
    assert spent(Budgets(1), "files", asking(token="a")) == 1


def test_zero_turns_every_limit_off():
    budgets = Budgets(0)
    for kind in ("messages", "conversations", "files", "typing"):
        assert spent(budgets, kind, asking(token="a", origin="https://x.example"), most=500) == 500
    with budgets.stream(asking(), "c"), budgets.stream(asking(), "c"):
        assert spent(budgets, "messages", asking(), most=5) == 5


def test_what_is_closed_makes_room():
    limit = OpenLimit(1)
    with limit.opened("a"):
        with limit.opened("b"), pytest.raises(ApiError) as refused, limit.opened("a"):
            pass
        assert refused.value.values == {"seconds": 10}
    with limit.opened("a"):
        pass
