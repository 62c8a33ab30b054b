import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.web.visitor.origins import Origins, origin

HOSTS = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,3}", fullmatch=True)
PORTS = st.none() | st.integers(1, 65535)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("HTTPS://WWW.Example.com/", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_written_as_browsers_do(text, kept):
    assert origin(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "example.com", "https://", "https://*.example.com", "https://example.com/page",
        "https://user@example.com", "ftp://example.com", "null", "*", "https://example.com?x",
        "https://exa mple.com", "https://example.com:99999", "javascript:alert(1)", "https://a,b",
        "https://año.example",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        origin(text)


@given(st.sampled_from(["http", "https"]), HOSTS, PORTS, st.booleans())
def test_what_is_named_is_allowed_and_nothing_that_looks_like_it(scheme, host, port, shout):
    written = f"{scheme}://{host}" + (f":{port}" if port else "")
    origins = Origins.parse(f" {written.upper() if shout else written} ,")
    (named,) = origins.named
    assert origin(named) == named
    assert origins.allow(named, host="desk.example")
    for other in (f"{named}.evil.example", f"{named}x", f"evil{host}", "null", "", f"{named}/"):
        assert not origins.allow(other, host="desk.example")
    swapped = named.replace("https:", "http:") if scheme == "https" else f"https://{host}"
    assert not origins.allow(swapped, host="desk.example")


@given(st.text(max_size=40))
def test_no_text_is_too_odd(text):
    try:
        found = origin(text)
    except ValueError:
        return
    assert re.fullmatch(r"https?://[a-z0-9._\[\]:-]+", found)


def test_the_desks_own_pages_may_whatever_a_proxy_speaks():
    origins = Origins.parse("https://www.example.com")
    assert origins.allow("https://desk.example", host="desk.example")
    assert origins.allow("http://127.0.0.1:8080", host="127.0.0.1:8080")
    assert not origins.allow("http://127.0.0.1:9999", host="127.0.0.1:8080")
    assert not origins.allow("null", host="")
    assert not origins.allow("null", host="null")


def test_a_star_stands_alone():
    assert Origins.parse(" * ").named is None
    with pytest.raises(ValueError, match="no origin"):
        Origins.parse("*, https://www.example.com")
    assert Origins.parse("").named == frozenset()
