"""Signing in with another provider, and what somebody might try on the way."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import select

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.audit.service import SYSTEM
from desk.web.server import close, listen
from tests.e2e.stack import free_port
from tests.integration.console import enrol, new_user, now, proof
from tests.provider import CLIENT_ID, CLIENT_SECRET, OTHER_KEY, Provider

FAILED = "did not let you in"


@pytest.fixture
async def provider():
    made, port = Provider(), free_port()
    made.issuer = f"http://127.0.0.1:{port}"
    server = await listen(made.app, "127.0.0.1", port)
    yield made
    await close(server)


@pytest.fixture
async def served(new_desk, provider):
    return await new_desk(
        oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET
    )


async def go(http: httpx.AsyncClient) -> str:
    """To the provider; the address at which it sends the browser back."""
    out = await http.get("/console/sign-in/openid/")
    assert out.status_code == 302
    async with httpx.AsyncClient() as elsewhere:
        return str((await elsewhere.get(out.headers["location"])).headers["location"])


async def go_and_come_back(http: httpx.AsyncClient) -> httpx.Response:
    return await http.get(await go(http))


async def is_in(http: httpx.AsyncClient) -> bool:
    return (await http.get("/console/")).status_code == 200


async def test_a_user_signs_in_and_the_page_leads_on_from_this_site(served):
    services, http = served
    await new_user(services)
    assert "/console/sign-in/openid/" in (await http.get("/console/sign-in")).text
    out = await http.get("/console/sign-in/openid/")
    assert "SameSite=Lax" in out.headers["set-cookie"]
    back = await go_and_come_back(http)
    # A redirect would be one from another site still, and the strict cookie would stay behind.
    assert back.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/console/">' in back.text
    strict = [one for one in back.headers.get_list("set-cookie") if "acedesk_sign_in=" in one]
    assert "SameSite=Strict" in strict[0]
    assert "HttpOnly" in strict[0]
    assert await is_in(http)


async def test_the_address_may_be_written_otherwise(served, provider):
    services, http = served
    await new_user(services)
    provider.claims["email"] = "Ana@Example.COM"
    await go_and_come_back(http)
    assert await is_in(http)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "of another sign-in"}, "id_token"),
        ({"nonce": None}, "id_token"),
        ({"aud": "another-desk"}, "id_token"),
        ({"aud": ["another-desk", "acedesk"]}, "id_token"),
        ({"aud": ["another-desk", "acedesk"], "azp": "another-desk"}, "id_token"),
        ({"iss": "https://evil.example"}, "id_token"),
        ({"exp": int(time.time()) - 3600}, "id_token"),
        ({"exp": None}, "id_token"),
        ({"iat": int(time.time()) + 3600}, "id_token"),
        ({"email_verified": False}, "email"),
        ({"email_verified": "true"}, "email"),
        ({"email": None}, "email"),
        ({"email": ["ana@example.com"]}, "email"),
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_right_signs_nobody_in(
    served, provider, caplog, claims, reason
):
    services, http = served
    await new_user(services)
    provider.claims |= claims
    back = await go_and_come_back(http)
    assert back.status_code == 403
    assert FAILED in back.text
    assert caplog.messages == [f"signing in with the provider failed: {reason}"]
    assert not await is_in(http)


async def test_whoever_is_no_user_of_the_desk_stays_out(served, provider):
    services, http = served
    await new_user(services)
    provider.claims["email"] = "nobody@example.com"
    back = await go_and_come_back(http)
    assert back.status_code == 403
    assert FAILED in back.text
    assert not await is_in(http)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_an_id_token_without_the_providers_signature_signs_nobody_in(
    served, provider, algorithm
):
    services, http = served
    await new_user(services)
    provider.algorithm = algorithm
    assert (await go_and_come_back(http)).status_code == 403
    assert not await is_in(http)


async def test_an_id_token_of_another_key_signs_nobody_in(served, provider):
    services, http = served
    await new_user(services)
    provider.key = OTHER_KEY
    assert (await go_and_come_back(http)).status_code == 403
    assert not await is_in(http)


@pytest.mark.parametrize("place", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address", ["http://provider.example/x", "file:///etc/passwd", "https://[", "", 7, None]
)
async def test_nobody_is_sent_to_a_place_where_others_can_listen_or_answer(
    served, provider, caplog, place, address
):
    services, http = served
    await new_user(services)
    provider.metadata[place] = address
    out = await http.get("/console/sign-in/openid/")
    assert out.status_code != 302
    assert caplog.messages[0].startswith("signing in with the provider failed: ")
    assert not await is_in(http)


@pytest.mark.parametrize("keys", [[], {}, {"keys": None}, {"keys": [{"kty": "x"}]}, "x", None])
async def test_keys_that_are_none_sign_nobody_in(served, provider, keys):
    services, http = served
    await new_user(services)
    provider.keys = keys
    assert (await go_and_come_back(http)).status_code == 403
    assert not await is_in(http)


async def test_the_way_back_works_once_and_in_the_browser_that_went(served):
    services, http = served
    await new_user(services)
    back = await go(http)
    cookies = dict(http.cookies)
    async with httpx.AsyncClient(base_url=http.base_url) as elsewhere:
        assert (await elsewhere.get(back)).status_code == 403
        assert not await is_in(elsewhere)
    assert (await http.get(back)).status_code == 200
    async with httpx.AsyncClient(base_url=http.base_url, cookies=cookies) as replaying:
        assert (await replaying.get(back)).status_code == 403
        assert not await is_in(replaying)


async def test_a_code_of_another_way_does_not_fit(served):
    services, http = served
    await new_user(services)
    async with httpx.AsyncClient(base_url=http.base_url) as attacker:
        theirs = parse_qs(urlsplit(await go(attacker)).query)
    mine = urlsplit(await go(http))
    state = parse_qs(mine.query)["state"]
    for query in (
        {"code": theirs["code"][0], "state": state[0]},
        {"code": theirs["code"][0], "state": theirs["state"][0]},
        {"error": "access_denied"},
        {},
    ):
        await go(http)
        answer = await http.get(f"/console/sign-in/openid/back?{urlencode(query)}")
        assert answer.status_code == 403
        assert not await is_in(http)


async def test_a_second_factor_is_asked_for_here_too(served):
    services, http = served
    user = await new_user(services)
    app, _ = await enrol(services, user, at=now() - timedelta(minutes=10))
    back = await go_and_come_back(http)
    assert "url=/console/sign-in/code" in back.text
    assert not await is_in(http)
    await http.post("/console/sign-in/code", data={"code": app.at(now())})
    assert await is_in(http)


async def test_whoever_is_disabled_stays_out(served):
    services, http = served
    user = await new_user(services)
    async with services.store.write() as session:
        await accounts.disable(session, user.id, by=SYSTEM, now=now())
    assert (await go_and_come_back(http)).status_code == 403


@pytest.mark.parametrize(
    ("said", "role"),
    [("lead", "lead"), (["staff", "auditor"], "auditor"), ("boss", None), (7, None)],
)
async def test_with_a_claim_of_roles_people_become_users(new_desk, provider, said, role):
    services, http = await new_desk(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_role_claim="desk_role",
    )
    provider.claims |= {"email": "new@example.com", "name": "Nia", "desk_role": said}
    await go_and_come_back(http)
    assert await is_in(http) is (role is not None)
    async with services.store.read() as session:
        assert await session.scalar(select(User.role)) == role


async def test_a_provider_that_is_away_is_said(new_desk):
    _, http = await new_desk(
        oidc_issuer=f"http://127.0.0.1:{free_port()}", oidc_client_id=CLIENT_ID
    )
    answer = await http.get("/console/sign-in/openid/?lang=es")
    assert answer.status_code == 403
    assert "no le permitió entrar" in answer.text


async def test_without_a_provider_there_is_no_such_way(new_desk):
    _, http = await new_desk()
    assert "/openid/" not in (await http.get("/console/sign-in")).text
    for path in ("", "back"):
        answer = await http.get(f"/console/sign-in/openid/{path}")
        assert answer.headers["location"] == "/console/sign-in"


async def test_a_provider_in_the_open_is_refused(new_desk):
    with pytest.raises(ValueError, match="https"):
        await new_desk(oidc_issuer="http://login.example.com", oidc_client_id=CLIENT_ID)


async def test_signing_out_ends_it(served):
    services, http = served
    await new_user(services)
    await go_and_come_back(http)
    await http.post("/console/sign-out", headers=proof(http))
    assert not await is_in(http)
