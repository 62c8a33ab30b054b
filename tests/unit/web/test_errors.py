from types import SimpleNamespace

import pytest
from pydantic import BaseModel
from sanic.compat import Header

from desk.web.errors import ApiError, body_of, request_language
from desk.web.limits import RateLimit


class Body(BaseModel):
    text: str


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en;q=0.5, es;q=0.9", "es"),
        ("fr, en;q=0.1", "en"),
        ("fr", "en"),
        ("es;q=high", "en"),
    ],
)
def test_the_language_is_the_first_of_ours_that_the_reader_ranks(header, language):
    asked = SimpleNamespace(headers=Header({"accept-language": header}))
    assert request_language(asked) == language


@pytest.mark.parametrize(
    ("body", "key", "values"),
    [
        (b"{", "not_json", {}),
        (b"", "not_json", {}),
        (b"{}", "invalid_field", {"field": "text"}),
        (b'{"text": 3}', "invalid_field", {"field": "text"}),
        (b"[]", "invalid_field", {"field": "body"}),
    ],
)
def test_a_bad_body_names_what_is_wrong(body, key, values):
    with pytest.raises(ApiError) as refused:
        body_of(SimpleNamespace(body=body), Body)
    assert (refused.value.status, refused.value.key, refused.value.values) == (400, key, values)


def test_the_limit_holds_for_one_address_and_not_for_another():
    limit = RateLimit(2)
    limit.spend("a")
    limit.spend("a")
    with pytest.raises(ApiError) as refused:
        limit.spend("a")
    assert refused.value.status == 429
    assert refused.value.values["seconds"] == 30
    limit.spend("b")


def test_zero_turns_the_limit_off():
    limit = RateLimit(0)
    for _ in range(1000):
        limit.spend("a")
